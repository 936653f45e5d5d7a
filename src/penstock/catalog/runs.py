"""Runs over the graph and their steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from penstock.catalog.column import Json
from penstock.catalog.database import Catalog, upsert
from penstock.catalog.tables import RUNS, STEPS

RUNNING = "running"


@dataclass(frozen=True)
class Run:
    """One walk over the graph. `status` is `running` until it ends; `cause` says who or what asked for it."""

    id: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    cause: str
    pid: int
    host: str


@dataclass(frozen=True)
class StepRecord:
    """One node of a run; `index` counts within the run, `error` is the failure as JSON, None when there was
    none.
    """

    run_id: str
    index: int
    resource: str
    action: str
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    summary: str
    error: Json


def start_run(catalog: Catalog, run: Run) -> None:
    """Record a run. Recording one with a known id again, as a resumed run does, replaces it."""
    with catalog.begin() as connection:
        upsert(
            connection,
            RUNS,
            {
                "id": run.id,
                "started_at": run.started_at,
                "finished_at": run.finished_at,
                "status": run.status,
                "cause": run.cause,
                "pid": run.pid,
                "host": run.host,
            },
        )


def finish_run(catalog: Catalog, run_id: str, status: str, at: datetime) -> None:
    """Record how a run ended."""
    with catalog.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(status=status, finished_at=at))


def record_step(catalog: Catalog, step: StepRecord) -> None:
    """Record a step as it is now, in place of what the run said about the same index before."""
    with catalog.begin() as connection:
        upsert(
            connection,
            STEPS,
            {
                "run_id": step.run_id,
                "position": step.index,
                "resource": step.resource,
                "action": step.action,
                "status": step.status,
                "started_at": step.started_at,
                "finished_at": step.finished_at,
                "summary": step.summary,
                "error": step.error,
            },
        )


def list_runs(catalog: Catalog, limit: int = 50) -> list[Run]:
    """Return the newest runs, newest first."""
    query = select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.id.desc()).limit(limit)
    with catalog.read() as connection:
        return [_run(row) for row in connection.execute(query)]


def unfinished_runs(catalog: Catalog) -> list[Run]:
    """Return the runs without an end, oldest first: at work now, or cut off."""
    query = select(RUNS).where(RUNS.c.finished_at.is_(None)).order_by(RUNS.c.started_at, RUNS.c.id)
    with catalog.read() as connection:
        return [_run(row) for row in connection.execute(query)]


def steps_of(catalog: Catalog, run_id: str) -> list[StepRecord]:
    """Return the run's steps by index."""
    query = select(STEPS).where(STEPS.c.run_id == run_id).order_by(STEPS.c.position)
    with catalog.read() as connection:
        return [StepRecord(*row) for row in connection.execute(query)]


def last_failures(catalog: Catalog, limit: int = 1000) -> dict[str, StepRecord]:
    """Return by resource its newest step that failed, of the newest `limit` failed ones."""
    query = select(STEPS).where(STEPS.c.status == "failed").order_by(STEPS.c.finished_at.desc()).limit(limit)
    found: dict[str, StepRecord] = {}
    with catalog.read() as connection:
        for row in connection.execute(query):
            found.setdefault(row.resource, StepRecord(*row))
    return found


def _run(row: Row[Any]) -> Run:
    return Run(**row._mapping)
