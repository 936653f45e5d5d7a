"""ML.CENTROIDS: what the middle of each cluster looks like."""

from __future__ import annotations

import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.schema import Task

SCHEMA = pa.schema(
    [
        ("centroid_id", pa.int64()),
        ("feature", pa.string()),
        ("numerical_value", pa.float64()),
        ("categorical_value", pa.list_(pa.struct([("category", pa.string()), ("value", pa.float64())]))),
    ]
)


def centroids(call: Call) -> ArrowRows:
    """Return one row a centroid and feature."""
    kept = "standardized_centroids" if call.options["standardize"] else "centroids"
    return fixed_rows(pa.Table.from_pylist(call.fitted.manifest.details[kept], schema=SCHEMA))


CENTROIDS = FunctionSpec(
    name="ML.CENTROIDS",
    summary="Shows the middle of each cluster of a k-means model.",
    run=centroids,
    trials="each",
    tasks=(Task.CLUSTERING,),
    detail="centroids",
    families="k-means",
    options=(
        OptionSpec(
            "standardize", "boolean", False, "Give numbers as the model reads them instead of in their own units."
        ),
    ),
    output=(
        OutputColumn("centroid_id", "INT64", "The number of the centroid, from 1."),
        OutputColumn("feature", "STRING", "The feature."),
        OutputColumn("numerical_value", "FLOAT64", "The mean of the cluster's rows; NULL for a column of categories."),
        OutputColumn(
            "categorical_value",
            "ARRAY<STRUCT<category STRING, value FLOAT64>>",
            "The share of the cluster's rows that has each category, those that none has left out; empty for a number.",
        ),
    ),
    example="SELECT * FROM ML.CENTROIDS(MODEL customer_groups) ORDER BY centroid_id",
)
