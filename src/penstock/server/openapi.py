"""The OpenAPI document, made of the routes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.endpoint_page import columns_of
from penstock.server.route import (
    MAYBE_TEXT,
    MAYBE_WHOLE,
    OBJECT,
    OPENAPI_PATH,
    TEXT,
    HttpRoute,
    list_schema,
    object_schema,
)
from penstock.server.services import Services
from penstock.serving.input_description import InputColumn, example_row

Json = Any
JSON_TYPE = "application/json"
_MOST_EXAMPLES = 10
_ERROR = object_schema(
    error=object_schema(code=TEXT, message=TEXT, column=MAYBE_TEXT, row=MAYBE_WHOLE, hint=MAYBE_TEXT)
)
_V2_ERROR = object_schema(error=TEXT)


def openapi_route(routes: Sequence[HttpRoute], version: str, services: Services) -> HttpRoute:
    """Return the route that describes all others and itself, and how each endpoint is asked now."""

    async def answer(_: Request) -> Response:
        asked = await services.in_thread(lambda: _endpoint_paths(services))
        return Response(orjson.dumps({**document, "paths": {**document["paths"], **asked}}), media_type=JSON_TYPE)

    route = HttpRoute("GET", OPENAPI_PATH, answer, "This document.", OBJECT)
    document = openapi_document([*routes, route], version)
    return route


def _endpoint_paths(services: Services) -> dict[str, Json]:
    """Return for each endpoint that answers how it is asked, with its model's own columns and an example."""
    paths = {}
    for status in services.plane.endpoints():
        if status.route is None:
            continue
        columns = columns_of(services, status.endpoint)
        row = {"type": "object", "properties": {each.name: _column_schema(each) for each in columns}}
        body = {"type": "object", "properties": {"rows": list_schema(row)}, "required": ["rows"]}
        summary = f"Ask model {status.model}, version {status.route.main.version}, for predictions."
        content = {"application/json": {"schema": body, "example": {"rows": [example_row(columns)]}}}
        paths[f"/predict/{status.endpoint}"] = {
            "post": {
                "summary": summary,
                "security": [{"token": []}],
                "requestBody": {"required": True, "content": content},
                "responses": {
                    "200": {"description": "Done."} | _content(OBJECT),
                    "default": {"description": "What is wrong, where, and what to do."} | _content(_ERROR),
                },
            }
        }
    return paths


def _column_schema(column: InputColumn) -> dict[str, Json]:
    """Return a column's JSON schema; each may be null, and a category that was never seen is a value like any other."""
    match column.kind:
        case "number":
            schema: dict[str, Json] = {"type": ["number", "null"]}
        case "boolean":
            schema = {"type": ["boolean", "null"]}
        case "texts":
            schema = {"type": ["array", "null"], "items": TEXT}
        case "numbers":
            schema = {"type": ["array", "null"], "items": {"type": "number"}}
        case "sparse vector":
            schema = {"type": ["array", "null"], "items": OBJECT}
        case _:
            formats = {"date": "date", "moment": "date-time", "time": "time"}
            named = {"format": formats[column.kind]} if column.kind in formats else {}
            schema = {"type": ["string", "null"], **named}
    if column.categories:
        schema["examples"] = list(column.categories[:_MOST_EXAMPLES])
    elif column.edges:
        schema["description"] = f"In training from {column.edges[0]:.6g} to {column.edges[-1]:.6g}."
    return schema


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
