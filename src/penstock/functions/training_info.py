"""ML.TRAINING_INFO: how the loss fell, one row an iteration."""

from __future__ import annotations

from dataclasses import asdict

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows

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


def training_info(call: Call) -> ArrowRows:
    """Return the iterations of the model's training, in order; those of the versions it went on from come
    first.
    """
    iterations = [asdict(iteration) for iteration in call.fitted.manifest.iterations]
    return fixed_rows(pa.Table.from_pylist(iterations, schema=SCHEMA))


TRAINING_INFO = FunctionSpec(
    name="ML.TRAINING_INFO",
    summary="Shows how the loss went down while the model was trained.",
    run=training_info,
    output=(
        OutputColumn("training_run", "INT64", "0, and one more for each warm start that the model went on from."),
        OutputColumn("iteration", "INT64", "Counted from 0 in each run."),
        OutputColumn("loss", "FLOAT64", "The loss on the training rows after the iteration."),
        OutputColumn("eval_loss", "FLOAT64", "The loss on the held-out rows; NULL when none were held out."),
        OutputColumn("learning_rate", "FLOAT64", "The step size; NULL for a method that has none."),
        OutputColumn("duration_ms", "INT64", "How long the iteration took, in milliseconds."),
    ),
    example="SELECT iteration, loss FROM ML.TRAINING_INFO(MODEL churn) ORDER BY iteration",
)
