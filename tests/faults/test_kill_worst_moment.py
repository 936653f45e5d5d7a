"""kill -9 at every commit and rename: a run, and a turn of the loop, are gone on with from each of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penstock.catalog.history import list_history
from penstock.catalog.objects import get_object
from penstock.catalog.runs import list_runs, unfinished_runs
from penstock.catalog.versions import aliases, list_versions
from penstock.core.clock import VirtualClock
from penstock.core.names import Kind, ResourceName
from penstock.engine.loaded_model import load_version
from penstock.engine.loop import turn
from penstock.engine.run import raise_problems, run_plan
from penstock.engine.session import Session, start_session
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.testing.project import write_project

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROWS = 300
TOML = "[compute]\nthreads = 1\n"
PROJECT = """
CREATE TABLE raw OPTIONS (time_column = 'day') AS SELECT * FROM 'in/*.csv';
CREATE TABLE keyed OPTIONS (unique_key = ['id']) AS SELECT id, x, y FROM raw;
CREATE VIEW seen AS SELECT * FROM raw WHERE x IS NOT NULL;
CREATE ASSERTION known ON raw CHECK (id IS NOT NULL);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], retrain = 'on_new_data') AS
SELECT x, city, y FROM seen;
CREATE ENDPOINT e ON MODEL m;
CREATE TRIGGER again ON ARRIVAL 'in/*.csv' DO REFRESH TABLE keyed, RETRAIN MODEL m;
"""
# Dies before the nth thing that others could see, and so after the one before it. It forks: then the libraries are
# imported once for all deaths.
MORTAL = """
import os, signal, sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
import lightgbm, onnx, onnxruntime, sklearn.linear_model, scipy.sparse
from penstock.catalog.database import Catalog
from penstock.connection import open_connection
from penstock.core.clock import VirtualClock
from penstock.engine.loop import turn
from penstock.lake.database import Connection

passed = 0

def moment():
    global passed
    passed += 1
    if passed == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

rows, begin, rename = Connection.rows, Catalog.begin, Path.rename

def mortal_rows(self, sql, *rest):
    if sql == "COMMIT":
        moment()
    return rows(self, sql, *rest)

@contextmanager
def mortal_begin(self):
    with begin(self) as connection:
        yield connection
        if self._joined is None:
            moment()

def mortal_rename(self, target):
    moment()
    rename(self, target)

Connection.rows, Catalog.begin, Path.rename = mortal_rows, mortal_begin, mortal_rename
at = datetime.fromisoformat(sys.argv[1])
for word in sys.argv[3:]:
    folder, _, number = word.rpartition(":")
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    fatal = int(number)
    with open_connection(folder, clock=VirtualClock(at)) as connection:
        passed = 0
        if sys.argv[2] == "run":
            connection.run()
        else:
            turn(connection.session)
        (Path(folder) / "passed").write_text(str(passed))
    os._exit(0)
"""


def file(number: int) -> str:
    lines = [
        f"{n},{n * 7919 % 97},{'SBJ'[n % 3]},{n * 7919 % 97 * 2 + n % 5},2026-01-{number + 1:02}"
        for n in range(number * ROWS, (number + 1) * ROWS)
    ]
    return "\n".join(["id,x,city,y,day", *lines, ""])


def opened(folder: Path, at: datetime = LATER) -> closing[Session]:
    return closing(start_session(folder, clock=VirtualClock(at)))


def run(session: Session) -> None:
    workspace = checked_workspace(session)
    raise_problems(run_plan(session, workspace.graph, plan_of(session, workspace, []), cause="a test"))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = write_project(tmp_path / "base", {"penstock.toml": TOML, "p.sql": PROJECT, "in/0.csv": file(0)})
    # The catalog's and the lake's tables are made here, once for all.
    start_session(folder).close()
    return folder


def die(work: str, words: list[str]) -> None:
    command = [sys.executable, "-c", MORTAL, LATER.isoformat(), work, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def deaths(tmp_path: Path) -> Callable[..., list[Path]]:
    """Give a copy of a project for each moment at which the work upon it was killed."""

    def of(work: str, base: Path, every: int = 1) -> list[Path]:
        whole = shutil.copytree(base, tmp_path / "whole")
        die(work, [f"{whole}:0"])
        moments = int((whole / "passed").read_text())
        copies = [shutil.copytree(base, tmp_path / f"killed at {n}") for n in range(1, moments + 1, every)]
        die(work, [f"{copy}:{number}" for number, copy in zip(range(1, moments + 1, every), copies, strict=True)])
        assert [copy for copy in copies if (copy / "passed").exists()] == []
        return copies

    return of


def nothing_half_visible(session: Session, allowed: set[int]) -> None:
    for table in ("raw", "keyed"):
        if session.connection.has(table):
            ((rows, distinct),) = session.connection.rows(f"SELECT count(*), count(DISTINCT id) FROM {table}")
            assert rows == distinct
            assert rows in allowed
    for version in list_versions(session.catalog, "m"):
        load_version(session.catalog, session.storage, session.models, "m", version.number)


def whole(session: Session, rows: int) -> None:
    connection = session.connection
    assert connection.rows("SELECT count(*), count(DISTINCT id) FROM raw") == [(rows, rows)]
    assert connection.rows("SELECT count(*), count(DISTINCT id) FROM keyed") == [(rows, rows)]
    champion = aliases(session.catalog, "m")["champion"]
    _, model = load_version(session.catalog, session.storage, session.models, "m", champion)
    assert model.manifest.train_rows + model.manifest.held_out_rows == rows
    assert unfinished_runs(session.catalog) == []
    assert plan_of(session, checked_workspace(session), []).work == ()


@pytest.mark.slow
def test_a_run_is_gone_on_with_from_wherever_it_was_killed(base: Path, deaths: Callable[..., list[Path]]) -> None:
    ends = set()
    # A turn of the loop passes through the same moments, and dies at each.
    for copy in deaths("run", base, 3):
        with opened(copy) as session:
            nothing_half_visible(session, {ROWS})
            run(session)
            whole(session, ROWS)
            assert len(list_versions(session.catalog, "m")) == 1, copy
            ends |= {run.status for run in list_runs(session.catalog)}
    assert ends == {"done", "interrupted"}


@pytest.mark.slow
def test_a_turn_of_the_loop_is_gone_on_with_from_wherever_it_was_killed(
    base: Path, deaths: Callable[..., list[Path]]
) -> None:
    with opened(base, NOW) as session:
        run(session)
    write_project(base, {"penstock.toml": TOML, "in/1.csv": file(1)})
    for copy in deaths("turn", base):
        with opened(copy) as session:
            nothing_half_visible(session, {ROWS, 2 * ROWS})
            turn(session)
            whole(session, 2 * ROWS)
            state = get_object(session.catalog, ResourceName(Kind.TRIGGER, "again"))
            assert state is not None
            assert state.state["pending"] is None, copy
            assert len(list_versions(session.catalog, "m")) == 2, "What was recorded is not done again."
            fired = [entry for entry in list_history(session.catalog) if entry.kind == "fired"]
            assert len(fired) == 1, copy
            before = list_versions(session.catalog, "m")
            turn(session)
            assert list_versions(session.catalog, "m") == before, copy
