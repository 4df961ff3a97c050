"""DashScope's own SDK makes pictures with the sandbox: at once, as a task, and edited."""

from http import HTTPStatus
from typing import Any

import pytest
from dashscope import ImageSynthesis, MultiModalConversation
from dashscope.aigc.image_generation import ImageGeneration
from dashscope.api_entities.dashscope_response import Message

from media import download, mime_of

pytestmark = pytest.mark.usefixtures("dashscope_sdk")

PICTURE = "https://example.com/a.png"


def test_a_picture_that_is_a_task_is_waited_for_and_downloaded() -> None:
    created = ImageSynthesis.async_call(
        model="qwen-image-plus",
        prompt="a cat",
        negative_prompt="a dog",
        size="1664*928",
        n=1,
        prompt_extend=True,
        watermark=False,
        seed=7,
    )
    made = ImageSynthesis.wait(created)

    assert created.output.task_status == "PENDING"
    assert made.output.task_status == "SUCCEEDED"
    assert made.usage.image_count == 1
    content, content_type = download(made.output.results[0].url)
    assert (mime_of(content), content_type) == ("image/png", "image/png")


def test_one_of_several_pictures_may_come_to_nothing() -> None:
    made = ImageSynthesis.call(
        model="wan2.5-t2i-preview", prompt="a cat [[fault:moderated-part]]", n=2
    )

    assert made.output.task_status == "SUCCEEDED"
    assert made.usage.image_count == 1
    assert made.output["task_metrics"] == {"TOTAL": 2, "SUCCEEDED": 1, "FAILED": 1}
    assert [bool(result.url) for result in made.output.results] == [True, False]
    assert made.output.results[1]["code"] == "DataInspectionFailed"


def test_a_picture_that_waits_is_canceled_and_listed() -> None:
    created = ImageSynthesis.async_call(model="qwen-image", prompt="a cat [[delay:60s]]")
    canceled = ImageSynthesis.cancel(created)
    listed = ImageSynthesis.list(model_name="qwen-image", page_size=100)

    assert canceled.status_code == HTTPStatus.OK
    assert {line["task_id"]: line["status"] for line in listed.output["data"]}[
        created.output.task_id
    ] == "CANCELED"


def test_pictures_come_at_once_with_a_message() -> None:
    made = MultiModalConversation.call(
        model="qwen-image-2.0-pro",
        messages=[{"role": "user", "content": [{"image": PICTURE}, {"text": "make it snow"}]}],
        n=2,
        size="1328*1328",
        prompt_extend=False,
        watermark=False,
    )

    assert made.status_code == HTTPStatus.OK, made
    pictures = [part["image"] for part in made.output.choices[0].message.content]
    assert len(pictures) == 2
    assert mime_of(download(pictures[0])[0]) == "image/png"


@pytest.mark.parametrize(
    ("model", "pictures"), [("qwen-image-max", 0), ("qwen-image-edit", 1), ("qwen-image-3.0", 3)]
)
def test_every_model_answers_a_message(model: str, pictures: int) -> None:
    content: list[dict[str, str]] = [{"image": PICTURE} for _ in range(pictures)]
    message = Message(role="user", content=[*content, {"text": "a cat"}])
    made = ImageGeneration.call(model=model, messages=[message], n=1)

    assert made.status_code == HTTPStatus.OK, made
    assert mime_of(download(made.output.choices[0].message.content[0]["image"])[0]) == "image/png"


def test_the_newest_pictures_are_a_task_by_message_too() -> None:
    message = Message(role="user", content=[{"text": "a cat"}])
    created = ImageGeneration.async_call(model="qwen-image-3.0-pro", messages=[message], n=2)
    made = ImageGeneration.wait(created)

    assert made.output["task_status"] == "SUCCEEDED"
    assert len(made.output.choices[0].message.content) == 2


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"api_key": "wrong"}, HTTPStatus.UNAUTHORIZED, "InvalidApiKey"),
        ({"model": "qwen-image-2.0"}, HTTPStatus.BAD_REQUEST, "InvalidParameter"),
        ({"size": "1024*1024"}, HTTPStatus.BAD_REQUEST, "InvalidParameter"),
        ({"n": 2}, HTTPStatus.BAD_REQUEST, "InvalidParameter"),
    ],
)
def test_a_refusal_is_read_by_its_code(order: dict[str, Any], status: int, code: str) -> None:
    refused = ImageSynthesis.async_call(
        **{"model": "qwen-image-plus", "prompt": "a cat", **order}
    )

    assert (refused.status_code, refused.code) == (status, code)


def test_a_picture_that_is_moderated_is_refused() -> None:
    refused = MultiModalConversation.call(
        model="qwen-image-2.0",
        messages=[{"role": "user", "content": [{"text": "a cat [[fault:moderated]]"}]}],
    )

    assert (refused.status_code, refused.code) == (400, "DataInspectionFailed")
