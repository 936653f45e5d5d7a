"""What will be done and what came of it, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.core.names import ResourceName
from penstock.graph.fingerprint import FileMark

Action = Literal["build", "append", "check", "train", "create", "drop", "skip"]
Status = Literal["done", "skipped", "failed", "cancelled"]


@dataclass(frozen=True)
class Step:
    """One node of a run: what to do with an object, and why.

    `build` makes a table or a view, `append` adds new files' rows, `check` runs an assertion, `train` makes a version,
    `create` records an endpoint, goal, monitor or trigger, `drop` removes a definition, `skip` leaves an object as it
    is. `fingerprint` and `definition` are what the object's state will carry once the step is done; `files` are those
    that its query reads; `data` is a hash of the definitions and files that it stands on, all the way up. `in_files`
    says whether the project's files declare the object, or somebody made it by hand; None leaves what is known of that.
    """

    name: ResourceName
    action: Action
    reason: str
    fingerprint: str
    definition: str
    files: tuple[FileMark, ...] = ()
    parents: tuple[ResourceName, ...] = ()
    data: str = ""
    in_files: bool | None = None


@dataclass(frozen=True)
class Plan:
    """Steps in an order in which every step comes after those it stands on; `levels` may each run in parallel."""

    levels: tuple[tuple[Step, ...], ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for level in self.levels for step in level)

    @property
    def work(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.action != "skip")


@dataclass(frozen=True)
class Outcome:
    """What came of a step. `summary` is one line for a person: rows, version, metric."""

    step: Step
    status: Status
    summary: str
    seconds: float
    error: str | None = None
