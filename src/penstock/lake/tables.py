"""Tables and views of the lake: what there is, and every way to change it, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from penstock.core.errors import BadData, UnknownName
from penstock.core.names import name_key
from penstock.lake.column import Column, aligned_select, described, refuse_duplicates, storable_select
from penstock.lake.database import Connection, atomically
from penstock.lake.listed import listed_relations
from penstock.lake.quoting import quote_identifier, quote_name

OWN_SCHEMA = "penstock"
INCOMING = "temp.main.penstock_incoming"
SHOWN = 5

RELATIONS = """
SELECT CASE schema WHEN 'main' THEN name ELSE schema || '.' || name END
FROM ({relations}) WHERE kind = '{kind}'
ORDER BY schema <> 'main', schema, name
"""


@dataclass(frozen=True)
class Upserted:
    """How many rows an upsert added and how many it put in the place of old ones."""

    inserted: int
    updated: int


@dataclass(frozen=True)
class AppendedNewer:
    """How many rows were added, how many that the table lacks were not, and the last time there was before."""

    added: int
    left_out: int
    last: object


class RepeatedKeys(BadData):
    """Several of the new rows have the same key."""


def table_names(connection: Connection) -> list[str]:
    """Return the tables as `schema.name`, `main` left out; Penstock's own schema is not among them."""
    return _user_names(connection, "BASE TABLE")


def view_names(connection: Connection) -> list[str]:
    """Return the views, named as `table_names` does."""
    return _user_names(connection, "VIEW")


def exists(connection: Connection, name: str) -> bool:
    """Return whether there is a table or view of that name."""
    return connection.has(_with_schema(name))


def schema_of(connection: Connection, name: str) -> pa.Schema:
    """Return the columns of a table or view; raises UnknownName."""
    return connection.columns(f"FROM {quote_name(name)}")


def row_count(connection: Connection, name: str) -> int:
    """Return the number of rows; raises UnknownName."""
    return int(connection.rows(f"SELECT count(*) FROM {quote_name(name)}")[0][0])


def replace_table(connection: Connection, name: str, sql: str, parameters: Sequence[object] = ()) -> int:
    """Make the table anew out of a query and return its rows; readers see the old table until it is whole.

    Types that Parquet cannot hold exactly are stored as the nearest one that can (see `column.storable`).
    Raises BadData for duplicate column names.
    """
    select = storable_select(sql, refuse_duplicates(described(connection, sql, parameters)))

    def work() -> int:
        _make_schema(connection, name)
        if _kind(connection, name) == "VIEW":
            connection.execute(f"DROP VIEW {quote_name(name)}")
        return connection.execute(f"CREATE OR REPLACE TABLE {quote_name(name)} AS {select}", parameters)

    return atomically(connection, work)


def append_table(connection: Connection, name: str, sql: str, parameters: Sequence[object] = ()) -> int:
    """Add a query's rows and return their number; makes the table where there is none.

    A column new to the table is added (NULL in the old rows), one that the query lacks is NULL in the new
    rows; raises BadData when a column's type has changed.
    """

    def work() -> int:
        if not exists(connection, name):
            return replace_table(connection, name, sql, parameters)
        select = _aligned(connection, name, sql, parameters)
        return connection.execute(f"INSERT INTO {quote_name(name)} BY NAME {select}", parameters)

    return atomically(connection, work)


def upsert_table(
    connection: Connection, name: str, sql: str, keys: Sequence[str], parameters: Sequence[object] = ()
) -> Upserted:
    """Put a query's rows in the place of those with the same keys and add the others.

    Columns are brought in line as in `append_table`.
    Raises BadData when a key is NULL or stands in more than one new row, UnknownName for a key that is no
    column.
    """

    def work() -> Upserted:
        new = not exists(connection, name)
        columns = refuse_duplicates(described(connection, sql, parameters))
        select = storable_select(sql, columns) if new else _aligned(connection, name, sql, parameters)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE penstock_incoming AS {select}", parameters)
        try:
            _check_keys(connection, name, keys)
            if new:
                return Upserted(replace_table(connection, name, f"FROM {INCOMING}"), 0)
            return _merge(connection, name, keys)
        finally:
            connection.discard("penstock_incoming")

    return atomically(connection, work)


