import hashlib
import time

import pytest
from hiapi import HiAPI

from media import download, mime_of

LIFE_OF_A_TASK = ["queued", "handling", "archiving", "success"]

PICTURE = {"prompt": "a glass data center at golden hour, isometric", "aspect_ratio": "16:9"}
FILM = {"prompt": "a paper boat on a rainy street", "resolution": "720p", "aspect_ratio": "16:9"}


@pytest.mark.parametrize(
    ("model", "task_input", "kind", "mime"),
    [
        ("qwen-image-2-0", PICTURE, "image", "image/png"),
        ("qwen-image-2.0", PICTURE, "image", "image/png"),
        ("gpt-image-2", PICTURE, "image", "image/png"),
        ("flux-2-pro", PICTURE, "image", "image/jpeg"),
        ("veo-3-1", {**FILM, "duration": 4}, "video", "video/mp4"),
        ("happyhorse-1-0", {**FILM, "duration": 3}, "video", "video/mp4"),
    ],
)
def test_run_brings_a_task_from_the_call_to_a_file_that_opens(
    hiapi_client: HiAPI, model: str, task_input: dict[str, object], kind: str, mime: str
) -> None:
    statuses: list[str] = []

    task = hiapi_client.tasks.run(
        model=model,
        input=task_input,
        poll_interval=0.05,
        timeout=60,
        on_update=lambda seen: statuses.append(seen.status),
    )

    assert task.succeeded
    assert task.error is None
    assert statuses == [status for status in LIFE_OF_A_TASK if status in statuses]
    assert task.created_at <= task.completed_at <= time.time() + 1
    [output] = task.output
    assert output.type == kind
    assert output.expire_at > time.time()
    content, content_type = download(output.url)
    assert (mime_of(content), content_type, output.raw["mime"]) == (mime, mime, mime)
    assert output.raw["bytes"] == len(content)
    assert output.raw["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_task_that_runs_is_not_finished_yet(hiapi_client: HiAPI) -> None:
    created = hiapi_client.tasks.create(
        model="qwen-image-2-0", input={"prompt": "[[delay:1s]] a slow picture"}
    )

    running = hiapi_client.tasks.retrieve(created.task_id)
    finished = hiapi_client.tasks.wait(created.task_id, poll_interval=0.05, timeout=30)

    assert running.task_id == finished.task_id == created.task_id
    assert not running.is_terminal
    assert (running.completed_at, running.output) == (None, [])
    assert finished.succeeded
