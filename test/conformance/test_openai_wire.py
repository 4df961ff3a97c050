"""Requests and answers of OpenAI's client, with the gateway between it and a recording stand-in and without."""

import base64
import json
import re
import urllib.request
from typing import Any

import pytest
from openai import OpenAI

from addresses import RECORDED_GATEWAY_URL, RECORDED_KEY, STAND_IN_URL
from openai_calls import SdkCall, calls_of

# Lists that the gateway merges: the upstream's entries and its own.
_OWN = {"models.list", "videos.list"}

# docs/pass-through.md: whose it is, where it goes, and how the answer is to be packed.
_REQUEST_DIFFERS = {"host", "authorization", "connection", "accept-encoding"}

# docs/pass-through.md: uncompressed, hop-by-hop, and ours beside theirs.
_ANSWER_DIFFERS = re.compile(
    r"content-(encoding|length)|transfer-encoding|connection|keep-alive|date|x-accel-buffering|x-taskgate-.*"
)


def _client(url: str) -> OpenAI:
    key = RECORDED_KEY
    return OpenAI(api_key=key, admin_api_key=key, base_url=f"{url}/v1", max_retries=0)


_DIRECT = _client(STAND_IN_URL)
_THROUGH = _client(RECORDED_GATEWAY_URL)
_CALLS = [call for call in calls_of(_DIRECT) if call.name not in _OWN]


def test_every_call_of_the_client_is_known() -> None:
    assert len(_CALLS) > 390


@pytest.mark.parametrize("call", _CALLS, ids=str)
def test_a_call_crosses_byte_for_byte(call: SdkCall) -> None:
    turn = str(_CALLS.index(call))
    # Node's client, beside this one, sends each call in both ways.
    encoding = ["gzip, deflate", "identity"][_CALLS.index(call) % 2]

    direct = _exchange(_DIRECT, call, turn, encoding)
    through = _exchange(_THROUGH, call, turn, encoding)

    assert through == direct


def _exchange(client: OpenAI, call: SdkCall, turn: str, encoding: str) -> dict[str, Any]:
    response = call.send(client, turn, {"Accept-Encoding": encoding})
    answer = response.read()
    headers = [
        (name, value)
        for name, value in response.headers.multi_items()
        if not _ANSWER_DIFFERS.fullmatch(name.lower())
    ]
    return {"status": response.status_code, "headers": headers, "answer": answer, **_seen()}


def _seen() -> dict[str, Any]:
    """What the stand-in had of it."""
    with urllib.request.urlopen(f"{STAND_IN_URL}/_last") as answer:
        last = json.load(answer)
    raw = last["rawHeaders"]
    named = [
        (name, value)
        for name, value in zip(raw[::2], raw[1::2])
        if name.lower() not in _REQUEST_DIFFERS
    ]
    # Each connection frames its own messages: the length is the same, its line stands elsewhere.
    length = [value for name, value in named if name.lower() == "content-length"]
    lines = [f"{name}: {value}" for name, value in named if name.lower() != "content-length"]
    body = base64.b64decode(last["body"])
    # A form's boundary is drawn anew for each request.
    if boundary := re.search(r"boundary=(\S+)", "\n".join(lines)):
        drawn = boundary.group(1)
        lines = [line.replace(drawn, "boundary") for line in lines]
        body = body.replace(drawn.encode(), b"boundary")
    seen = {"method": last["method"], "target": last["target"], "lines": lines}
    return {**seen, "length": length, "body": body}
