"""/try/{endpoint}: a form for people, made of what the model takes. What is tried is answered and not logged."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.core.errors import UnknownName
from penstock.server.body import check_keys, check_row_count, parse_object, read_body
from penstock.server.error import RefusedRequest
from penstock.server.route import OBJECT, TRUTH, HttpRoute, list_schema, object_schema
from penstock.server.services import Services
from penstock.serving.answer_detail import Detail, with_detail
from penstock.serving.row import InvalidRows
from penstock.serving.scoring import ServedModel

Json = Any
_ASSETS = {"try.css": "text/css", "try.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# What is told beside a tried answer, where the model has it.
_LEVEL = 0.9
_DETAILS = (Detail(explain=None), Detail(level=_LEVEL))


def try_routes(services: Services) -> list[HttpRoute]:
    """Return the routes of the form; its page and what that is made of hold no secret, and need no key or token."""

    async def page(_: Request) -> Response:
        return Response(_asset("try.html"), media_type="text/html; charset=utf-8", headers=_HEADERS)

    async def asset(request: Request) -> Response:
        name = request.path_params["asset"]
        if name not in _ASSETS:
            raise UnknownName.among("asset", name, list(_ASSETS))
        return Response(_asset(name), media_type=f"{_ASSETS[name]}; charset=utf-8", headers=_HEADERS)

    async def tried(request: Request) -> Response:
        content = await read_body(request, services.limits)
        route = services.plane.route(request.path_params["endpoint"])
        body = parse_object(content)
        check_keys(body, ("rows", "detail"))
        rows = body.get("rows")
        if not isinstance(rows, list):
            raise RefusedRequest(400, "json", "The body must have rows: a list of objects.", '{"rows": [{…}, …]}')
        check_row_count(rows, services.limits)
        told = await services.in_thread(lambda: _tried(route.main, rows, detail=bool(body.get("detail"))))
        return Response(orjson.dumps({"predictions": told}), media_type="application/json")

    return [
        HttpRoute("GET", "/try", page, "A page that lists what can be tried.", open=True),
        HttpRoute("GET", "/try/{endpoint}", page, "A form for people: the answer to a row, and why.", open=True),
        HttpRoute("GET", "/assets/{asset}", asset, "What the pages are made of.", open=True),
        HttpRoute(
            "POST",
            "/try/{endpoint}",
            tried,
            "Answer rows for the form, by the version with the largest share; nothing of it is logged.",
            object_schema(predictions=list_schema(OBJECT)),
            object_schema(rows=list_schema(OBJECT), detail=TRUTH),
            scope="predict",
        ),
    ]


def _tried(model: ServedModel, rows: list[Json], *, detail: bool) -> list[dict[str, Json]]:
    checked = model.reader.read(rows)
    told: list[dict[str, Json]] = model.predict(model.completed(checked))
    for each in _DETAILS if detail else ():
        try:
            told = with_detail(model, checked.values, told, each)
        except InvalidRows:
            # A model without it is drawn without it.
            continue
    return told


def _asset(name: str) -> bytes:
    return files("penstock.server").joinpath("assets", name).read_bytes()
