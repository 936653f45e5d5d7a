from __future__ import annotations

import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from penstock.core.errors import BadData, Busy, UserError
from penstock.lake.database import ArrowRows, Connection, Lake, atomically, open_lake

NUMBERS = pa.schema([("n", pa.int64())])


def counted(batches: list[int]) -> ArrowRows:
    """Rows whose every scan is written down in `batches`."""

    def scan() -> Iterator[pa.RecordBatch]:
        batches.append(1)
        for start in range(0, 300, 100):
            yield pa.record_batch([pa.array(range(start, start + 100))], schema=NUMBERS)

    return ArrowRows(NUMBERS, scan)


def test_execute_returns_the_rows_that_changed(connection: Connection) -> None:
    assert connection.execute("CREATE TABLE t AS SELECT range AS a FROM range(300)") == 300
    assert connection.execute("INSERT INTO t VALUES (?), (?)", [1, 2]) == 2
    assert connection.execute("DELETE FROM t WHERE a < 2") == 3
    assert connection.execute("UPDATE t SET a = 0 WHERE a > 297") == 2
    assert connection.execute('SELECT 7 AS "Count"') == 0
    assert connection.execute("DROP TABLE t") == 0


def test_execute_runs_a_query_to_its_end(memory: Connection) -> None:
    with pytest.raises(BadData, match="out of range"):
        memory.execute("SELECT (range)::UTINYINT FROM range(100000)")


def test_a_connection_stands_in_utc(connection: Connection) -> None:
    assert connection.rows("SELECT TIMESTAMPTZ '2024-01-01 00:00:00+09'::VARCHAR") == [("2023-12-31 15:00:00+00",)]


def test_python_variables_are_no_tables(memory: Connection) -> None:
    parameters = pa.table({"a": [1]})
    with pytest.raises(UserError, match="There is no table 'parameters'"):
        memory.rows("FROM parameters")
    assert parameters.num_rows == 1


def test_registered_rows_are_scanned_anew_at_each_use(memory: Connection) -> None:
    scans: list[int] = []
    memory.register("numbers", counted(scans))
    assert memory.rows("SELECT count(*), sum(n) FROM numbers") == [(300, 44850)]
    assert memory.rows("SELECT count(*) FROM numbers a JOIN numbers b USING (n)") == [(300,)]
    assert len(scans) == 3
    memory.unregister("numbers")
    memory.unregister("numbers")
    with pytest.raises(UserError, match="no table 'numbers'"):
        memory.rows("FROM numbers")


@pytest.mark.parametrize("verb", ["rows", "table", "stream", "execute"])
def test_an_exception_of_registered_rows_comes_out_as_it_is(memory: Connection, verb: str) -> None:
    problem = BadData.of("행이 잘못되었습니다")

    def scan() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([pa.array([1])], schema=NUMBERS)
        raise problem

    memory.register("broken", ArrowRows(NUMBERS, scan))
    with pytest.raises(BadData) as caught:
        result = getattr(memory, verb)("SELECT n + 1 FROM broken")
        if verb == "stream":
            result.read_all()
    assert caught.value is problem
    with pytest.raises(BadData, match="convert"):
        memory.rows("SELECT 'x'::INTEGER")


def test_registered_rows_of_one_connection_feed_another(memory: Connection, lake: Lake) -> None:
    inner = lake.connection()
    outer = lake.connection()
    inner.register("numbers", counted([]))
    rows = ArrowRows(NUMBERS, lambda: iter(inner.stream("SELECT n FROM numbers WHERE n < 10")))
    outer.register("few", rows)
    assert outer.rows("SELECT count(*) FROM few") == [(10,)]


def test_a_stream_computes_as_it_is_read(memory: Connection) -> None:
    late = "SELECT (CASE WHEN range < 4000000 THEN 3 ELSE 300 END)::UTINYINT AS a FROM range(4000001)"
    reader = memory.stream(late, batch_rows=50)
    assert reader.read_next_batch().column(0)[0].as_py() == 3
    with pytest.raises(BadData, match="out of range"):
        reader.read_all()


def test_a_stream_that_is_dropped_frees_its_connection(memory: Connection) -> None:
    memory.stream("SELECT * FROM range(10000000)").read_next_batch()
    assert memory.rows("SELECT 1") == [(1,)]


def test_a_stream_that_is_still_held_is_set_aside_before_the_next_statement(memory: Connection) -> None:
    reader = memory.stream("SELECT range AS n FROM range(300000)")
    first = reader.read_next_batch()
    assert memory.rows("SELECT 1") == [(1,)]
    memory.execute("CREATE TABLE other AS SELECT 2 AS x")
    rest = reader.read_all()
    assert first.num_rows + rest.num_rows == 300_000
    assert rest.column("n")[-1].as_py() == 299_999


