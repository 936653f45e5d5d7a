"""The Open Inference Protocol V2 over HTTP: health, metadata, inference; binary data as well as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version as package_version
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.server.body import check_row_count, parse_object, read_body
from penstock.server.inference import (
    EXTENSIONS,
    check_shapes,
    chosen_outputs,
    manifest_of,
    metadata_of,
    model_index,
    outputs_of,
    rows_of,
    told_of,
    version_in_service,
)
from penstock.server.route import OBJECT, TEXT, HttpRoute, list_schema, object_schema
from penstock.server.services import Services, request_id_of, wish_of
from penstock.server.tensor import Tensor, encoded, flat_values, read_tensor, refused
from penstock.serving.data_plane import Answer

Json = Any
LENGTH_HEADER = "inference-header-content-length"
_REQUEST = object_schema(inputs=list_schema(OBJECT))
_RESPONSE = object_schema(model_name=TEXT, model_version=TEXT, id=TEXT, outputs=list_schema(OBJECT))
_MODEL = object_schema(name=TEXT, versions=list_schema(TEXT), platform=TEXT)


def inference_routes(services: Services) -> list[HttpRoute]:
    """Return the protocol's routes; those of a model exist with and without a version."""

    async def infer(request: Request) -> Response:
        return await _infer(services, request)

    async def server(_: Request) -> Response:
        body = {"name": "penstock", "version": package_version("penstock"), "extensions": EXTENSIONS}
        return _json(body)

    async def live(_: Request) -> Response:
        return _json({"live": True})

    async def ready(_: Request) -> Response:
        problems = services.plane.ready()
        return _json({"ready": not problems}, 503 if problems else 200)

    async def model_ready(request: Request) -> Response:
        route = services.plane.route(request.path_params["endpoint"])
        version_in_service(route, request.path_params.get("version"))
        return _json({"name": route.plan.endpoint, "ready": True})

    async def model(request: Request) -> Response:
        route = services.plane.route(request.path_params["endpoint"])
        return _json(metadata_of(route, version_in_service(route, request.path_params.get("version"))))

    async def index(_: Request) -> Response:
        return _json(model_index(services.plane))

    routes = []
    for path in ("/v2/models/{endpoint}", "/v2/models/{endpoint}/versions/{version}"):
        routes += [
            HttpRoute(
                "POST",
                f"{path}/infer",
                infer,
                "Infer: one tensor a column.",
                _RESPONSE,
                _REQUEST,
                measured=True,
                scope="predict",
            ),
            HttpRoute("GET", f"{path}/ready", model_ready, "Whether the endpoint answers.", OBJECT, scope="predict"),
            HttpRoute("GET", path, model, "The endpoint's inputs and outputs.", _MODEL, scope="predict"),
        ]
    return [
        *routes,
        HttpRoute("GET", "/v2", server, "The server and its extensions.", OBJECT, scope="predict"),
        HttpRoute("POST", "/v2/repository/index", index, "Every endpoint and version.", list_schema(OBJECT)),
        HttpRoute("GET", "/v2/health/live", live, "The process answers.", OBJECT, open=True),
        HttpRoute("GET", "/v2/health/ready", ready, "Every endpoint is ready.", OBJECT, open=True),
    ]


async def _infer(services: Services, request: Request) -> Response:
    body = await read_body(request, services.limits)
    endpoint = request.path_params["endpoint"]
    route = services.plane.route(endpoint)
    head, binary = _split(body, request.headers.get(LENGTH_HEADER))
    asked = parse_object(head)
    version = version_in_service(route, request.path_params.get("version"))
    tensors = _tensors(asked.get("inputs"), binary)
    check_shapes(tensors, manifest_of(route, version))
    rows = rows_of(tensors)
    check_row_count(rows, services.limits)
    request_id = request_id_of(request, asked.get("id"))
    wish = wish_of(request, _parameters(asked).get("key"), version)
    answer = await services.predict(endpoint, rows, request_id, wish, parsed_json=False)
    request.scope["penstock.version"] = answer.version
    return _response(answer, asked, services)


def _split(body: bytes, length: str | None) -> tuple[bytes, memoryview]:
    """Return the JSON part and the binary part of a body."""
    if length is None:
        return body, memoryview(b"")
    if not length.isdecimal() or int(length) > len(body):
        raise refused(f"The header Inference-Header-Content-Length is {length!r}; the body has {len(body)} bytes.")
    return body[: int(length)], memoryview(body)[int(length) :]


def _tensors(inputs: Json, binary: memoryview) -> list[Tensor]:
    if not isinstance(inputs, list) or not inputs:
        raise refused("The request has no inputs.")
    tensors = []
    at = 0
    for raw in inputs:
        size = _parameters(raw).get("binary_data_size")
        if size is None:
            tensors.append(read_tensor(raw, None))
            continue
        if not isinstance(size, int) or size < 0 or at + size > len(binary):
            raise refused(f"The body has no {size!r} bytes of binary data for input {raw.get('name')!r}.")
        tensors.append(read_tensor(raw, binary[at : at + size]))
        at += size
    if at != len(binary):
        raise refused(f"The body has {len(binary) - at} bytes of binary data that belong to no input.")
    return tensors


def _response(answer: Answer, asked: Mapping[str, Json], services: Services) -> Response:
    outputs = outputs_of(answer)
    wanted = asked.get("outputs")
    default_binary = bool(_parameters(asked).get("binary_data_output", False))
    chosen = [(tensor, default_binary) for tensor in outputs]
    if wanted:
        chosen = [
            (tensor, bool(_parameters(item).get("binary_data", default_binary)))
            for tensor, item in chosen_outputs(outputs, wanted)
        ]
    described, parts = [], []
    for tensor, binary in chosen:
        item: dict[str, Json] = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        if binary:
            parts.append(encoded(tensor))
            item["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            item["data"] = flat_values(tensor)
        described.append(item)
    head = orjson.dumps(
        {
            "model_name": answer.endpoint,
            "model_version": str(answer.version),
            "id": answer.request_id,
            "parameters": told_of(answer),
            "outputs": described,
        }
    )
    background = services.shadow_task(answer)
    if not parts:
        return Response(head, media_type="application/json", background=background)
    headers = {"Inference-Header-Content-Length": str(len(head))}
    return Response(
        b"".join([head, *parts]), headers=headers, media_type="application/octet-stream", background=background
    )


def _parameters(raw: Json) -> Mapping[str, Json]:
    found = raw.get("parameters") if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else {}


def _json(body: Json, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
