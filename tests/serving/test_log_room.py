"""A log that has no room: by its own bound, on a full disk, and what each endpoint then does."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import pytest

from penstock.catalog.history import list_history
from penstock.serving.prediction_log import LABELS, PREDICTIONS, PredictionLog
from penstock.serving.segment import LogFull

ROW = {"기온": 10.0, "weather": "맑음"}
LINE = [{"fill": "x" * 1000}]


@pytest.fixture
def small(world, demand_files):
    """A world whose log has room for 3 kB, and two endpoints: one refuses, one drops."""
    world.settings = replace(world.settings, log_limit="3kB")
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")
    world.add_endpoint("loose", "demand", log_full="drop")
    return world


def fill(plane):
    """Answer until the log has no room; return how many rows are in it."""
    for number in range(100):
        try:
            plane.predict("api", [ROW])
        except LogFull:
            return number
    raise AssertionError("The log never was full.")


def test_what_fits_is_written_and_what_does_not_is_refused_whole(tmp_path):
    log = PredictionLog(tmp_path / "log", 2500)
    log.append(PREDICTIONS, LINE)
    log.append(LABELS, LINE)
    with pytest.raises(LogFull, match=r"2.02 kB wait in .*room for 2.5 kB"):
        log.append(PREDICTIONS, LINE)
    assert log.lag(0).bytes == 2 * 1012
    assert log.full_ratio == pytest.approx(2024 / 2500)
    log.close()


def test_the_room_is_that_of_all_processes_together_and_is_free_once_it_is_compacted(tmp_path):
    first, second = PredictionLog(tmp_path / "log", 1500), PredictionLog(tmp_path / "log", 1500)
    first.append(PREDICTIONS, LINE)
    with pytest.raises(LogFull):
        second.append(PREDICTIONS, LINE)
    first.close()
    for path in (tmp_path / "log").glob("*.jsonl"):
        path.unlink()
    time.sleep(0.05)
    second.append(PREDICTIONS, LINE)
    assert second.lag(0).bytes == 1012
    second.close()


def test_an_endpoint_refuses_when_the_log_is_full_and_answers_once_there_is_room(small, serve):
    plane = serve()
    logged = fill(plane)
    assert 3 < logged < 20
    assert len(small.logged(plane, "1")) == logged
    assert plane.predict("api", [ROW]).logged
    assert plane.skipped.counts == {}


def test_an_endpoint_that_drops_answers_counts_and_tells_the_history_once(small, serve):
    plane = serve()
    fill(plane)
    answers = [plane.predict("loose", [ROW, ROW]) for _ in range(3)]
    assert [answer.logged for answer in answers] == [False] * 3
    assert answers[0].predictions[0]["prediction"] == pytest.approx(20.0)
    assert plane.skipped.counts == {("loose", "dropped"): 6}
    known = answers[0].predictions[0]["prediction_id"]
    # Outcomes are never dropped: whoever tells them must know that they are not taken.
    with pytest.raises(LogFull):
        plane.feedback("loose", [{"prediction_id": known, "actual": 1}] * 40)
    for _ in range(2):
        plane.keep_log()
        plane.predict("loose", [ROW])
    plane.compact()
    assert plane.predict("loose", [ROW]).logged
    plane.keep_log()
    told = [entry for entry in list_history(small.catalog, subject="endpoint loose") if entry.kind == "log full"]
    assert [entry.data["dropping"] for entry in told] == [True, False]
    assert "answers are given that are not in it" in told[0].message


def test_two_processes_that_drop_at_the_same_time_are_told_of_once(small, serve):
    first, second = serve(), serve()
    fill(first)
    for plane in (first, second):
        plane.predict("loose", [ROW] * 9)
    for plane in (first, second):
        plane.keep_log()
    assert len(list_history(small.catalog, subject="endpoint loose")) == 1


def test_a_log_that_is_nearly_full_warns_once(small, serve, caplog):
    plane = serve()
    with caplog.at_level(logging.WARNING):
        fill(plane)
        plane.keep_log()
        plane.keep_log()
    (warning,) = [record for record in caplog.records if record.name == "penstock.serving"]
    assert "% of its room" in warning.getMessage()


def test_the_room_is_what_the_disk_has_when_that_is_less(tmp_path):
    log = PredictionLog(tmp_path, 1 << 60)
    log.append(PREDICTIONS, LINE)
    log.close()
    disk = os.statvfs(tmp_path)
    room = 1012 + disk.f_bavail * disk.f_frsize
    assert PredictionLog(tmp_path, 1 << 60).full_ratio == pytest.approx(1012 / room, rel=0.05)


def test_a_write_that_cannot_be_undone_is_the_last_of_its_segment(tmp_path):
    script = f"""
    import os, resource, signal
    from pathlib import Path
    from penstock.core.errors import StorageFailure
    from penstock.serving.prediction_log import PREDICTIONS, PredictionLog
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = PredictionLog(Path({str(tmp_path)!r}))
    log.append(PREDICTIONS, [{{"n": 1}}])
    resource.setrlimit(resource.RLIMIT_FSIZE, (12, resource.RLIM_INFINITY))
    whole = os.ftruncate
    def fail(*_):
        raise OSError(5, "Input/output error")
    os.ftruncate = fail
    try:
        log.append(PREDICTIONS, [{{"n": 2}}, {{"n": 3}}])
    except StorageFailure as problem:
        print(problem)
    os.ftruncate = whole
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    log.append(PREDICTIONS, [{{"n": 4}}])
    log.close()
    """
    out = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert "File too large" in out
    found = sorted(path.read_bytes() for path in tmp_path.glob("*.jsonl"))
    assert found == [b'{"n":1}\n{"n"', b'{"n":4}\n']
