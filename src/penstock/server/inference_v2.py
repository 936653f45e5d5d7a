"""The Open Inference Protocol V2: health, metadata, inference; one tensor a column, binary data as well as JSON.

Each input is a column of shape [n] or [n, 1], or [n, k] for lists, as MLServer's content type `pd` has it too. An
imported model takes tensors of more dimensions as well, [n, 3, 224, 224]; they must be those of its graph.
The outputs are `prediction`, `probabilities` of classifiers ([n, k], classes ascending), and `prediction_id`; several
outputs of an imported model stand under their own names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version as package_version
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from penstock.core.errors import UnknownName
from penstock.core.names import did_you_mean
from penstock.learn.autoencoder import LOSSES
from penstock.learn.imported_graph import INPUTS, graph_outputs
from penstock.learn.manifest import Manifest
from penstock.learn.related_feature import asked_inputs
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.server.body import check_row_count, parse_object, read_body
from penstock.server.route import OBJECT, TEXT, HttpRoute, list_schema, object_schema
from penstock.server.services import Services, request_id_of
from penstock.server.tensor import Tensor, encoded, read_tensor, refused
from penstock.serving.data_plane import Answer
from penstock.serving.routing import Route

Json = Any
LENGTH_HEADER = "inference-header-content-length"
_REQUEST = object_schema(inputs=list_schema(OBJECT))
_RESPONSE = object_schema(model_name=TEXT, model_version=TEXT, id=TEXT, outputs=list_schema(OBJECT))
_MODEL = object_schema(name=TEXT, versions=list_schema(TEXT), platform=TEXT)
_ID = "prediction_id"
_ARROW_TYPES = {"double": "FP64", "int64": "INT64", "bool": "BOOL", "string": "BYTES"}
_INPUT_TYPES: Mapping[FeatureType, str] = {
    FeatureType.NUMBER: "FP64",
    FeatureType.BOOLEAN: "BOOL",
    FeatureType.NUMBER_LIST: "FP64",
    FeatureType.SPARSE_VECTOR: "FP64",
}


def inference_routes(services: Services) -> list[HttpRoute]:
    """Return the protocol's routes; those of a model exist with and without a version."""

    async def infer(request: Request) -> Response:
        return await _infer(services, request)

    async def server(_: Request) -> Response:
        body = {"name": "penstock", "version": package_version("penstock"), "extensions": ["binary_tensor_data"]}
        return _json(body)

    async def live(_: Request) -> Response:
        return _json({"live": True})

    async def ready(_: Request) -> Response:
        problems = services.plane.ready()
        return _json({"ready": not problems}, 503 if problems else 200)

    async def model_ready(request: Request) -> Response:
        route = services.plane.route(request.path_params["endpoint"])
        _version(request, route)
        return _json({"name": route.plan.endpoint, "ready": True})

    async def model(request: Request) -> Response:
        route = services.plane.route(request.path_params["endpoint"])
        return _json(_metadata(route, _version(request, route)))

    routes = []
    for path in ("/v2/models/{endpoint}", "/v2/models/{endpoint}/versions/{version}"):
        routes += [
            HttpRoute(
                "POST", f"{path}/infer", infer, "Infer: one tensor a column.", _RESPONSE, _REQUEST, measured=True
            ),
            HttpRoute("GET", f"{path}/ready", model_ready, "Whether the endpoint answers.", OBJECT),
            HttpRoute("GET", path, model, "The endpoint's inputs and outputs.", _MODEL),
        ]
    return [
        *routes,
        HttpRoute("GET", "/v2", server, "The server and its extensions.", OBJECT),
        HttpRoute("GET", "/v2/health/live", live, "The process answers.", OBJECT, open=True),
        HttpRoute("GET", "/v2/health/ready", ready, "Every endpoint is ready.", OBJECT, open=True),
    ]


async def _infer(services: Services, request: Request) -> Response:
    body = await read_body(request, services.limits)
    endpoint = request.path_params["endpoint"]
    route = services.plane.route(endpoint)
    head, binary = _split(body, request.headers.get(LENGTH_HEADER))
    asked = parse_object(head)
    version = _version(request, route)
    tensors = _tensors(asked.get("inputs"), binary)
    _check_shapes(tensors, _manifest(route, version))
    rows = _rows(tensors)
    check_row_count(rows, services.limits)
    request_id = request_id_of(request, asked.get("id"))
    answer = await services.predict(endpoint, rows, request_id, version, parsed_json=False)
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


