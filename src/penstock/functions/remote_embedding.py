"""GENERATE_EMBEDDING of a remote model, or of the embedder on this machine: the column `content` as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions.asked_rows import JSON, NULL_INPUT, asked_model, asked_rows
from penstock.functions.function import Call
from penstock.functions.language_model import embedder
from penstock.lake.database import ArrowRows

Json = Any
DIMENSIONALITY = OptionSpec(
    "output_dimensionality",
    "integer",
    None,
    "Remote models: cuts the vectors to their first so many numbers.",
    minimum=1,
)
FLATTEN = OptionSpec(
    "flatten_json_output", "boolean", True, "Remote models: whether the result is an ARRAY rather than JSON."
)


def remote_embedding(call: Call, result: str, statistics: str, status: str) -> ArrowRows:
    """Return vector, statistics and status under these names, followed by every column of the data."""
    embed = embedder(asked_model(call), cast("int | None", call.options["output_dimensionality"]))
    flat = call.options.get("flatten_json_output", True)

    def ask(texts: Sequence[str]) -> list[dict[str, Json]]:
        return [
            {result: found.values, statistics: found.statistics or None, status: found.status} for found in embed(texts)
        ]

    vector: pa.DataType | str = pa.list_(pa.float64()) if flat else JSON
    made = [(result, vector), (statistics, JSON), (status, pa.string())]
    return asked_rows(call, "content", made, ask, {status: NULL_INPUT})