def test_what_goes_wrong_later_in_a_stream_is_told_to_its_reader_only(memory: Connection) -> None:
    late = "SELECT (CASE WHEN range < 4000000 THEN 3 ELSE 300 END)::UTINYINT AS a FROM range(4000001)"
    reader = memory.stream(late, batch_rows=50)
    assert memory.rows("SELECT 1") == [(1,)]
    with pytest.raises(BadData, match="out of range"):
        reader.read_all()


def test_result_gives_what_any_statement_gives(connection: Connection) -> None:
    connection.result("CREATE TABLE t (a INTEGER)").read_all()
    assert connection.result("INSERT INTO t VALUES (1), (2)").read_all().to_pylist() == [{"Count": 2}]
    assert connection.result("FROM t ORDER BY a").read_all().to_pydict() == {"a": [1, 2]}


def test_columns_are_told_without_running_the_query(connection: Connection) -> None:
    schema = connection.columns("SELECT error('never') AS a, 1::DECIMAL(9,2) AS b, NULL AS c, 1 AS b;")
    assert schema.names == ["a", "b", "c", "b"]
    assert schema.field(1).type == pa.decimal128(9, 2)
    assert connection.columns("SELECT ? AS a", ["x"]).field("a").type == pa.string()


def test_a_transaction_commits_whole_or_not_at_all(lake: Lake) -> None:
    writer, reader = lake.connection(), lake.connection()
    writer.execute("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(RuntimeError), writer.transaction():
        writer.execute("INSERT INTO t VALUES (2)")
        raise RuntimeError
    with writer.transaction():
        writer.execute("INSERT INTO t VALUES (3)")
        with writer.transaction():
            writer.execute("INSERT INTO t VALUES (4)")
        assert reader.rows("SELECT count(*) FROM t") == [(1,)]
    assert reader.rows("SELECT a FROM t ORDER BY a") == [(1,), (3,), (4,)]


def test_a_failed_statement_ends_its_transaction(connection: Connection) -> None:
    with pytest.raises(UserError, match="no table"), connection.transaction():
        connection.rows("FROM missing")
    assert connection.rows("SELECT 1") == [(1,)]


def test_atomically_tries_again_when_another_writer_came_first(lake: Lake) -> None:
    first, second = lake.connection(), lake.connection()
    first.execute("CREATE TABLE t AS SELECT range AS a FROM range(500)")
    attempts = []

    def work() -> int:
        attempts.append(1)
        changed = first.execute("UPDATE t SET a = -a WHERE a = 7")
        if len(attempts) == 1:
            second.execute("UPDATE t SET a = a + 1000 WHERE a = 7")
        return changed

    assert atomically(first, work) == 0
    assert len(attempts) == 2
    assert first.rows("SELECT count(*) FROM t WHERE a = 1007") == [(1,)]


def test_atomically_gives_up_with_busy(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.lake.database.RETRY_DELAYS", (0.0, 0.0))
    connection = lake.connection()
    attempts = []

    def work() -> None:
        attempts.append(1)
        raise Busy.of("busy")

    with pytest.raises(Busy):
        atomically(connection, work)
    assert len(attempts) == 3
    assert not connection.in_transaction


def test_interrupt_stops_a_statement(memory: Connection) -> None:
    ended = threading.Event()

    def interrupt() -> None:
        # The first may come before the statement has begun.
        while not ended.wait(0.2):
            memory.interrupt()

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(UserError, match="interrupted"):
        memory.rows("SELECT count(*) FROM range(1000000000000) a WHERE hash(range) % 7 = 8")
    ended.set()
    interrupting.join()


def test_settings_of_compute_are_taken(tmp_path) -> None:
    from penstock.core.settings import Settings

    opened = open_lake(Settings(root=tmp_path, name="test", threads=1, memory_limit="512MB"))
    found = opened.connection().rows("SELECT current_setting('threads'), current_setting('memory_limit')")
    assert found == [(1, "488.2 MiB")]
    opened.close()
    with pytest.raises(UserError, match="memory_limit"):
        open_lake(Settings(root=tmp_path, name="test", memory_limit="lots"))


def test_a_stream_stays_within_its_memory(tmp_path) -> None:
    """Ten times the rows take no more memory: what is not yet read is not yet computed."""
    import subprocess
    import sys

    script = """
import sys
from pathlib import Path
from penstock.lake.database import open_lake
connection = open_lake(None).connection()
rows = 0
for batch in connection.stream(f"SELECT range, hash(range) h, 'text ' || range t FROM range({sys.argv[1]})"):
    rows += batch.num_rows
print(rows, Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""
    peaks = []
    for rows in ("300000", "6000000"):
        run = subprocess.run([sys.executable, "-c", script, rows], capture_output=True, text=True, check=True)
        found, peak = run.stdout.split()
        assert found == rows
        peaks.append(int(peak))
    assert peaks[1] < peaks[0] * 1.3


def test_a_closed_connection_has_nothing_to_interrupt(connection: Connection) -> None:
    connection.close()
    connection.interrupt()


def test_an_ended_lake_has_nothing_to_interrupt() -> None:
    lake = open_lake(None)
    connection = lake.connection()
    lake.close()
    connection.interrupt()
    lake.interrupt()
