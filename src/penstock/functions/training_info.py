"""ML.TRAINING_INFO: how the loss fell, one row an iteration."""

from __future__ import annotations

from dataclasses import asdict

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.schema import TRAINED, Task

SCHEMA = pa.schema(
    [
        ("training_run", pa.int64()),
        ("iteration", pa.int64()),
        ("loss", pa.float64()),
        ("eval_loss", pa.float64()),
        ("learning_rate", pa.float64()),
        ("duration_ms", pa.int64()),
    ]
)
CLUSTER = pa.struct([("centroid_id", pa.int64()), ("cluster_radius", pa.float64()), ("cluster_size", pa.int64())])
CLUSTERING_SCHEMA = SCHEMA.remove(SCHEMA.get_field_index("eval_loss")).append(
    pa.field("cluster_info", pa.list_(CLUSTER))
)


def training_info(call: Call) -> ArrowRows:
    """Return the iterations of the model's training, in order; those of the versions it went on from come
    first.
    """
    manifest = call.fitted.manifest
    iterations = [asdict(iteration) for iteration in manifest.iterations]
    if manifest.task is not Task.CLUSTERING:
        return fixed_rows(pa.Table.from_pylist(iterations, schema=SCHEMA))
    clusters = manifest.details["cluster_info"]
    rows = [{**row, "cluster_info": info} for row, info in zip(iterations, clusters, strict=True)]
    return fixed_rows(pa.Table.from_pylist(rows, schema=CLUSTERING_SCHEMA))


TRAINING_INFO = FunctionSpec(
    name="ML.TRAINING_INFO",
    summary="Shows how the loss went down while the model was trained.",
    run=training_info,
    trials="none",
    tasks=TRAINED,
    output=(
        OutputColumn("training_run", "INT64", "0, and one more for each warm start that the model went on from."),
        OutputColumn("iteration", "INT64", "Counted from 0 in each run."),
        OutputColumn("loss", "FLOAT64", "The loss on the training rows after the iteration."),
        OutputColumn("eval_loss", "FLOAT64", "The loss on the held-out rows; NULL when none were. Not of clustering."),
        OutputColumn("learning_rate", "FLOAT64", "The step size; NULL for a method that has none."),
        OutputColumn("duration_ms", "INT64", "How long the iteration took, in milliseconds."),
        OutputColumn(
            "cluster_info",
            "ARRAY<STRUCT<centroid_id INT64, cluster_radius FLOAT64, cluster_size INT64>>",
            "Clustering only: of each cluster the root mean squared distance of its rows, and their number.",
        ),
    ),
    example="SELECT iteration, loss FROM ML.TRAINING_INFO(MODEL churn) ORDER BY iteration",
)
