"""The few lines that people write without any SDK: create with httpx, poll, take the first URL."""

import time

import httpx
import pytest

from addresses import GATEWAY_URL, TENANT_KEY
from media import download, mime_of

HEADERS = {"Authorization": f"Bearer {TENANT_KEY}"}


def generate(model: str, prompt: str, **parameters: object) -> str:
    created = httpx.post(
        f"{GATEWAY_URL}/v1/tasks",
        headers=HEADERS,
        json={"model": model, "input": {"prompt": prompt, **parameters}},
    )
    task_id = created.raise_for_status().json()["data"]["taskId"]
    while True:
        task = httpx.get(f"{GATEWAY_URL}/v1/tasks/{task_id}", headers=HEADERS).json()["data"]
        if task["status"] == "success":
            return task["output"][0]["url"]
        if task["status"] == "fail":
            raise RuntimeError(task["error"]["message"])
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("qwen-image-2-0", "image"),
        ("gpt-image-2", "image"),
        ("flux-2-pro", "image"),
        ("veo-3-1", "video"),
        ("happyhorse-1-0", "video"),
    ],
)
def test_one_function_generates_with_every_model(model: str, kind: str) -> None:
    url = generate(model, "a paper boat on a rainy street", aspect_ratio="16:9")

    content, _ = download(url)
    assert mime_of(content).startswith(f"{kind}/")


def test_what_the_vendor_fails_is_raised() -> None:
    with pytest.raises(RuntimeError):
        generate("qwen-image-2-0", "[[fault:fail]] a boat")
