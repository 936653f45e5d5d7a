"""ML.FEATURE_IMPORTANCE: how much the trees of a model lean on each feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.manifest import Transform, TransformColumn
from penstock.learn.schema import Task

MEASURES = ("weight", "gain", "cover")


def feature_importance(call: Call) -> ArrowRows:
    """Return one row an input column with its three importances."""
    manifest = call.fitted.manifest
    rows = manifest.details["importances"]
    if manifest.transform is not None:
        rows = of_inputs(rows, manifest.transform)
    columns = {"feature": pa.array([row["feature"] for row in rows], pa.string())}
    for measure in MEASURES:
        columns[f"importance_{measure}"] = pa.array([row[measure] for row in rows], pa.float64())
    return fixed_rows(pa.table(columns))


def of_inputs(rows: Sequence[Mapping[str, Any]], transform: Transform) -> list[dict[str, Any]]:
    """Return the importances of the columns before TRANSFORM.

    A column counts every split on an output that reads it, so a split on an output of two columns counts for both.
    """
    columns = {column.name: column for column in transform.columns}
    found = []
    for feature in transform.inputs:
        own = [row for row in rows if feature.name.casefold() in _reads(row["feature"], columns)]
        splits = sum(row["weight"] for row in own)
        means = {name: sum(row[name] * row["weight"] for row in own) / max(splits, 1.0) for name in ("gain", "cover")}
        found.append({"feature": feature.name, "weight": float(splits), **means})
    return found


def _reads(feature: str, columns: Mapping[str, TransformColumn]) -> set[str]:
    """Return the raw columns, in lower case, of an output or of a field of one, `output_field`."""
    names = [name for name in columns if feature == name or feature.startswith(f"{name}_")]
    return {read.casefold() for read in columns[max(names, key=len)].reads}


FEATURE_IMPORTANCE = FunctionSpec(
    name="ML.FEATURE_IMPORTANCE",
    summary="Shows how much the trees of a model lean on each feature.",
    run=feature_importance,
    detail="importances",
    tasks=(Task.REGRESSION, Task.CLASSIFICATION, Task.IMPORTED),
    families="boosted trees, random forests and imported XGBoost models",
    output=(
        OutputColumn("feature", "STRING", "The column; with TRANSFORM, one of those that it reads."),
        OutputColumn("importance_weight", "FLOAT64", "In how many splits it is used."),
        OutputColumn("importance_gain", "FLOAT64", "By how much its splits lower the loss, on average."),
        OutputColumn("importance_cover", "FLOAT64", "How many training rows pass its splits, on average."),
    ),
    example="SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL churn) ORDER BY importance_gain DESC",
)
