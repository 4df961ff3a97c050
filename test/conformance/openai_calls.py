"""Every call of OpenAI's Python client that is one request, found by walking its resources."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from openai import OpenAI
from openai._resource import SyncAPIResource

# Calls that send by themselves; what waits, polls or parses does so through these.
_SENDS = re.compile(r"self\._(get|post|put|patch|delete|get_api_list)\(")

# Values that several kinds of a call need one of, whatever its signature says.
_USUAL: dict[str, Any] = {
    "model": "gpt-5-mini",
    "messages": [{"role": "user", "content": "zoë 東京 🚢"}],
    "input": "zoë",
    "prompt": "zoë",
    "instructions": "zoë",
    "limit": 2,
    "after": "obj zoë&1",
    "tool_outputs": [],
    # Of calls that take one of several sets of fields.
    "name": "zoë",
    "type": "zoë",
    "path": "/zoë",
    "file_id": "file-1",
    "external_id": "x",
    "kms_arn": "x",
    "role_arn": "x",
    "expression": "* * * * *",
    "timezone": "UTC",
    "target": {"text": "zoë"},
}

_STREAM = {"stream": True, "stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class SdkCall:
    """As it is written (`files.create`), and whether its answer is asked for in a stream."""

    name: str
    in_stream: bool

    def __str__(self) -> str:
        return f"{self.name} (stream)" if self.in_stream else self.name

    def send(self, client: OpenAI, turn: str, headers: dict[str, str]) -> Any:
        """The answer as httpx has it; `turn` goes into every id, so that no two are the same request."""
        method = _method(client, self.name)
        raw = {"X-Stainless-Raw-Response": "true", **headers}
        answer = method(**_arguments(method, turn, self.in_stream), extra_headers=raw)
        return answer.http_response


def calls_of(client: OpenAI) -> list[SdkCall]:
    return [call for name, method in _walk(client, "") for call in _variants(name, method)]


def _walk(node: Any, path: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(type(node)):
        if name.startswith(("_", "with_")):
            continue
        child = getattr(node, name)
        if isinstance(child, SyncAPIResource):
            yield from _walk(child, f"{path}{name}.")
        elif isinstance(node, SyncAPIResource) and _SENDS.search(inspect.getsource(child)):
            yield path + name, child


def _variants(name: str, method: Callable[..., Any]) -> Iterator[SdkCall]:
    yield SdkCall(name, in_stream=False)
    if "stream" in inspect.signature(method).parameters:
        yield SdkCall(name, in_stream=True)


def _method(client: OpenAI, name: str) -> Callable[..., Any]:
    found: Any = client
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _arguments(method: Callable[..., Any], turn: str, in_stream: bool) -> dict[str, Any]:
    parameters = inspect.signature(method).parameters
    wished = {**_USUAL, **(_STREAM if in_stream else {})}
    given = {name: value for name, value in wished.items() if name in parameters}
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty:
            annotation = str(parameter.annotation)
            given[name] = _value(name, annotation, turn, given.get(name))
    return given


def _value(name: str, annotation: str, turn: str, usual: Any) -> Any:
    if "FileTypes" in annotation or name == "video":
        file = ("zoë.bin", b"zo\xc3\xab\r\n--" * 9_000, "application/octet-stream")
        return [file] if "Sequence" in annotation or "List" in annotation else file
    if usual is not None:
        return usual
    if literal := re.match(r"""(?:Union\[)?Literal\[['"](\w[^'"]*)""", annotation):
        return literal.group(1)
    if re.match(r"str\b|Union\[str\b", annotation):
        return f"id zoë:{name}-{turn}"
    if annotation.startswith("SequenceNotStr[str]"):
        return [f"id-{turn}"]
    if re.match(r"Iterable|List|SequenceNotStr", annotation):
        return [{"text": "zoë"}]
    if re.match(r"int|float", annotation):
        return 3
    return True if annotation.startswith("bool") else {"text": "zoë"}
