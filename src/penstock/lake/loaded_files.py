"""Which files an incremental table has taken in, and their columns, written in the same transaction as their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from penstock.core.names import name_key
from penstock.lake.column import Column
from penstock.lake.database import Connection, atomically
from penstock.lake.listing import SourceFile

TABLE = "penstock.loaded_files"
CREATE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} "
    "(table_name VARCHAR, path VARCHAR, size BIGINT, modified_ns BIGINT, loaded_at TIMESTAMPTZ)"
)

COLUMNS = "penstock.source_columns"
CREATE_COLUMNS = (
    f"CREATE TABLE IF NOT EXISTS {COLUMNS} "
    "(table_name VARCHAR, source VARCHAR, position BIGINT, name VARCHAR, type VARCHAR)"
)


def new_files(connection: Connection, table: str, files: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """Return the files that the table has not taken in as they are now: unknown ones and changed ones."""
    if not connection.has(TABLE):
        return tuple(files)
    query = f"SELECT path, size, modified_ns FROM {TABLE} WHERE table_name = ?"
    loaded = {SourceFile(*row) for row in connection.rows(query, [name_key(table)])}
    return tuple(file for file in files if file not in loaded)


def known_files(connection: Connection, table: str) -> frozenset[str]:
    """Return the paths of the files that the table has taken in, as they are now or were before they changed."""
    if not connection.has(TABLE):
        return frozenset()
    query = f"SELECT path FROM {TABLE} WHERE table_name = ?"
    return frozenset(path for (path,) in connection.rows(query, [name_key(table)]))


def record_files(connection: Connection, table: str, files: Sequence[SourceFile], at: datetime) -> None:
    """Write down that the table has taken in the files; of a changed file the new state replaces the old."""
    if not files:
        return
    key = name_key(table)
    values = [
        [file.path for file in files],
        [file.size for file in files],
        [file.modified_ns for file in files],
    ]

    def work() -> None:
        connection.execute("CREATE SCHEMA IF NOT EXISTS penstock")
        connection.execute(CREATE)
        connection.execute(f"DELETE FROM {TABLE} WHERE table_name = ? AND list_contains(?, path)", [key, values[0]])
        connection.execute(f"INSERT INTO {TABLE} SELECT ?, unnest(?), unnest(?), unnest(?), ?", [key, *values, at])

    atomically(connection, work)


def forget_files(connection: Connection, table: str) -> None:
    """Forget what the table has taken in: it is about to be built anew."""
    if connection.has(TABLE):
        connection.execute(f"DELETE FROM {TABLE} WHERE table_name = ?", [name_key(table)])


def known_columns(connection: Connection, table: str) -> dict[str, tuple[Column, ...]]:
    """Return the columns of the files that the table has taken in, by the key of their source."""
    if not connection.has(COLUMNS):
        return {}
    query = f"SELECT source, name, type FROM {COLUMNS} WHERE table_name = ? ORDER BY source, position"
    found: dict[str, tuple[Column, ...]] = {}
    for source, name, kind in connection.rows(query, [name_key(table)]):
        found[source] = (*found.get(source, ()), Column(name, kind))
    return found


def record_columns(connection: Connection, table: str, columns: Mapping[str, Sequence[Column]]) -> None:
    """Write down the columns of the files that the table has taken in, in the place of those written before."""
    if known_columns(connection, table) == {source: tuple(listed) for source, listed in columns.items()}:
        return
    key = name_key(table)
    rows = [
        (source, position, column.name, column.type)
        for source, listed in columns.items()
        for position, column in enumerate(listed)
    ]

    def work() -> None:
        connection.execute("CREATE SCHEMA IF NOT EXISTS penstock")
        connection.execute(CREATE_COLUMNS)
        connection.execute(f"DELETE FROM {COLUMNS} WHERE table_name = ?", [key])
        values = [list(part) for part in zip(*rows, strict=True)] or [[], [], [], []]
        connection.execute(
            f"INSERT INTO {COLUMNS} SELECT ?, unnest(?), unnest(?), unnest(?), unnest(?)", [key, *values]
        )

    atomically(connection, work)
