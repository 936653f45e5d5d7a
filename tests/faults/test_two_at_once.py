"""Two processes on one project: one runs, the other is told so; what both write is whole."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.catalog.lease import lease_holder
from penstock.catalog.runs import list_runs
from penstock.engine.run import LEASE
from penstock.engine.session import open_session
from penstock.testing.project import write_project

ENDLESS = "CREATE TABLE a AS SELECT count(*) AS n FROM range(1_000_000_000_000) AS r(i) WHERE hash(i) % 7 = 3;"


def penstock(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "penstock", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_second_run_is_told_who_runs_and_takes_over_when_that_is_gone(tmp_path: Path) -> None:
    folder = write_project(tmp_path, {"p.sql": ENDLESS})
    command = [sys.executable, "-m", "penstock", "-C", str(folder), "run"]
    with open_session(folder) as session:
        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(600):
                if lease_holder(session.catalog, LEASE, session.clock.now()) is not None:
                    break
                time.sleep(0.05)
            second = penstock(folder, "run")
        finally:
            first.kill()
            first.wait(60)
    assert second.returncode == 1
    assert "error busy: Another run of this project is under way, begun at " in second.stderr
    assert f"by process {first.pid}" in second.stderr
    assert "penstock status" in second.stderr
    assert "Traceback" not in second.stderr
    write_project(folder, {"p.sql": "CREATE TABLE a AS SELECT 1 AS n;"})
    third = penstock(folder, "run")
    assert third.returncode == 0, third.stderr
    with open_session(folder) as session:
        assert [run.status for run in list_runs(session.catalog)] == ["done", "interrupted"]
        assert session.connection.rows("FROM a") == [(1,)]


@pytest.mark.slow
def test_many_processes_that_write_at_once_lose_nothing(tmp_path: Path, storage_settings: str) -> None:
    folder = write_project(tmp_path, {"penstock.toml": storage_settings, "p.sql": ""})
    assert penstock(folder, "sql", "CREATE TABLE counted AS SELECT 0 AS who, 0 AS n").returncode == 0
    text = "; ".join(f"INSERT INTO counted VALUES ({{who}}, {n})" for n in range(1, 6))
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda who: penstock(folder, "sql", text.format(who=who)), range(1, 5)))
    # One that had to give up says so, and what it says was done is done.
    for done in ended:
        assert done.returncode == 0 or "error busy" in done.stderr, done.stderr
    with open_session(folder) as session:
        (rows, distinct) = session.connection.rows("SELECT count(*), count(DISTINCT (who, n)) FROM counted")[0]
    assert rows == distinct
    assert rows >= 1 + 5 * sum(done.returncode == 0 for done in ended)
