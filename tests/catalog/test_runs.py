from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from penstock.catalog.runs import (
    Run,
    StepRecord,
    finish_run,
    list_runs,
    record_step,
    start_run,
    steps_of,
    unfinished_runs,
)


def test_a_run_is_unfinished_until_it_ends(catalog, now):
    run = Run("r1", now, None, "running", "penstock run", 12, "host")
    start_run(catalog, run)
    assert unfinished_runs(catalog) == [run]
    finish_run(catalog, "r1", "done", now + timedelta(seconds=3))
    assert unfinished_runs(catalog) == []
    assert list_runs(catalog) == [replace(run, status="done", finished_at=now + timedelta(seconds=3))]


def test_runs_are_listed_newest_first_up_to_a_limit(catalog, now):
    for hour in range(4):
        start_run(catalog, Run(f"r{hour}", now + timedelta(hours=hour), None, "running", "c", 1, "h"))
    assert [run.id for run in list_runs(catalog, limit=3)] == ["r3", "r2", "r1"]


def test_a_resumed_run_replaces_its_record(catalog, now):
    run = Run("r1", now, now, "failed", "c", 1, "h")
    start_run(catalog, run)
    start_run(catalog, replace(run, finished_at=None, status="running", pid=2))
    assert list_runs(catalog) == [replace(run, finished_at=None, status="running", pid=2)]


def test_steps_come_back_by_index_with_their_newest_state(catalog, now):
    start_run(catalog, Run("r1", now, None, "running", "c", 1, "h"))
    first = StepRecord("r1", 1, "table hours", "build", "running", now, None, "", None)
    second = StepRecord("r1", 2, "model 수요", "train", "failed", now, now, "no", {"message": "한글", "line": 3})
    record_step(catalog, second)
    record_step(catalog, first)
    record_step(catalog, replace(first, status="done", finished_at=now, summary="3 rows"))
    assert steps_of(catalog, "r1") == [
        replace(first, status="done", finished_at=now, summary="3 rows"),
        second,
    ]
    assert steps_of(catalog, "r2") == []
