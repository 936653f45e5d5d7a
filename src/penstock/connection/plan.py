"""A plan from Python: what a run would do, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyarrow.lib import StringBuilder

from penstock.connection.display import Display, Section
from penstock.connection.relation import Relation
from penstock.engine.step import Plan as EnginePlan
from penstock.engine.step import Step


class Plan:
    """The steps that a run would take, in their order."""

    def __init__(self, plan: EnginePlan) -> None:
        self._plan = plan

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, those too that leave an object as it is."""
        return self._plan.steps

    @property
    def work(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return self._plan.work

    def table(self) -> Relation:
        """Return one row a step: its number, what it does with which object, and why."""
        return Relation.of(_table(self.steps))

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return self._display().text()

    def _repr_html_(self) -> str:
        return self._display().html()

    def _display(self) -> Display:
        fresh = len(self.steps) - len(self.work)
        if not self.work:
            return Display(f"Nothing to do: {objects(fresh)} up to date.")
        rest = f", {fresh} up to date" if fresh else ""
        return Display(f"{steps(len(self.work))} to do{rest}", (Section("", _table(self.work)),))


def steps(count: int) -> str:
    """Return a number of steps in words."""
    return f"{count} step{'' if count == 1 else 's'}"


def objects(count: int) -> str:
    """Return a number of objects in words."""
    return f"{count} object{'' if count == 1 else 's'}"


def _table(steps: Sequence[Step]) -> pa.Table:
    return pa.table(
        {
            "step": _texts([str(number) for number in range(1, len(steps) + 1)]).cast(pa.int64()),
            "action": _texts([step.action for step in steps]),
            "object": _texts([str(step.name) for step in steps]),
            "because": _texts([step.reason for step in steps]),
        }
    )


def _texts(values: list[str]) -> pa.Array:
    """Return texts as an Arrow column. `pyarrow.array` would import pandas first, where that is installed."""
    builder = StringBuilder()
    builder.append_values(values)
    return builder.finish()