def append_newer(
    connection: Connection, name: str, sql: str, time_column: str, parameters: Sequence[object] = ()
) -> AppendedNewer:
    """Add the query's rows whose time is later than the table's last one.

    Those at or before it count as left out unless the table has them already. Raises BadData when a new row has no
    time, for it could neither be taken nor be passed over rightly.
    """
    time = quote_identifier(time_column)

    def work() -> AppendedNewer:
        _require_columns(time_column, described(connection, sql, parameters), "time column")
        if not exists(connection, name):
            return AppendedNewer(replace_table(connection, name, sql, parameters), 0, None)
        (without,) = connection.rows(f"SELECT count(*) FROM (\n{_bare(sql)}\n) WHERE {time} IS NULL", parameters)[0]
        if without:
            message = f"{without:,} new rows of {name} have no {time_column}, so nothing says whether they are new."
            raise BadData.of(message, hint=f"Leave them out in the query: WHERE {time_column} IS NOT NULL.")
        select = _aligned(connection, name, sql, parameters)
        table = quote_name(name)
        (last,) = connection.rows(f"SELECT max({time})::VARCHAR FROM {table}")[0]
        newest = f"(SELECT max({time}) FROM {table})"
        earlier = f"SELECT * FROM (\n{select}\n) WHERE {time} <= {newest}"
        lacking = f"SELECT count(*) FROM ({earlier} EXCEPT ALL SELECT * FROM {table})"
        (left_out,) = connection.rows(lacking, parameters)[0]
        newer = f"FROM (\n{select}\n) WHERE coalesce({time} > {newest}, true)"
        added = connection.execute(f"INSERT INTO {table} BY NAME {newer}", parameters)
        return AppendedNewer(added, left_out, last)

    return atomically(connection, work)


def create_view(connection: Connection, name: str, sql: str) -> None:
    """Make or replace a view; raises BadData for duplicate column names."""
    refuse_duplicates(described(connection, sql))

    def work() -> None:
        _make_schema(connection, name)
        if _kind(connection, name) == "BASE TABLE":
            connection.execute(f"DROP TABLE {quote_name(name)}")
        connection.execute(f"CREATE OR REPLACE VIEW {quote_name(name)} AS {_bare(sql)}")

    atomically(connection, work)


def drop(connection: Connection, name: str, *, if_exists: bool = False) -> None:
    """Drop a table or view; raises UnknownName where there is none, unless `if_exists`."""
    kind = _kind(connection, name)
    if kind is None:
        if if_exists:
            return
        raise UnknownName.among("table", name, table_names(connection) + view_names(connection))
    word = "VIEW" if kind == "VIEW" else "TABLE"
    atomically(connection, lambda: connection.execute(f"DROP {word} {quote_name(name)}"))


def _aligned(connection: Connection, name: str, sql: str, parameters: Sequence[object]) -> str:
    """Add to the table the columns that it lacks; return the query in the table's columns and types."""
    incoming = refuse_duplicates(described(connection, sql, parameters))
    stored = described(connection, f"FROM {quote_name(name)}")
    select, added = aligned_select(sql, incoming, stored, name)
    for column in added:
        statement = f"ALTER TABLE {quote_name(name)} ADD COLUMN {quote_identifier(column.name)} {column.type}"
        connection.execute(statement)
    return select


def _merge(connection: Connection, name: str, keys: Sequence[str]) -> Upserted:
    columns = [quote_identifier(column.name) for column in described(connection, f"FROM {INCOMING}")]
    same = " AND ".join(f"t.{quote_identifier(key)} = n.{quote_identifier(key)}" for key in keys)
    target = quote_name(name)
    counted = f"SELECT count(*) FROM {target} t SEMI JOIN {INCOMING} n ON {same}"
    updated = int(connection.rows(counted)[0][0])
    listed = ", ".join(columns)
    changed = connection.execute(
        f"MERGE INTO {target} t USING {INCOMING} n ON {same} "
        f"WHEN MATCHED THEN UPDATE SET {', '.join(f'{column} = n.{column}' for column in columns)} "
        f"WHEN NOT MATCHED THEN INSERT ({listed}) VALUES ({', '.join(f'n.{column}' for column in columns)})"
    )
    return Upserted(changed - updated, updated)


