"""What the stand-in of OpenAI saw of the requests that the gateway passed on."""

from dataclasses import dataclass
from typing import Any

import httpx

from addresses import SANDBOX_URL


@dataclass(frozen=True)
class SeenRequest:
    method: str
    path: str
    headers: dict[str, str]


def last_openai_request() -> "SeenRequest | None":
    """The last one, or None when there was none yet."""
    answer = httpx.get(f"{SANDBOX_URL}/_sandbox/last-openai-request")
    if answer.status_code == 404:
        return None
    seen: dict[str, Any] = answer.raise_for_status().json()
    return SeenRequest(method=seen["method"], path=seen["path"], headers=seen["headers"])
