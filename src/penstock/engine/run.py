"""Walking the graph: steps in order, side by side where they may be, each recorded as it ends.

A run keeps no state of its own beyond its journal. Every step makes its object match its definition and records the
object's fingerprint when it has; so a run that was killed is gone on with by running again: what was finished is fresh
and is skipped, what was not is done.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from penstock.catalog.lease import acquire_lease, lease_holder, release_lease, renew_lease
from penstock.catalog.objects import list_objects, update_state
from penstock.catalog.runs import Run, StepRecord, finish_run, record_step, start_run, unfinished_runs
from penstock.core.errors import Busy, UserError
from penstock.core.events import Noticed, StepFinished, StepStarted
from penstock.core.names import ResourceName
from penstock.engine.build import BuildRequest, build
from penstock.engine.interruption import ending_searches_first
from penstock.engine.leftover import IN_FILES
from penstock.engine.session import Session
from penstock.engine.step import Outcome, Plan, Step
from penstock.graph.topology import Graph

LEASE = "run"
LEASE_TIME = timedelta(minutes=5)
# Of two trainings at once each has half of the threads; two table builds overlap reading and writing.
SIDE_BY_SIDE = 2


@dataclass(frozen=True)
class RunResult:
    """What came of a run, step by step; `problems` holds the errors of the steps that failed."""

    run_id: str
    outcomes: tuple[Outcome, ...]
    problems: tuple[UserError, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def run_plan(
    session: Session,
    graph: Graph,
    plan: Plan,
    *,
    cause: str,
    full_refresh: bool = False,
    min_new_rows: int = 0,
) -> RunResult:
    """Do the plan's steps and return what came of them.

    A step that fails stops everything that stands on it and nothing else. A model with a champion is not trained again
    for fewer than `min_new_rows` rows more than the champion saw. Raises Busy when another process runs this project.
    """
    run_id = uuid.uuid4().hex[:12]
    with run_lease(session, run_id):
        _close_interrupted(session)
        started = session.clock.now()
        run = Run(run_id, started, None, "running", cause, os.getpid(), socket.gethostname())
        start_run(session.catalog, run)
        _claim(session, plan)
        request = BuildRequest(run_id, full_refresh, min_new_rows)
        walk = _Walk(session, graph, request, len(plan.work))
        status = "failed"
        try:
            for level in plan.levels:
                walk.do(level)
            status = "done" if not walk.problems else "failed"
        except KeyboardInterrupt:
            status = "cancelled"
            raise
        finally:
            finish_run(session.catalog, run_id, status, session.clock.now())
    return RunResult(run_id, tuple(walk.outcomes), tuple(walk.problems))


def _claim(session: Session, plan: Plan) -> None:
    """Remember of objects that are left as they are that the files declare them; the others are recorded anew."""
    kept = {(step.name.kind, step.name.key) for step in plan.steps if step.in_files and step.action == "skip"}
    for state in list_objects(session.catalog) if kept else ():
        if (state.name.kind, state.name.key) in kept and not state.state.get(IN_FILES):
            update_state(session.catalog, state.name, lambda known: {**known, IN_FILES: True}, state.updated_at)


class _Walk:
    """The steps of one run as they are done."""

    def __init__(self, session: Session, graph: Graph, request: BuildRequest, total: int) -> None:
        self._session = session
        self._graph = graph
        self._request = request
        self._run_id = request.run_id
        self._total = total
        self._begun = 0
        self._stopped: dict[ResourceName, str] = {}
        self.outcomes: list[Outcome] = []
        self.problems: list[UserError] = []

    def do(self, level: tuple[Step, ...]) -> None:
        """Do the steps of one level, side by side."""
        work = [step for step in level if step.action != "skip" and not self._blocked(step)]
        for step in level:
            if step not in work:
                self._leave(step)
        if len(work) == 1:
            self._finish(work[0], *self._attempt(work[0], self._session))
            return
        trainings = sum(step.action == "train" for step in work)
        session = self._session.sharing(min(max(trainings, 1), SIDE_BY_SIDE))
        searches = self._session.searches
        with ending_searches_first(searches), ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="step") as pool:
            try:
                for step, ended in zip(work, pool.map(lambda step: self._attempt(step, session), work), strict=True):
                    self._finish(step, *ended)
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                self._session.cancel()
                raise

    def _blocked(self, step: Step) -> str | None:
        return next((self._stopped[parent] for parent in step.parents if parent in self._stopped), None)

    def _leave(self, step: Step) -> None:
        cause = self._blocked(step)
        if cause is None:
            self.outcomes.append(Outcome(step, "skipped", step.reason, 0.0))
            return
        self._stopped[step.name] = cause
        self.outcomes.append(Outcome(step, "cancelled", f"not done: {cause} failed", 0.0))

    def _attempt(self, step: Step, session: Session) -> tuple[str, UserError | None, float]:
        self._begun += 1
        now = session.clock.now()
        session.listener(StepStarted(self._run_id, str(step.name), step.action, self._begun, self._total, now))
        begun = time.monotonic()
        try:
            summary = build(session, self._graph, step, self._request)
        except UserError as problem:
            return problem.diagnostics[0].message, problem, time.monotonic() - begun
        return summary, None, time.monotonic() - begun

    def _finish(self, step: Step, summary: str, problem: UserError | None, seconds: float) -> None:
        status = "done" if problem is None else "failed"
        if problem is not None:
            self._stopped[step.name] = str(step.name)
            self.problems.append(problem)
        error = str(problem) if problem else None
        self.outcomes.append(Outcome(step, "done" if problem is None else "failed", summary, seconds, error))
        now = self._session.clock.now()
        record = StepRecord(
            run_id=self._run_id,
            index=len(self.outcomes),
            resource=str(step.name),
            action=step.action,
            status=status,
            started_at=now - timedelta(seconds=seconds),
            finished_at=now,
            summary=summary,
            error=error,
        )
        record_step(self._session.catalog, record)
        self._session.listener(StepFinished(self._run_id, str(step.name), step.action, status, seconds, summary))


@contextmanager
def run_lease(session: Session, owner: str) -> Iterator[None]:
    """Hold the project's run lease, or raise Busy saying who does."""
    now = session.clock.now()
    if not acquire_lease(session.catalog, LEASE, owner, now, LEASE_TIME):
        held = lease_holder(session.catalog, LEASE, now)
        who = f", begun at {held.acquired_at:%H:%M:%S} by process {held.process.pid}" if held else ""
        hint = "Wait for it to end, or look with: penstock status"
        raise Busy.of(f"Another run of this project is under way{who}.", hint=hint)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(session, owner, stop), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()
        release_lease(session.catalog, LEASE, owner)


def _keep(session: Session, owner: str, stop: threading.Event) -> None:
    """Renew the lease while the run works; a long training must not lose it."""
    while not stop.wait(LEASE_TIME.total_seconds() / 3):
        renew_lease(session.catalog, LEASE, owner, session.clock.now(), LEASE_TIME)


def close_what_was_interrupted(session: Session) -> None:
    """Close the journal of runs whose process is gone; one that is under way is left alone."""
    if not unfinished_runs(session.catalog):
        return
    # Whoever holds the lease has closed them, or is about to.
    with suppress(Busy), run_lease(session, uuid.uuid4().hex[:12]):
        _close_interrupted(session)


def _close_interrupted(session: Session) -> None:
    """Mark runs whose process is gone: their finished steps count, the rest is about to be done."""
    for run in unfinished_runs(session.catalog):
        finish_run(session.catalog, run.id, "interrupted", session.clock.now())
        session.listener(Noticed("run", f"Going on after run {run.id}, which was interrupted."))


def raise_problems(result: RunResult) -> None:
    """Raise one UserError with every finding of a run that failed."""
    findings = [finding for problem in result.problems for finding in problem.diagnostics]
    if findings:
        raise UserError(*findings)
