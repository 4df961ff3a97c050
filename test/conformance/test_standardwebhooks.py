from datetime import datetime, timezone

import pytest
from hiapi import HiAPI
from standardwebhooks import Webhook, WebhookVerificationError

from callback_receiver import Callback, CallbackReceiver

OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def callback(hiapi_client: HiAPI, receiver: CallbackReceiver) -> Callback:
    """One that the gateway sent for a task that was just made."""
    hiapi_client.tasks.create(
        model="qwen-image-2-0", input={"prompt": "a boat"}, callback={"url": receiver.url}
    )
    return receiver.next()


def test_a_receiver_accepts_the_callback(callback: Callback, callback_secret: str) -> None:
    task = Webhook(callback_secret).verify(callback.body, dict(callback.headers))

    assert task["status"] == "success"
    assert task["output"][0]["url"].startswith("http")
    assert "callback" not in task


def test_a_receiver_rejects_a_changed_body(callback: Callback, callback_secret: str) -> None:
    changed = callback.body.replace(b"success", b"failure", 1)

    assert changed != callback.body
    with pytest.raises(WebhookVerificationError):
        Webhook(callback_secret).verify(changed, dict(callback.headers))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_receiver_rejects_a_changed_header(
    callback: Callback, callback_secret: str, name: str
) -> None:
    headers = {key.lower(): value for key, value in callback.headers.items()}
    other = {
        "webhook-id": "msg_other",
        "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1),
        "webhook-signature": Webhook(OTHER_SECRET).sign(
            headers["webhook-id"], _time_of(headers), callback.body.decode()
        ),
    }

    with pytest.raises(WebhookVerificationError):
        Webhook(callback_secret).verify(callback.body, {**headers, name: other[name]})


def test_a_receiver_with_another_secret_rejects_the_callback(callback: Callback) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_SECRET).verify(callback.body, dict(callback.headers))


def _time_of(headers: dict[str, str]) -> datetime:
    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=timezone.utc)
