"""Penstock's own tables: there before anything is in them."""

from __future__ import annotations

import pytest

from penstock.lake.database import Connection, Lake
from penstock.lake.own_table import COLUMNS, make_own_table

SNAPSHOTS = "SELECT count(*) FROM ducklake_snapshots('lake')"


@pytest.mark.parametrize("name", COLUMNS)
def test_an_own_table_is_made_once_and_empty(lake: Lake, name: str) -> None:
    connection = lake.connection()
    assert not connection.has(name)
    make_own_table(connection, name.upper())
    assert connection.columns(f"FROM {name}").names
    assert connection.rows(f"SELECT count(*) FROM {name}") == [(0,)]
    before = connection.rows(SNAPSHOTS)
    make_own_table(connection, name)
    assert connection.rows(SNAPSHOTS) == before


def test_a_table_of_an_earlier_version_gets_the_columns_that_came_later(lake: Lake) -> None:
    connection = lake.connection()
    connection.execute("CREATE SCHEMA penstock")
    connection.execute("CREATE TABLE penstock.predictions (endpoint VARCHAR, inputs VARCHAR)")
    connection.execute("INSERT INTO penstock.predictions VALUES ('e', '{}')")
    make_own_table(connection, "penstock.predictions")
    assert connection.rows("SELECT endpoint, key, forced FROM penstock.predictions") == [("e", None, None)]
    before = connection.rows(SNAPSHOTS)
    make_own_table(connection, "penstock.predictions")
    assert connection.rows(SNAPSHOTS) == before


def test_no_other_name_is_made_a_table(lake: Lake) -> None:
    connection = lake.connection()
    make_own_table(connection, "trips")
    make_own_table(connection, "penstock.compacted_segments")
    assert not connection.has("trips")
    assert not connection.has("penstock.compacted_segments")


def test_a_plain_duckdb_has_none_of_them(memory: Connection) -> None:
    make_own_table(memory, "penstock.predictions")
    assert not memory.has("penstock.predictions")
