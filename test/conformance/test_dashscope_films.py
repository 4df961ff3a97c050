"""DashScope's own SDK makes films with the sandbox: tasks, their list, a cancel, refusals."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest
from dashscope import VideoSynthesis

from media import download, mime_of

pytestmark = pytest.mark.usefixtures("dashscope_sdk")

PICTURE = "https://example.com/a.png"
FILM = "https://example.com/a.mp4"


def test_a_film_is_created_waited_for_and_downloaded() -> None:
    created = VideoSynthesis.async_call(
        model="wan2.6-t2v",
        prompt="a paper boat",
        negative_prompt="rain",
        size="1280*720",
        duration=2,
        prompt_extend=False,
        watermark=False,
        seed=7,
    )
    waited = VideoSynthesis.wait(created)

    assert created.status_code == HTTPStatus.OK
    assert created.output.task_status == "PENDING"
    assert waited.output.task_status == "SUCCEEDED"
    assert waited.output["orig_prompt"] == "a paper boat"
    assert waited.usage["duration"] == 2
    content, content_type = download(waited.output.video_url)
    assert (mime_of(content), content_type) == ("video/mp4", "video/mp4")
    with_key = httpx.get(waited.output.video_url, headers={"Authorization": "Bearer key"})
    assert with_key.status_code == 400


@pytest.mark.parametrize(
    ("order", "usage"),
    [
        (
            {"model": "wan2.2-t2v-plus", "prompt": "x", "size": "832*480"},
            {"video_duration": 5, "video_ratio": "832*480"},
        ),
        (
            {"model": "wan2.2-kf2v-flash", "first_frame_url": PICTURE, "last_frame_url": PICTURE},
            {"video_duration": 5, "SR": 1080},
        ),
        (
            {"model": "wan2.5-i2v-preview", "img_url": PICTURE, "resolution": "480P"},
            {"duration": 5, "SR": 480},
        ),
        (
            {"model": "wan2.6-r2v", "prompt": "x", "reference_urls": [PICTURE, FILM]},
            {"duration": 8, "input_video_duration": 3},
        ),
        (
            {
                "model": "wan2.7-i2v",
                "media": [
                    {"type": "first_frame", "url": PICTURE},
                    {"type": "last_frame", "url": PICTURE},
                ],
                "resolution": "720P",
                "duration": 2,
            },
            {"duration": 2, "SR": 720},
        ),
        (
            {
                "model": "wan2.7-videoedit",
                "prompt": "make it snow",
                "media": [{"type": "video", "url": FILM}],
                "audio_setting": "origin",
            },
            {"duration": 6, "output_video_duration": 3},
        ),
        (
            {"model": "wan3.0-video", "prompt": "x", "ratio": "21:9", "resolution": "480P"},
            {"duration": 5, "ratio": "21:9"},
        ),
        (
            {
                "model": "happyhorse-1.0-r2v",
                "prompt": "character1 sails",
                "media": [{"type": "reference_image", "url": PICTURE}],
                "ratio": "9:16",
                "duration": 3,
            },
            {"duration": 3, "ratio": "9:16"},
        ),
    ],
    ids=lambda value: value.get("model", ""),
)
def test_every_family_takes_what_the_sdk_sends(
    order: dict[str, Any], usage: dict[str, Any]
) -> None:
    made = VideoSynthesis.wait(VideoSynthesis.async_call(**{"prompt": None, **order}))

    assert made.output.task_status == "SUCCEEDED", made
    assert {name: made.usage[name] for name in usage} == usage


def test_a_film_that_fails_says_why() -> None:
    made = VideoSynthesis.call(model="wan2.7-t2v", prompt="a boat [[fault:moderated]]")

    assert made.status_code == HTTPStatus.OK
    assert made.output.task_status == "FAILED"
    assert made.output["code"] == "DataInspectionFailed"


def test_only_a_film_that_waits_is_canceled() -> None:
    created = VideoSynthesis.async_call(model="wan2.7-t2v", prompt="a boat [[delay:60s]]")
    canceled = VideoSynthesis.cancel(created)
    fetched = VideoSynthesis.fetch(created)
    again = VideoSynthesis.cancel(created)

    assert canceled.status_code == HTTPStatus.OK
    assert fetched.output.task_status == "CANCELED"
    assert (again.status_code, again.code) == (HTTPStatus.BAD_REQUEST, "UnsupportedOperation")


def test_a_film_is_in_the_list_of_its_model() -> None:
    created = VideoSynthesis.async_call(model="happyhorse-1.1-t2v", prompt=str(uuid4()))
    listed = VideoSynthesis.list(model_name="happyhorse-1.1-t2v", page_size=100)

    assert listed.status_code == HTTPStatus.OK
    assert created.output.task_id in [line["task_id"] for line in listed.output["data"]]
    assert {line["model_name"] for line in listed.output["data"]} == {"happyhorse-1.1-t2v"}


def test_a_film_that_nobody_ordered_is_unknown() -> None:
    fetched = VideoSynthesis.fetch("no-such-task")

    assert fetched.status_code == HTTPStatus.OK
    assert fetched.output.task_status == "UNKNOWN"


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"api_key": "wrong"}, HTTPStatus.UNAUTHORIZED, "InvalidApiKey"),
        ({"model": "wan9.9-t2v"}, HTTPStatus.NOT_FOUND, "ModelNotFound"),
        ({"duration": 16}, HTTPStatus.BAD_REQUEST, "InvalidParameter"),
        ({"size": "1280*720"}, HTTPStatus.BAD_REQUEST, "InvalidParameter"),
        (
            {"prompt": "x [[fault:error-429]]"},
            HTTPStatus.TOO_MANY_REQUESTS,
            "Throttling.RateQuota",
        ),
    ],
)
def test_a_refusal_is_read_by_its_code(order: dict[str, Any], status: int, code: str) -> None:
    refused = VideoSynthesis.async_call(**{"model": "wan2.7-t2v", "prompt": "x", **order})

    assert (refused.status_code, refused.code) == (status, code)
    assert refused.message
