"""ML.GENERATE_EMBEDDING and AI.GENERATE_EMBEDDING: every row as a vector of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from penstock.core.errors import InternalError
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.predict import check_collisions
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.schema import Task

ML_RESULT, AI_RESULT = "ml_generate_embedding_result", "embedding"


def generate_embedding(result: str) -> Callable[[Call], ArrowRows]:
    """Return the function that names its vectors `result`."""

    def run(call: Call) -> ArrowRows:
        match call.fitted.manifest.task:
            case Task.DIMENSION_REDUCTION | Task.AUTOENCODING:
                return _scores(call, result)
            case task:
                raise InternalError(f"A model of {task} was asked for embeddings, which it has not.")

    return run


def _scores(call: Call, result: str) -> ArrowRows:
    """Return the components or latent columns of each row as one list, followed by every column of the data."""
    check_inputs(call)
    made = [pa.field(result, pa.list_(pa.float64()))]
    check_collisions(call, made)
    schema = pa.schema([*made, *call.rows.schema])
    manifest = call.fitted.manifest
    width = manifest.details["latent_columns"] if manifest.task is Task.AUTOENCODING else manifest.width

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call):
            values = np.ascontiguousarray(batch.scores[:, :width])
            offsets = np.arange(0, values.size + 1, width, dtype=np.int32)
            vectors = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.ravel()))
            yield pa.RecordBatch.from_arrays([vectors, *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


def _declared(name: str, result: str) -> FunctionSpec:
    return FunctionSpec(
        name=name,
        summary="Turns every row of the data into a vector of numbers.",
        run=generate_embedding(result),
        trials="one",
        input="required",
        tasks=(Task.DIMENSION_REDUCTION, Task.AUTOENCODING),
        families="PCA and autoencoders",
        output=(OutputColumn(result, "ARRAY<FLOAT64>", "The principal components of the row, or its latent columns."),),
        passes_input=True,
        example=f"SELECT {result} FROM {name}(MODEL shape, TABLE customers)",
        notes=("ML.DISTANCE and VECTOR_SEARCH find the rows that are alike by it.",),
    )


ML_GENERATE_EMBEDDING = _declared("ML.GENERATE_EMBEDDING", ML_RESULT)
AI_GENERATE_EMBEDDING = _declared("AI.GENERATE_EMBEDDING", AI_RESULT)
