import asyncio

from openai import AsyncOpenAI, OpenAI

from addresses import GATEWAY_URL, TENANT_KEY

MODEL = "gpt-4o-mini"
MESSAGES = [{"role": "user", "content": "Say hello to the zoë of 東京."}]
ANSWER = "You said: Say hello to the zoë of 東京."


def test_a_chat_completion_comes_back_whole(openai_client: OpenAI) -> None:
    completion = openai_client.chat.completions.create(model=MODEL, messages=MESSAGES)

    [choice] = completion.choices
    assert choice.message.role == "assistant"
    assert choice.message.content == ANSWER
    assert choice.finish_reason == "stop"
    assert completion.model == MODEL
    assert completion.usage.total_tokens > completion.usage.completion_tokens > 0


def test_a_streamed_completion_comes_in_pieces_that_make_the_same_answer(
    openai_client: OpenAI,
) -> None:
    stream = openai_client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)

    chunks = list(stream)

    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert len([piece for piece in pieces if piece]) > 3
    assert "".join(pieces) == ANSWER
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_not_asked_for_its_usage_shows_none(openai_client: OpenAI) -> None:
    stream = openai_client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)

    chunks = list(stream)

    assert all("usage" not in chunk.model_fields_set for chunk in chunks)
    assert all(len(chunk.choices) == 1 for chunk in chunks)


def test_a_stream_asked_for_its_usage_ends_with_it(openai_client: OpenAI) -> None:
    whole = openai_client.chat.completions.create(model=MODEL, messages=MESSAGES)
    stream = openai_client.chat.completions.create(
        model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )

    *earlier, last = list(stream)

    assert last.choices == []
    assert last.usage == whole.usage
    assert all(chunk.usage is None for chunk in earlier)


def test_the_stream_helper_collects_the_final_completion(openai_client: OpenAI) -> None:
    with openai_client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
        completion = stream.get_final_completion()

    assert completion.choices[0].message.content == ANSWER


def test_the_asynchronous_client_runs_several_streams_at_once() -> None:
    async def ask(client: AsyncOpenAI, text: str) -> str:
        stream = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": text}], stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async def ask_all(texts: list[str]) -> list[str]:
        async with AsyncOpenAI(api_key=TENANT_KEY, base_url=f"{GATEWAY_URL}/v1") as client:
            return await asyncio.gather(*(ask(client, text) for text in texts))

    texts = [f"question {number}" for number in range(10)]

    assert asyncio.run(ask_all(texts)) == [f"You said: {text}" for text in texts]
