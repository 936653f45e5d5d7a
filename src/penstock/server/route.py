"""A route as data: what answers it, and what the documentation says about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

Json = Any
OPENAPI_PATH = "/api/openapi.json"
Answering = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class HttpRoute:
    """A path, its method, and the function that answers.

    `request` and `response` are JSON schemas of the bodies, None where a body is no JSON. `measured` says that
    its requests are counted by endpoint; `scope` what a key must be for; `open` that it needs neither key nor token.
    """

    method: str
    path: str
    answer: Answering
    summary: str
    response: Mapping[str, Json] | None = None
    request: Mapping[str, Json] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    measured: bool = False
    scope: str = "read"
    open: bool = False


def object_schema(**properties: Json) -> dict[str, Json]:
    """Return the JSON schema of an object with these properties, all of them required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def list_schema(items: Json) -> dict[str, Json]:
    """Return the JSON schema of a list."""
    return {"type": "array", "items": items}


TEXT: Mapping[str, Json] = {"type": "string"}
WHOLE: Mapping[str, Json] = {"type": "integer"}
NUMBER: Mapping[str, Json] = {"type": "number"}
TRUTH: Mapping[str, Json] = {"type": "boolean"}
ANY: Mapping[str, Json] = {}
MAYBE_TEXT: Mapping[str, Json] = {"type": ["string", "null"]}
MAYBE_WHOLE: Mapping[str, Json] = {"type": ["integer", "null"]}
OBJECT: Mapping[str, Json] = {"type": "object"}
