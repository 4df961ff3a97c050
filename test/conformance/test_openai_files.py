import io

import pytest
from openai import NotFoundError, OpenAI

# Every byte value, line ends and what looks like a multipart boundary: nothing may be touched.
CONTENT = bytes(range(256)) * 4096 + b"\r\n--boundary--\r\n"


def test_an_uploaded_file_downloads_with_equal_bytes(openai_client: OpenAI) -> None:
    uploaded = openai_client.files.create(
        file=("every byte – é.bin", io.BytesIO(CONTENT)), purpose="user_data"
    )

    assert uploaded.bytes == len(CONTENT)
    assert uploaded.filename == "every byte – é.bin"
    assert openai_client.files.content(uploaded.id).read() == CONTENT


def test_a_file_downloads_as_a_stream(openai_client: OpenAI) -> None:
    uploaded = openai_client.files.create(file=("a.bin", CONTENT), purpose="user_data")

    with openai_client.files.with_streaming_response.content(uploaded.id) as answer:
        assert b"".join(answer.iter_bytes()) == CONTENT


def test_a_deleted_file_is_gone(openai_client: OpenAI) -> None:
    uploaded = openai_client.files.create(file=("a.txt", b"a"), purpose="user_data")
    assert uploaded.id in [file.id for file in openai_client.files.list()]

    assert openai_client.files.delete(uploaded.id).deleted

    with pytest.raises(NotFoundError):
        openai_client.files.retrieve(uploaded.id)
