from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.serving.compaction import Compacted, compact
from penstock.serving.prediction_log import LABELS, PREDICTIONS, PredictionLog, label_line

NOW = datetime(2026, 3, 31, 9, 30, 0, 250000, tzinfo=UTC)


def prediction(number, **changes):
    values = {
        "at": NOW,
        "endpoint": "api",
        "request_id": f"r{number}",
        "prediction_id": f"p{number}",
        "model": "m",
        "version": 3,
        "variant": "champion",
        "inputs": {"기온": number},
        "outputs": {"prediction": number / 2},
    }
    return values | changes


def label(number, actual, at=NOW, endpoint="api"):
    return label_line(at=at, endpoint=endpoint, prediction_id=f"p{number}", actual=actual)


@pytest.fixture
def folder(world):
    return world.settings.state / "log"


def write(folder, kind, lines):
    log = PredictionLog(folder)
    log.append(kind, lines)
    log.close()


def rows(world, sql):
    connection = world.lake.connection()
    try:
        return connection.rows(sql)
    finally:
        connection.close()


def test_predictions_come_into_the_lake_as_they_were_logged(world, folder):
    odd = {
        "글": '따옴표 " \\ 줄\n NUL \x00',
        "n": 0.1,
        "big": 2**63 - 1,
        "none": None,
        "list": [1, "x"],
        "inf": "Infinity",
    }
    write(folder, PREDICTIONS, [prediction(1, inputs=odd, request_id="한글\n")])
    assert compact(world.lake, folder, NOW) == Compacted(1, 1, 0, 0)
    ((endpoint, request, prediction_id, at, model, version, variant, inputs, outputs, *rest),) = rows(
        world, "SELECT * FROM penstock.predictions"
    )
    assert rest[:2] == [None, False], "No key, and nobody asked for this version."
    assert (endpoint, request, prediction_id, model, version, variant) == ("api", "한글\n", "p1", "m", 3, "champion")
    assert at == NOW
    assert orjson.loads(inputs) == odd
    assert orjson.loads(outputs) == {"prediction": 0.5}
    assert list(folder.glob("*.jsonl")) == []


def test_nothing_to_compact_makes_no_snapshot(world, folder):
    assert compact(world.lake, folder, NOW) == Compacted()
    folder.mkdir()
    assert compact(world.lake, folder, NOW) == Compacted()
    assert rows(world, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'penstock'") == [(0,)]


def test_an_open_segment_waits(world, folder):
    log = PredictionLog(folder)
    log.append(PREDICTIONS, [prediction(1)])
    assert compact(world.lake, folder, NOW) == Compacted()
    log.rotate()
    assert compact(world.lake, folder, NOW).predictions == 1


def test_a_torn_line_is_dropped_and_counted(world, folder):
    write(folder, PREDICTIONS, [prediction(1), prediction(2)])
    (path,) = folder.glob("*.jsonl")
    path.write_bytes(path.read_bytes()[:-10])
    assert compact(world.lake, folder, NOW) == Compacted(1, 1, 0, 1)
    assert rows(world, "SELECT sum(torn_lines) FROM penstock.compacted_segments") == [(1,)]


def test_a_segment_of_nothing_but_a_torn_line_is_removed(world, folder):
    folder.mkdir()
    (folder / "predictions-x.jsonl").write_bytes(b'{"at"')
    assert compact(world.lake, folder, NOW) == Compacted(torn_lines=1)
    assert list(folder.glob("*.jsonl")) == []


def test_labels_come_into_the_lake_as_json_with_their_times(world, folder):
    later = NOW + timedelta(seconds=1)
    write(folder, LABELS, [label(1, "예"), label(2, 2.5), label(3, True), label(1, "no", later)])
    assert compact(world.lake, folder, NOW) == Compacted(1, 0, 4, 0)
    found = rows(world, 'SELECT endpoint, prediction_id, actual, "at" FROM penstock.labels ORDER BY ALL')
    assert found == [
        ("api", "p1", '"no"', later),
        ("api", "p1", '"예"', NOW),
        ("api", "p2", "2.5", NOW),
        ("api", "p3", "true", NOW),
    ]


@pytest.mark.parametrize("moment", ["before commit", "after commit"])
def test_killed_at_the_commit_every_line_is_in_the_lake_exactly_once(world, folder, moment):
    for part in range(3):
        write(folder, PREDICTIONS, [prediction(part * 10 + n) for n in range(10)])
    world.lake.close()
    script = f"""
    import os, signal
    from datetime import datetime, UTC
    from pathlib import Path
    from penstock.core.settings import Settings
    from penstock.lake.database import Connection, open_lake
    from penstock.serving import compaction
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    if {moment!r} == "after commit":
        Path.unlink = die
    else:
        rows = Connection.rows
        Connection.rows = lambda self, sql, *rest: die() if sql == "COMMIT" else rows(self, sql, *rest)
    lake = open_lake(Settings(Path({str(world.settings.root)!r}), "test", threads=1))
    compaction.compact(lake, Path({str(folder)!r}), datetime.now(UTC))
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -9
    assert len(list(folder.glob("*.jsonl"))) == 3
    from penstock.lake.database import open_lake

    world.lake = open_lake(world.settings)
    done = compact(world.lake, folder, NOW)
    assert done.predictions == (0 if moment == "after commit" else 30)
    assert rows(world, "SELECT count(*), count(DISTINCT prediction_id) FROM penstock.predictions") == [(30, 30)]
    assert list(folder.glob("*.jsonl")) == []


def test_names_of_removed_segments_are_forgotten(world, folder):
    for _ in range(4):
        write(folder, PREDICTIONS, [prediction(1)])
        compact(world.lake, folder, NOW)
    assert rows(world, "SELECT count(*) FROM penstock.compacted_segments") == [(1,)]
    assert rows(world, "SELECT count(*) FROM penstock.predictions") == [(4,)]


def test_only_one_process_compacts_a_folder(world, folder):
    import fcntl

    write(folder, PREDICTIONS, [prediction(1)])
    file = os.open(folder / "compaction.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    assert compact(world.lake, folder, NOW) == Compacted()
    os.close(file)
    assert compact(world.lake, folder, NOW).predictions == 1


def test_what_a_process_left_while_opening_a_segment_is_removed_when_it_is_old(world, folder):
    write(folder, PREDICTIONS, [prediction(1)])
    old, new = folder / "predictions-a.jsonl.opening", folder / "predictions-b.jsonl.opening"
    old.write_bytes(b"")
    new.write_bytes(b"")
    os.utime(old, (0, 0))
    compact(world.lake, folder, NOW)
    assert not old.exists()
    assert new.exists()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(), st.dictionaries(st.text(), JSON, max_size=4)), min_size=1, max_size=20))
def test_any_json_comes_into_the_lake_equal(world, folder, requests):
    rows(world, "DROP TABLE IF EXISTS penstock.predictions")
    lines = [prediction(n, inputs=inputs, request_id=request) for n, (request, inputs) in enumerate(requests)]
    write(folder, PREDICTIONS, lines)
    assert compact(world.lake, folder, NOW).predictions == len(requests)
    found = dict_of(rows(world, "SELECT prediction_id, request_id, inputs FROM penstock.predictions"))
    assert found == {f"p{n}": (request, inputs) for n, (request, inputs) in enumerate(requests)}


def dict_of(found):
    return {prediction_id: (request, orjson.loads(inputs)) for prediction_id, request, inputs in found}
