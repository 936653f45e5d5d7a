"""The Open Inference Protocol V2, whatever carries it: a model's metadata, inputs as rows, answers as outputs.

Each input is a column of shape [n] or [n, 1], or [n, k] for lists, as MLServer's content type `pd` has it too. An
imported model takes tensors of more dimensions as well, [n, 3, 224, 224]; they must be those of its graph.
The outputs are `prediction`, `probabilities` of classifiers ([n, k], classes ascending), and `prediction_id`; several
outputs of an imported model stand under their own names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.core.errors import UnknownName
from penstock.core.names import did_you_mean
from penstock.learn.autoencoder import LOSSES
from penstock.learn.feature_column import array_of
from penstock.learn.imported_graph import INPUTS, graph_outputs
from penstock.learn.manifest import Manifest
from penstock.learn.related_feature import asked_inputs
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.server.tensor import Tensor, refused
from penstock.serving.columnar import FEW_ROWS
from penstock.serving.data_plane import Answer, DataPlane
from penstock.serving.routing import Route

Json = Any
EXTENSIONS = ("binary_tensor_data",)
_ID = "prediction_id"
_ARROW_TYPES = {"double": "FP64", "int64": "INT64", "bool": "BOOL", "string": "BYTES"}
_COLUMN_TYPES = {"BOOL": pa.bool_(), "BYTES": pa.string(), "INT64": pa.int64(), "UINT64": pa.uint64()}
_INPUT_TYPES: Mapping[FeatureType, str] = {
    FeatureType.NUMBER: "FP64",
    FeatureType.BOOLEAN: "BOOL",
    FeatureType.NUMBER_LIST: "FP64",
    FeatureType.SPARSE_VECTOR: "FP64",
}


def check_shapes(tensors: Sequence[Tensor], manifest: Manifest) -> None:
    """Raise RefusedRequest for a tensor of more than two dimensions that are not those of the graph's input."""
    wanted = _graph_shapes(manifest)
    for tensor in tensors:
        given = tensor.shape[1:]
        shape = wanted.get(tensor.name, [None])
        same = len(given) == len(shape) and all(size in (None, own) for size, own in zip(shape, given, strict=True))
        if len(given) > 1 and not same:
            takes = ", ".join(["n", *("any" if size is None else str(size) for size in shape)])
            raise refused(f"Input {tensor.name!r} has the shape {list(tensor.shape)}; the model takes [{takes}].")


def rows_of(tensors: Sequence[Tensor]) -> pa.Table | list[object]:
    """Return the tensors' rows, many of them as a table; raises RefusedRequest for different numbers of rows."""
    names = [tensor.name for tensor in tensors]
    for name in names:
        if names.count(name) > 1:
            raise refused(f"There are two inputs {name!r}.")
    counts = {tensor.shape[0] for tensor in tensors}
    if len(counts) > 1:
        shapes = ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in tensors)
        raise refused(f"The inputs have different numbers of rows: {shapes}.")
    columns = [_column(tensor) for tensor in tensors] if max(counts) > FEW_ROWS else [None]
    if all(column is not None for column in columns):
        return pa.table(columns, names=names)
    return [dict(zip(names, row, strict=True)) for row in zip(*(tensor.values for tensor in tensors), strict=True)]


def _column(tensor: Tensor) -> pa.Array | None:
    """Return a tensor of one value a row as a column; None for any other, whose values say themselves what is wrong."""
    if tensor.array is not None:
        return array_of(tensor.array)
    if math.prod(tensor.shape[1:]) != 1:
        return None
    try:
        return pa.array(tensor.values, _COLUMN_TYPES.get(tensor.datatype, pa.float64()))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None


def outputs_of(answer: Answer) -> list[Tensor]:
    """Return an answer's outputs, in the order of the metadata."""
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


def chosen_outputs(outputs: Sequence[Tensor], wanted: Json) -> list[tuple[Tensor, Mapping[str, Json]]]:
    """Return the outputs that a request names, each with what it says of it; raises RefusedRequest for an unknown."""
    by_name = {tensor.name: tensor for tensor in outputs}
    chosen = []
    for item in wanted if isinstance(wanted, list) else [wanted]:
        name = item.get("name") if isinstance(item, dict) else None
        if name not in by_name:
            raise refused(f"There is no output {name!r}.", did_you_mean(str(name), by_name))
        chosen.append((by_name[name], item))
    return chosen


def told_of(answer: Answer) -> dict[str, Json]:
    """Return what the parameters of an answer say of who answered."""
    told: dict[str, Json] = {"model": answer.model, "variant": answer.variant, "version": answer.version}
    return told if answer.logged else {**told, "logged": False}


def version_in_service(route: Route, text: str | None) -> int | None:
    """Return the version that a request names, None for none; raises UnknownName for one that is not in service."""
    if not text:
        return None
    numbers = {str(share.number): share.number for share in route.plan.shares}
    if text not in numbers:
        raise UnknownName.among(f"version of endpoint {route.plan.endpoint!r}", text, numbers)
    return numbers[text]


def model_index(plane: DataPlane) -> list[dict[str, str]]:
    """Return every endpoint with its versions in service, one entry each, as the repository extension has it."""
    index = []
    for status in plane.endpoints():
        numbers = [str(share.number) for share in status.route.plan.shares] if status.route else [""]
        state = "READY" if status.route else "UNAVAILABLE"
        told = {"name": status.endpoint, "state": state, "reason": status.problem or ""}
        index += [{**told, "version": number} for number in numbers]
    return index


def metadata_of(route: Route, version: int | None) -> dict[str, Json]:
    """Return the metadata of an endpoint's version, of its main one without a number."""
    manifest = manifest_of(route, version)
    return {
        "name": route.plan.endpoint,
        "versions": [str(share.number) for share in route.plan.shares],
        "platform": "onnxruntime_onnx",
        "inputs": [_input(feature, manifest) for feature in asked_inputs(manifest.inputs, manifest.details)],
        "outputs": _described_outputs(manifest),
    }


def prediction_datatype(manifest: Manifest) -> str:
    """Return the datatype of a classifier's output `prediction`: that of the label's JSON values."""
    kinds = {type(label) for label in manifest.classes}
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int}:
        return "INT64"
    return "FP64" if kinds <= {int, float} else "BYTES"


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


def _graph_shapes(manifest: Manifest) -> dict[str, Sequence[int | None]]:
    """Return the dimensions of a row, by input, of an imported graph; None for one that is free."""
    if INPUTS not in manifest.details:
        return {}
    inputs = zip(manifest.features, manifest.details[INPUTS], strict=True)
    return {feature.name: item["shape"] for feature, item in inputs}


def manifest_of(route: Route, version: int | None) -> Manifest:
    """Return the manifest of a version in service, of the main one without a number."""
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