def check_columns(connection: Connection, name: str, keys: Sequence[str], time_column: str | None) -> None:
    """Raise UnknownName for a key or time column that the table lacks, BadData for a key that is NULL or not unique."""
    if time_column is not None:
        _require_columns(time_column, described(connection, f"FROM {quote_name(name)}"), "time column")
    if keys:
        _check_keys(connection, name, keys, quote_name(name))


def _check_keys(connection: Connection, name: str, keys: Sequence[str], rows: str = INCOMING) -> None:
    columns = described(connection, f"FROM {rows}")
    for key in keys:
        _require_columns(key, columns, "key column")
    listed = ", ".join(quote_identifier(key) for key in keys)
    nulls = " OR ".join(f"{quote_identifier(key)} IS NULL" for key in keys)
    total, examples = _examples(connection, f"SELECT {listed} FROM {rows} WHERE {nulls}", len(keys))
    if total:
        raise BadData.of(
            f"{total:,} new {'row' if total == 1 else 'rows'} of {name} without a key: {_shown(keys, examples)}.",
            hint=f"Leave them out in the query, or choose another unique_key than {', '.join(keys)}.",
        )
    repeated = f"SELECT {listed}, count(*) FROM {rows} GROUP BY {listed} HAVING count(*) > 1"
    total, examples = _examples(connection, repeated, len(keys) + 1)
    if total:
        raise RepeatedKeys.of(
            f"{total:,} {'key stands' if total == 1 else 'keys stand'} in more than one new row of {name}: "
            f"{_shown((*keys, 'rows'), examples)}.",
            hint="Keep one row a key in the query, for instance with QUALIFY row_number() OVER (…) = 1.",
        )


def _examples(connection: Connection, sql: str, width: int) -> tuple[int, list[tuple[object, ...]]]:
    """Return how many rows a query has, and its first few in a settled order."""
    total = int(connection.rows(f"SELECT count(*) FROM ({sql})")[0][0])
    order = ", ".join(str(index + 1) for index in range(width))
    return total, connection.rows(f"{sql} ORDER BY {order} LIMIT {SHOWN}") if total else []


def _shown(names: Sequence[str], examples: Sequence[tuple[object, ...]]) -> str:
    rows = [", ".join(f"{name} = {value}" for name, value in zip(names, row, strict=True)) for row in examples]
    return "; ".join(rows).replace("None", "NULL")


def _require_columns(wanted: str, columns: Sequence[Column], what: str) -> None:
    if wanted.casefold() not in {column.name.casefold() for column in columns}:
        raise UnknownName.among(what, wanted, [column.name for column in columns])


def _user_names(connection: Connection, kind: Literal["BASE TABLE", "VIEW"]) -> list[str]:
    own = OWN_SCHEMA + "."
    # The kind is a word of our own. Binding it would make DuckDB import pandas, where that is installed.
    return [
        name
        for (name,) in connection.rows(RELATIONS.format(relations=listed_relations(connection.metadata), kind=kind))
        if not name.startswith(own)
    ]


def _kind(connection: Connection, name: str) -> str | None:
    """Return BASE TABLE, VIEW or None for a name."""
    committed = _kind_in(connection, name, listed_relations(connection.metadata))
    if not connection.in_transaction or connection.has(_with_schema(name)) == (committed is not None):
        return committed
    # This very transaction has made or dropped it.
    return _kind_in(connection, name, listed_relations(None))


def _kind_in(connection: Connection, name: str, relations: str) -> str | None:
    schema, _, rest = _with_schema(name_key(name)).partition(".")
    found = connection.rows(
        f"SELECT kind FROM ({relations}) WHERE lower(schema) = lower(?) AND lower(name) = lower(?)", [schema, rest]
    )
    return str(found[0][0]) if found else None


def _with_schema(name: str) -> str:
    return name if "." in name else f"main.{name}"


def _make_schema(connection: Connection, name: str) -> None:
    schema, dot, _ = name.partition(".")
    if dot:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_identifier(schema)}")


def _bare(sql: str) -> str:
    return sql.rstrip().rstrip(";")
