"""The ASGI application: every route, behind one door that checks, measures and words what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.core.errors import UnknownName
from penstock.server.auth import Gate
from penstock.server.body import Limits
from penstock.server.control import control_routes
from penstock.server.error import error_response
from penstock.server.feedback import feedback_routes
from penstock.server.health import health_routes
from penstock.server.inference_v2 import inference_routes
from penstock.server.metrics import Metrics, metrics_routes
from penstock.server.openapi import openapi_route
from penstock.server.predict import predict_routes
from penstock.server.route import HttpRoute
from penstock.server.services import Services
from penstock.serving.data_plane import DataPlane


def create_app(
    plane: DataPlane,
    *,
    token: str | None = None,
    limits: Limits | None = None,
    metrics: Metrics | None = None,
) -> ASGIApp:
    """Return the application that serves `plane`; with a token every route but health asks for it."""
    services = Services(plane, limits or Limits(), metrics or Metrics())
    return Door(all_routes(services), services, Gate(token))


def all_routes(services: Services) -> list[HttpRoute]:
    """Return every route; the busiest come first, since they are tried in order."""
    routes = [
        *predict_routes(services),
        *inference_routes(services),
        *feedback_routes(services),
        *health_routes(services),
        *metrics_routes(services),
        *control_routes(services),
    ]
    return [*routes, openapi_route(routes, version("penstock"))]


class Door:
    """Where requests come in and errors go out: the one place of HTTP that catches everything."""

    def __init__(self, routes: list[HttpRoute], services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate
        self._by_answer: Mapping[Any, HttpRoute] = {route.answer: route for route in routes}
        self._router = Router(
            [Route(route.path, route.answer, methods=[route.method]) for route in routes], redirect_slashes=False
        )
        self._open = frozenset(route.path for route in routes if route.open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            # A websocket: closing it before it is accepted is answered with 403.
            await send({"type": "websocket.close", "code": 1000})
            return
        # Only with an application in the scope does the router raise what it cannot route.
        scope["app"] = self
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if scope["path"] not in self._open:
                self._gate.check(Headers(scope=scope))
            await self._router(scope, receive, watched)
        except Exception as problem:
            # The outermost edge of a request: the user's mistake is told, our own fault is a 500 with its traceback in
            # the log.
            if status:
                # The answer has begun: all that is left is to break it off.
                raise
            await error_response(Request(scope), problem)(scope, receive, watched)
        self._measure(scope, status, time.perf_counter() - started)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Say yes to the server's start; at its end wait for the work in threads."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._services.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._by_answer.get(scope.get("endpoint"))
        if route is None or not route.measured:
            return
        asked = scope["path_params"]["endpoint"]
        try:
            endpoint = self._services.plane.status(asked).endpoint
        except UnknownName:
            # Not under the name asked for: anybody could make up any number of these.
            endpoint = ""
        answered = scope.get("penstock.version", "")
        self._services.metrics.observe(endpoint, status, str(answered), seconds)
