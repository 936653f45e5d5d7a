"""VECTOR_SEARCH by an index: the rows that the index finds, compared exactly; and VECTOR_INDEX.STATISTICS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import InvalidOption
from penstock.core.spans import Span
from penstock.functions.distance import dense_distance
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.lake.database import ArrowRows
from penstock.lake.vector_index import VectorIndex, matrix_of
from penstock.learn.feature_column import array_of
from penstock.sql.quoting import quote_identifier
from penstock.sql.references import references
from penstock.sql.statement import Query

# What a row of the base is called as a whole: no column has that name.
BASE = "penstock_base_row"
_ALL_ROWS = "SELECT * FROM "


def index_for(call: Call, column: str) -> VectorIndex | None:
    """Return the index that can answer a search, None where every vector is to be compared."""
    options = json.loads(str(call.options["options"]))
    table = _table(call.rows.written)
    if table is None or cast("int", call.options["top_k"]) < 0 or options.get("use_brute_force"):
        return None
    return call.environment.indexes.fresh(table, column, str(call.options["distance_type"]))


def _table(sql: str | None) -> str | None:
    """Return the table that a call's data is the whole of, as its name is written; None for any other query."""
    if sql is None:
        return None
    name = sql.strip().removeprefix(_ALL_ROWS)
    relations = references(Query(sql, "duckdb", Span("data", 1, 1, 1, 1))).relations
    whole = len(relations) == 1 and name.replace('"', "") == relations[0]
    return relations[0] if whole else None


def search_by_index(call: Call, index: VectorIndex, column: str, asked: str, output: str) -> ArrowRows:
    """Return for each query the nearest of the rows that the index finds.

    `asked` is the query of the queries: their number, their vector, and `query` where `output` names it.
    """
    count = cast("int", call.options["top_k"])
    share = json.loads(str(call.options["options"])).get("fraction_lists_to_search")
    queries = call.environment.query(asked)
    schema = pa.schema([*queries.schema, pa.field("place", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in queries.batches():
            known = batch.filter(pc.is_valid(batch.column("vector")))
            if not known.num_rows or not index.record.rows:
                continue
            vectors = matrix_of(known.column("vector"), column, index.record.dimension)
            numbers, places = index.nearest(vectors, count, share)
            found = known.take(array_of(numbers))
            yield pa.RecordBatch.from_arrays([*found.columns, array_of(places)], schema=schema)

    found = call.environment.add(ArrowRows(schema, batches))
    distance = dense_distance("found.vector", "base.vector", str(call.options["distance_type"]))
    base = (
        f"SELECT {BASE}.rowid AS place, CAST({BASE}.{quote_identifier(column)} AS DOUBLE[]) AS vector, "
        f"{BASE} AS base FROM {str(call.rows.written).strip().removeprefix(_ALL_ROWS)} AS {BASE}"
    )
    pairs = (
        f"SELECT found.* EXCLUDE (vector), base.base, {distance} AS distance "
        f"FROM {found} AS found JOIN base USING (place)"
    )
    nearest = f"row_number() OVER (PARTITION BY number ORDER BY distance, place) <= {count}"
    return call.environment.query(
        f"WITH base AS ({base}), pairs AS ({pairs}) SELECT {output}base, distance FROM pairs QUALIFY {nearest} "
        "ORDER BY number, distance, place"
    )


def statistics(call: Call) -> ArrowRows:
    """Return one row: how far the table has moved away from its index."""
    table = _table(call.rows.written)
    if table is None:
        raise InvalidOption.of(f"{call.name} takes a table.", span=call.span, hint="Write TABLE t.")
    indexes = call.environment.indexes
    schema = pa.schema([("drift", pa.float64())])
    return ArrowRows(
        schema,
        lambda: iter([pa.RecordBatch.from_arrays([pa.array([indexes.drift(table)], pa.float64())], schema=schema)]),
    )


VECTOR_INDEX_STATISTICS = FunctionSpec(
    name="VECTOR_INDEX.STATISTICS",
    summary="Tells how far a table has moved away from its vector index.",
    run=statistics,
    input="required",
    model=False,
    output=(
        OutputColumn(
            "drift",
            "FLOAT64",
            "The share of the rows that have come, gone or changed since the index was made, 0 to 1; NULL without an "
            "index.",
        ),
    ),
    example="SELECT * FROM VECTOR_INDEX.STATISTICS(TABLE articles)",
    notes=("A table that has changed is searched row by row until ALTER VECTOR INDEX i ON t REBUILD.",),
)
