"""OpenAI's own Python client straight against the stand-in of an upstream that is not OpenAI."""

import time
from collections.abc import Iterator

import httpx
import openai
import pytest
from openai import OpenAI

from addresses import SANDBOX_URL
from media import mime_of

# The client says of every call that OpenAI itself has shut this API down; others still serve it.
pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


@pytest.fixture
def upstream() -> Iterator[OpenAI]:
    with OpenAI(
        api_key="sk-test", base_url=f"{SANDBOX_URL}/compatible/v1", max_retries=0
    ) as client:
        yield client


def finished(upstream: OpenAI, video_id: str) -> openai.types.Video:
    while True:
        video = upstream.videos.retrieve(video_id)
        if video.status in ("completed", "failed"):
            return video
        time.sleep(0.1)


def test_a_film_is_made_downloaded_and_deleted(upstream: OpenAI) -> None:
    created = upstream.videos.create(
        model="sora-2", prompt="a red boat", seconds="8", size="1280x720"
    )
    assert created.status == "queued"

    assert finished(upstream, created.id).status == "completed"
    film = upstream.videos.download_content(created.id).read()
    assert film[4:8] == b"ftyp"
    assert created.id in [video.id for video in upstream.videos.list(limit=5)]

    assert upstream.videos.delete(created.id).deleted is True
    with pytest.raises(openai.NotFoundError):
        upstream.videos.retrieve(created.id)


def test_a_film_that_is_not_there_cannot_be_had(upstream: OpenAI) -> None:
    created = upstream.videos.create(prompt="a red boat [[delay:60s]]")

    with pytest.raises(openai.NotFoundError):
        upstream.videos.download_content(created.id)
    with pytest.raises(openai.BadRequestError):
        upstream.videos.delete(created.id)


def test_a_film_is_refused_by_moderation(upstream: OpenAI) -> None:
    created = upstream.videos.create(prompt="a red boat [[fault:moderated]]")

    assert finished(upstream, created.id).error.code == "moderation_blocked"


def test_a_length_that_is_not_made_is_refused(upstream: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        upstream.videos.create(model="sora-2", prompt="a red boat", seconds="5")

    assert refusal.value.param == "seconds"


def test_a_picture_is_a_link(upstream: OpenAI) -> None:
    answer = upstream.images.generate(model="sandbox-image", prompt="a red boat", size="256x256")

    assert mime_of(httpx.get(answer.data[0].url).raise_for_status().content) == "image/png"
