import pytest
from hiapi import (
    AuthenticationError,
    HiAPI,
    InvalidRequestError,
    ModelUnavailableError,
    NotFoundError,
    PollTimeout,
    TaskFailed,
)

from addresses import GATEWAY_URL

MODEL = "qwen-image-2-0"


def test_a_wrong_key_is_an_authentication_error() -> None:
    stranger = HiAPI(api_key="nobody", base_url=f"{GATEWAY_URL}/v1")

    with pytest.raises(AuthenticationError) as caught:
        stranger.tasks.create(model=MODEL, input={"prompt": "a boat"})

    assert (caught.value.status, caught.value.error_code) == (401, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("task_input", "named"),
    [
        ({}, "prompt"),
        ({"prompt": "a boat", "audio": True}, "input.audio"),
        ({"prompt": "a boat", "aspect_ratio": "16:10"}, "input.aspect_ratio"),
        ({"prompt": "a boat", "n": 1000}, "input.n"),
    ],
)
def test_bad_input_is_an_invalid_request_error_that_names_the_field(
    hiapi_client: HiAPI, task_input: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        hiapi_client.tasks.create(model=MODEL, input=task_input)

    assert (caught.value.status, caught.value.error_code) == (400, "INVALID_REQUEST")
    assert named in caught.value.message


def test_a_callback_to_a_private_network_is_an_invalid_request_error(hiapi_client: HiAPI) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        hiapi_client.tasks.create(
            model=MODEL, input={"prompt": "a boat"}, callback={"url": "http://10.0.0.1/hook"}
        )

    assert "callback.url" in caught.value.message


def test_an_unknown_model_is_a_model_unavailable_error_that_names_a_near_one(
    hiapi_client: HiAPI,
) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        hiapi_client.tasks.create(model="qwen-image-2-1", input={"prompt": "a boat"})

    assert caught.value.status == 400
    assert MODEL in caught.value.message


def test_a_task_that_does_not_exist_is_a_not_found_error(hiapi_client: HiAPI) -> None:
    with pytest.raises(NotFoundError) as caught:
        hiapi_client.tasks.retrieve("tk-01JD0000000000000000000000")

    assert (caught.value.status, caught.value.error_code) == (404, "NOT_FOUND")


def test_another_tenants_task_is_not_found_like_one_that_does_not_exist(
    hiapi_client: HiAPI, other_tenant: HiAPI
) -> None:
    created = hiapi_client.tasks.create(model=MODEL, input={"prompt": "mine"})

    with pytest.raises(NotFoundError) as caught:
        other_tenant.tasks.retrieve(created.task_id)

    assert (caught.value.status, caught.value.error_code) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("flux-2-pro", "TASK_FAILED"),
        ("veo-3-1", "TASK_FAILED"),
        ("happyhorse-1-0", "TASK_FAILED"),
        # These two work inside the call itself: a 500 does not tell whether the picture was paid for.
        (MODEL, "SUBMISSION_UNKNOWN"),
        ("gpt-image-2", "SUBMISSION_UNKNOWN"),
    ],
)
def test_a_task_that_the_vendor_fails_raises_task_failed_with_the_reason(
    hiapi_client: HiAPI, model: str, code: str
) -> None:
    with pytest.raises(TaskFailed) as caught:
        hiapi_client.tasks.run(
            model=model, input={"prompt": "[[fault:fail]] a boat"}, poll_interval=0.05, timeout=60
        )

    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.task.status == "fail"
    assert caught.value.task.completed_at is not None
    assert caught.value.task.output == []


def test_a_prompt_that_the_vendor_rejects_raises_task_failed_with_its_own_code(
    hiapi_client: HiAPI,
) -> None:
    with pytest.raises(TaskFailed) as caught:
        hiapi_client.tasks.run(
            model=MODEL, input={"prompt": "[[fault:moderated]] a boat"}, poll_interval=0.05
        )

    assert caught.value.code == "CONTENT_REJECTED"


def test_waiting_too_short_is_a_poll_timeout_and_the_task_goes_on(hiapi_client: HiAPI) -> None:
    with pytest.raises(PollTimeout) as caught:
        hiapi_client.tasks.run(
            model=MODEL, input={"prompt": "[[delay:1s]] a boat"}, poll_interval=0.05, timeout=0
        )

    assert hiapi_client.tasks.wait(caught.value.task_id, poll_interval=0.05, timeout=30).succeeded
