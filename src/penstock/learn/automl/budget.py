"""The time that a search may take, and what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


def _never() -> bool:
    return False


@dataclass
class Budget:
    """So many seconds from `began`, of which `reserve` are kept for what follows the search, whatever it finds, and
    `foreseen` for what it has found so far.

    Whoever asks `stopped` to be true wants the search to end now, with the best that it has.
    """

    seconds: float
    reserve: float
    clock: Callable[[], float] = time.monotonic
    began: float = -1.0
    stopped: Callable[[], bool] = field(default=_never)
    foreseen: float = 0.0

    def __post_init__(self) -> None:
        if self.began < 0:
            self.began = self.clock()

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return self.clock() - self.began

    @property
    def left(self) -> float:
        """Seconds that the search still has; none when it is over."""
        if self.stopped():
            return 0.0
        return self.seconds - self.reserve - self.foreseen - self.spent

    def keep(self, seconds: float) -> None:
        """Keep at least so many seconds for what follows, whatever is found."""
        self.reserve = max(self.reserve, seconds)

    @property
    def over(self) -> bool:
        return self.left <= 0
