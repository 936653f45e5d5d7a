"""What time it is: the wall clock, or a virtual one for backtests and tests. All times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the current time with its zone, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved. It never goes backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`."""
        self.move_to(self._now + step)

    def move_to(self, moment: datetime) -> None:
        """Move to `moment`; raises ValueError when that lies in the past."""
        moment = moment.astimezone(UTC)
        if moment < self._now:
            raise ValueError(f"A clock cannot go back from {self._now} to {moment}.")
        self._now = moment
