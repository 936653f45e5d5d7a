"""VECTOR_SEARCH: the rows whose vectors are nearest to given ones, found exactly, or by an index of the table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.column_choice import chosen_column, is_text, is_vector
from penstock.functions.distance import dense_distance
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.indexed_search import BASE, index_for, search_by_index
from penstock.functions.literal import double_sql, text_sql
from penstock.functions.word_search import fused_sql
from penstock.lake.database import ArrowRows
from penstock.sql.quoting import quote_identifier

SEARCH_DISTANCES = ("EUCLIDEAN", "COSINE", "DOT_PRODUCT")
# What a row is called as a whole: no column has that name.
ASKED = "penstock_asked_row"
WORD_COLUMNS, WORD_QUESTION = "lexical_search_columns", "lexical_search_query_value"
INDEX_OPTIONS = ("fraction_lists_to_search", "use_brute_force")


def vector_search(call: Call) -> ArrowRows:
    """Return for each query the nearest rows of the base, nearest first, in memory for `top_k` rows a query."""
    column, query_column = _columns(call)
    query_value = cast("Sequence[float] | None", call.options["query_value"])
    if query_value is not None:
        values = ", ".join(double_sql(value) for value in query_value)
        asked = f"SELECT 1 AS number, CAST([{values}] AS DOUBLE[]) AS vector"
        output = ""
    else:
        vector = quote_identifier(query_column)
        asked = (
            f"SELECT row_number() OVER () AS number, CAST({ASKED}.{vector} AS DOUBLE[]) AS vector, {ASKED} AS query "
            f"FROM ({call.second_rows.sql}) AS {ASKED}"
        )
        output = "query, "
    if words := _words(call):
        return _fused(call, column, asked, words)
    index = index_for(call, column)
    if index is not None:
        return search_by_index(call, index, column, asked, output)
    # Rows are numbered, so that of equally near ones the first are found, and found again.
    base = (
        f"SELECT row_number() OVER () AS place, CAST({BASE}.{quote_identifier(column)} AS DOUBLE[]) AS vector, "
        f"{BASE} AS base FROM ({call.rows.sql}) AS {BASE}"
    )
    distance = dense_distance("asked.vector", "base.vector", cast("str", call.options["distance_type"]))
    pairs = (
        f"SELECT asked.number, base.base, base.place, {distance} AS distance FROM asked, base "
        "WHERE asked.vector IS NOT NULL AND base.vector IS NOT NULL"
    )
    head = f"WITH asked AS MATERIALIZED ({asked}), base AS ({base}), pairs AS ({pairs})"
    return call.environment.query(f"{head}, found AS ({_nearest(call)}) " + _listed(output))


def _words(call: Call) -> list[str]:
    """Return the columns that are searched by words too, none for a search by vectors alone."""
    columns = cast("Sequence[str] | None", call.options[WORD_COLUMNS])
    question = call.options[WORD_QUESTION]
    if columns is None and question is None:
        return []
    if not columns or question is None or call.options["query_value"] is None:
        message = f"A search by words needs query_value, {WORD_COLUMNS} and {WORD_QUESTION}."
        hint = f"Write query_value => [numbers], {WORD_COLUMNS} => ['title'], {WORD_QUESTION} => 'words'."
        raise InvalidOption.of(message, span=call.span, hint=hint)
    return [chosen_column(call, call.rows, name, is_text, "text") for name in columns]


def _fused(call: Call, column: str, asked: str, words: Sequence[str]) -> ArrowRows:
    """Return the rows of the base that are in front by their vector, by their words, or by both."""
    texts = ", ".join(f"{BASE}.{quote_identifier(name)}" for name in words)
    base = (
        f"SELECT row_number() OVER () AS place, CAST({BASE}.{quote_identifier(column)} AS DOUBLE[]) AS vector, "
        f"nullif(concat_ws(' ', {texts}), '') AS text, {BASE} AS base FROM ({call.rows.sql}) AS {BASE}"
    )
    distance = dense_distance("asked.vector", "held.vector", cast("str", call.options["distance_type"]))
    question = text_sql(str(call.options[WORD_QUESTION]))
    return call.environment.query(fused_sql(asked, base, distance, question, cast("int", call.options["top_k"])))


def _nearest(call: Call) -> str:
    count = cast("int", call.options["top_k"])
    if count < 0:
        return "SELECT * FROM pairs"
    # A heap for each query, so that the pairs are never held together.
    held = "{base: base, place: place, distance: distance}"
    nearest = f"arg_min({held}, {{distance: distance, place: place}}, {count})"
    grouped = f"SELECT number, {nearest} AS nearest FROM pairs GROUP BY number"
    return f"SELECT number, unnest(nearest, max_depth := 2) FROM ({grouped})"


def _listed(output: str) -> str:
    return (
        f"SELECT {output and 'asked.query, '}found.base, found.distance FROM found JOIN asked USING (number) "
        "ORDER BY number, found.distance, found.place"
    )


def _columns(call: Call) -> tuple[str, str]:
    """Return the columns of the base's and of the queries' vectors; the latter is empty for a single query."""
    names = [name for name in call.arguments if isinstance(name, str)]
    if not names or len(names) < len(call.arguments):
        raise InvalidOption.of(
            "VECTOR_SEARCH needs the name of the base's column of vectors, in quotes, after its data.",
            span=call.span,
            hint=f"Write {VECTOR_SEARCH.signature}.",
        )
    column = chosen_column(call, call.rows, names[0], is_vector, "a list of numbers")
    if call.options["query_value"] is not None:
        if call.second is not None:
            raise InvalidOption.of("VECTOR_SEARCH takes query_value or a second table, not both.", span=call.span)
        return column, ""
    if call.second is None:
        message = "VECTOR_SEARCH needs what to search for: a second table or query, or query_value => [numbers]."
        raise InvalidOption.of(message, span=call.span)
    named = call.options["query_column_to_search"] or (names[1] if len(names) > 1 else None)
    return column, _query_column(call, column, cast("str | None", named))


def _query_column(call: Call, column: str, named: str | None) -> str:
    """Return the queries' column: the one that is named, else that of the base's name, else the only one of vectors."""
    rows = call.second_rows
    if named is None:
        vectors: list[str] = [field.name for field in rows.schema if is_vector(field.type)]
        same = [name for name in vectors if name.casefold() == column.casefold()]
        if not same and len(vectors) != 1:
            raise InvalidOption.of(
                f"Which column of the second data holds the vectors? It has {len(vectors)} columns of numbers' lists.",
                span=call.span,
                hint="Name it: query_column_to_search => 'column'.",
            )
        return (same or vectors)[0]
    return chosen_column(call, rows, named, is_vector, "a list of numbers")


def _vector_problem(value: OptionValue) -> str | None:
    numbers = isinstance(value, list) and all(isinstance(x, int | float) and not isinstance(x, bool) for x in value)
    return None if value is None or (numbers and value) else "a list of numbers"


def _options_problem(value: OptionValue) -> str | None:
    try:
        given = json.loads(cast("str", value))
    except ValueError:
        return "JSON such as '{\"use_brute_force\": true}'"
    if not isinstance(given, Mapping) or not set(given) <= set(INDEX_OPTIONS):
        return f"a JSON object of {' and '.join(INDEX_OPTIONS)}"
    fraction = given.get("fraction_lists_to_search", 0.5)
    if isinstance(fraction, bool) or not isinstance(fraction, int | float) or not 0 < fraction < 1:
        return "JSON whose fraction_lists_to_search lies strictly between 0 and 1"
    return None if isinstance(given.get("use_brute_force", True), bool) else "JSON whose use_brute_force is a boolean"


def _top_k_problem(value: OptionValue) -> str | None:
    return "at least 1, or negative for all rows" if value == 0 else None


TOP_K = OptionSpec(
    "top_k",
    "integer",
    10,
    "How many rows are found for each query; a negative number finds all.",
    check=_top_k_problem,
)
DISTANCE_TYPE = OptionSpec("distance_type", "string", "EUCLIDEAN", "The kind of distance.", choices=SEARCH_DISTANCES)

VECTOR_SEARCH = FunctionSpec(
    name="VECTOR_SEARCH",
    summary="Finds the rows whose vectors are nearest to each of the given ones, exactly or by a vector index.",
    run=vector_search,
    input="required",
    second_input="optional",
    model=False,
    named=True,
    argument="`column` names the base's column of vectors, `query_column` that of the queries; both in quotes.",
    argument_names=("column", "query_column"),
    options=(
        OptionSpec("query_value", "any", None, "One vector to search for, instead of data.", check=_vector_problem),
        OptionSpec(
            "query_column_to_search",
            "string",
            None,
            "The queries' column of vectors. Without it: the one named like the base's, or the only one.",
        ),
        TOP_K,
        DISTANCE_TYPE,
        OptionSpec(
            "options",
            "string",
            "{}",
            "JSON of use_brute_force, which passes over an index, and fraction_lists_to_search, the share of the rows "
            "that a search by an index looks at, at least.",
            check=_options_problem,
        ),
        OptionSpec(WORD_COLUMNS, "string list", None, "Columns of texts that are searched by words too."),
        OptionSpec(WORD_QUESTION, "string", None, "The words to search them for, beside query_value."),
    ),
    output=(
        OutputColumn("query", "STRUCT", "The row of the query; absent with `query_value`."),
        OutputColumn("base", "STRUCT", "The row that was found."),
        OutputColumn(
            "distance", "FLOAT64", "How far it is; for DOT_PRODUCT the negative of the product, so that less is nearer."
        ),
    ),
    sample="(SELECT *, [x, 금액] AS 자리 FROM rows WHERE x IS NOT NULL), '자리', query_value => [1, 2]",
    example=(
        "SELECT base.title, distance FROM VECTOR_SEARCH(TABLE articles, 'embedding', "
        "(SELECT embedding FROM questions), top_k => 3, distance_type => 'COSINE')"
    ),
    notes=(
        (
            "Where the base is a whole TABLE with a [vector index](statements.md) of that column and distance, and has "
            "not changed since, the index finds the rows, most of the nearest at least. Else every vector is compared."
        ),
        (
            f"With {WORD_COLUMNS} two orders are put together, that of the distance and that of the words in common "
            "(BM25): a row counts 1 / (60 + its place) in each. Every row is then looked at."
        ),
        "Memory holds `top_k` rows for each query, whatever the size of the base.",
        (
            "Rows whose vector is NULL are passed over. Vectors of different lengths, a NULL within one, and the "
            "cosine of a vector of zeros are errors."
        ),
        "Queries come in their order, each with its nearest row first; of equally near rows the earlier one.",
    ),
)
