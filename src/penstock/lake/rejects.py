"""Rows that could not be read: what they are, and the table of the lake that keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.core.names import name_key
from penstock.lake.database import ArrowRows, Connection, atomically
from penstock.lake.own_table import REJECTS as TABLE
from penstock.lake.own_table import create_own_table
from penstock.lake.stream import no_rows

# `column_position` counts characters of the line from 1; `expected` is a type, or what was missing.
REJECT_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("column_position", pa.int64()),
        ("expected", pa.string()),
        ("message", pa.string()),
        ("raw_line", pa.string()),
    ]
)
SHOWN = 5
COLUMNS = ", ".join(f'"{name}"' for name in REJECT_SCHEMA.names)


class Rejecting(Protocol):
    """A source of rows, some of which may have been unreadable."""

    def rejected(self) -> pa.Table: ...


def rejected_rows(source: Rejecting) -> pa.Table:
    """Return the rows that could not be read so far, one row a line of a file, in the columns of
    REJECT_SCHEMA.

    Complete once the query that reads the source has run to its end.
    """
    return source.rejected()


def unreadable(what: str, rejects: pa.Table, hint: str) -> BadData:
    """Return the error for rows of `what` that cannot be read: how many, the first of them, and what to do."""
    lines = [
        f"{row['file']}:{row['line']}:{row['column_position'] or 1}: {row['message']}"
        for row in rejects.slice(0, SHOWN).to_pylist()
    ]
    rows = f"{rejects.num_rows:,} row{'' if rejects.num_rows == 1 else 's'}"
    more = f"\n… and {rejects.num_rows - SHOWN:,} more" if rejects.num_rows > SHOWN else ""
    if '" is not ' in lines[0]:
        hint += " A word for a missing value is named by OPTIONS (null_markers = ['', …])."
    return BadData.of(f"{rows} of {what} cannot be read:\n" + "\n".join(lines) + more, hint=hint)


def save_rejects(connection: Connection, table: str, rejects: pa.Table, at: datetime) -> None:
    """Add the rejected rows of a table's build to `penstock.rejects`."""

    def batches() -> Iterator[pa.RecordBatch]:
        yield from rejects.to_batches()

    def work() -> None:
        create_own_table(connection, TABLE)
        connection.register("penstock_rejected", ArrowRows(rejects.schema, batches))
        try:
            connection.execute(
                f"INSERT INTO {TABLE} (table_name, rejected_at, {COLUMNS}) "
                f"SELECT ?, ?, {COLUMNS} FROM penstock_rejected",
                [name_key(table), at],
            )
        finally:
            connection.unregister("penstock_rejected")

    atomically(connection, work)


def forget_rejects(connection: Connection, table: str, files: Sequence[str] | None = None) -> None:
    """Forget the rejected rows of a table, or those of some of its files, which are about to be read again."""
    if not connection.has(TABLE):
        return
    chosen = "" if files is None else " AND list_contains(?, file)"
    parameters: list[object] = [name_key(table), *([] if files is None else [list(files)])]
    atomically(connection, lambda: connection.execute(f"DELETE FROM {TABLE} WHERE table_name = ?{chosen}", parameters))


def rejects_of(connection: Connection, table: str) -> pa.Table:
    """Return the rejected rows of a table: `rejected_at` and the columns of REJECT_SCHEMA, the newest build first."""
    schema = pa.schema([("rejected_at", pa.timestamp("us", tz="UTC")), *REJECT_SCHEMA])
    if not connection.has(TABLE):
        return no_rows(schema)
    query = f"SELECT rejected_at, {COLUMNS} FROM {TABLE} WHERE table_name = ?"
    return connection.table(f"{query} ORDER BY rejected_at DESC, file, line, column_position", [name_key(table)]).cast(
        schema
    )
