"""The ASGI application: every route, behind one door that checks, measures and words what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, Router
from starlette.types import Message, Receive, Scope, Send

from penstock.core.errors import UnknownName
from penstock.server.auth import Caller, Gate
from penstock.server.body import Limits
from penstock.server.control import control_routes
from penstock.server.endpoint_page import endpoint_routes
from penstock.server.error import error_response
from penstock.server.feedback import feedback_routes
from penstock.server.grpc_service import GrpcPort
from penstock.server.health import health_routes
from penstock.server.inference_v2 import inference_routes
from penstock.server.metrics import Metrics, metrics_routes
from penstock.server.model_card import card_routes
from penstock.server.openapi import openapi_route
from penstock.server.predict import predict_routes
from penstock.server.route import Answering, HttpRoute
from penstock.server.services import Services
from penstock.server.shared_metrics import SharedMetrics
from penstock.server.try_page import try_routes
from penstock.serving.data_plane import DataPlane

_CALLER = "penstock.caller"
_WHO_ASKS = (b"authorization", b"host", b"origin")


def create_app(
    plane: DataPlane,
    *,
    token: str | None = None,
    limits: Limits | None = None,
    metrics: Metrics | None = None,
    shared: SharedMetrics | None = None,
    workers: int = 1,
    grpc: GrpcPort | None = None,
) -> Door:
    """Return the application that serves `plane`; with a token every route but health asks for it.

    `shared` are the counts of the `workers` processes that answer together; `grpc` is opened with the application.
    """
    services = Services(plane, limits or Limits(), metrics or Metrics(), shared)
    services.metrics.shadow_failures = plane.shadows.failures
    services.metrics.skipped_rows = plane.skipped.counts
    return Door(all_routes(services), services, Gate(token, lambda: plane.api_keys, workers=workers), grpc)


def all_routes(services: Services) -> list[HttpRoute]:
    """Return every route; the busiest come first, since they are tried in order."""
    routes = [
        *predict_routes(services),
        *inference_routes(services),
        *feedback_routes(services),
        *health_routes(services),
        *metrics_routes(services),
        *control_routes(services),
        *endpoint_routes(services),
        *card_routes(services),
        *try_routes(services),
    ]
    return [*routes, openapi_route(routes, version("penstock"), services)]


def _guarded(route: HttpRoute) -> Answering:
    """Return what answers the route, for callers who may ask it."""

    async def answer(request: Request) -> Response:
        caller: Caller = request.scope[_CALLER]
        caller.demand(route.scope, request.path_params.get("endpoint"))
        return await route.answer(request)

    return answer


class Door:
    """Where requests come in and errors go out: the one place of HTTP that catches everything."""

    def __init__(self, routes: list[HttpRoute], services: Services, gate: Gate, grpc: GrpcPort | None = None) -> None:
        self.services = services
        self.gate = gate
        self._grpc = grpc
        guarded = [(route, route.answer if route.open else _guarded(route)) for route in routes]
        self._by_answer: Mapping[Any, HttpRoute] = {answer: route for route, answer in guarded}
        matched = [Route(route.path, answer, methods=[route.method]) for route, answer in guarded]
        self._router = Router(matched, redirect_slashes=False)
        self._open = [each for each, route in zip(matched, routes, strict=True) if route.open]

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
            if not any(route.matches(scope)[0] is Match.FULL for route in self._open):
                headers = {name: value for name, value in scope["headers"] if name in _WHO_ASKS}
                scope[_CALLER] = self.gate.caller(*map(headers.get, _WHO_ASKS))
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
        if self._grpc is not None:
            self._grpc.open(self.services, self.gate)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._grpc is not None:
            await self._grpc.close()
        await self.services.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._by_answer.get(scope.get("endpoint"))
        if route is None or not route.measured:
            return
        asked = scope["path_params"]["endpoint"]
        try:
            endpoint = self.services.plane.status(asked).endpoint
        except UnknownName:
            # Not under the name asked for: anybody could make up any number of these.
            endpoint = ""
        answered = scope.get("penstock.version", "")
        self.services.metrics.observe(endpoint, status, str(answered), seconds)
