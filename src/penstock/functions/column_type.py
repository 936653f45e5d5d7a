"""DuckDB's types of columns that pass through Arrow, which has no HUGEINT, UUID, JSON or ENUM of its own.

The type is noted in the field, travels with it into a function's result, and is cast to where DuckDB reads
that result.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from penstock.sql.quoting import quote_identifier

TYPE_NOTE = b"penstock.duckdb_type"
# Columns of these come back from Arrow as they were.
KEPT_TYPES = frozenset({"BIGINT", "INTEGER", "SMALLINT", "DOUBLE", "FLOAT", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"})


def with_type_notes(schema: pa.Schema, types: Sequence[str]) -> pa.Schema:
    """Return the schema with each column's DuckDB type noted in its field, where Arrow may lose it."""
    fields = [
        field if kind in KEPT_TYPES else field.with_metadata({TYPE_NOTE: kind.encode()})
        for field, kind in zip(schema, types, strict=True)
    ]
    return pa.schema(fields)


def noted_types(schema: pa.Schema) -> list[str | None]:
    """Return the noted DuckDB type of each column."""
    notes = [(field.metadata or {}).get(TYPE_NOTE) for field in schema]
    return [None if note is None else note.decode() for note in notes]


def with_own_types(relation: str, schema: pa.Schema, read_as: Sequence[str]) -> str:
    """Return text that can follow FROM: the relation, its columns cast to their noted types where they
    differ.

    `read_as` holds the types under which DuckDB reads the relation's columns.
    """
    listed = []
    for name, noted, read in zip(schema.names, noted_types(schema), read_as, strict=True):
        column = quote_identifier(name)
        differs = noted is not None and noted != read
        listed.append(f"CAST({column} AS {noted}) AS {column}" if differs else column)
    if not any(item.startswith("CAST(") for item in listed):
        return relation
    return f"(SELECT {', '.join(listed)} FROM {relation})"
