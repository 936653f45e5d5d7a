"""How far predicted numbers are off: how errors are spread, and whether they depend on what is predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BARS, _BANDS, _LEAST_ROWS = 24, 10, 10


@dataclass(frozen=True)
class Bar:
    """So many rows have an error between two numbers."""

    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Band:
    """Of the rows that were predicted about so: a tenth has an error below `low`, half below `middle`, a tenth above
    `high`.
    """

    predicted: float
    rows: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Residuals:
    """Errors are actual minus predicted; four fifths of them lie between `low` and `high`. Those beyond the first and
    last bar, `outside` rows, are in no bar.
    """

    low: float
    high: float
    bars: tuple[Bar, ...]
    outside: int
    bands: tuple[Band, ...]


def residuals_of(actual: Floats, predicted: Floats) -> Residuals | None:
    """Return the residuals of rows, (n,) each; None where there is no finite one."""
    error = actual - predicted
    known = np.isfinite(error)
    error, predicted = error[known], predicted[known]
    if not len(error):
        return None
    tenth, last_tenth, low, high = (float(value) for value in np.quantile(error, (0.1, 0.9, 0.005, 0.995)))
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(error, _BARS, (low, high))
    ends = edges.tolist()
    bars = tuple(Bar(*each) for each in zip(ends, ends[1:], counts.tolist(), strict=False))
    bands = []
    order = np.argsort(predicted, kind="stable")
    for rows in np.array_split(order, int(np.clip(len(error) // _LEAST_ROWS, 1, _BANDS))):
        quantiles = (float(value) for value in np.quantile(error[rows], (0.1, 0.5, 0.9)))
        bands.append(Band(float(np.mean(predicted[rows])), len(rows), *quantiles))
    return Residuals(tenth, last_tenth, bars, len(error) - int(counts.sum()), tuple(bands))
