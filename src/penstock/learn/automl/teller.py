"""What a search says while it works: how much of its time has gone, and what it does."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

from penstock.learn.automl.budget import Budget
from penstock.learn.learner import Progress

# Seconds between two words; whoever listens writes them down.
_PAUSE = 0.5


@dataclass
class Teller:
    """Tells how far the time of a budget has gone, from any thread; who is told may raise Cancelled."""

    budget: Budget
    progress: Progress
    _told: float = -math.inf
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, doing: str) -> None:
        """Say what is done, twice a second at most."""
        now = self.budget.clock()
        with self._telling:
            if now - self._told < _PAUSE:
                return
            self._told = now
            self.say(doing)

    def say(self, doing: str) -> None:
        """Say what is done at once."""
        whole = max(round(self.budget.seconds * 10), 1)
        self.progress(min(round(self.budget.spent * 10), whole - 1), whole, doing)
