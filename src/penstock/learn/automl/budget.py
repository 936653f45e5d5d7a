"""The time that a search may take, and what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Budget:
    """So many seconds from `began`, of which `reserve` are kept for what follows the search."""

    seconds: float
    reserve: float
    clock: Callable[[], float] = time.monotonic
    began: float = field(default=-1.0)

    def __post_init__(self) -> None:
        if self.began < 0:
            object.__setattr__(self, "began", self.clock())

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return self.clock() - self.began

    @property
    def left(self) -> float:
        """Seconds that the search still has; negative when it is over."""
        return self.seconds - self.reserve - self.spent

    @property
    def over(self) -> bool:
        return self.left <= 0