def _check_shapes(tensors: Sequence[Tensor], manifest: Manifest) -> None:
    """Raise RefusedRequest for a tensor of more than two dimensions that are not those of the graph's input."""
    wanted = _graph_shapes(manifest)
    for tensor in tensors:
        given = tensor.shape[1:]
        shape = wanted.get(tensor.name, [None])
        same = len(given) == len(shape) and all(size in (None, own) for size, own in zip(shape, given, strict=True))
        if len(given) > 1 and not same:
            takes = ", ".join(["n", *("any" if size is None else str(size) for size in shape)])
            raise refused(f"Input {tensor.name!r} has the shape {list(tensor.shape)}; the model takes [{takes}].")


def _rows(tensors: Sequence[Tensor]) -> list[object]:
    """Return the tensors' rows; raises RefusedRequest when they have different numbers of them."""
    names = [tensor.name for tensor in tensors]
    for name in names:
        if names.count(name) > 1:
            raise refused(f"There are two inputs {name!r}.")
    counts = {tensor.shape[0] for tensor in tensors}
    if len(counts) > 1:
        shapes = ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in tensors)
        raise refused(f"The inputs have different numbers of rows: {shapes}.")
    columns = [tensor.values for tensor in tensors]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _response(answer: Answer, asked: Mapping[str, Json], services: Services) -> Response:
    outputs = _outputs(answer)
    wanted = asked.get("outputs")
    default_binary = bool(_parameters(asked).get("binary_data_output", False))
    chosen = (
        [(tensor, default_binary) for tensor in outputs] if not wanted else _chosen(outputs, wanted, default_binary)
    )
    described, parts = [], []
    for tensor, binary in chosen:
        item: dict[str, Json] = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        if binary:
            parts.append(encoded(tensor))
            item["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            item["data"] = [v for row in tensor.values for v in (row if isinstance(row, list) else [row])]
        described.append(item)
    head = orjson.dumps(
        {
            "model_name": answer.endpoint,
            "model_version": str(answer.version),
            "id": answer.request_id,
            "parameters": {"model": answer.model, "variant": answer.variant, "version": answer.version},
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


def _outputs(answer: Answer) -> list[Tensor]:
    manifest = answer.served.manifest
    rows = [_by_output(row, manifest) for row in answer.predictions]
    outputs = []
    for described in _described_outputs(manifest):
        name, shape = described["name"], described["shape"]
        values = [row[name] for row in rows]
        if isinstance(values[0], dict):
            values = [list(of_row.values()) for of_row in values]
        width = [len(values[0])] if len(shape) > 1 else []
        outputs.append(Tensor(name, described["datatype"], (len(rows), *width), values))
    return outputs


def _by_output(row: Mapping[str, Json], manifest: Manifest) -> Mapping[str, Json]:
    """Return an answer under the names of the outputs: several of an imported model stand in one object."""
    if manifest.task is not Task.IMPORTED or len(graph_outputs(manifest)) == 1:
        return row
    named = {_own_name(name): value for name, value in row["prediction"].items()}
    return {**named, _ID: row[_ID]}


def _own_name(output: str) -> str:
    return f"prediction/{output}" if output == _ID else output


def _imported_outputs(manifest: Manifest) -> list[dict[str, Json]]:
    """Return the outputs of an imported graph: the only one as `prediction`, several under their own names."""
    outputs = graph_outputs(manifest)
    described: list[dict[str, Json]] = []
    for output in outputs:
        name = "prediction" if len(outputs) == 1 else _own_name(output.name)
        shape = [-1] if not output.repeated else [-1, -1 if output.classes is None else len(output.classes)]
        described.append({"name": name, "datatype": _ARROW_TYPES[output.type], "shape": shape})
    return [*described, {"name": _ID, "datatype": "BYTES", "shape": [-1]}]


def _described_outputs(manifest: Manifest) -> list[dict[str, Json]]:
    """Return name, datatype and shape of what a model answers."""
    if manifest.task is Task.IMPORTED:
        return _imported_outputs(manifest)
    datatype, more = "FP64", []
    prediction: list[int] = [-1]
    match manifest.task:
        case Task.REGRESSION | Task.RECOMMENDATION:
            pass
        case Task.CLASSIFICATION:
            datatype = prediction_datatype(manifest)
            more = [{"name": "probabilities", "datatype": "FP64", "shape": [-1, len(manifest.classes)]}]
        case Task.CLUSTERING:
            datatype = "INT64"
            more = [{"name": "distances", "datatype": "FP64", "shape": [-1, manifest.width]}]
        case Task.DIMENSION_REDUCTION:
            prediction = [-1, manifest.width]
        case Task.AUTOENCODING:
            prediction = [-1, manifest.details["latent_columns"]]
            more = [{"name": "reconstruction_loss", "datatype": "FP64", "shape": [-1, len(LOSSES)]}]
    return [
        {"name": "prediction", "datatype": datatype, "shape": prediction},
        *more,
        {"name": _ID, "datatype": "BYTES", "shape": [-1]},
    ]


def _chosen(outputs: Sequence[Tensor], wanted: Json, default_binary: bool) -> list[tuple[Tensor, bool]]:
    by_name = {tensor.name: tensor for tensor in outputs}
    chosen = []
    for item in wanted if isinstance(wanted, list) else [wanted]:
        name = item.get("name") if isinstance(item, dict) else None
        if name not in by_name:
            raise refused(f"There is no output {name!r}.", did_you_mean(str(name), by_name))
        chosen.append((by_name[name], bool(_parameters(item).get("binary_data", default_binary))))
    return chosen


def prediction_datatype(manifest: Manifest) -> str:
    """Return the datatype of a classifier's output `prediction`: that of the label's JSON values."""
    kinds = {type(label) for label in manifest.classes}
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int}:
        return "INT64"
    return "FP64" if kinds <= {int, float} else "BYTES"


def _metadata(route: Route, version: int | None) -> dict[str, Json]:
    manifest = _manifest(route, version)
    return {
        "name": route.plan.endpoint,
        "versions": [str(share.number) for share in route.plan.shares],
        "platform": "onnxruntime_onnx",
        "inputs": [_input(feature, manifest) for feature in asked_inputs(manifest.inputs, manifest.details)],
        "outputs": _described_outputs(manifest),
    }


def _graph_shapes(manifest: Manifest) -> dict[str, Sequence[int | None]]:
    """Return the dimensions of a row, by input, of an imported graph; None for one that is free."""
    if INPUTS not in manifest.details:
        return {}
    inputs = zip(manifest.features, manifest.details[INPUTS], strict=True)
    return {feature.name: item["shape"] for feature, item in inputs}


def _manifest(route: Route, version: int | None) -> Manifest:
    return (route.main if version is None else route.models[version]).manifest


def _input(feature: Feature, manifest: Manifest) -> dict[str, Json]:
    dense = [-1, -1 if feature.dimension is None else feature.dimension]
    shape = _graph_shapes(manifest).get(feature.name, ())
    if len(shape) > 1:
        dense = [-1, *(-1 if size is None else size for size in shape)]
    whole = INPUTS in manifest.details and "int64" in feature.arrow
    lists = {FeatureType.NUMBER_LIST: dense, FeatureType.SPARSE_VECTOR: dense, FeatureType.STRING_LIST: [-1, -1]}
    return {
        "name": feature.name,
        "datatype": "INT64" if whole else _INPUT_TYPES.get(feature.type, "BYTES"),
        "shape": lists.get(feature.type, [-1]),
    }


def _version(request: Request, route: Route) -> int | None:
    """Return the version in the address, which must be in service; None without one."""
    text = request.path_params.get("version")
    if text is None:
        return None
    numbers = {str(share.number): share.number for share in route.plan.shares}
    if text not in numbers:
        raise UnknownName.among(f"version of endpoint {route.plan.endpoint!r}", text, numbers)
    return numbers[text]


def _parameters(raw: Json) -> Mapping[str, Json]:
    found = raw.get("parameters") if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else {}


def _json(body: Json, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
