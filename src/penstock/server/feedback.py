"""POST /feedback/{endpoint}."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.body import check_keys, check_row_count, parse_object, read_body
from penstock.server.error import RefusedRequest
from penstock.server.route import ANY, TEXT, WHOLE, HttpRoute, list_schema, object_schema
from penstock.server.services import Services


def feedback_routes(services: Services) -> list[HttpRoute]:
    """Return the route that takes labels."""

    async def answer(request: Request) -> Response:
        content = await read_body(request, services.limits)
        endpoint = request.path_params["endpoint"]
        # An endpoint that there is not goes before what is wrong with the body.
        services.plane.status(endpoint)
        body = parse_object(content)
        check_keys(body, ("rows",))
        rows = body.get("rows")
        if not isinstance(rows, list):
            shape = '{"rows": [{"prediction_id": …, "actual": …}, …]}'
            raise RefusedRequest(400, "json", "The body must have rows: a list of objects.", shape)
        check_row_count(rows, services.limits)
        taken = await services.in_thread(lambda: services.plane.feedback(endpoint, rows))
        services.metrics.feedback(services.plane.status(endpoint).endpoint, taken)
        return Response(orjson.dumps(asdict(taken)), media_type="application/json")

    return [
        HttpRoute(
            "POST",
            "/feedback/{endpoint}",
            answer,
            "Tell what really happened after predictions; ids and classes that nobody knows are taken and warned of.",
            request=object_schema(rows=list_schema(object_schema(prediction_id=TEXT, actual=ANY))),
            response=object_schema(accepted=WHOLE, unknown=WHOLE, unknown_labels=WHOLE, warnings=list_schema(TEXT)),
            measured=True,
            scope="feedback",
        )
    ]
