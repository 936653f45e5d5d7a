"""AI.SEARCH: the rows whose text means the nearest to a question, by their embeddings, and by their words on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.ai_value import AiResult, answered_once
from penstock.functions.column_choice import chosen_column, is_text
from penstock.functions.distance import dense_distance
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.language_model import CONNECTION, asked_for, embedder
from penstock.functions.vector_search import DISTANCE_TYPE, TOP_K
from penstock.functions.word_search import fused_sql
from penstock.lake.arrow_function import ArrowFunction
from penstock.lake.database import ArrowRows
from penstock.sql.quoting import quote_identifier, quote_literal

Json = Any
_ROW = "penstock_base_row"
ENDPOINT = OptionSpec("endpoint", "string", None, "The embedder; without it, the one on this machine.")


MODE = OptionSpec(
    "mode",
    "string",
    "AUTO",
    "'HYBRID' searches by words too; 'AUTO' and 'VECTOR' are the same here, by meaning only.",
    choices=("AUTO", "VECTOR", "HYBRID"),
)
RECORDED = OptionSpec(
    "options", "string", "{}", "Recorded for the sake of scripts written for BigQuery: every row is compared."
)


def ai_search(call: Call) -> ArrowRows:
    """Return the nearest rows, nearest first; rows whose text is NULL are passed over.

    Raises InvalidOption without a column or a question, UnknownName and BadData for a column that holds no text.
    """
    if len(call.arguments) != 2 or not all(isinstance(given, str) for given in call.arguments):
        message = f"{call.name} needs the column to search in and what to search for, both in quotes."
        raise InvalidOption.of(message, span=call.span, hint=f"Write {AI_SEARCH.signature}.")
    named, question = cast("Sequence[str]", call.arguments)
    column = quote_identifier(chosen_column(call, call.rows, named, is_text, "text"))
    vector = call.environment.function(_vectors(call))
    text = f"CAST({_ROW}.{column} AS VARCHAR)"
    base = (
        f"SELECT row_number() OVER () AS place, {vector}({text}) AS vector, {text} AS text, {_ROW} AS base "
        f"FROM ({call.rows.sql}) AS {_ROW}"
    )
    asked = f"SELECT {vector}({quote_literal(question)}) AS vector"
    kind, count = cast("str", call.options["distance_type"]), cast("int", call.options["top_k"])
    if call.options["mode"] == "HYBRID":
        distance = dense_distance("asked.vector", "held.vector", kind)
        return call.environment.query(fused_sql(asked, base, distance, quote_literal(question), count))
    distance = dense_distance("asked.vector", "rows_of_base.vector", kind)
    limit = f"LIMIT {count}" if count > 0 else ""
    return call.environment.query(
        f"WITH asked AS MATERIALIZED ({asked}), rows_of_base AS MATERIALIZED ({base}) "
        f"SELECT rows_of_base.base, {distance} AS distance FROM asked, rows_of_base "
        f"WHERE asked.vector IS NOT NULL AND rows_of_base.vector IS NOT NULL ORDER BY distance, place {limit}"
    )


def _vectors(call: Call) -> ArrowFunction:
    """Return the function from a text to its vector; what could not be embedded is NULL, and told once."""
    embed = embedder(asked_for(call.environment.services, call.options, call.span))
    told: set[str] = set()

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        found = embed([text for (text,) in questions])
        failed = [vector.status for vector in found if vector.values is None]
        if failed and failed[0] not in told:
            told.add(failed[0])
            call.environment.notice(f"{call.name} passes over texts that were not embedded: {failed[0]}")
        return [(vector.values, vector.status) for vector in found]

    return answered_once(call.name, 1, AiResult("DOUBLE[]", pa.list_(pa.float64()), answers))


AI_SEARCH = FunctionSpec(
    name="AI.SEARCH",
    summary="Finds the rows whose text means the nearest to a question.",
    run=ai_search,
    input="required",
    model=False,
    named=True,
    argument="`column` names the base's column of texts, `query` is the question; both in quotes.",
    argument_names=("column", "query"),
    options=(MODE, TOP_K, DISTANCE_TYPE, RECORDED, ENDPOINT, CONNECTION),
    output=(
        OutputColumn("base", "STRUCT", "The row that was found."),
        OutputColumn("distance", "FLOAT64", "How far the embedding of its text is from the question's."),
    ),
    sample="(SELECT * FROM rows), 'word', 'a', connection_id => 'default', endpoint => 'sample'",
    example="SELECT base.title, distance FROM AI.SEARCH(TABLE articles, 'title', 'returning a parcel', top_k => 3)",
    notes=(
        (
            "'HYBRID' puts two orders together, that of the distance and that of the words in common (BM25): a row "
            "counts 1 / (60 + its place) in each. Words of Korean, Chinese and Japanese are told by two letters each."
        ),
        "Every text is embedded when the question is asked; each different one once.",
        "To search often, keep the vectors: SELECT *, AI.EMBED(title).result AS vector in a table, then VECTOR_SEARCH.",
        "BigQuery asks for a column that is GENERATED ALWAYS AS an embedding; any column of texts will do here.",
    ),
)
