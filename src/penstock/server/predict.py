"""POST /predict/{endpoint}."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.body import check_keys, check_row_count, parse_object, read_body
from penstock.server.error import RefusedRequest
from penstock.server.route import ANY, NUMBER, OBJECT, TEXT, WHOLE, HttpRoute, list_schema, object_schema
from penstock.server.services import Services, request_id_of

_KEYS = ("rows", "request_id")
_PREDICTION = {
    "type": "object",
    "properties": {
        "prediction_id": TEXT,
        "prediction": ANY,
        "probabilities": {"type": "object", "additionalProperties": NUMBER},
    },
    "required": ["prediction_id", "prediction"],
}


def predict_routes(services: Services) -> list[HttpRoute]:
    """Return the route that predicts."""

    async def answer(request: Request) -> Response:
        content = await read_body(request, services.limits)
        endpoint = request.path_params["endpoint"]
        # An endpoint that there is not goes before what is wrong with the body.
        services.plane.route(endpoint)
        body = parse_object(content)
        check_keys(body, _KEYS)
        rows = body.get("rows")
        if not isinstance(rows, list):
            raise RefusedRequest(400, "json", "The body must have rows: a list of objects.", '{"rows": [{…}, …]}')
        check_row_count(rows, services.limits)
        request_id = request_id_of(request, body.get("request_id"))
        answered = await services.predict(endpoint, rows, request_id, None, parsed_json=True)
        request.scope["penstock.version"] = answered.version
        told = orjson.dumps(
            {
                "predictions": answered.predictions,
                "model": answered.model,
                "version": answered.version,
                "variant": answered.variant,
                "request_id": answered.request_id,
            }
        )
        return Response(told, media_type="application/json", background=services.shadow_task(answered))

    return [
        HttpRoute(
            "POST",
            "/predict/{endpoint}",
            answer,
            "Predict the label of each row; the answer is in the prediction log before it is sent.",
            request=object_schema(rows=list_schema(OBJECT)),
            response=object_schema(
                predictions=list_schema(_PREDICTION), model=TEXT, version=WHOLE, variant=TEXT, request_id=TEXT
            ),
            measured=True,
        )
    ]
