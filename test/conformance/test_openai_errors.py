import pytest
from openai import (
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    OpenAI,
    RateLimitError,
)

from addresses import GATEWAY_URL
from sandbox import last_openai_request

MODEL = "gpt-4o-mini"


def user_says(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_a_wrong_key_is_an_authentication_error_and_never_reaches_the_upstream() -> None:
    seen_before = last_openai_request()

    stranger = OpenAI(api_key="nobody", base_url=f"{GATEWAY_URL}/v1")
    with pytest.raises(AuthenticationError) as caught:
        stranger.chat.completions.create(model=MODEL, messages=user_says("hello"))

    assert caught.value.status_code == 401
    assert caught.value.code == "permission_denied"
    assert caught.value.type == "authentication_error"
    assert last_openai_request() == seen_before


def test_what_the_upstream_refuses_is_a_bad_request_error_in_its_own_words(
    openai_client: OpenAI,
) -> None:
    with pytest.raises(BadRequestError) as caught:
        openai_client.chat.completions.create(model=MODEL, messages=[])

    assert caught.value.param == "messages"
    assert caught.value.type == "invalid_request_error"
    assert caught.value.request_id.startswith("req_")


def test_a_streamed_request_that_is_refused_is_a_bad_request_error_too(
    openai_client: OpenAI,
) -> None:
    with pytest.raises(BadRequestError):
        openai_client.chat.completions.create(model=MODEL, messages=[], stream=True)


def test_a_model_that_the_upstream_lacks_is_a_not_found_error(openai_client: OpenAI) -> None:
    with pytest.raises(NotFoundError) as caught:
        openai_client.models.retrieve("no-such-model")

    assert caught.value.code == "model_not_found"


def test_the_upstreams_limits_are_a_rate_limit_error(openai_client: OpenAI) -> None:
    with pytest.raises(RateLimitError) as caught:
        openai_client.with_options(max_retries=0).chat.completions.create(
            model=MODEL, messages=user_says("[[fault:error-429]] hello")
        )

    assert caught.value.code == "rate_limit_exceeded"


def test_the_upstreams_failure_is_an_internal_server_error(openai_client: OpenAI) -> None:
    with pytest.raises(InternalServerError):
        openai_client.with_options(max_retries=0).chat.completions.create(
            model=MODEL, messages=user_says("[[fault:error-500]] hello")
        )


def test_the_clients_own_retry_gets_through(openai_client: OpenAI) -> None:
    completion = openai_client.chat.completions.create(
        model=MODEL, messages=user_says("[[fault:error-500:1]] hello again")
    )

    assert completion.choices[0].message.content == "You said: hello again"
