"""The control API: what the catalog holds, as JSON, described by OpenAPI. It only reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.catalog.history import list_history
from penstock.catalog.runs import list_runs, steps_of
from penstock.catalog.versions import Version, aliases_of_all, list_versions
from penstock.core.names import name_key
from penstock.server.error import RefusedRequest
from penstock.server.route import (
    ANY,
    MAYBE_TEXT,
    NUMBER,
    OBJECT,
    TEXT,
    TRUTH,
    WHOLE,
    HttpRoute,
    list_schema,
    object_schema,
)
from penstock.server.services import Services
from penstock.serving.data_plane import EndpointStatus

Json = Any
_MAX_LIMIT = 1000


def control_routes(services: Services) -> list[HttpRoute]:
    """Return the routes of the control API."""

    def answering(work: Callable[[Services, Request], Json]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            found = await services.in_thread(lambda: work(services, request))
            return Response(orjson.dumps(found), media_type="application/json")

        return answer

    limit = f"How many of the newest, at most {_MAX_LIMIT}."
    since = "A moment in ISO 8601 with its zone."
    return [
        HttpRoute(
            "GET",
            "/api/endpoints",
            answering(_endpoints),
            "Every endpoint, with the versions that answer and what is wrong with it.",
            list_schema(_ENDPOINT),
        ),
        HttpRoute("GET", "/api/models", answering(_models), "Every model with its versions.", list_schema(_MODEL)),
        HttpRoute(
            "GET",
            "/api/runs",
            answering(_runs),
            "The newest runs, newest first.",
            list_schema(_RUN),
            query={"limit": limit},
        ),
        HttpRoute("GET", "/api/runs/{run}/steps", answering(_steps), "The steps of a run.", list_schema(OBJECT)),
        HttpRoute(
            "GET",
            "/api/history",
            answering(_history),
            "What happened, oldest first.",
            list_schema(_ENTRY),
            query={"since": since, "subject": "The name of an object.", "limit": limit},
        ),
    ]


def _endpoints(services: Services, _: Request) -> Json:
    return [_endpoint(status) for status in services.plane.endpoints()]


def _models(services: Services, _: Request) -> Json:
    named = aliases_of_all(services.plane.catalog)
    by_model: dict[str, list[Version]] = {}
    for version in list_versions(services.plane.catalog):
        by_model.setdefault(name_key(version.model), []).append(version)
    return [
        {"name": versions[-1].model, "aliases": named.get(key, {}), "versions": list(map(_version, versions))}
        for key, versions in by_model.items()
    ]


def _runs(services: Services, request: Request) -> Json:
    return [asdict(run) for run in list_runs(services.plane.catalog, _limit(request, 50))]


def _steps(services: Services, request: Request) -> Json:
    return [asdict(step) for step in steps_of(services.plane.catalog, request.path_params["run"])]


def _history(services: Services, request: Request) -> Json:
    subject = request.query_params.get("subject")
    found = list_history(services.plane.catalog, _since(request), subject, _limit(request, 200))
    return [{**asdict(entry), "data": dict(entry.data)} for entry in found]


_ENDPOINT = object_schema(
    name=TEXT, model=TEXT, ready=TRUTH, problem=MAYBE_TEXT, shadow=ANY, log=TRUTH, variants=list_schema(OBJECT)
)
_MODEL = object_schema(
    name=TEXT, aliases={"type": "object", "additionalProperties": WHOLE}, versions=list_schema(OBJECT)
)
_RUN = object_schema(id=TEXT, started_at=TEXT, finished_at=MAYBE_TEXT, status=TEXT, cause=TEXT, pid=NUMBER, host=TEXT)
_ENTRY = object_schema(at=TEXT, kind=TEXT, subject=TEXT, message=TEXT, data=OBJECT)


def _endpoint(status: EndpointStatus) -> Json:
    variants = [
        {"variant": share.variant, "version": share.number, "share": round(share.part, 9)}
        for share in (status.route.plan.shares if status.route else ())
    ]
    return {
        "name": status.endpoint,
        "model": status.model,
        "ready": status.problem is None,
        "problem": status.problem,
        "shadow": status.route.plan.shadow if status.route else None,
        "log": status.plan.log if status.plan else True,
        "variants": variants,
    }


def _version(version: Version) -> Json:
    return {
        "number": version.number,
        "created_at": version.created_at,
        "run_id": version.run_id,
        "status": version.status,
        "reason": version.reason,
        "seed": version.seed,
        "metrics": dict(version.metrics),
        "sources": dict(version.sources),
        "artifact_hash": version.artifact_hash,
    }


def _limit(request: Request, default: int) -> int:
    text = request.query_params.get("limit")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_LIMIT:
        raise RefusedRequest(400, "query", f"limit must be a whole number from 1 to {_MAX_LIMIT}, not {text!r}.")
    return int(text)


def _since(request: Request) -> datetime | None:
    text = request.query_params.get("since")
    if text is None:
        return None
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        since = None
    if since is None or since.tzinfo is None:
        message = f"since must be a moment with its zone such as 2026-03-31T09:30:00Z, not {text!r}."
        raise RefusedRequest(400, "query", message)
    return since
