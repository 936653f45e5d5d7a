"""Runs: levels side by side, failures kept apart, one run at a time, and going on after one that was cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.lease import acquire_lease, lease_holder, release_lease
from penstock.catalog.runs import Run, list_runs, start_run, steps_of
from penstock.core.errors import Busy, UserError
from penstock.core.events import StepFinished, StepStarted
from penstock.engine import model
from penstock.engine.run import LEASE

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
DIAMOND = """
CREATE TABLE a AS SELECT 1 AS x;
CREATE TABLE b AS SELECT x + 1 AS x FROM a;
CREATE TABLE c AS SELECT x + 2 AS x FROM a;
CREATE TABLE d AS SELECT b.x + c.x AS x FROM b, c;
"""


def test_steps_come_after_what_they_stand_on(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})
    assert list(work.run()) == ["a", "b", "c", "d"]
    assert work.rows("FROM d") == [(5,)]
    begun = [event.resource for event in work.heard if isinstance(event, StepStarted)]
    assert begun[0] == "table a"
    assert begun[-1] == "table d"
    assert {event.total for event in work.heard if isinstance(event, StepStarted)} == {4}


def test_steps_of_one_level_work_side_by_side(open_work: OpenWork) -> None:
    tables = "".join(f"CREATE TABLE t{n} AS SELECT count(*) AS x FROM range(1000);" for n in range(6))
    work = open_work({"p.sql": tables})
    pair = threading.Barrier(2, timeout=30)

    def listen(event: object) -> None:
        if isinstance(event, StepStarted):
            # None goes on before another one has begun.
            pair.wait()

    work.session.listener = listen
    work.run()
    assert work.rows("SELECT sum(x) FROM (FROM t0 UNION ALL FROM t5)") == [(2000,)]


def test_trainings_side_by_side_share_the_threads(open_work: OpenWork, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "AS SELECT x, x * 2 AS y FROM (SELECT range AS x FROM range(20))"
    options = "OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'])"
    models = f"CREATE MODEL one {options} {rows}; CREATE MODEL two {options} {rows}; CREATE TABLE t {rows};"
    work = open_work({"p.sql": models})
    work.session.settings = replace(work.session.settings, threads=6)
    given: list[int] = []
    whole = model.train

    def train(*arguments: object, threads: int, **named: object) -> object:
        given.append(threads)
        return whole(*arguments, threads=threads, **named)

    monkeypatch.setattr(model, "train", train)
    work.run()
    assert given == [3, 3]
    assert work.session.threads == 6


def test_a_step_that_fails_stops_what_stands_on_it_and_nothing_else(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND.replace("x + 1 AS", "error('no b today') AS")})
    result = work.try_run()
    assert {o.step.name.name: o.status for o in result.outcomes} == {
        "a": "done",
        "b": "failed",
        "c": "done",
        "d": "cancelled",
    }
    assert not result.ok
    assert "no b today" in str(result.problems[0])
    (run,) = list_runs(work.session.catalog)
    assert run.status == "failed"
    steps = {step.resource: (step.status, step.error) for step in steps_of(work.session.catalog, run.id)}
    assert steps["table c"] == ("done", None)
    assert steps["table b"][0] == "failed"
    assert "no b today" in (steps["table b"][1] or "")


def test_every_failure_of_a_run_is_raised_at_once(open_work: OpenWork) -> None:
    broken = DIAMOND.replace("x + 1 AS", "error('no b') AS").replace("x + 2 AS", "error('no c') AS")
    with pytest.raises(UserError) as caught:
        open_work({"p.sql": broken}).run()
    assert [found.message for found in caught.value.diagnostics] == ["no b", "no c"]
    assert [str(found.span) for found in caught.value.diagnostics] == ["p.sql:3:19", "p.sql:4:19"]


def test_only_what_is_named_is_made_with_what_it_needs(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})
    assert set(work.run("+b")) == {"a", "b"}
    assert set(work.run("c+")) == {"c", "d"}
    assert work.run() == {}


def test_a_run_leaves_what_is_fresh(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})
    work.run()
    work.put("p.sql", DIAMOND.replace("x + 2", "x + 3"))
    assert set(work.run()) == {"c", "d"}


def test_a_second_run_at_the_same_time_is_told_who_runs(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})
    now = work.session.clock.now()
    assert acquire_lease(work.session.catalog, LEASE, "someone else", now, timedelta(minutes=5))
    with pytest.raises(Busy) as caught:
        work.run()
    (found,) = caught.value.diagnostics
    assert "Another run of this project is under way, begun at 09:30:00 by process " in found.message
    assert found.hint
    release_lease(work.session.catalog, LEASE, "someone else")
    assert len(work.run()) == 4


def test_the_lease_is_given_back_after_a_failure(open_work: OpenWork) -> None:
    work = open_work({"p.sql": "CREATE TABLE a AS SELECT error('no') AS x;"})
    assert not work.try_run().ok
    assert lease_holder(work.session.catalog, LEASE, work.session.clock.now()) is None


def test_a_run_that_was_cut_off_is_closed_and_gone_on_with(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})
    work.run("+b")
    # As after kill -9: the journal says `running`, the process is none that lives.
    now = work.session.clock.now()
    start_run(work.session.catalog, Run("gone", now, None, "running", "a test", 2**22 - 1, "elsewhere"))
    assert set(work.run()) == {"c", "d"}
    assert {run.id: run.status for run in list_runs(work.session.catalog)}["gone"] == "interrupted"
    assert "Going on after run gone, which was interrupted." in work.notices


def test_ctrl_c_keeps_what_was_finished(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})

    def listen(event: object) -> None:
        if isinstance(event, StepFinished):
            raise KeyboardInterrupt

    work.session.listener = listen
    with pytest.raises(KeyboardInterrupt):
        work.run()
    (run,) = list_runs(work.session.catalog)
    assert run.status == "cancelled"
    assert lease_holder(work.session.catalog, LEASE, work.session.clock.now()) is None
    work.session.listener = lambda event: None
    assert set(work.run()) == {"b", "c", "d"}


def test_nothing_to_do_is_a_run_as_well(open_work: OpenWork) -> None:
    assert open_work({"p.sql": "-- nothing yet\n"}).run() == {}


def test_a_project_of_many_steps_records_each_with_its_time(open_work: OpenWork) -> None:
    work = open_work({"p.sql": DIAMOND})
    work.run()
    rows = work.sql("SHOW STEPS").table().to_pylist()
    assert [row["resource"] for row in rows] == ["table a", "table b", "table c", "table d"]
    assert all(row["status"] == "done" and row["summary"] == "1 row" for row in rows)
    assert all(row["started_at"] <= row["finished_at"] for row in rows)
