"""ML.FEATURE_IMPORTANCE: how much the trees of a model lean on each feature."""

from __future__ import annotations

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows

MEASURES = ("weight", "gain", "cover")


def feature_importance(call: Call) -> ArrowRows:
    """Return one row a feature with its three importances."""
    rows = call.fitted.manifest.details["importances"]
    columns = {"feature": pa.array([row["feature"] for row in rows], pa.string())}
    for measure in MEASURES:
        columns[f"importance_{measure}"] = pa.array([row[measure] for row in rows], pa.float64())
    return fixed_rows(pa.table(columns))


FEATURE_IMPORTANCE = FunctionSpec(
    name="ML.FEATURE_IMPORTANCE",
    summary="Shows how much the trees of a model lean on each feature.",
    run=feature_importance,
    detail="importances",
    families="boosted trees and random forests",
    output=(
        OutputColumn("feature", "STRING", "The feature."),
        OutputColumn("importance_weight", "FLOAT64", "In how many splits it is used."),
        OutputColumn("importance_gain", "FLOAT64", "By how much its splits lower the loss, on average."),
        OutputColumn("importance_cover", "FLOAT64", "How many training rows pass its splits, on average."),
    ),
    example="SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL churn) ORDER BY importance_gain DESC",
)
