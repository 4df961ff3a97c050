"""OpenAI's own Python client straight against the stand-in of OpenAI: does it speak as OpenAI does?"""

import base64
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from addresses import SANDBOX_URL
from media import mime_of


def client(key: str = "sk-test") -> OpenAI:
    return OpenAI(api_key=key, base_url=f"{SANDBOX_URL}/openai/v1", max_retries=0)


@pytest.fixture
def sandbox() -> Iterator[OpenAI]:
    with client() as running:
        yield running


def picture_of(answer: openai.types.ImagesResponse, index: int = 0) -> bytes:
    return base64.b64decode(answer.data[index].b64_json)


@pytest.mark.parametrize(
    "model",
    [
        "gpt-image-1-mini",
        "gpt-image-1.5",
        "gpt-image-2",
        "gpt-image-2.5-flare",
        "gpt-image-2.6-sunburst",
    ],
)
def test_every_model_makes_pictures(sandbox: OpenAI, model: str) -> None:
    answer = sandbox.images.generate(
        model=model, prompt="a red boat", n=2, size="1024x1024", quality="low"
    )

    assert [mime_of(picture_of(answer, index)) for index in (0, 1)] == ["image/png"] * 2
    assert answer.usage.total_tokens > 0


def test_a_picture_is_edited_with_others_and_a_mask(sandbox: OpenAI) -> None:
    source = picture_of(sandbox.images.generate(model="gpt-image-2", prompt="a cat"))

    answer = sandbox.images.edit(
        model="gpt-image-2",
        prompt="a hat on it",
        image=[("a.png", source), ("b.png", source)],
        mask=("mask.png", source),
    )

    assert mime_of(picture_of(answer)) == "image/png"
    assert answer.usage.input_tokens_details.image_tokens > 0


def test_a_stream_shows_what_is_on_the_way(sandbox: OpenAI) -> None:
    stream = sandbox.images.generate(
        model="gpt-image-2", prompt="a red boat", stream=True, partial_images=1
    )

    assert [event.type for event in stream] == [
        "image_generation.partial_image",
        "image_generation.completed",
    ]


def test_a_prompt_is_refused_by_moderation(sandbox: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        sandbox.images.generate(model="gpt-image-2", prompt="x [[fault:moderated]]")

    assert refusal.value.code == "moderation_blocked"


@pytest.mark.parametrize(
    ("key", "error", "code"),
    [
        ("wrong", openai.AuthenticationError, "invalid_api_key"),
        ("no-quota", openai.RateLimitError, "insufficient_quota"),
        ("unverified", openai.PermissionDeniedError, None),
    ],
)
def test_an_account_is_refused(key: str, error: type[openai.APIError], code: str | None) -> None:
    with pytest.raises(error) as refusal:
        client(key).images.generate(model="gpt-image-2", prompt="a red boat")

    assert refusal.value.code == code
