"""The clients as their own documentation shows them; only the key and the base URL are ours."""

from collections.abc import Callable, Iterator
from typing import Any

import dashscope
import httpx
import pytest
from hiapi import HiAPI
from openai import OpenAI
from volcenginesdkarkruntime import Ark

from addresses import GATEWAY_URL, OTHER_TENANT_KEY, SANDBOX_URL, TENANT_KEY
from callback_receiver import CallbackReceiver


@pytest.fixture
def openai_client() -> Iterator[OpenAI]:
    with OpenAI(api_key=TENANT_KEY, base_url=f"{GATEWAY_URL}/v1") as client:
        yield client


@pytest.fixture
def ark_client() -> Iterator[Ark]:
    """ByteDance's own client, straight at the stand-in of its vendor."""
    with Ark(api_key="key", base_url=f"{SANDBOX_URL}/ark/api/v3", max_retries=0) as client:
        yield client


@pytest.fixture
def hiapi_client() -> HiAPI:
    return HiAPI(api_key=TENANT_KEY, base_url=f"{GATEWAY_URL}/v1")


@pytest.fixture
def other_tenant() -> HiAPI:
    return HiAPI(api_key=OTHER_TENANT_KEY, base_url=f"{GATEWAY_URL}/v1")


@pytest.fixture
def dashscope_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """DashScope's SDK is set up by its module; it speaks to the stand-in, not to the gateway."""
    monkeypatch.setattr(dashscope, "api_key", "key-of-dashscope")
    monkeypatch.setattr(dashscope, "base_http_api_url", f"{SANDBOX_URL}/dashscope/api/v1")


@pytest.fixture
def receiver() -> Iterator[CallbackReceiver]:
    with CallbackReceiver() as running:
        yield running


@pytest.fixture
def callback_secret() -> str:
    """The one in force when the test begins."""
    return _secret_of(httpx.get(f"{GATEWAY_URL}/v1/callback-secret", headers=_AUTHORIZATION))


@pytest.fixture
def rotate() -> Callable[[int], str]:
    """Rotates the callback secret; those before it sign too for so many seconds."""

    def rotate(grace_seconds: int) -> str:
        url = f"{GATEWAY_URL}/v1/callback-secret/rotate"
        body = {"graceSeconds": grace_seconds}
        return _secret_of(httpx.post(url, headers=_AUTHORIZATION, json=body))

    return rotate


@pytest.fixture(scope="session")
def callback_keys() -> dict[str, list[Any]]:
    answer = httpx.get(f"{GATEWAY_URL}/.well-known/taskgate/callback-keys.json")
    return answer.raise_for_status().json()


_AUTHORIZATION = {"Authorization": f"Bearer {TENANT_KEY}"}


def _secret_of(answer: httpx.Response) -> str:
    return answer.raise_for_status().json()["data"]["secret"]
