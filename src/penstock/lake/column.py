"""Columns of queries and tables: duplicate names, storable types, and how new rows fit an old table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
from duckdb.sqltypes import DuckDBPyType

from penstock.core.errors import BadData
from penstock.lake.database import Connection
from penstock.lake.quoting import quote_identifier

SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
# Parquet keeps 128-bit integers as doubles, so they are stored as BIGINT; a value too large stops the build.
STORED_AS = {
    "hugeint": "BIGINT",
    "uhugeint": "BIGINT",
    "bignum": "VARCHAR",
    "bit": "VARCHAR",
    "enum": "VARCHAR",
    "time with time zone": "VARCHAR",
}


@dataclass(frozen=True)
class Column:
    """A column's name and its DuckDB type."""

    name: str
    type: str


def described(connection: Connection, sql: str, parameters: Sequence[object] = ()) -> list[Column]:
    """Return the columns of a query without running it."""
    return [Column(name, kind) for name, kind in connection.column_types(sql, parameters)]


def refuse_duplicates(columns: list[Column]) -> list[Column]:
    """Return the columns; raises BadData for names that differ at most in case, which DuckDB would rename."""
    seen: dict[str, list[str]] = {}
    for column in columns:
        seen.setdefault(column.name.casefold(), []).append(column.name)
    doubled = [names[0] for names in seen.values() if len(names) > 1]
    if doubled:
        names = ", ".join(repr(name) for name in doubled)
        hint = "Give each column a name of its own with AS, or leave one out: EXCLUDE, or with dialect bigquery EXCEPT."
        raise BadData.of(f"The query has more than one column {names}.", hint=hint)
    return columns


def storable(type_name: str) -> str:
    """Return the type under which a column is stored: its own, or the nearest that Parquet holds exactly.

    HUGEINT becomes BIGINT; ENUM, BIT, BIGNUM and TIMETZ become VARCHAR; a fixed-size ARRAY becomes a LIST;
    within LIST, MAP and STRUCT too.
    """
    return str(duckdb.sqltype(_storable(duckdb.sqltype(type_name))))


def storable_select(sql: str, columns: Sequence[Column]) -> str:
    """Return the query with its columns cast to storable types; the query itself when they all are."""
    casts = [
        f"CAST({quote_identifier(column.name)} AS {stored}) AS {quote_identifier(column.name)}"
        for column in columns
        if (stored := storable(column.type)) != column.type
    ]
    query = sql.rstrip().rstrip(";")
    return f"SELECT * REPLACE ({', '.join(casts)}) FROM (\n{query}\n)" if casts else query


def aligned_select(
    sql: str, incoming: Sequence[Column], stored: Sequence[Column], table: str
) -> tuple[str, list[Column]]:
    """Return the query in the stored columns' types, and the columns that the table lacks.

    A stored column that the query lacks is NULL. Raises BadData where a type has changed so that something
    could be lost.
    """
    by_key = {column.name.casefold(): column for column in incoming}
    parts = []
    for column in stored:
        match = by_key.pop(column.name.casefold(), None)
        source = "NULL" if match is None else quote_identifier(match.name)
        if match is not None and not widens(storable(match.type), column.type):
            message = f"Column {column.name!r} of {table} is {column.type}, but the new rows bring {match.type}."
            hint = f"Cast it to {column.type} in the query, or build the table anew with --full-refresh."
            raise BadData.of(message, hint=hint)
        parts.append(f"CAST({source} AS {column.type}) AS {quote_identifier(column.name)}")
    added = [Column(column.name, storable(column.type)) for column in by_key.values()]
    for column in added:
        name = quote_identifier(column.name)
        parts.append(f"CAST({name} AS {column.type}) AS {name}")
    return f"SELECT {', '.join(parts)} FROM (\n{sql.rstrip().rstrip(';')}\n)", added


def widens(new: str, old: str) -> bool:
    """Return whether every value of `new` is a value of `old`, or the cast says loudly that it is not."""
    if new == old:
        return True
    if old in SIGNED:
        kind = SIGNED if new in SIGNED else UNSIGNED
        return new in kind and kind.index(new) < SIGNED.index(old)
    if old in UNSIGNED:
        return new in UNSIGNED and UNSIGNED.index(new) < UNSIGNED.index(old)
    if old == "DOUBLE":
        return new in SIGNED or new in UNSIGNED or new == "FLOAT" or new.startswith("DECIMAL")
    if old.startswith("DECIMAL"):
        return new in SIGNED or new in UNSIGNED
    return (new, old) == ("DATE", "TIMESTAMP")


def _storable(kind: DuckDBPyType) -> str:
    children = dict(_children(kind))
    match kind.id:
        case "list" | "array":
            return f"{children['child']}[]"
        case "map":
            return f"MAP({children['key']}, {children['value']})"
        case "struct":
            fields = [f"{quote_identifier(name)} {child}" for name, child in children.items()]
            return f"STRUCT({', '.join(fields)})"
        case _:
            return STORED_AS.get(kind.id, str(kind))


def _children(kind: DuckDBPyType) -> Iterator[tuple[str, str]]:
    """Yield the storable types within a nested type; an array's size, which is a child too, is no type."""
    if kind.id in ("list", "array", "map", "struct"):
        for name, child in kind.children:
            if isinstance(child, DuckDBPyType):
                yield name, _storable(child)
