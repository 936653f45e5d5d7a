"""ML.PREDICT of a model that was imported: the outputs of its graph, by their names, in front of each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from penstock.functions.function import Call, InputRows
from penstock.functions.scoring import check_inputs, read_features
from penstock.lake.database import ArrowRows
from penstock.learn.imported_graph import output_fields, run_graph
from penstock.learn.imported_image import with_pixels
from penstock.learn.manifest import Manifest


def imported_prediction(call: Call) -> ArrowRows:
    """Return the graph's outputs followed by every column of the data, as a stream."""
    model = call.fitted
    check_inputs(replace(call, input=InputRows(call.rows.sql, _as_tensors(call.rows.schema, model.manifest))))
    schema = pa.schema([*output_fields(model.manifest), *call.rows.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for features, kept in read_features(call, call.rows.schema.names):
            rows = with_pixels(pa.Table.from_batches([features]), model.manifest)
            yield pa.RecordBatch.from_arrays([*run_graph(model, rows), *kept.columns], schema=schema)

    return ArrowRows(schema, batches)


def _as_tensors(schema: pa.Schema, manifest: Manifest) -> pa.Schema:
    """Return the columns as the graph sees them: an image as the list of its pixels."""
    return with_pixels(schema.empty_table(), manifest).schema
