"""ML.RECONSTRUCTION_LOSS: how much of each row an autoencoder loses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.predict import check_collisions
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.autoencoder import LOSSES
from penstock.learn.schema import Task


def reconstruction_loss(call: Call) -> ArrowRows:
    """Return the three losses of each row, followed by every column of the data, as a stream."""
    check_inputs(call)
    made = [pa.field(name, pa.float64()) for name in LOSSES]
    check_collisions(call, made)
    schema = pa.schema([*made, *call.rows.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call):
            losses = batch.scores[:, -len(LOSSES) :].T
            columns = [pa.array(np.ascontiguousarray(column)) for column in losses]
            yield pa.RecordBatch.from_arrays([*columns, *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


RECONSTRUCTION_LOSS = FunctionSpec(
    name="ML.RECONSTRUCTION_LOSS",
    summary="Measures how much of each row an autoencoder loses on the way through its latent columns.",
    run=reconstruction_loss,
    trials="one",
    input="required",
    tasks=(Task.AUTOENCODING,),
    families="autoencoders",
    output=(
        OutputColumn("mean_absolute_error", "FLOAT64", "The sum of the sizes of the errors over the features."),
        OutputColumn("mean_squared_error", "FLOAT64", "The same of their squares."),
        OutputColumn(
            "mean_squared_log_error",
            "FLOAT64",
            "The same of the logarithms of 1 + value, where what is below 0 counts as 0.",
        ),
    ),
    passes_input=True,
    example="SELECT * FROM ML.RECONSTRUCTION_LOSS(MODEL shape, TABLE customers) ORDER BY mean_squared_error DESC",
    notes=(
        "The errors are those of the columns that the features make: standardised numbers, and one for each category.",
        "Their sum is divided by the number of features.",
    ),
)
