import base64

from openai import OpenAI

from media import mime_of


def test_a_picture_comes_back_as_bytes(openai_client: OpenAI) -> None:
    answer = openai_client.images.generate(model="gpt-image-2", prompt="a red boat")

    assert mime_of(base64.b64decode(answer.data[0].b64_json)) == "image/png"
