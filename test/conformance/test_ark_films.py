"""The official Ark SDK's video tasks against the stand-in of Ark."""

import time
import uuid
from typing import Any

import pytest
from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime._exceptions import (
    ArkAPIStatusError,
    ArkAuthenticationError,
    ArkBadRequestError,
    ArkNotFoundError,
    ArkRateLimitError,
)

from addresses import SANDBOX_URL
from media import download, mime_of

MODEL = "dreamina-seedance-2-0-260128"
STILL = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def words(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def created(client: Ark, text: str = "a lighthouse in a storm", **more: Any) -> str:
    task = client.content_generation.tasks.create(
        **{"model": MODEL, "content": [words(text)], **more}
    )
    return task.id


def ended(client: Ark, task_id: str) -> Any:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        task = client.content_generation.tasks.get(task_id=task_id)
        if task.status not in ("queued", "running"):
            return task
        time.sleep(0.1)
    raise AssertionError(f"{task_id} did not end")


def test_a_film_is_created_looked_at_and_downloaded(ark_client: Ark) -> None:
    task_id = created(
        ark_client, resolution="720p", ratio="16:9", duration=5, watermark=False, generate_audio=True
    )
    task = ended(ark_client, task_id)

    assert task_id.startswith("cgt-")
    assert (task.status, task.model, task.error) == ("succeeded", MODEL, None)
    assert (task.resolution, task.ratio, task.duration) == ("720p", "16:9", 5)
    assert task.usage.completion_tokens == 108_900
    content, content_type = download(task.content.video_url)
    assert (mime_of(content), content_type) == ("video/mp4", "video/mp4")


def test_a_film_between_two_pictures_has_its_last_frame(ark_client: Ark) -> None:
    task_id = created(
        ark_client,
        content=[
            words("a door opens"),
            {**STILL, "role": "first_frame"},
            {**STILL, "role": "last_frame"},
        ],
        ratio="adaptive",
        return_last_frame=True,
    )
    task = ended(ark_client, task_id)

    content, _ = download(task.content.last_frame_url)
    assert mime_of(content) == "image/png"


def test_the_list_finds_tasks_by_id_model_and_status(ark_client: Ark) -> None:
    model = "seedance-1-0-pro-fast-251015"
    ids = [created(ark_client, f"list {uuid.uuid4()}", model=model, duration=2) for _ in range(2)]
    for task_id in ids:
        ended(ark_client, task_id)
    tasks = ark_client.content_generation.tasks

    found = tasks.list(task_ids=ids, model=model, status="succeeded")

    assert found.total == 2
    assert [task.id for task in found.items] == ids[::-1]
    assert tasks.list(task_ids=ids, page_num=2, page_size=1).items[0].id == ids[0]
    assert tasks.list(task_ids=ids, status="queued").total == 0


def test_a_task_that_waits_is_canceled_by_delete(ark_client: Ark) -> None:
    task_id = created(ark_client, "a boat [[delay:60s]]")

    ark_client.content_generation.tasks.delete(task_id)

    assert ended(ark_client, task_id).status == "cancelled"


def test_a_task_that_is_over_is_erased_by_delete(ark_client: Ark) -> None:
    task_id = created(ark_client)
    ended(ark_client, task_id)

    ark_client.content_generation.tasks.delete(task_id)

    with pytest.raises(ArkNotFoundError):
        ark_client.content_generation.tasks.get(task_id=task_id)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("fail", "InternalServiceError"),
        ("moderated", "OutputVideoSensitiveContentDetected"),
    ],
)
def test_a_task_that_fails_says_why(ark_client: Ark, fault: str, code: str) -> None:
    task = ended(ark_client, created(ark_client, f"a boat [[fault:{fault}]]"))

    assert (task.status, task.error.code) == ("failed", code)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"duration": 99}, "InvalidParameter"),
        ({"seed": 7}, "InvalidParameter"),
        ({"service_tier": "flex"}, "InvalidParameter"),
        ({"content": [words("a"), {**STILL, "role": "last_frame"}]}, "InvalidParameter"),
        ({"content": []}, "MissingParameter"),
    ],
)
def test_a_bad_request_is_one_for_the_client_too(
    ark_client: Ark, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(ArkBadRequestError) as refused:
        created(ark_client, **more)

    assert refused.value.code == code
    assert refused.value.request_id


def test_the_stand_ins_other_refusals_are_the_clients_own_errors(ark_client: Ark) -> None:
    with pytest.raises(ArkNotFoundError):
        created(ark_client, model="seedance-9-9")
    with pytest.raises(ArkRateLimitError):
        created(ark_client, "[[fault:error-429]]")
    with pytest.raises(ArkAPIStatusError) as refused:
        created(ark_client, "[[fault:error-500]]")
    assert refused.value.status_code == 500


def test_a_wrong_key_is_refused() -> None:
    with Ark(api_key="wrong", base_url=f"{SANDBOX_URL}/ark/api/v3") as client:
        with pytest.raises(ArkAuthenticationError):
            created(client)
