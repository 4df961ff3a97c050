"""The upstream sees the upstream's key and never the tenant's."""

from collections.abc import Callable

import pytest
from openai import OpenAI

from addresses import TENANT_KEY, UPSTREAM_KEY
from sandbox import last_openai_request

MESSAGES = [{"role": "user", "content": "hello"}]


def chat(client: OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)


def streamed_chat(client: OpenAI) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, stream=True))


def upload(client: OpenAI) -> None:
    client.files.create(file=("a.txt", b"a"), purpose="user_data")


def models(client: OpenAI) -> None:
    client.models.list()


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (chat, "/openai/v1/chat/completions"),
        (streamed_chat, "/openai/v1/chat/completions"),
        (upload, "/openai/v1/files"),
        (models, "/openai/v1/models"),
    ],
)
def test_the_tenants_key_is_replaced(
    openai_client: OpenAI, call: Callable[[OpenAI], None], path: str
) -> None:
    call(openai_client)

    seen = last_openai_request()
    assert seen is not None
    assert seen.path == path
    assert seen.headers["authorization"] == f"Bearer {UPSTREAM_KEY}"
    assert TENANT_KEY not in str(seen)


def test_a_key_sent_in_another_header_as_well_is_taken_away(openai_client: OpenAI) -> None:
    chat(openai_client.with_options(default_headers={"x-api-key": TENANT_KEY}))

    seen = last_openai_request()
    assert seen is not None
    assert seen.headers["authorization"] == f"Bearer {UPSTREAM_KEY}"
    assert TENANT_KEY not in str(seen)
