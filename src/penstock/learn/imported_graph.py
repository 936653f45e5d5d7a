"""An imported graph at work: Arrow columns in, the columns of its outputs out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData
from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import numbers, select_features, strings
from penstock.learn.importer import GraphInput, GraphOutput
from penstock.learn.manifest import Json, Manifest
from penstock.learn.schema import Feature, FeatureType

INPUTS, OUTPUTS = "graph_inputs", "graph_outputs"
# Rows that a graph takes in one go: large enough to forget the overhead, small enough for wide tensors.
_SLICE = 4_096
_LISTS = (FeatureType.NUMBER_LIST, FeatureType.STRING_LIST)


def graph_details(inputs: Sequence[GraphInput], outputs: Sequence[GraphOutput]) -> dict[str, Json]:
    """Return what a manifest keeps of a graph's inputs and outputs."""
    return {INPUTS: [asdict(item) for item in inputs], OUTPUTS: [asdict(item) for item in outputs]}


def output_fields(manifest: Manifest) -> list[pa.Field]:
    """Return the columns that an imported model gives a row, in the graph's order."""
    return [pa.field(output.name, _arrow(output)) for output in graph_outputs(manifest)]


def run_graph(model: LoadedModel, rows: pa.RecordBatch | pa.Table) -> list[pa.Array]:
    """Return the outputs for rows that hold the features by name, as arrays of `output_fields`.

    Raises UnknownName for a missing column, BadData for one of another type or with a value that its tensor cannot
    hold.
    """
    manifest = model.manifest
    columns = select_features(rows, manifest.features)
    inputs = [GraphInput(**{**raw, "shape": tuple(raw["shape"])}) for raw in manifest.details[INPUTS]]
    outputs = graph_outputs(manifest)
    together = min((item.batch for item in inputs if item.batch is not None), default=_SLICE)
    parts = [
        _run(model, columns.slice(begin, together), inputs, outputs) for begin in range(0, columns.num_rows, together)
    ]
    if not parts:
        return [pa.array([], field.type) for field in output_fields(manifest)]
    return [pa.concat_arrays(chunks) for chunks in zip(*parts, strict=True)]


def _run(
    model: LoadedModel, columns: pa.Table, inputs: Sequence[GraphInput], outputs: Sequence[GraphOutput]
) -> list[pa.Array]:
    given = {
        item.tensor: _tensor(_whole(columns.column(place)), feature, item)
        for place, (item, feature) in enumerate(zip(inputs, model.manifest.features, strict=True))
    }
    found = model.run([output.tensor for output in outputs], given)
    return [_column(values, output, columns.num_rows) for values, output in zip(found, outputs, strict=True)]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array if isinstance(array, pa.Array) else pa.concat_arrays([*array.chunks, pa.array([], array.type)])


def _tensor(array: pa.Array, feature: Feature, item: GraphInput) -> NDArray[Any]:
    if feature.type not in _LISTS:
        return _values(array, feature, item.dtype).reshape(len(array), *[1 for _ in item.shape])
    if pa.types.is_null(array.type) or (array.null_count and np.dtype(item.dtype).kind != "f"):
        raise _no_null(feature, item.dtype)
    size = math.prod(width for width in item.shape if width is not None)
    free = item.shape.count(None)
    lengths = pc.unique(pc.drop_null(pc.list_value_length(array))).to_pylist()
    if len(lengths) > 1 or (not free and lengths and lengths[0] != size):
        told = f"{min(lengths)} to {max(lengths)}" if len(lengths) > 1 else str(lengths[0])
        wanted = f"of {size} values" if not free else "of one length"
        raise BadData.of(f"The lists of {feature.name!r} have {told} values; the model takes lists {wanted}.")
    length = lengths[0] if lengths else max(size, 1)
    flat = _values(array.flatten(), feature, item.dtype)
    if array.null_count:
        filled = np.full((len(array), length), np.nan, flat.dtype)
        filled[array.is_valid().to_numpy(zero_copy_only=False)] = flat.reshape(-1, length)
        flat = filled
    known = [width if width is not None else -1 for width in item.shape]
    return flat.reshape(len(array), *known) if free else flat.reshape(len(array), *item.shape)


def _values(array: pa.Array, feature: Feature, dtype: str) -> NDArray[Any]:
    """Return the values of a column or of its lists, flat, in the tensor's own type."""
    kind = np.dtype(dtype).kind
    if kind == "f":
        return numbers(array).astype(dtype)
    if array.null_count:
        raise _no_null(feature, dtype)
    if kind == "O":
        plain = strings(array)
        if pa.types.is_dictionary(plain.type):
            plain = plain.cast(plain.type.value_type)
        texts: NDArray[Any] = plain.to_numpy(zero_copy_only=False).astype(object)
        return texts
    if kind != "b" and not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        array = pa.array(numbers(array))
    try:
        cast = pc.cast(array, pa.bool_() if kind == "b" else pa.from_numpy_dtype(np.dtype(dtype)), safe=True)
    except pa.ArrowInvalid as problem:
        message = f"The column {feature.name!r} holds a value that the model's input {dtype} cannot hold: {problem}."
        raise BadData.of(message) from problem
    held: NDArray[Any] = cast.to_numpy(zero_copy_only=False)
    return held


def _no_null(feature: Feature, dtype: str) -> BadData:
    what = "text" if dtype == "object" else dtype
    return BadData.of(
        f"The column {feature.name!r} is NULL in a row; the model's input is of {what}, which has no NULL.",
        hint="Fill it in the query, for example with COALESCE.",
    )


def _column(values: Any, output: GraphOutput, rows: int) -> pa.Array:
    array = np.asarray(values)
    if array.ndim == 0 or array.shape[0] != rows:
        raise BadData.of(
            f"The model's output {output.name!r} has the shape {array.shape} for {rows} rows: it gives no value a row.",
            hint="Import a graph whose first dimension is the rows, in its inputs and its outputs.",
        )
    kind = pa.type_for_alias(output.type)
    flat = pa.array(array.ravel().tolist() if array.dtype == object else np.ascontiguousarray(array).ravel())
    flat = flat.cast(kind)
    if not output.repeated:
        return flat
    width = flat.__len__() // rows if rows else 0
    offsets = pa.array(np.arange(0, rows * width + 1, max(width, 1), dtype=np.int32)[: rows + 1])
    if output.classes is None:
        return pa.ListArray.from_arrays(offsets, flat)
    classes = pa.array(list(output.classes))
    labels = classes.take(pa.array(np.tile(np.arange(width), rows)))
    pairs = pa.StructArray.from_arrays([labels, flat], names=["label", "prob"])
    return pa.ListArray.from_arrays(offsets, pairs)


def graph_outputs(manifest: Manifest) -> list[GraphOutput]:
    """Return the outputs of an imported model's graph, in its order."""

    def classes(raw: Mapping[str, Json]) -> tuple[Json, ...] | None:
        return None if raw["classes"] is None else tuple(raw["classes"])

    return [GraphOutput(**{**raw, "classes": classes(raw)}) for raw in manifest.details[OUTPUTS]]


def _arrow(output: GraphOutput) -> pa.DataType:
    kind = pa.type_for_alias(output.type)
    if output.classes is not None:
        label = pa.array(list(output.classes)).type
        return pa.list_(pa.struct([pa.field("label", label), pa.field("prob", kind)]))
    return pa.list_(kind) if output.repeated else kind
