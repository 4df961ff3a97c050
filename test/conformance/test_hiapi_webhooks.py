from collections.abc import Callable

import pytest
from hiapi import HiAPI, WebhookVerificationError

from callback_receiver import Callback, CallbackReceiver

MODEL = "qwen-image-2-0"


def test_verify_accepts_the_callback_of_a_finished_task(
    hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str
) -> None:
    created = hiapi_client.tasks.create(
        model=MODEL, input={"prompt": "a boat"}, callback={"url": receiver.url, "when": "final"}
    )

    callback = receiver.next()
    task = hiapi_client.webhooks.verify(callback.body, callback.headers, secret=callback_secret)

    assert task.task_id == created.task_id
    assert task.succeeded
    assert task.output == hiapi_client.tasks.retrieve(created.task_id).output


def test_verify_accepts_the_callback_of_a_failed_task(
    hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str
) -> None:
    created = hiapi_client.tasks.create(
        model="flux-2-pro",
        input={"prompt": "[[fault:fail]] a boat"},
        callback={"url": receiver.url},
    )

    callback = receiver.next()
    task = hiapi_client.webhooks.verify(callback.body, callback.headers, secret=callback_secret)

    assert (task.task_id, task.status, task.error.code) == (created.task_id, "fail", "TASK_FAILED")


def test_verify_rejects_what_was_changed_on_the_way(
    hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str
) -> None:
    hiapi_client.tasks.create(
        model=MODEL, input={"prompt": "a boat"}, callback={"url": receiver.url}
    )

    callback = receiver.next()
    changed = callback.body.replace(b"success", b"failure", 1)

    assert changed != callback.body
    with pytest.raises(WebhookVerificationError):
        hiapi_client.webhooks.verify(changed, callback.headers, secret=callback_secret)
    with pytest.raises(WebhookVerificationError):
        hiapi_client.webhooks.verify(callback.body, callback.headers, secret="whsec_AAAA")


def test_verify_rejects_what_is_older_than_five_minutes(
    hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str
) -> None:
    callback = _callback(hiapi_client, receiver)
    sent_at = int(_lower(callback)["x-hiapi-timestamp"])

    def verify_at(now: int) -> None:
        hiapi_client.webhooks.verify(
            callback.body, callback.headers, secret=callback_secret, now=now
        )

    verify_at(sent_at + 300)
    with pytest.raises(WebhookVerificationError):
        verify_at(sent_at + 301)


def test_verify_rejects_an_old_callback_under_a_new_time(
    hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str
) -> None:
    callback = _callback(hiapi_client, receiver)
    later = str(int(_lower(callback)["x-hiapi-timestamp"]) + 1)

    with pytest.raises(WebhookVerificationError):
        hiapi_client.webhooks.verify(
            callback.body,
            {**_lower(callback), "x-hiapi-timestamp": later},
            secret=callback_secret,
        )


@pytest.mark.parametrize("signature", ["", "00", "v1,"])
def test_verify_rejects_a_signature_that_is_none(
    hiapi_client: HiAPI, receiver: CallbackReceiver, callback_secret: str, signature: str
) -> None:
    callback = _callback(hiapi_client, receiver)

    with pytest.raises(WebhookVerificationError):
        hiapi_client.webhooks.verify(
            callback.body,
            {**_lower(callback), "x-hiapi-signature": signature},
            secret=callback_secret,
        )


def test_the_newest_secret_signs_from_the_first_moment(
    hiapi_client: HiAPI,
    receiver: CallbackReceiver,
    callback_secret: str,
    rotate: Callable[[int], str],
) -> None:
    rotated = rotate(60)

    callback = _callback(hiapi_client, receiver)

    assert hiapi_client.webhooks.verify(callback.body, callback.headers, secret=rotated).succeeded
    with pytest.raises(WebhookVerificationError):
        hiapi_client.webhooks.verify(callback.body, callback.headers, secret=callback_secret)


def test_a_receiver_that_learns_the_secret_late_loses_no_callback(
    hiapi_client: HiAPI, callback_secret: str, rotate: Callable[[int], str]
) -> None:
    """As docs/callbacks.md has it: try each secret that is known, and refuse what none fits with 503."""
    known = [callback_secret]
    taken: list[str] = []

    def judge(callback: Callback) -> int:
        for secret in known:
            try:
                task = hiapi_client.webhooks.verify(callback.body, callback.headers, secret=secret)
            except WebhookVerificationError:
                continue
            taken.append(task.task_id)
            return 204
        return 503

    with CallbackReceiver(judge) as receiver:
        rotated = rotate(60)
        created = _create(hiapi_client, receiver)
        refused = receiver.next()
        known.insert(0, rotated)
        again = receiver.next()

    assert refused.headers["webhook-id"] == again.headers["webhook-id"]
    assert taken == [created]


def _create(hiapi_client: HiAPI, receiver: CallbackReceiver) -> str:
    return hiapi_client.tasks.create(
        model=MODEL, input={"prompt": "a boat"}, callback={"url": receiver.url}
    ).task_id


def _callback(hiapi_client: HiAPI, receiver: CallbackReceiver) -> Callback:
    _create(hiapi_client, receiver)
    return receiver.next()


def _lower(callback: Callback) -> dict[str, str]:
    return {key.lower(): value for key, value in callback.headers.items()}
