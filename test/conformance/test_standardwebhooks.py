"""Receivers of Standard Webhooks: its own library, and Svix's, as published."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import standardwebhooks.webhooks
import svix.webhooks
from hiapi import HiAPI
from standardwebhooks import Webhook, WebhookVerificationError

from callback_receiver import Callback, CallbackReceiver

OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Headers = dict[str, str]
# Each takes the secret; its `verify` raises WebhookVerificationError, which both libraries share.
Verifier = type[Webhook] | type[svix.webhooks.Webhook]

with_each = pytest.mark.parametrize(
    "verifier", [Webhook, svix.webhooks.Webhook], ids=["standardwebhooks", "svix"]
)


@pytest.fixture
def callback(hiapi_client: HiAPI, receiver: CallbackReceiver) -> Callback:
    """One that the gateway sent for a task that was just made."""
    return _new_callback(hiapi_client, receiver)


@with_each
def test_a_receiver_accepts_the_callback(
    verifier: Verifier, callback: Callback, callback_secret: str
) -> None:
    verifier(callback_secret).verify(callback.body, dict(callback.headers))


def test_the_library_returns_the_task(callback: Callback, callback_secret: str) -> None:
    task = Webhook(callback_secret).verify(callback.body, dict(callback.headers))

    assert task["status"] == "success"
    assert task["output"][0]["url"].startswith("http")
    assert "callback" not in task


@with_each
def test_a_receiver_accepts_every_callback_of_every_change(
    verifier: Verifier, hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str
) -> None:
    hiapi_client.tasks.create(
        model="qwen-image-2-0",
        input={"prompt": "a boat"},
        callback={"url": receiver.url, "when": "all"},
    )

    event = ""
    while event != "task.success":
        callback = receiver.next()
        verifier(callback_secret).verify(callback.body, dict(callback.headers))
        event = _lower(callback)["x-taskgate-event"]


@with_each
def test_a_receiver_rejects_a_changed_body(
    verifier: Verifier, callback: Callback, callback_secret: str
) -> None:
    changed = callback.body.replace(b"success", b"failure", 1)

    assert changed != callback.body
    with pytest.raises(WebhookVerificationError):
        verifier(callback_secret).verify(changed, dict(callback.headers))


@with_each
@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_receiver_rejects_a_changed_header(
    verifier: Verifier, callback: Callback, callback_secret: str, name: str
) -> None:
    headers = _lower(callback)
    other = {
        "webhook-id": "msg_other",
        "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1),
        "webhook-signature": Webhook(OTHER_SECRET).sign(
            headers["webhook-id"], _time_of(headers), callback.body.decode()
        ),
    }

    with pytest.raises(WebhookVerificationError):
        verifier(callback_secret).verify(callback.body, {**headers, name: other[name]})


@with_each
@pytest.mark.parametrize("signature", ["", "v1,", "v1, v1a,", "the key pair's alone"])
def test_a_receiver_rejects_what_holds_no_signature_of_its_secret(
    verifier: Verifier, callback: Callback, callback_secret: str, signature: str
) -> None:
    headers = _lower(callback)
    key_pairs = re.search(r"v1a,\S+", headers["webhook-signature"])

    assert key_pairs is not None
    given = key_pairs[0] if signature == "the key pair's alone" else signature
    with pytest.raises(WebhookVerificationError):
        verifier(callback_secret).verify(callback.body, {**headers, "webhook-signature": given})


@with_each
def test_a_receiver_with_another_secret_rejects_the_callback(
    verifier: Verifier, callback: Callback
) -> None:
    with pytest.raises(WebhookVerificationError):
        verifier(OTHER_SECRET).verify(callback.body, dict(callback.headers))


@with_each
def test_a_receiver_rejects_what_is_older_than_five_minutes(
    verifier: Verifier, callback: Callback, callback_secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_at = _time_of(_lower(callback))

    def verify_at(now: datetime) -> None:
        monkeypatch.setattr(standardwebhooks.webhooks, "datetime", _clock(now))
        verifier(callback_secret).verify(callback.body, dict(callback.headers))

    verify_at(sent_at + timedelta(seconds=300))
    with pytest.raises(WebhookVerificationError, match="too old"):
        verify_at(sent_at + timedelta(seconds=301))


@with_each
def test_both_secrets_are_good_during_a_rotation(
    verifier: Verifier,
    hiapi_client: HiAPI,
    receiver: CallbackReceiver,
    callback_secret: str,
    rotate: Callable[[int], str],
) -> None:
    rotated = rotate(60)
    callback = _new_callback(hiapi_client, receiver)

    for secret in (callback_secret, rotated):
        verifier(secret).verify(callback.body, dict(callback.headers))


@with_each
def test_a_rotation_without_grace_ends_the_old_secret(
    verifier: Verifier,
    hiapi_client: HiAPI,
    receiver: CallbackReceiver,
    callback_secret: str,
    rotate: Callable[[int], str],
) -> None:
    rotated = rotate(0)
    callback = _new_callback(hiapi_client, receiver)

    verifier(rotated).verify(callback.body, dict(callback.headers))
    with pytest.raises(WebhookVerificationError):
        verifier(callback_secret).verify(callback.body, dict(callback.headers))


def _new_callback(hiapi_client: HiAPI, receiver: CallbackReceiver) -> Callback:
    hiapi_client.tasks.create(
        model="qwen-image-2-0", input={"prompt": "a boat"}, callback={"url": receiver.url}
    )
    return receiver.next()


def _lower(callback: Callback) -> Headers:
    return {key.lower(): value for key, value in callback.headers.items()}


def _time_of(headers: Headers) -> datetime:
    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=timezone.utc)


def _clock(now: datetime) -> Any:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now.astimezone(tz)

    return Clock
