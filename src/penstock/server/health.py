"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.route import TEXT, HttpRoute, list_schema, object_schema
from penstock.server.services import Services


def health_routes(services: Services) -> list[HttpRoute]:
    """Return the routes of health; they need no token, since whoever restarts the server has none."""

    async def live(_: Request) -> Response:
        return Response(b'{"status":"live"}', media_type="application/json")

    async def ready(_: Request) -> Response:
        unable = services.plane.ready()
        body = {"status": "not ready" if unable else "ready", "problems": services.plane.problems()}
        return Response(orjson.dumps(body), 503 if unable else 200, media_type="application/json")

    schema = object_schema(status=TEXT, problems=list_schema(TEXT))
    return [
        HttpRoute("GET", "/health/live", live, "The process answers.", object_schema(status=TEXT), open=True),
        HttpRoute("GET", "/health/ready", ready, "Every endpoint can answer.", schema, open=True),
    ]
