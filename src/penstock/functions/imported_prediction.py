"""ML.PREDICT of a model that was imported: the outputs of its graph, by their names, in front of each row."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from penstock.functions.function import Call
from penstock.functions.scoring import read_features
from penstock.lake.database import ArrowRows
from penstock.learn.imported_graph import output_fields, run_graph


def imported_prediction(call: Call) -> ArrowRows:
    """Return the graph's outputs followed by every column of the data, as a stream."""
    model = call.fitted
    schema = pa.schema([*output_fields(model.manifest), *call.rows.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for features, kept in read_features(call, call.rows.schema.names):
            yield pa.RecordBatch.from_arrays([*run_graph(model, features), *kept.columns], schema=schema)

    return ArrowRows(schema, batches)
