"""What follows a search, in seconds: members are chosen, written, loaded, judged and explained."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from penstock.learn.tree_ensemble import read_ensemble

Floats = NDArray[np.float64]
Result = TypeVar("Result")
# Trees are merged, written into a graph, loaded to be measured and to be judged, explained: measured on 300 to 18,000
# trees, that is so many times the work of reading them once.
_READINGS = 20.0
# Calibration, metrics and the rows that are kept: so many times the work of one measure of all rows.
_MEASURES = 10.0


@dataclass
class Aftermath:
    """The pace of this machine, at its present load, for work of the same kinds as what follows."""

    seconds_of_measure: float = 0.0
    seconds_of_byte: float = 0.0

    def measured(self, measure: Callable[[], Result]) -> Result:
        """Return what a measure of all rows gives, and remember how long it took."""
        began = time.perf_counter()
        found = measure()
        self.seconds_of_measure = max(self.seconds_of_measure, time.perf_counter() - began)
        return found

    def read(self, text: str) -> None:
        """Learn from the trees of one fit how long it takes to read a byte of such."""
        began = time.perf_counter()
        read_ensemble(text)
        self.seconds_of_byte = max(self.seconds_of_byte, (time.perf_counter() - began) / max(len(text), 1))

    def of(self, size: int) -> float:
        """Return the seconds that follow for members of so many bytes."""
        return _READINGS * self.seconds_of_byte * size + _MEASURES * self.seconds_of_measure


def affordable(weights: Floats, sizes: Sequence[int], most: float) -> Floats:
    """Return the weights without the least of them, until the members' sizes are at most so much together.

    The greatest is always kept.
    """
    kept = weights.copy()
    for member in np.argsort(weights).tolist()[:-1]:
        if sum(size for size, weight in zip(sizes, kept, strict=True) if weight) <= most:
            break
        kept[member] = 0.0
    found: Floats = kept / kept.sum()
    return found
