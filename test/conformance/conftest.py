"""The clients as their own documentation shows them; only the key and the base URL are ours."""

from collections.abc import Iterator

import httpx
import pytest
from hiapi import HiAPI
from openai import OpenAI

from addresses import GATEWAY_URL, OTHER_TENANT_KEY, TENANT_KEY
from callback_receiver import CallbackReceiver


@pytest.fixture
def openai_client() -> Iterator[OpenAI]:
    with OpenAI(api_key=TENANT_KEY, base_url=f"{GATEWAY_URL}/v1") as client:
        yield client


@pytest.fixture
def hiapi_client() -> HiAPI:
    return HiAPI(api_key=TENANT_KEY, base_url=f"{GATEWAY_URL}/v1")


@pytest.fixture
def other_tenant() -> HiAPI:
    return HiAPI(api_key=OTHER_TENANT_KEY, base_url=f"{GATEWAY_URL}/v1")


@pytest.fixture
def receiver() -> Iterator[CallbackReceiver]:
    with CallbackReceiver() as running:
        yield running


@pytest.fixture(scope="session")
def callback_secret() -> str:
    answer = httpx.get(
        f"{GATEWAY_URL}/v1/callback-secret",
        headers={"Authorization": f"Bearer {TENANT_KEY}"},
    )
    return answer.raise_for_status().json()["data"]["secret"]
