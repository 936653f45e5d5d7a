"""kill -9 while a project runs: the next run heals by itself, and nobody ever sees half of anything."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from penstock.catalog.lease import lease_holder
from penstock.catalog.runs import unfinished_runs
from penstock.catalog.versions import aliases, list_versions
from penstock.core.errors import UnknownName
from penstock.engine.loaded_model import load_version
from penstock.engine.run import LEASE, raise_problems, run_plan
from penstock.engine.session import Session, open_session
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.testing.project import write_project

MOMENTS = 4
FILES = 4
ROWS = 2_000
PROJECT = """
CREATE TABLE raw OPTIONS (time_column = 'day') AS SELECT * FROM 'in/*.csv';
CREATE TABLE keyed OPTIONS (unique_key = ['id']) AS SELECT id, x, y FROM raw;
CREATE ASSERTION known ON raw CHECK (id IS NOT NULL);
CREATE TABLE sums AS SELECT count(*) AS n, sum(id)::BIGINT AS ids FROM raw;
CREATE MODEL m OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['y'], max_iterations = 60,
  early_stop = FALSE, retrain = 'on_new_data') AS SELECT x, city, y FROM raw;
CREATE ENDPOINT e ON MODEL m;
"""


def file(number: int) -> str:
    lines = [
        f"{n},{n * 7919 % 997},{'SBJ'[n % 3]},{n * 7919 % 997 * 2 + n % 5},2026-01-{number + 1:02}"
        for n in range(number * ROWS, (number + 1) * ROWS)
    ]
    return "\n".join(["id,x,city,y,day", *lines, ""])


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the project in a process of its own, which may be killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", "-C", str(folder), "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait(60)


def nothing_half_visible(session: Session, files: int) -> None:
    """What anyone sees is the state before or after each step, never in between."""
    connection = session.connection
    try:
        ids = {row[0] for row in connection.rows("SELECT DISTINCT day FROM raw")}
    except UnknownName:
        # Not built yet at all.
        return
    (rows, distinct) = connection.rows("SELECT count(*), count(DISTINCT id) FROM raw")[0]
    assert rows == distinct == len(ids) * ROWS, "Every file is in the table whole, and once."
    assert len(ids) <= files
    known = aliases(session.catalog, "m")
    for version in list_versions(session.catalog, "m"):
        load_version(session.catalog, session.storage, session.models, "m", version.number)
    if known:
        assert known["champion"] <= len(list_versions(session.catalog, "m"))


def healed(session: Session, files: int) -> None:
    """A run goes on by itself, and then everything is as if nothing had happened."""
    workspace = checked_workspace(session)
    raise_problems(run_plan(session, workspace.graph, plan_of(session, workspace, []), cause="after a kill"))
    connection = session.connection
    total = files * ROWS
    assert connection.rows("SELECT count(*), count(DISTINCT id) FROM raw") == [(total, total)]
    assert connection.rows("SELECT count(*) FROM keyed") == [(total,)]
    assert connection.rows("FROM sums") == [(total, total * (total - 1) // 2)]
    version, model = load_version(session.catalog, session.storage, session.models, "m")
    assert model.manifest.train_rows + model.manifest.held_out_rows == total
    assert version.status == "accepted"
    assert unfinished_runs(session.catalog) == []
    assert lease_holder(session.catalog, LEASE, session.clock.now()) is None
    assert plan_of(session, checked_workspace(session), []).work == ()


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_moment_is_gone_on_with(tmp_path: Path, storage_settings: str) -> None:
    chance = random.Random(20260331)
    toml = f"[compute]\nthreads = 1\n{storage_settings}"
    folder = write_project(tmp_path, {"penstock.toml": toml, "p.sql": PROJECT, "in/0.csv": file(0)})
    begun = time.monotonic()
    with running(folder) as process:
        assert process.wait(120) == 0
    whole = time.monotonic() - begun
    files = 1
    interrupted = 0
    for _ in range(MOMENTS):
        if files < FILES:
            write_project(folder, {"penstock.toml": toml, f"in/{files}.csv": file(files)})
            files += 1
        else:
            # All anew: the tables are built from nothing again.
            write_project(
                folder, {"penstock.toml": toml, "p.sql": PROJECT.replace("= 60", f"= {61 + chance.randrange(100)}")}
            )
        begun = time.monotonic()
        with running(folder) as process:
            try:
                process.wait(chance.uniform(0.3, 1.0) * whole)
                # It was quicker than those before; those to come may be as quick.
                whole = time.monotonic() - begun
            except subprocess.TimeoutExpired:
                interrupted += 1
        # Here the process is killed, if it has not ended.
        with open_session(folder) as session:
            nothing_half_visible(session, files)
            healed(session, files)
    assert interrupted, "Some run must have been cut off, or the test says nothing."
