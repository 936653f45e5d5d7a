"""How many thresholds of a column are below a value: a search that guesses no branch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# So few thresholds are compared with one by one.
_FEW = 6
# Cells that the span of the thresholds is cut into, the fewest that hold no more thresholds each than this.
_CELLS, _MOST_IN_CELL = (1 << 10, 1 << 13, 1 << 16), 3


class ThresholdRanks:
    """The thresholds of a column, ascending, ready to be searched. Immutable."""

    def __init__(self, thresholds: Floats) -> None:
        self.dtype: np.dtype[Any] = np.min_scalar_type(len(thresholds))
        self._thresholds = thresholds
        # No value is above the one that stands behind the last.
        self._padded = np.append(thresholds, np.inf)
        self._guide: NDArray[Any] | None = None
        with np.errstate(over="ignore", invalid="ignore"):
            # Of infinite thresholds alone there is none.
            span = float(thresholds[-1] - thresholds[0])
        if len(thresholds) <= _FEW or not np.isfinite(span):
            return
        for cells in _CELLS:
            self._cells, self._scale = float(cells), cells / span
            if not np.isfinite(self._scale):
                return
            places = self._cells_of(thresholds)
            self._steps = int(np.bincount(places).max())
            if self._steps <= _MOST_IN_CELL:
                self._guide = np.searchsorted(places, np.arange(cells + 1)).astype(self.dtype)
                return

    def of(self, values: Floats) -> NDArray[Any]:
        """Return for each value the number of thresholds below it; of NaN any number.

        The thresholds' span is cut into cells of one width: those in lower cells are below a value, for a cell's number
        never falls where the value rises; the few in the value's own cell are compared with (Chen and Asau 1974, «On
        generating random variates from an empirical distribution», have searched so).
        """
        if len(self._thresholds) <= _FEW:
            ranks: NDArray[Any] = np.zeros(len(values), self.dtype)
            for threshold in self._thresholds.tolist():
                ranks += values > threshold
            return ranks
        if self._guide is None:
            return np.searchsorted(self._thresholds, values).astype(self.dtype)
        found = self._guide.take(self._cells_of(values))
        for _ in range(self._steps):
            found += values > self._padded.take(found)
        return found

    def _cells_of(self, values: Floats) -> NDArray[np.int64]:
        with np.errstate(over="ignore"):
            places = values - self._thresholds[0]
            places *= self._scale
        np.fmax(places, 0.0, out=places)
        np.fmin(places, self._cells, out=places)
        cells: NDArray[np.int64] = places.astype(np.int64)
        return cells
