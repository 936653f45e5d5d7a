"""What follows a search, in seconds: members are chosen, written, loaded, judged and explained."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from penstock.learn.tree_ensemble import read_ensemble

Result = TypeVar("Result")
# What trees cost after a search, in times of reading their text once, a little more than was measured on 100 to 1,800
# trees of 2 to 127 leaves: merged 0.6 to 1.2, made a graph 1.1 to 1.7, loaded and asked for single rows 0.4 to 1.2,
# loaded once more and compared with what the trees say by themselves 0.5 to 1.5; then, of the graph that is written,
# loaded 0.3 to 1, scored 0.4 to 0.8, explained 0.5 to 1.1.
_WRITTEN, _JUDGED = 6.0, 3.5
# A reading is the median of so many: one of a short text may be kept waiting for longer than it takes.
_READINGS = 3
# Calibration, by all rows and crosswise, metrics and the rows that are kept: so many times the work of one measure of
# all rows.
_MEASURES = 12.0


@dataclass
class Aftermath:
    """The pace of this machine, at its present load, for work of the same kinds as what follows."""

    seconds_of_measure: float = 0.0
    _reading: float = 0.0
    _read: int = 0
    _choosing: float = 0.0
    _chosen_of: int = 1

    def measured(self, measure: Callable[[], Result]) -> Result:
        """Return what a measure of all rows gives, and remember how long it took."""
        began = time.perf_counter()
        found = measure()
        self.seconds_of_measure = max(self.seconds_of_measure, time.perf_counter() - began)
        return found

    def chosen(self, members: int, choose: Callable[[], Result]) -> Result:
        """Return which of so many members are best together, and remember how long it took to find out."""
        began = time.perf_counter()
        found = choose()
        self._choosing, self._chosen_of = time.perf_counter() - began, members
        return found

    def read(self, text: str) -> None:
        """Learn from the trees of one fit how long it takes to read a byte of such."""
        taken = []
        for _ in range(_READINGS):
            began = time.perf_counter()
            read_ensemble(text)
            taken.append(time.perf_counter() - began)
        self._reading += median(taken)
        self._read += len(text)

    @property
    def seconds_of_byte(self) -> float:
        """How long it takes to read a byte of the trees so far."""
        return self._reading / max(self._read, 1)

    def of_choosing(self, members: int) -> float:
        """Return the seconds in which the best of so many members are found, by the pace of the last time."""
        return self._choosing * members / self._chosen_of

    def of(self, size: float, members: int) -> float:
        """Return the seconds that follow a search of so many members, those that it chooses being of so many bytes."""
        writing = _WRITTEN * self.seconds_of_byte * size
        # Once by all rows, and as long again crosswise.
        return 2 * self.of_choosing(members) + writing + self.of_written(size)

    def of_written(self, size: float) -> float:
        """Return the seconds that follow once a model of so many bytes is written."""
        return _JUDGED * self.seconds_of_byte * size + _MEASURES * self.seconds_of_measure

    def most_bytes(self, seconds: float) -> float:
        """Return how large a model can be made and judged in so many seconds, its members being chosen."""
        a_byte = (_WRITTEN + _JUDGED) * self.seconds_of_byte
        return max(seconds - self.of_written(0), 0.0) / max(a_byte, 1e-12)
