"""POST /predict/{endpoint}."""

from __future__ import annotations

from dataclasses import replace

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.arrow_stream import MEDIA_TYPE, answer_stream, is_arrow, read_table, wants_arrow
from penstock.server.body import check_keys, check_row_count, parse_object, read_body
from penstock.server.error import RefusedRequest
from penstock.server.route import ANY, NUMBER, OBJECT, TEXT, WHOLE, HttpRoute, list_schema, object_schema
from penstock.server.services import Services, request_id_of, wish_of
from penstock.serving.answer_detail import Detail, read_detail, with_detail
from penstock.serving.data_plane import Answer

_KEYS = ("rows", "request_id", "key", "explain", "interval")
_PREDICTION = {
    "type": "object",
    "properties": {
        "prediction_id": TEXT,
        "prediction": ANY,
        "probabilities": {"type": "object", "additionalProperties": NUMBER},
    },
    "required": ["prediction_id", "prediction"],
}
_REQUEST = {
    "type": "object",
    "properties": {
        "rows": list_schema(OBJECT),
        "request_id": TEXT,
        "key": {
            "type": ["string", "number"],
            "description": "What the request stays with: the same key is answered by the same version.",
        },
        "explain": {
            "type": ["boolean", "integer"],
            "description": "Tell for each row what its columns did, all of them or so many.",
        },
        "interval": {
            "type": "number",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "description": "Tell for each row an interval, or the classes, that hold the outcome so often.",
        },
    },
    "required": ["rows"],
}


def answer_body(answered: Answer) -> bytes:
    """Return what the caller reads of an answer; it says `logged` only when it is not."""
    body = {
        "predictions": answered.predictions,
        "model": answered.model,
        "version": answered.version,
        "variant": answered.variant,
        "request_id": answered.request_id,
        "card": answered.served.card,
    }
    return orjson.dumps(body if answered.logged else {**body, "logged": False})


def predict_routes(services: Services) -> list[HttpRoute]:
    """Return the route that predicts."""

    async def answer(request: Request) -> Response:
        content = await read_body(request, services.limits)
        endpoint = request.path_params["endpoint"]
        # An endpoint that there is not goes before what is wrong with the body.
        services.plane.route(endpoint)
        if is_arrow(request.headers.get("content-type")):
            table = read_table(content, services.limits)
            wish = wish_of(request)
            answered = await services.predict(endpoint, table, request_id_of(request), wish, parsed_json=False)
            return _response(request, services, answered, asked_in_arrow=True)
        body = parse_object(content)
        check_keys(body, _KEYS)
        rows = body.get("rows")
        if not isinstance(rows, list):
            raise RefusedRequest(400, "json", "The body must have rows: a list of objects.", '{"rows": [{…}, …]}')
        check_row_count(rows, services.limits)
        request_id = request_id_of(request, body.get("request_id"))
        detail = read_detail(body.get("explain"), body.get("interval"))
        answered = await services.predict(
            endpoint, rows, request_id, wish_of(request, body.get("key")), parsed_json=True
        )
        if detail.asked:
            answered = await services.in_thread(lambda: _detailed(answered, detail))
        return _response(request, services, answered, asked_in_arrow=False)

    return [
        HttpRoute(
            "POST",
            "/predict/{endpoint}",
            answer,
            "Predict the label of each row; the answer is in the prediction log before it is sent.",
            request=_REQUEST,
            response=object_schema(
                predictions=list_schema(_PREDICTION),
                model=TEXT,
                version=WHOLE,
                variant=TEXT,
                request_id=TEXT,
                card=TEXT,
            ),
            measured=True,
            scope="predict",
        )
    ]


def _detailed(answered: Answer, detail: Detail) -> Answer:
    told = with_detail(answered.served, answered.rows.values, answered.predictions, detail)
    return replace(answered, predictions=told)


def _response(request: Request, services: Services, answered: Answer, *, asked_in_arrow: bool) -> Response:
    """Return the answer in the form that the caller wants."""
    request.scope["penstock.version"] = answered.version
    shadow = services.shadow_task(answered)
    if wants_arrow(request.headers.get("accept"), asked_in_arrow=asked_in_arrow):
        return Response(answer_stream(answered), media_type=MEDIA_TYPE, background=shadow)
    return Response(answer_body(answered), media_type="application/json", background=shadow)
