from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from hiapi import HiAPI, IdempotencyKeyMismatchError

from addresses import SANDBOX_URL

MODEL = "qwen-image-2-0"


def submits_of(prompt: str) -> int:
    answer = httpx.get(f"{SANDBOX_URL}/_sandbox/submits", params={"provider": "dashscope"})
    submits = answer.raise_for_status().json()["submits"]
    return len([submit for submit in submits if submit["prompt"] == prompt])


def test_the_same_key_and_body_give_the_first_task_again(hiapi_client: HiAPI) -> None:
    key = f"order-{uuid4()}"
    task_input = {"prompt": f"a boat for {key}"}

    first = hiapi_client.tasks.create(model=MODEL, input=task_input, idempotency_key=key)
    again = hiapi_client.tasks.create(model=MODEL, input=task_input, idempotency_key=key)

    assert again.task_id == first.task_id
    assert (first.idempotent_replay, again.idempotent_replay) == (False, True)


def test_run_with_the_same_key_pays_the_vendor_once(hiapi_client: HiAPI) -> None:
    key = f"order-{uuid4()}"
    prompt = f"a boat for {key}"

    tasks = [
        hiapi_client.tasks.run(
            model=MODEL, input={"prompt": prompt}, idempotency_key=key, poll_interval=0.05
        )
        for _ in range(2)
    ]

    assert tasks[0].task_id == tasks[1].task_id
    assert tasks[0].raw["output"][0]["sha256"] == tasks[1].raw["output"][0]["sha256"]
    assert submits_of(prompt) == 1


def test_parallel_creates_with_one_key_make_one_task(hiapi_client: HiAPI) -> None:
    key = f"order-{uuid4()}"

    def create(_: int) -> tuple[str, bool]:
        created = hiapi_client.tasks.create(
            model=MODEL, input={"prompt": "a boat"}, idempotency_key=key
        )
        return created.task_id, created.idempotent_replay

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(8)))

    assert len({task_id for task_id, _ in created}) == 1
    assert sorted(replay for _, replay in created) == [False] + [True] * 7


def test_the_same_key_with_another_body_is_a_mismatch(hiapi_client: HiAPI) -> None:
    key = f"order-{uuid4()}"
    hiapi_client.tasks.create(model=MODEL, input={"prompt": "a boat"}, idempotency_key=key)

    with pytest.raises(IdempotencyKeyMismatchError) as caught:
        hiapi_client.tasks.create(model=MODEL, input={"prompt": "a house"}, idempotency_key=key)

    assert caught.value.status == 422


def test_another_tenants_key_of_the_same_name_is_another_key(
    hiapi_client: HiAPI, other_tenant: HiAPI
) -> None:
    key = f"order-{uuid4()}"
    task_input = {"prompt": "a boat"}

    mine = hiapi_client.tasks.create(model=MODEL, input=task_input, idempotency_key=key)
    theirs = other_tenant.tasks.create(model=MODEL, input=task_input, idempotency_key=key)

    assert theirs.task_id != mine.task_id
    assert not theirs.idempotent_replay
