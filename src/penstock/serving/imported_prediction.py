"""An imported model in service: rows that its tensors can hold, and its outputs as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from penstock.learn.artifact import LoadedModel
from penstock.learn.imported_graph import INPUTS, graph_outputs, run_graph
from penstock.learn.importer import GraphOutput
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task
from penstock.serving.class_key import class_key
from penstock.serving.row import MAX_FINDINGS, CheckedRows, InvalidRows, RowFinding
from penstock.serving.row_batch import record_batch

Json = Any


def imported_predictions(model: LoadedModel, served: Manifest, rows: CheckedRows) -> list[dict[str, Json]]:
    """Return a prediction for each row, in order; `served` is what `served_manifest` gives.

    `prediction` is the graph's one output: a value, or a list; with several outputs an object of them by their names. A
    map of classes is an object of numbers by class, and where it stands for a classification it is `probabilities`,
    classes ascending, beside the class as `prediction`. A number that is not finite is None. Raises InvalidRows for a
    value that its tensor cannot hold, BadData when the graph cannot be run on the rows.
    """
    _refuse_unfit(rows, model.manifest)
    outputs = graph_outputs(model.manifest)
    columns = run_graph(model, record_batch(rows, model.manifest.inputs))
    values = {output.name: _values(column, output) for column, output in zip(columns, outputs, strict=True)}
    if served.task is Task.CLASSIFICATION:
        return _classified(values, outputs, served)
    if len(outputs) == 1:
        return [{"prediction": value} for value in values[outputs[0].name]]
    return [{"prediction": dict(zip(values, row, strict=True))} for row in zip(*values.values(), strict=True)]


def _classified(
    values: dict[str, list[Json]], outputs: Iterable[GraphOutput], served: Manifest
) -> list[dict[str, Json]]:
    maps = next(values[output.name] for output in outputs if output.classes is not None)
    named = next((values[output.name] for output in outputs if output.classes is None), None)
    labels = {class_key(label): label for label in served.classes}
    predictions = []
    for place, scores in enumerate(maps):
        probabilities = {key: scores[key] for key in labels}
        known = {key: score for key, score in probabilities.items() if score is not None}
        best = labels[max(known, key=lambda key: known[key])] if known else None
        predictions.append({"prediction": best if named is None else named[place], "probabilities": probabilities})
    return predictions


def _values(column: pa.Array, output: GraphOutput) -> list[Json]:
    """Return an output's values as JSON has them."""
    found: list[Json] = column.to_pylist()
    if output.classes is not None:
        keys = [class_key(label) for label in output.classes]
        return [dict(zip(keys, (_number(pair["prob"]) for pair in row), strict=True)) for row in found]
    if output.type != "double":
        return found
    return [[_number(item) for item in value] if output.repeated else _number(value) for value in found]


def _number(value: float) -> float | None:
    """Return a number as JSON has it: neither NaN nor an infinity."""
    return value if math.isfinite(value) else None


def _refuse_unfit(rows: CheckedRows, manifest: Manifest) -> None:
    """Raise InvalidRows for null, a fraction or too great a number where the graph's tensor has none."""
    findings: list[RowFinding] = []
    for feature, tensor in zip(manifest.features, manifest.details[INPUTS], strict=True):
        dtype = np.dtype(tensor["dtype"])
        if dtype.kind == "f":
            continue
        for index, row in enumerate(rows.values, 1):
            value = row[feature.name]
            unfit = [item for item in (value if isinstance(value, list) else [value]) if not _fits(item, dtype)]
            if unfit and len(findings) < MAX_FINDINGS:
                what = "null" if unfit[0] is None else repr(unfit[0])
                wanted = {"O": "a text", "b": "true or false"}.get(dtype.kind, f"a whole number that {dtype} holds")
                message = f"Row {index}: the column {feature.name!r} must be {wanted}, not {what}."
                findings.append(RowFinding(InvalidRows.code, message, row=index, column=feature.name))
    if findings:
        raise InvalidRows(*findings)


def _fits(value: object, dtype: np.dtype[Any]) -> bool:
    if dtype.kind not in "iu":
        return value is not None
    if not isinstance(value, int | float) or (isinstance(value, float) and not value.is_integer()):
        return False
    bounds = np.iinfo(dtype)
    return int(bounds.min) <= value <= int(bounds.max)
