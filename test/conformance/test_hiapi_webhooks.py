import pytest
from hiapi import HiAPI, WebhookVerificationError

from callback_receiver import CallbackReceiver

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
