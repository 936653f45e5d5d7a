"""What happens while work runs, told to whoever listens: the terminal, a log, the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StepStarted:
    """A step of a run has begun. `index` counts from 1 to `total`."""

    run_id: str
    resource: str
    action: str
    index: int
    total: int
    at: datetime


@dataclass(frozen=True)
class StepProgressed:
    """A long step has come this far: `done` of `total` units, `remaining_seconds` estimated from the pace so far."""

    run_id: str
    resource: str
    done: float
    total: float
    remaining_seconds: float | None
    note: str = ""


@dataclass(frozen=True)
class StepFinished:
    """A step has ended. `status` is `done`, `skipped`, `failed` or `cancelled`; `summary` is one line for a person."""

    run_id: str
    resource: str
    action: str
    status: str
    seconds: float
    summary: str


@dataclass(frozen=True)
class Noticed:
    """Something a person should know that stops nothing: an assertion of severity `warn`, a suspected leak."""

    resource: str
    message: str


class PenstockWarning(UserWarning):
    """What Python's `warnings` tell of a `Noticed`, for a caller in Python who gave no listener of their own."""


Event = StepStarted | StepProgressed | StepFinished | Noticed
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """A listener that does not listen."""
