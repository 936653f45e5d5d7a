"""The OpenAPI document, made of the routes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.route import MAYBE_TEXT, MAYBE_WHOLE, OBJECT, TEXT, HttpRoute, object_schema

Json = Any
PATH = "/api/openapi.json"
_ERROR = object_schema(
    error=object_schema(code=TEXT, message=TEXT, column=MAYBE_TEXT, row=MAYBE_WHOLE, hint=MAYBE_TEXT)
)
_V2_ERROR = object_schema(error=TEXT)


def openapi_route(routes: Sequence[HttpRoute], version: str) -> HttpRoute:
    """Return the route that describes all others and itself."""

    async def answer(_: Request) -> Response:
        return Response(content, media_type="application/json")

    route = HttpRoute("GET", PATH, answer, "This document.", OBJECT)
    content = orjson.dumps(openapi_document([*routes, route], version))
    return route


def openapi_document(routes: Sequence[HttpRoute], version: str) -> dict[str, Json]:
    """Return the OpenAPI 3.1 description of the routes."""
    paths: dict[str, dict[str, Json]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Penstock", "version": version},
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(route: HttpRoute) -> dict[str, Json]:
    error = _V2_ERROR if route.path.startswith("/v2") else _ERROR
    operation: dict[str, Json] = {
        "summary": route.summary,
        "security": [] if route.open else [{"token": []}],
        "parameters": _parameters(route),
        "responses": {
            "200": {"description": "Done."} | (_content(route.response) if route.response is not None else {}),
            "default": {"description": "What is wrong, where, and what to do."} | _content(error),
        },
    }
    if route.request is not None:
        operation["requestBody"] = {"required": True} | _content(route.request)
    return operation


def _parameters(route: HttpRoute) -> list[Json]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    inside = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    behind = [
        {"name": name, "in": "query", "required": False, "schema": TEXT, "description": text}
        for name, text in route.query.items()
    ]
    return [*inside, *behind]


def _content(schema: Json) -> dict[str, Json]:
    return {"content": {"application/json": {"schema": schema}}}
