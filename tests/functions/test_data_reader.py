"""Where the data of a call is read from: the project's lake, files with bad rows, an open transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.core.settings import Settings
from penstock.core.spans import Span
from penstock.functions.binding import FunctionBinder
from penstock.functions.data_reader import DataReader
from penstock.lake.database import ArrowRows, open_lake
from penstock.lake.rejects import rejected_rows
from penstock.lake.sources import Source, prepare_source
from penstock.lake.tables import replace_table, row_count
from penstock.sql.rewrite import to_duckdb
from penstock.sql.source import FileReference
from penstock.sql.statement import Query

if TYPE_CHECKING:
    from conftest import World


@pytest.fixture
def project(world: World, tmp_path: Path) -> Iterator[World]:
    """The same models over a lake on disk."""
    rows = world.connection.table("FROM trips")
    lake = open_lake(Settings(tmp_path, "test", state_folder=tmp_path / ".penstock"))
    connection = lake.connection()
    connection.register("given_rows", ArrowRows(rows.schema, lambda: iter(rows.to_batches())))
    connection.execute("CREATE SCHEMA city")
    connection.execute("CREATE TABLE city.trips AS SELECT * FROM given_rows ORDER BY id")
    connection.unregister("given_rows")
    world.lake, world.connection = lake, connection
    yield world
    connection.close()
    lake.close()


def bound(world: World, text: str) -> tuple[FunctionBinder, str]:
    binder = FunctionBinder(world.connection, world.find, world.lake, threads=1)
    return binder, to_duckdb(Query(text, "duckdb", Span("test.sql", 1, 1, 1, 1)), calls=binder.bind)


def test_predictions_are_written_into_the_lake(project: World) -> None:
    text = "SELECT id, predicted_fare FROM ML.PREDICT(MODEL fares, TABLE city.trips) WHERE predicted_fare > 0"
    binder, sql = bound(project, text)
    replace_table(project.connection, "city.fares", sql)
    binder.close()
    assert row_count(project.connection, "city.fares") == 400
    assert (
        project.sql(
            "SELECT * FROM ML.PREDICT(MODEL tips, (SELECT * FROM city.trips JOIN city.fares USING (id)))"
        ).num_rows
        == 400
    )


def test_what_an_open_transaction_has_done_is_seen(project: World) -> None:
    with project.connection.transaction():
        project.connection.execute("DELETE FROM city.trips WHERE id >= 10")
        assert project.sql("SELECT * FROM ML.PREDICT(MODEL fares, TABLE city.trips)").num_rows == 10


def test_bad_rows_of_files_in_the_data_are_still_told(project: World, tmp_path: Path) -> None:
    (tmp_path / "trips.csv").write_text("distance,도시\n1.5,Seoul\nfar,Busan\n2.5,Jeju\n", encoding="utf-8")
    sources: list[Source] = []

    def open_files(reference: FileReference) -> str:
        options = {**reference.options, "types": {"distance": "DOUBLE"}}
        sources.append(prepare_source(project.connection, reference.function, reference.patterns, options, tmp_path))
        return sources[-1].sql

    binder = FunctionBinder(project.connection, project.find, project.lake)
    text = "SELECT * FROM ML.PREDICT(MODEL fares, (SELECT * FROM 'trips.csv')) ORDER BY distance"
    sql = to_duckdb(Query(text, "duckdb", Span("t", 1, 1, 1, 1)), calls=binder.bind, files=open_files)
    assert project.connection.table(sql)["distance"].to_pylist() == [1.5, 2.5]
    rejected = rejected_rows(sources[0]).to_pylist()
    assert [(row["line"], row["column"]) for row in rejected] == [(3, "distance")]
    binder.close()
    sources[0].close()


def test_rows_set_aside_are_gone_at_the_end(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world.connection.execute("CREATE TEMP TABLE mine AS SELECT *, id::HUGEINT AS big FROM trips")
    binder, sql = bound(world, "SELECT big, typeof(big) AS t FROM ML.PREDICT(MODEL fares, TABLE mine) ORDER BY 1")
    assert list(tmp_path.glob("penstock-*/*.arrows"))
    assert world.connection.rows(sql)[399] == (399, "HUGEINT")
    binder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_only_duckdb_understands_is_read_on_its_connection(world: World) -> None:
    reader = DataReader(world.connection, world.lake, {})
    data = reader.data("SELECT id, 3 ! AS six FROM trips", "set_aside")
    assert '"set_aside"' in data.sql
    assert data.schema.names == ["id", "six"]
    assert reader.query(data.sql).schema.names == ["id", "six"]
    assert sum(batch.num_rows for batch in reader.stream(data.sql).batches) == 400
    reader.close()


def test_data_of_the_lake_is_not_set_aside(world: World) -> None:
    reader = DataReader(world.connection, world.lake, {})
    sql = "WITH mine AS (SELECT * FROM main.trips) SELECT * FROM mine"
    world.connection.execute("CREATE TEMP TABLE mine AS SELECT 1 AS x")
    assert reader.data(sql, "set_aside").sql == sql
