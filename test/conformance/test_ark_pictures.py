"""Seedream through the official Ark SDK and, since the path is OpenAI's, through OpenAI's own client."""

import base64
from typing import Any

import pytest
from openai import BadRequestError, OpenAI
from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime._exceptions import ArkBadRequestError

from addresses import SANDBOX_URL
from media import download, mime_of


@pytest.mark.parametrize(
    ("model", "more", "size", "mime"),
    [
        ("dola-seedream-5-0-pro-260628", {"size": "1536x1024"}, "1536x1024", "image/jpeg"),
        (
            "seedream-5-0-lite-260128",
            {"size": "2K", "output_format": "png"},
            "2048x2048",
            "image/png",
        ),
        ("seedream-4-0-250828", {"size": "1280x720", "watermark": False}, "1280x720", "image/jpeg"),
    ],
)
def test_a_picture_comes_as_a_link(
    ark_client: Ark, model: str, more: dict[str, Any], size: str, mime: str
) -> None:
    answer = ark_client.images.generate(model=model, prompt="a red boat", **more)

    [picture] = answer.data
    assert (answer.model, picture.size, answer.usage.generated_images) == (model, size, 1)
    content, content_type = download(picture.url)
    assert (mime_of(content), content_type) == (mime, mime)


def test_pictures_are_worked_from(ark_client: Ark) -> None:
    answer = ark_client.images.generate(
        model="seedream-4-5-251128",
        prompt="the same boat at night",
        image=["https://example.com/a.png", "data:image/png;base64,AAAA"],
        size="2K",
    )

    assert len(answer.data) == 1


def test_a_picture_that_is_refused_says_why(ark_client: Ark) -> None:
    with pytest.raises(ArkBadRequestError) as refused:
        ark_client.images.generate(model="seedream-4-5-251128", prompt="[[fault:moderated]]")
    assert refused.value.code == "OutputImageSensitiveContentDetected"

    with pytest.raises(ArkBadRequestError) as refused:
        ark_client.images.generate(model="seedream-4-5-251128", prompt="a boat", size="1K")
    assert refused.value.code == "InvalidParameter"


def test_openais_client_makes_a_picture_as_it_is() -> None:
    with OpenAI(api_key="key", base_url=f"{SANDBOX_URL}/ark/api/v3") as client:
        answer = client.images.generate(
            model="seedream-4-0-250828",
            prompt="a red boat",
            size="1024x1024",
            response_format="b64_json",
        )
        with pytest.raises(BadRequestError) as refused:
            client.images.generate(model="seedream-4-0-250828", prompt="a boat", n=2)

    assert mime_of(base64.b64decode(answer.data[0].b64_json)) == "image/jpeg"
    assert refused.value.code == "InvalidParameter"
