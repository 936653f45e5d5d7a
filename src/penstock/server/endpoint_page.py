"""What there is to know about an endpoint before one asks it: its columns, an example, programs that ask it."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.route import ANY, OBJECT, TEXT, TRUTH, WHOLE, HttpRoute, list_schema, object_schema
from penstock.server.services import Services
from penstock.serving.input_description import InputColumn, example_row
from penstock.serving.snippet import LANGUAGES, snippet

Json = Any
_COLUMN = object_schema(
    name=TEXT,
    kind=TEXT,
    whole=TRUTH,
    edges=list_schema({"type": "number"}),
    categories=list_schema(TEXT),
    every_category=TRUTH,
    example=ANY,
)


def endpoint_routes(services: Services) -> list[HttpRoute]:
    """Return the routes that describe an endpoint to who wants to ask it."""

    async def schema(request: Request) -> Response:
        status = services.plane.status(request.path_params["endpoint"])
        columns = await services.in_thread(lambda: columns_of(services, status.endpoint))
        told = {
            "model": status.model,
            "version": services.plane.route(status.endpoint).main.version,
            "columns": [column.as_json() for column in columns],
            "example": example_row(columns),
        }
        return Response(orjson.dumps(told), media_type="application/json")

    async def snippets(request: Request) -> Response:
        endpoint = services.plane.status(request.path_params["endpoint"]).endpoint
        columns = await services.in_thread(lambda: columns_of(services, endpoint))
        address = f"{request.url.scheme}://{request.url.netloc}"
        told = {language: snippet(language, address, endpoint, example_row(columns)) for language in LANGUAGES}
        return Response(orjson.dumps(told), media_type="application/json")

    return [
        HttpRoute(
            "GET",
            "/endpoints/{endpoint}/schema",
            schema,
            "The columns that a row must have, what is usual in them, and an example row.",
            object_schema(model=TEXT, version=WHOLE, columns=list_schema(_COLUMN), example=OBJECT),
            scope="predict",
        ),
        HttpRoute(
            "GET",
            "/endpoints/{endpoint}/snippets",
            snippets,
            "Programs that ask the endpoint: curl, Python, JavaScript, Java.",
            object_schema(**dict.fromkeys(LANGUAGES, TEXT)),
            scope="predict",
        ),
    ]


def columns_of(services: Services, endpoint: str) -> tuple[InputColumn, ...]:
    """Return the columns of the version with the largest share; of those that the log must not show no value.

    Raises UnknownName for an endpoint that there is not, NotReady.
    """
    route = services.plane.route(endpoint)
    logging = route.plan.logging
    return route.main.inputs_described(logging.omitted | logging.hashed)
