"""A run from Python: what was done, and what came of it."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from penstock.connection.display import Display, Section
from penstock.connection.relation import Relation
from penstock.engine.run import RunResult
from penstock.engine.step import Outcome, Status

# How the ends of a run's steps are told, in this order.
TOLD: tuple[tuple[Status, str], ...] = (
    ("done", "done"),
    ("skipped", "up to date"),
    ("failed", "failed"),
    ("cancelled", "not done because of that"),
)


class Run:
    """What came of a run, step by step."""

    def __init__(self, result: RunResult, warnings: tuple[str, ...] = ()) -> None:
        self._result = result
        self._warnings = warnings

    @property
    def run_id(self) -> str:
        """The id under which SHOW RUNS and SHOW STEPS know it."""
        return self._result.run_id

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What came of every step, in the order in which they ended."""
        return self._result.outcomes

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was noticed and stopped nothing: a suspected leak, a file's doubled header, rejected rows."""
        return self._warnings

    def table(self) -> Relation:
        """Return one row a step: what was done with which object, how it ended, and in how many seconds."""
        return Relation.of(_table(self.outcomes))

    def __repr__(self) -> str:
        return self._display().text()

    def _repr_html_(self) -> str:
        return self._display().html()

    def _display(self) -> Display:
        done = [outcome for outcome in self.outcomes if outcome.status != "skipped"]
        sections = [Section("", _table(done))] if done else []
        if self._warnings:
            sections.append(Section("Warnings", pa.table({"warning": pa.array(self._warnings, pa.string())})))
        return Display(told(self._result), tuple(sections))


def told(result: RunResult) -> str:
    """Return one line on a run: how many of its steps ended in which way."""
    counts = Counter(outcome.status for outcome in result.outcomes)
    words = [f"{counts[status]} {told}" for status, told in TOLD if counts[status]]
    return f"Run {result.run_id}: {', '.join(words) or 'the project declares nothing'}."


def _table(outcomes: list[Outcome] | tuple[Outcome, ...]) -> pa.Table:
    return pa.table(
        {
            "action": pa.array([outcome.step.action for outcome in outcomes], pa.string()),
            "object": pa.array([str(outcome.step.name) for outcome in outcomes], pa.string()),
            "status": pa.array([outcome.status for outcome in outcomes], pa.string()),
            "summary": pa.array([outcome.summary for outcome in outcomes], pa.string()),
            "seconds": pa.array([round(outcome.seconds, 2) for outcome in outcomes], pa.float64()),
        }
    )
