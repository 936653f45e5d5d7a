"""ML.GENERATE_EMBEDDING and AI.GENERATE_EMBEDDING: every row as a vector of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from penstock.core.errors import InternalError, InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.factor_embedding import factor_embedding
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.language_model import TASK_TYPE
from penstock.functions.predict import check_collisions
from penstock.functions.remote_embedding import DIMENSIONALITY, FLATTEN, remote_embedding
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.schema import Task

ML_RESULT, AI_RESULT = "ml_generate_embedding_result", "embedding"


def generate_embedding(result: str, statistics: str, status: str) -> Callable[[Call], ArrowRows]:
    """Return the function that gives its vectors, and of remote models what they cost and how it went, these names."""

    def run(call: Call) -> ArrowRows:
        task = call.fitted.manifest.task
        if call.input is None and task is not Task.RECOMMENDATION:
            raise InvalidOption.of(
                f"{call.name} needs data: a table or a query.",
                span=call.span,
                hint="Only a matrix factorization has its vectors without any.",
            )
        match task:
            case Task.DIMENSION_REDUCTION | Task.AUTOENCODING:
                return _scores(call, result)
            case Task.RECOMMENDATION:
                return factor_embedding(call, result)
            case Task.REMOTE:
                return remote_embedding(call, result, statistics, status)
            case _:
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


def _declared(name: str, names: tuple[str, str, str], options: tuple[OptionSpec, ...]) -> FunctionSpec:
    result, statistics, status = names
    return FunctionSpec(
        name=name,
        summary="Turns every row of the data into a vector of numbers.",
        run=generate_embedding(*names),
        trials="one",
        input="optional",
        sample="(SELECT word AS content, * FROM rows)",
        tasks=(Task.DIMENSION_REDUCTION, Task.AUTOENCODING, Task.RECOMMENDATION, Task.REMOTE),
        options=options,
        families="PCA, autoencoders, matrix factorization and remote models",
        output=(
            OutputColumn(
                result,
                "ARRAY<FLOAT64>",
                "The principal components of the row, or its latent columns; the factors of a user or item, then its "
                "intercept; of a remote model the embedding of the column `content`.",
            ),
            OutputColumn(
                statistics,
                "JSON",
                "Remote models: tokens, and their cost where the connection has prices. Of texts that are sent "
                "together the service tells the sum, which is shared out by their length.",
            ),
            OutputColumn(status, "STRING", "Remote models: empty, or why there is no embedding."),
            OutputColumn("processed_input", "STRING", "Matrix factorization: the column of users or that of items."),
            OutputColumn("feature", "STRING", "Matrix factorization: the user or the item."),
        ),
        passes_input=True,
        example=f"SELECT {result} FROM {name}(MODEL shape, TABLE customers)",
        notes=("ML.DISTANCE and VECTOR_SEARCH find the rows that are alike by it.",),
    )


ML_GENERATE_EMBEDDING = _declared(
    "ML.GENERATE_EMBEDDING",
    (ML_RESULT, "ml_generate_embedding_statistics", "ml_generate_embedding_status"),
    (FLATTEN, TASK_TYPE, DIMENSIONALITY),
)
AI_GENERATE_EMBEDDING = _declared(
    "AI.GENERATE_EMBEDDING", (AI_RESULT, "statistics", "status"), (TASK_TYPE, DIMENSIONALITY)
)
# BigQuery's older name, of texts alone, with columns of its own.
_TEXT = _declared(
    "ML.GENERATE_TEXT_EMBEDDING",
    ("text_embedding", "statistics", "ml_embed_text_status"),
    (FLATTEN, TASK_TYPE, DIMENSIONALITY),
)
ML_GENERATE_TEXT_EMBEDDING = replace(
    _TEXT,
    summary="Turns texts into vectors of numbers: the older name of ML.GENERATE_EMBEDDING.",
    tasks=(Task.REMOTE,),
    families="remote models",
    trials="optimal",
    input="required",
    output=(
        OutputColumn("text_embedding", "ARRAY<FLOAT64>", "The embedding of the column `content`."),
        OutputColumn("statistics", "JSON", "Tokens, and their cost where the connection has prices."),
        OutputColumn("ml_embed_text_status", "STRING", "Empty, or why there is no embedding."),
    ),
)
