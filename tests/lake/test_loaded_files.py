from __future__ import annotations

from datetime import UTC, datetime

from penstock.lake.column import Column
from penstock.lake.database import Connection
from penstock.lake.listing import SourceFile
from penstock.lake.loaded_files import forget_files, known_columns, new_files, record_columns, record_files

AT = datetime(2024, 5, 1, tzinfo=UTC)
A, B = SourceFile("data/a.csv", 10, 1_700_000_000_123_456_789), SourceFile("가/나.csv", 20, 2)


def test_a_file_is_new_until_it_is_recorded(connection: Connection) -> None:
    assert new_files(connection, "t", [A, B]) == (A, B)
    record_files(connection, "t", [A], AT)
    assert new_files(connection, "main.T", [A, B]) == (B,)
    assert new_files(connection, "other", [A]) == (A,)
    record_files(connection, "t", [], AT)


def test_a_changed_file_is_new_again_and_kept_once(connection: Connection) -> None:
    record_files(connection, "t", [A, B], AT)
    changed = SourceFile(A.path, 11, A.modified_ns)
    assert new_files(connection, "t", [changed, B]) == (changed,)
    record_files(connection, "t", [changed], AT)
    assert new_files(connection, "t", [changed, B]) == ()
    assert connection.rows("SELECT count(*) FROM penstock.loaded_files") == [(2,)]


def test_a_full_refresh_forgets_the_files_of_its_table(connection: Connection) -> None:
    forget_files(connection, "t")
    record_files(connection, "t", [A], AT)
    record_files(connection, "u", [A], AT)
    forget_files(connection, "T")
    assert new_files(connection, "t", [A]) == (A,)
    assert new_files(connection, "u", [A]) == ()


def test_files_are_recorded_with_the_rows_or_not_at_all(connection: Connection) -> None:
    try:
        with connection.transaction():
            record_files(connection, "t", [A], AT)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert new_files(connection, "t", [A]) == (A,)


def test_the_columns_of_a_tables_files_are_remembered_until_others_are_recorded(connection: Connection) -> None:
    assert known_columns(connection, "t") == {}
    columns = {"one": (Column("나", "BIGINT"), Column("a", "DATE")), "two": (Column("b", "VARCHAR"),)}
    record_columns(connection, "t", columns)
    assert known_columns(connection, "main.T") == columns
    assert known_columns(connection, "u") == {}
    record_columns(connection, "t", {"one": (Column("나", "DOUBLE"),)})
    assert known_columns(connection, "t") == {"one": (Column("나", "DOUBLE"),)}
