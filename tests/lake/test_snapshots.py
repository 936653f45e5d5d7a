from __future__ import annotations

from penstock.lake.database import Connection, Lake
from penstock.lake.snapshots import at_snapshot, current_snapshot, table_snapshot
from penstock.lake.tables import append_table, create_view, drop, replace_table


def test_a_table_is_read_as_it_was(lake: Lake) -> None:
    connection = lake.connection()
    replace_table(connection, "s.가격", "SELECT 1 AS a")
    before = current_snapshot(connection)
    assert before is not None
    append_table(connection, "s.가격", "SELECT 2 AS a")
    replace_table(connection, "s.가격", "SELECT range AS b FROM range(500)")
    assert connection.rows(f"FROM {at_snapshot('s.가격', before)}") == [(1,)]
    assert connection.rows(f"SELECT count(*) FROM {at_snapshot('s.가격', before + 1)}") == [(2,)]


def test_the_snapshot_of_a_table_is_its_last_change(lake: Lake) -> None:
    connection = lake.connection()
    replace_table(connection, "t", "SELECT range AS a FROM range(500)")
    replace_table(connection, "other.t", "SELECT 1 AS a")
    first = table_snapshot(connection, "t")
    assert first is not None
    for number, change in enumerate(
        [
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t SELECT range FROM range(500)",
            "DELETE FROM t WHERE a < 100",
            "UPDATE t SET a = 0 WHERE a = 499",
            "ALTER TABLE t ADD COLUMN b INTEGER",
            "CREATE OR REPLACE TABLE t AS SELECT 1 AS a",
        ],
        start=1,
    ):
        connection.execute(change)
        changed = table_snapshot(connection, "main.T")
        assert changed == current_snapshot(connection), change
        replace_table(connection, "other.t", f"SELECT {number} AS a")
        assert table_snapshot(connection, "t") == changed, change


def test_moving_rows_into_other_files_changes_no_table(lake: Lake) -> None:
    connection = lake.connection()
    replace_table(connection, "t", "SELECT range AS a FROM range(500)")
    append_table(connection, "t", "SELECT range AS a FROM range(500)")
    connection.execute("INSERT INTO t VALUES (1)")
    changed = table_snapshot(connection, "t")
    connection.execute("CALL ducklake_flush_inlined_data('lake')")
    connection.execute("CALL ducklake_merge_adjacent_files('lake')")
    assert current_snapshot(connection) != changed
    assert table_snapshot(connection, "t") == changed


def test_what_is_no_table_has_no_snapshot(lake: Lake) -> None:
    connection = lake.connection()
    replace_table(connection, "t", "SELECT 1 AS a")
    create_view(connection, "v", "FROM t")
    replace_table(connection, "gone", "SELECT 1 AS a")
    drop(connection, "gone")
    assert [table_snapshot(connection, name) for name in ("v", "gone", "never")] == [None, None, None]


def test_in_memory_there_are_no_snapshots(memory: Connection) -> None:
    replace_table(memory, "t", "SELECT 1 AS a")
    assert current_snapshot(memory) is None
    assert table_snapshot(memory, "t") is None
