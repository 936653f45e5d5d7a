"""Many series side by side, so that one pass over the times goes through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.fitted_series import Floats

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """Series of one season, the longest first, all ending in the last column: `values` (s, n), NaN before `starts`.

    `order` (s,) says which of the series that were given each row is. `period` is the season's length in steps, 1 for
    none; `long_period` that of a longer one, or the same again.
    """

    values: Floats
    starts: Whole
    order: Whole
    period: int
    long_period: int

    @property
    def live(self) -> Whole:
        """How many rows have begun at each column (n,): they are the first ones."""
        return np.searchsorted(self.starts, np.arange(self.values.shape[1]), side="right")

    def rows(self, kept: Whole) -> Panel:
        """Return some of the rows, given in ascending order."""
        return Panel(self.values[kept], self.starts[kept], self.order[kept], self.period, self.long_period)

    def newest(self, count: int) -> Panel:
        """Return the last `count` columns."""
        gone = max(self.values.shape[1] - count, 0)
        starts = np.maximum(self.starts - gone, 0)
        return Panel(self.values[:, gone:], starts, self.order, self.period, self.long_period)


@dataclass(frozen=True)
class Said:
    """What a method says of each series of a panel: `path` and `season` (s, n + horizon).

    Up to n each value of `path` is said from those before it, NaN where nothing is; from n on it is the forecast.
    `season` is the part of it that repeats itself, 0 where the method knows of none.
    """

    path: Floats
    season: Floats


def panel_of(series: Sequence[Floats], period: int, long_period: int) -> Panel:
    """Return series without gaps, each of shape (n,) and of one value at least, as a panel."""
    lengths = np.array([len(values) for values in series])
    order = np.argsort(-lengths, kind="stable")
    n = int(lengths.max())
    values = np.full((len(series), n), np.nan)
    for row, place in enumerate(order):
        values[row, n - lengths[place] :] = series[place]
    return Panel(values, n - lengths[order], order, period, long_period)
