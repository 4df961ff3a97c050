import pytest
from openai import OpenAI

MODEL = "text-embedding-3-small"


def test_each_text_gets_its_vector_in_order(openai_client: OpenAI) -> None:
    both = openai_client.embeddings.create(model=MODEL, input=["a red boat", "a blue house"])
    second = openai_client.embeddings.create(model=MODEL, input="a blue house")

    assert [item.index for item in both.data] == [0, 1]
    assert [len(item.embedding) for item in both.data] == [1536, 1536]
    assert both.data[0].embedding != both.data[1].embedding
    assert both.data[1].embedding == second.data[0].embedding
    assert both.usage.prompt_tokens > 0


def test_vectors_sent_as_bytes_and_as_numbers_are_the_same(openai_client: OpenAI) -> None:
    # Without encoding_format the client asks for base64 and decodes it itself.
    as_bytes = openai_client.embeddings.create(model=MODEL, input="a red boat", dimensions=64)
    as_numbers = openai_client.embeddings.create(
        model=MODEL, input="a red boat", dimensions=64, encoding_format="float"
    )

    assert as_bytes.data[0].embedding == pytest.approx(as_numbers.data[0].embedding, abs=1e-6)
