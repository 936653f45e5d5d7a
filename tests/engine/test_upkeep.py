"""What a project lets go of, and what it keeps whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penstock.core.errors import Busy, UserError
from penstock.engine.reproduction import reproduce
from penstock.engine.run import raise_problems, run_lease, run_plan
from penstock.engine.session import Session, open_session
from penstock.engine.upkeep import tidy
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.testing.project import write_project

NOW = timedelta(0)
PROJECT = """
CREATE TABLE t AS SELECT * FROM 'in/*.csv';
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT x, y FROM t;
"""


def rows(number: int) -> str:
    return "x,y\n" + "".join(f"{n * (number + 2) % 101},{n * (number + 2) % 101 * 2 + n % 3}\n" for n in range(300))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    write_project(tmp_path, {"penstock.toml": "", "p.sql": PROJECT, "in/0.csv": rows(0)})
    with open_session(tmp_path) as opened:
        yield opened


def run(session: Session, *names: str) -> list[str]:
    workspace = checked_workspace(session)
    result = run_plan(session, workspace.graph, plan_of(session, workspace, names), cause="a test")
    raise_problems(result)
    return [str(outcome.step.name) for outcome in result.outcomes if outcome.status == "done"]


def files(session: Session) -> list[Path]:
    return sorted((session.settings.root / ".penstock" / "data").rglob("*.parquet"))


def grow(session: Session, times: int) -> None:
    for number in range(1, times + 1):
        (session.settings.root / f"in/{number}.csv").write_text(rows(number), encoding="utf-8")
        run(session, "t")


def test_what_a_version_was_trained_on_outlives_the_upkeep(session: Session) -> None:
    run(session)
    grow(session, 4)
    before = len(files(session))
    done = tidy(session, keep=NOW)
    assert done.snapshots > 0
    assert (done.files, len(files(session))) == (2, before - 2)
    assert reproduce(session, "m", None).same
    assert session.connection.rows("SELECT count(*) FROM t") == [(1500,)]
    assert run(session, "t") == []
    assert tidy(session, keep=NOW).snapshots == 0


def test_the_recent_past_can_still_be_read(session: Session) -> None:
    run(session, "t")
    grow(session, 2)
    assert tidy(session, keep=timedelta(days=30)).snapshots == 0
    assert len(files(session)) == 3


def test_a_trial_deletes_nothing(session: Session) -> None:
    run(session, "t")
    grow(session, 3)
    would = tidy(session, keep=NOW, trial=True)
    assert (len(files(session)), would.files) == (4, 0)
    assert tidy(session, keep=NOW).snapshots == would.snapshots > 0


def test_a_snapshot_that_was_let_go_of_is_said_to_be_gone(session: Session) -> None:
    run(session, "t")
    first = session.connection.rows("FROM ducklake_current_snapshot('lake')")[0][0]
    (session.settings.root / "p.sql").write_text("CREATE TABLE t AS SELECT * FROM 'in/*.csv';", encoding="utf-8")
    grow(session, 3)
    tidy(session, keep=NOW)
    with pytest.raises(UserError, match=f"version {first}"):
        session.connection.rows(f"SELECT count(*) FROM t AT (VERSION => {first})")


def test_upkeep_waits_for_no_run_but_says_who_runs(session: Session) -> None:
    with run_lease(session, "a run"), pytest.raises(Busy, match="Another run of this project is under way"):
        tidy(session, keep=NOW)


def test_files_of_a_process_killed_while_it_wrote_a_table_are_deleted_a_day_later(session: Session) -> None:
    root = session.settings.root
    run(session, "t")
    kept = files(session)
    endless = "CREATE TABLE big AS SELECT hash(range) AS a, hash(range + 1) AS b FROM range(2000000000);"
    (root / "big.sql").write_text(endless, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", "-C", str(root), "run", "big"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(files(session)) == len(kept):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    left = [path for path in files(session) if path not in kept]
    assert left
    assert tidy(session, keep=NOW).orphans == 0, "It may be one that another process is writing."
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    for path in left:
        os.utime(path, (long_ago, long_ago))
    assert tidy(session, keep=NOW, trial=True).orphans == len(left)
    assert tidy(session, keep=NOW).orphans == len(left)
    assert files(session) == kept
    assert session.connection.rows("SELECT count(*) FROM t") == [(300,)]


def test_storage_outside_the_project_is_cleaned_when_asked(tmp_path: Path) -> None:
    project, data = tmp_path / "project", tmp_path / "data"
    write_project(
        project,
        {"penstock.toml": f"[storage]\ndata = '{data}'\n", "p.sql": PROJECT, "in/0.csv": rows(0)},
    )
    with open_session(project) as opened:
        run(opened, "t")
        stray = next(data.rglob("*.parquet")).with_name("stray.parquet")
        stray.write_bytes(b"PAR1")
        long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
        os.utime(stray, (long_ago, long_ago))
        done = tidy(opened, keep=NOW)
        assert (done.orphans, done.passed_over, stray.exists()) == (0, 1, True)
        assert tidy(opened, keep=NOW, orphans=True).orphans == 1
        assert not stray.exists()
