"""Letting go of what nothing needs any more: old snapshots, their files, and files that a killed process left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import pairwise

from penstock.lake.attachment import LAKE
from penstock.lake.database import Connection, atomically
from penstock.lake.snapshots import table_snapshot
from penstock.lake.tables import OWN_SCHEMA, table_names


def expirable_snapshots(connection: Connection, before: datetime, keep: Collection[int]) -> list[int]:
    """Return the snapshots that were no longer the newest at `before` and that nothing needs; none without DuckLake.

    Needed are those in `keep`, and of every table its last change and the state before it.
    """
    if connection.metadata is None:
        return []
    needed = set(keep)
    for name in _all_tables(connection):
        changed = table_snapshot(connection, name)
        if changed is not None:
            needed |= {changed, changed - 1}
    snapshots = connection.rows(f"SELECT snapshot_id, snapshot_time FROM ducklake_snapshots('{LAKE}') ORDER BY 1")
    superseded = [number for (number, _), (_, until) in pairwise(snapshots) if until < before]
    # The first holds nothing; DuckLake made it.
    return [number for number in superseded if number and number not in needed]


def expire_snapshots(connection: Connection, snapshots: Collection[int]) -> int:
    """Forget these snapshots, delete the files that no other one names, and return how many files that were.

    Killed between the two, the next call deletes the files.
    """
    if snapshots:
        listed = ", ".join(str(int(number)) for number in sorted(snapshots))
        atomically(
            connection,
            lambda: connection.rows(f"FROM ducklake_expire_snapshots('{LAKE}', versions => [{listed}])"),
        )
    return len(connection.rows(f"FROM ducklake_cleanup_old_files('{LAKE}', cleanup_all => true)"))


def orphaned_files(connection: Connection, before: datetime, *, delete: bool) -> list[str]:
    """Return the files of the lake's folder that no snapshot names and that were written before a moment.

    A process that was killed while it wrote a table leaves such. With `delete` they are gone.
    """
    if connection.metadata is None:
        return []
    query = f"FROM ducklake_delete_orphaned_files('{LAKE}', dry_run => {not delete}, older_than => $before)"
    return [str(path) for (path,) in connection.rows(query, {"before": before})]


def _all_tables(connection: Connection) -> list[str]:
    own = connection.rows(
        f"SELECT s.schema_name || '.' || t.table_name FROM {connection.metadata}.ducklake_table t "
        f"JOIN {connection.metadata}.ducklake_schema s USING (schema_id) "
        f"WHERE t.end_snapshot IS NULL AND s.schema_name = '{OWN_SCHEMA}'"
    )
    return table_names(connection) + [name for (name,) in own]
