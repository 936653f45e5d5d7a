"""Snapshots: every commit to the lake has a number, and any table can be read again as it was then."""

from __future__ import annotations

from penstock.core.errors import UserError
from penstock.core.names import name_key
from penstock.lake.attachment import LAKE
from penstock.lake.database import Connection
from penstock.lake.quoting import quote_name

# The changes that alter what a table holds, as DuckLake writes them down; moving rows to other files is none.
CHANGES = ("altered_table", "inserted_into_table", "deleted_from_table", "inlined_insert", "inlined_delete")


def current_snapshot(connection: Connection) -> int | None:
    """Return the newest snapshot, or None without DuckLake; within a transaction, the one it began from."""
    if connection.metadata is None:
        return None
    return int(connection.rows(f"FROM ducklake_current_snapshot('{LAKE}')")[0][0])


def table_snapshot(connection: Connection, name: str) -> int | None:
    """Return the last snapshot that changed the rows or columns of a table.

    None for a view, for a name that is no table, and without DuckLake.
    """
    if connection.metadata is None:
        return None
    schema, dot, rest = name_key(name).partition(".")
    found = connection.rows(
        f"SELECT t.table_id, t.begin_snapshot FROM {connection.metadata}.ducklake_table t "
        f"JOIN {connection.metadata}.ducklake_schema s USING (schema_id) "
        "WHERE t.end_snapshot IS NULL AND lower(s.schema_name) = lower(?) AND lower(t.table_name) = lower(?)",
        [schema, rest] if dot else ["main", schema],
    )
    if not found:
        return None
    table, created = found[0]
    # DuckLake's own table, since ducklake_snapshots() takes the changes of every snapshot apart, and there may be
    # hundreds of thousands of them.
    (changed,) = connection.rows(
        f"SELECT max(snapshot_id) FROM {connection.metadata}.ducklake_snapshot_changes "
        "WHERE snapshot_id > ? AND snapshot_id <= ? AND list_has_any(string_split(changes_made, ','), ?)",
        [created, current_snapshot(connection), [f"{change}:{table}" for change in CHANGES]],
    )[0]
    return int(created if changed is None else changed)


def changed_rows(connection: Connection, name: str, since: int) -> int | None:
    """Return how many rows of a table have come, gone or changed after a snapshot.

    None when the table was made anew since, or the snapshots since are not kept any more.
    """
    schema, dot, rest = name_key(name).partition(".")
    found = [schema, rest] if dot else ["main", schema]
    now = current_snapshot(connection)
    try:
        ((changed,),) = connection.rows(
            f"SELECT count(DISTINCT rowid) FROM ducklake_table_changes('{LAKE}', ?, ?, ?, ?)", [*found, since + 1, now]
        )
    except UserError:
        # DuckLake finds no such table at that snapshot.
        return None
    return int(changed)


def at_snapshot(name: str, snapshot: int) -> str:
    """Return what to write after FROM to read a table as it was at a snapshot; an alias may follow."""
    # DuckDB takes no alias between a table and AT, hence the parentheses.
    return f"(FROM {quote_name(name)} AT (VERSION => {int(snapshot)}))"
