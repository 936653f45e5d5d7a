"""Reading ahead, what calls may read besides the lake, and memory that does not grow with the rows."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from penstock.core.errors import InvalidOption, PenstockError
from penstock.core.spans import Span
from penstock.functions.binding import FunctionBinder
from penstock.functions.read_ahead import read_ahead
from penstock.sql.rewrite import to_duckdb
from penstock.sql.statement import Query

if TYPE_CHECKING:
    from conftest import World


def nothing() -> None:
    """Interrupts a source that never waits."""


def test_reading_ahead_keeps_order_and_ends() -> None:
    assert list(read_ahead(iter(range(100)), nothing)) == list(range(100))
    assert list(read_ahead(iter(()), nothing)) == []


def test_reading_ahead_raises_at_the_place_of_the_error() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("third")

    seen: list[int] = []
    with pytest.raises(LookupError, match="third"):
        seen.extend(read_ahead(items(), nothing))
    assert seen == [1, 2]


def test_reading_ahead_stops_and_closes_its_source() -> None:
    made: list[int] = []
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            for number in range(1_000_000):
                made.append(number)
                yield number
        finally:
            closed.set()

    ahead = read_ahead(items(), nothing)
    assert next(ahead) == 0
    ahead.close()
    assert closed.is_set()
    assert len(made) <= 3


def test_reading_ahead_does_not_wait_for_a_read_that_nobody_wants() -> None:
    stopped = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        assert stopped.wait(30)
        raise InterruptedError

    ahead = read_ahead(items(), stopped.set)
    assert next(ahead) == 1
    start = time.perf_counter()
    ahead.close()
    assert time.perf_counter() - start < 10


def test_a_query_ends_when_the_reads_of_its_calls_are_interrupted(world: World) -> None:
    endless = (
        "(SELECT sum(a.range * b.range) + 0.5 AS distance, 'Jeju' AS 도시 FROM range(10_000_000) a, range(1_000_000) b)"
    )
    binder = FunctionBinder(world.connection, world.find, world.lake)
    text = f"SELECT * FROM ML.PREDICT(MODEL fares, {endless})"
    sql = to_duckdb(Query(text, "duckdb", Span("t", 1, 1, 1, 1)), calls=binder.bind)
    ended = threading.Event()

    def interrupt() -> None:
        # The first may come before the read has begun.
        while not ended.wait(0.3):
            binder.interrupt()

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(PenstockError):
        world.connection.table(sql)
    ended.set()
    interrupting.join()
    binder.close()


def test_the_next_item_is_read_while_the_present_one_is_worked_on() -> None:
    begun = [threading.Event() for _ in range(5)]

    def items() -> Iterator[int]:
        for number, reading in enumerate(begun):
            reading.set()
            yield number

    for number in read_ahead(items(), nothing):
        assert all(reading.wait(30) for reading in begun[: number + 2])


def test_temporary_tables_and_views_of_the_connection_are_read(world: World) -> None:
    world.connection.execute("CREATE TEMP TABLE mine AS SELECT * FROM trips LIMIT 7")
    world.connection.execute("CREATE TEMP VIEW seen AS SELECT * FROM mine WHERE id < 3")
    assert world.sql("SELECT * FROM ML.PREDICT(MODEL fares, TABLE mine)").num_rows == 7
    nested = "(SELECT predicted_fare AS distance, 도시 FROM ML.PREDICT(MODEL fares, TABLE seen))"
    assert world.sql(f"SELECT * FROM ML.PREDICT(MODEL tips, {nested})").num_rows == 3


def test_a_temporary_table_hides_one_of_the_lake(world: World) -> None:
    world.connection.execute("CREATE TEMP TABLE trips AS SELECT * FROM main.trips LIMIT 2")
    assert world.sql("SELECT * FROM ML.PREDICT(MODEL fares, TABLE trips)").num_rows == 2


def test_variables_of_the_connection_are_read(world: World) -> None:
    world.connection.execute("SET VARIABLE most = 5")
    data = "(SELECT * FROM trips WHERE id < getvariable('most'))"
    assert world.sql(f"SELECT * FROM ML.PREDICT(MODEL fares, {data})").num_rows == 5


def test_two_calls_over_the_same_rows_run_side_by_side(world: World) -> None:
    big = "(SELECT range AS id, range % 30 AS distance, 'Seoul' AS 도시 FROM range(300_000))"
    row = world.rows(f"""
        SELECT count(*) AS n, count(DISTINCT a.predicted_fare) AS fares FROM ML.PREDICT(MODEL fares, {big}) a
        JOIN ML.PREDICT(MODEL tips, {big}) b USING (id)
    """)[0]
    assert row == {"n": 300_000, "fares": 30}


def test_rows_come_in_the_order_of_the_data(world: World) -> None:
    big = "(SELECT range AS id, 1.0 AS distance, 'Seoul' AS 도시 FROM range(500_000))"
    ids = world.sql(f"SELECT id FROM ML.PREDICT(MODEL fares, {big})")["id"].to_numpy()
    np.testing.assert_array_equal(ids, np.arange(500_000))


PEAK = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import World, trained, trips
from penstock.lake.database import open_lake
lake = open_lake(None)
connection = lake.connection()
connection.execute("SET memory_limit = '400MB'")
model = trained(trips().select(["distance", "도시", "fare"]), "linear_reg", "fare")
world = World(lake, connection, {{"fares": model}})
rows = int(sys.argv[1])
data = f"SELECT range AS id, range % 30 AS distance, 'city ' || range % 9 AS 도시, 1.0 AS fare FROM range({{rows}})"
world.sql(f"COPY (SELECT * FROM ML.PREDICT(MODEL fares, ({{data}}))) TO '{target}' (FORMAT parquet)")
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


def peak_megabytes(rows: int, folder: Path) -> int:
    script = PEAK.format(tests=str(Path(__file__).parent), target=folder / "out.parquet")
    done = subprocess.run([sys.executable, "-c", script, str(rows)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    few, many = peak_megabytes(300_000, tmp_path), peak_megabytes(3_000_000, tmp_path)
    assert many < few + 60


def test_a_hint_names_the_functions_that_this_very_model_has(world: World) -> None:
    trips = world.sql(
        "SELECT distance, fare + id % 7 AS fare FROM trips WHERE distance IS NOT NULL AND fare IS NOT NULL"
    )
    asked = {"category_encoding_method": "DUMMY_ENCODING", "calculate_p_values": True, "enable_global_explain": True}
    world.train("sure", trips, "linear_reg", "fare", data_split_method="NO_SPLIT", **asked)
    hints = {}
    for model in ("sure", "fares", "moods"):
        with pytest.raises(InvalidOption) as caught:
            world.sql(f"SELECT * FROM ML.CENTROIDS(MODEL {model})")
        hints[model] = caught.value.diagnostics[0].hint or ""
    assert "ML.ADVANCED_WEIGHTS" in hints["sure"] and "ML.GLOBAL_EXPLAIN" in hints["sure"]
    assert "ML.ADVANCED_WEIGHTS" not in hints["fares"]
    assert "ML.TRANSFORM" not in hints["sure"] + hints["fares"]
    assert "ML.ROC_CURVE" not in hints["moods"] and "ML.CONFUSION_MATRIX" in hints["moods"]
