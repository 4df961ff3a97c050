"""A receiver that holds the public key, written with `cryptography`, and the one that the guide shows."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hiapi import HiAPI

from callback_receiver import Callback, CallbackReceiver

GUIDE = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text(encoding="utf-8")

Headers = dict[str, str]


@pytest.fixture
def callback(hiapi_client: HiAPI, receiver: CallbackReceiver) -> Callback:
    hiapi_client.tasks.create(
        model="qwen-image-2-0", input={"prompt": "a boat"}, callback={"url": receiver.url}
    )
    return receiver.next()


def test_the_public_key_verifies_the_callback(
    callback: Callback, callback_keys: dict[str, list[Any]]
) -> None:
    (jwk,), (whpk,) = callback_keys["keys"], callback_keys["standardWebhooks"]
    raw = base64.b64decode(whpk.removeprefix("whpk_"))

    assert base64.urlsafe_b64encode(raw).decode().rstrip("=") == jwk["x"]
    _verify_key_signature(raw, _lower(callback), callback.body)
    for headers, body in _changed(_lower(callback), callback.body):
        with pytest.raises(InvalidSignature):
            _verify_key_signature(raw, headers, body)


def test_the_public_key_verifies_the_vector_of_the_guide() -> None:
    vector = json.loads(_blocks("json vector"))
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    raw = base64.b64decode(vector["publicKey"].removeprefix("whpk_"))

    _verify_key_signature(raw, headers, vector["body"].encode())


def test_the_verification_by_hand_of_the_guide(
    callback: Callback, callback_secret: str, rotate: Callable[[int], str]
) -> None:
    verify = _by_hand()
    headers = _lower(callback)

    assert verify(callback_secret, headers, callback.body)
    for other, body in _changed(headers, callback.body):
        assert not verify(callback_secret, other, body)
    assert not verify(rotate(60), headers, callback.body)


def test_the_verification_by_hand_of_the_guide_has_a_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verify = _by_hand()
    vector = json.loads(_blocks("json vector"))
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    sent_at = int(headers["webhook-timestamp"])

    def verify_at(now: int, secret: str) -> bool:
        monkeypatch.setattr("time.time", lambda: now)
        return verify(secret, headers, vector["body"].encode())

    assert verify_at(sent_at + 300, vector["secret"])
    assert verify_at(sent_at - 300, vector["older"])
    assert not verify_at(sent_at + 301, vector["secret"])


def _changed(headers: Headers, body: bytes) -> list[tuple[Headers, bytes]]:
    later = str(int(headers["webhook-timestamp"]) + 1)
    return [
        (headers, body + b" "),
        (headers, body.replace(b"success", b"failure", 1)),
        ({**headers, "webhook-id": "msg_other"}, body),
        ({**headers, "webhook-timestamp": later}, body),
        ({**headers, "webhook-signature": "v1, v1a,"}, body),
    ]


def _verify_key_signature(raw: bytes, headers: Headers, body: bytes) -> None:
    signatures = re.findall(r"v1a,(\S*)", headers["webhook-signature"])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    (signature,) = signatures
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), signed)


def _by_hand() -> Callable[[str, Headers, bytes], bool]:
    names: dict[str, Any] = {}
    exec(_blocks("python by-hand"), names)
    return names["is_standard_signature"]


def _blocks(kind: str) -> str:
    return "\n".join(re.findall(rf"```{kind}\n(.+?)```", GUIDE, re.DOTALL))


def _lower(callback: Callback) -> Headers:
    return {key.lower(): value for key, value in callback.headers.items()}
