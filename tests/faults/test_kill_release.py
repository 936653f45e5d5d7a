"""kill -9 in the middle of a release's every move: it has happened whole or not at all, and the next turn goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog.endpoint_health import TIME_BOUNDS, Figures, Health, report_health
from penstock.catalog.history import list_history
from penstock.catalog.objects import get_object
from penstock.catalog.versions import aliases
from penstock.core.clock import VirtualClock
from penstock.core.names import Kind, ResourceName
from penstock.engine.release import release_under_way
from penstock.engine.release_turn import advance_releases
from penstock.engine.run import raise_problems, run_plan
from penstock.engine.session import Session, start_session
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.project.release import RELEASING
from penstock.testing.project import write_project

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BAKE = timedelta(minutes=10)
PROJECT = """
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS
SELECT range AS x, {slope} * range AS y FROM range(50);
CREATE ENDPOINT e ON MODEL m OPTIONS (release = 'canary', steps = [10, 50], bake_time = '10 minutes');
"""
# Dies at the first commit of a turn, just before it or just after.
MORTAL = """
import os, signal, sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from penstock.catalog.database import Catalog
from penstock.core.clock import VirtualClock
from penstock.engine.release_turn import advance_releases
from penstock.engine.session import start_session

begin = Catalog.begin

@contextmanager
def mortal_begin(self):
    with begin(self) as connection:
        yield connection
        if sys.argv[3] == "before" and self._joined is None:
            os.kill(os.getpid(), signal.SIGKILL)
    if self._joined is None:
        os.kill(os.getpid(), signal.SIGKILL)

session = start_session(Path(sys.argv[1]), clock=VirtualClock(datetime.fromisoformat(sys.argv[2])))
Catalog.begin = mortal_begin
advance_releases(session)
"""


@contextmanager
def opened(folder: Path, at: datetime) -> Iterator[Session]:
    with closing(start_session(folder, clock=VirtualClock(at))) as session:
        yield session


def turn_that_dies(folder: Path, at: datetime, moment: str) -> None:
    process = subprocess.run([sys.executable, "-c", MORTAL, str(folder), at.isoformat(), moment], timeout=120)
    assert process.returncode == -signal.SIGKILL


def state_of(session: Session) -> dict[str, Any]:
    found = get_object(session.catalog, ResourceName(Kind.ENDPOINT, "e"))
    assert found is not None
    return {key: found.state.get(key) for key in ("traffic", "shadow", RELEASING)}


def count_answers(session: Session, *, failed: int = 0) -> None:
    """Let a worker report what it has answered in the present stage."""
    found = get_object(session.catalog, ResourceName(Kind.ENDPOINT, "e"))
    assert found is not None
    release = release_under_way(found)
    assert release is not None
    times = (200 - failed, *[0] * len(TIME_BOUNDS))
    good, mine = (
        Figures(200, 0, (200, *times[1:])),
        Figures(200, failed, times, compared=200, squares=200.0, total=20.0),
    )
    both = [Health("e", release.tag, 1, "worker", good), Health("e", release.tag, 2, "worker", mine)]
    report_health(session.catalog, both, session.clock.now())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose second version has just begun its release."""
    for slope in (2, 2.01):
        write_project(tmp_path, {"penstock.toml": "[compute]\nthreads = 1\n", "p.sql": PROJECT.format(slope=slope)})
        with opened(tmp_path, NOW) as session:
            workspace = checked_workspace(session)
            raise_problems(run_plan(session, workspace.graph, plan_of(session, workspace, []), cause="a test"))
    return tmp_path


def test_every_step_up_to_the_promotion_survives_a_kill(folder: Path) -> None:
    at = NOW
    for traffic in ({"champion": 90.0, "candidate": 10.0}, {"champion": 50.0, "candidate": 50.0}, None):
        at += BAKE
        with opened(folder, at) as session:
            count_answers(session)
            before, told = state_of(session), list_history(session.catalog)
        turn_that_dies(folder, at, "before")
        with opened(folder, at) as session:
            assert (state_of(session), list_history(session.catalog)) == (before, told), "Nothing has happened."
            assert aliases(session.catalog, "m") == {"champion": 1, "candidate": 2}
        turn_that_dies(folder, at, "after")
        with opened(folder, at) as session:
            assert state_of(session)["traffic"] == traffic
            assert state_of(session)["shadow"] is None
            assert len(list_history(session.catalog)) == len(told) + 1
            assert advance_releases(session) == [], "It is not done twice."
    with opened(folder, at) as session:
        assert state_of(session) == {"traffic": None, "shadow": None, RELEASING: None}
        assert aliases(session.catalog, "m") == {"champion": 2}


def test_a_rollback_survives_a_kill(folder: Path) -> None:
    with opened(folder, NOW) as session:
        count_answers(session, failed=150)
    turn_that_dies(folder, NOW, "before")
    with opened(folder, NOW) as session:
        assert state_of(session)[RELEASING] is not None
        assert [moved.kind for moved in advance_releases(session)] == ["rolled back"]
        assert state_of(session) == {"traffic": None, "shadow": None, RELEASING: None}
        assert aliases(session.catalog, "m")["champion"] == 1
