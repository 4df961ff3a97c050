"""OpenAI's own client with models that OpenAI does not serve: each call runs as a task."""

import base64
import time
from pathlib import Path

import httpx
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from addresses import GATEWAY_URL, TENANT_KEY
from media import mime_of

PICTURE = Path(__file__).parents[2] / "libs/outputs/src/testing/fixtures/picture.png"


def task_of(task_id: str) -> dict:
    answer = httpx.get(
        f"{GATEWAY_URL}/v1/tasks/{task_id}",
        headers={"Authorization": f"Bearer {TENANT_KEY}"},
    )
    return answer.raise_for_status().json()["data"]


@pytest.mark.parametrize("model", ["flux-2-pro", "qwen-image-2-0"])
def test_pictures_are_made_as_tasks(openai_client: OpenAI, model: str) -> None:
    raw = openai_client.images.with_raw_response.generate(
        model=model, prompt="a red boat", size="1024x1024", user="u-1"
    )
    answer = raw.parse()
    task = task_of(raw.headers["x-taskgate-task-id"])

    assert mime_of(base64.b64decode(answer.data[0].b64_json)).startswith("image/")
    assert answer.size == "1024x1024"
    assert (task["model"], task["status"]) == (model, "success")


def test_further_fields_and_links(openai_client: OpenAI) -> None:
    answer = openai_client.images.generate(
        model="flux-2-pro",
        prompt="a red boat",
        response_format="url",
        extra_body={"aspect_ratio": "16:9", "seed": 7},
    )

    assert httpx.get(answer.data[0].url).status_code == 200


def test_a_stream_ends_with_the_picture(openai_client: OpenAI) -> None:
    stream = openai_client.images.generate(model="flux-2-pro", prompt="a red boat", stream=True)
    events = list(stream)

    assert [event.type for event in events] == ["image_generation.completed"]
    assert mime_of(base64.b64decode(events[0].b64_json)).startswith("image/")


@pytest.mark.parametrize("many", [False, True])
def test_files_are_worked_on(openai_client: OpenAI, many: bool) -> None:
    bytes_ = PICTURE.read_bytes()
    one = ("picture.png", bytes_, "image/png")
    answer = openai_client.images.edit(
        model="flux-2-pro", image=[one, one] if many else one, prompt="with a hat"
    )

    assert mime_of(base64.b64decode(answer.data[0].b64_json)).startswith("image/")


def test_the_same_key_gets_the_same_task(openai_client: OpenAI) -> None:
    headers = {"Idempotency-Key": f"python-{time.time_ns()}"}
    one = ("picture.png", PICTURE.read_bytes(), "image/png")
    raw = [
        openai_client.images.with_raw_response.edit(
            model="flux-2-pro", image=one, prompt="once", extra_headers=headers
        )
        for _ in range(2)
    ]

    assert raw[0].headers["x-taskgate-task-id"] == raw[1].headers["x-taskgate-task-id"]
    assert raw[1].headers["idempotent-replay"] == "true"


def test_a_refusal_names_the_field(openai_client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        openai_client.images.generate(model="flux-2-pro", prompt="a", style="vivid")

    assert refused.value.param == "style"


def test_moderation_is_told_as_openai_tells_it(openai_client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        openai_client.images.generate(model="flux-2-pro", prompt="[[fault:moderated]]")

    assert refused.value.code == "moderation_blocked"


def finished(client: OpenAI, video_id: str) -> str:
    for _ in range(150):
        status = client.videos.retrieve(video_id).status
        if status in ("completed", "failed"):
            return status
        time.sleep(0.2)
    return "late"


def test_a_film_from_its_creation_to_its_deletion(openai_client: OpenAI) -> None:
    video = openai_client.videos.create(
        model="veo-3-1",
        prompt="a red boat",
        seconds="8",
        size="1280x720",
        input_reference=("first.png", PICTURE.read_bytes(), "image/png"),
    )
    assert (video.object, video.seconds, video.size) == ("video", "8", "1280x720")
    assert finished(openai_client, video.id) == "completed"

    content = openai_client.videos.download_content(video.id).read()
    listed = [found.id for found in openai_client.videos.list(limit=5).data]

    assert mime_of(content) == "video/mp4"
    assert video.id in listed
    assert openai_client.videos.delete(video.id).deleted is True
    with pytest.raises(NotFoundError):
        openai_client.videos.retrieve(video.id)


def test_the_catalog_is_among_the_models(openai_client: OpenAI) -> None:
    owners = {model.id: model.owned_by for model in openai_client.models.list()}

    assert owners["flux-2-pro"] == "bfl"
    assert owners["veo-3-1"] == "vertex"
    assert openai_client.models.retrieve("veo-3-1").owned_by == "vertex"
