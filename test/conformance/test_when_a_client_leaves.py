"""A client that gives up in the middle is daily business: nobody else may notice."""

from contextlib import suppress

import pytest
from hiapi import APIConnectionError, HiAPI
from openai import APITimeoutError, OpenAI

from addresses import GATEWAY_URL, TENANT_KEY

MODEL = "gpt-4o-mini"


def user_says(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def assert_the_next_call_works(client: OpenAI) -> None:
    answer = client.with_options(max_retries=0).chat.completions.create(
        model=MODEL, messages=user_says("still there?")
    )
    assert answer.choices[0].message.content == "You said: still there?"


def test_a_stream_closed_in_the_middle(openai_client: OpenAI) -> None:
    stream = openai_client.chat.completions.create(
        model=MODEL, messages=user_says("[[delay:3s]] one two three four five"), stream=True
    )

    next(stream)
    stream.close()

    assert_the_next_call_works(openai_client)


def test_an_answer_not_waited_for(openai_client: OpenAI) -> None:
    impatient = openai_client.with_options(timeout=0.3, max_retries=0)

    with pytest.raises(APITimeoutError):
        impatient.chat.completions.create(model=MODEL, messages=user_says("[[delay:3s]] hello"))

    assert_the_next_call_works(openai_client)


def test_tasks_whose_answers_are_not_waited_for(openai_client: OpenAI) -> None:
    for timeout_ms in range(1, 11):
        impatient = HiAPI(
            api_key=TENANT_KEY,
            base_url=f"{GATEWAY_URL}/v1",
            timeout=timeout_ms / 1000,
            max_retries=0,
        )
        # The longer ones get their answer in time.
        with suppress(APIConnectionError):
            impatient.tasks.create(model="qwen-image-2-0", input={"prompt": "a boat"})

    assert_the_next_call_works(openai_client)
