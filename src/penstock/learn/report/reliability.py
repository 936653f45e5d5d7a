"""Whether probabilities mean what they say: bins of equal rows, what was said beside what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_MOST_BINS, _LEAST_ROWS = 10, 20
# The 97.5 % quantile of the normal distribution: intervals hold 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True)
class ReliabilityBin:
    """Of `rows` rows with a mean probability of `predicted`, the share `actual` was so, which stands for a true share
    between `low` and `high` (95 %).
    """

    rows: int
    predicted: float
    actual: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """`of` says whose probabilities; `error` is the mean distance of said and true, weighted by rows (expected
    calibration error: Naeini et al. 2015, «Obtaining well calibrated probabilities using Bayesian binning»).
    """

    of: str
    bins: tuple[ReliabilityBin, ...]
    error: float


def calibration_of(hit: NDArray[np.bool_], said: Floats, of: str) -> Calibration | None:
    """Return the bins of rows (n,) by what was said of them, rows of one probability together; None without rows."""
    if not len(said):
        return None
    count = int(np.clip(len(said) // _LEAST_ROWS, 1, _MOST_BINS))
    edges = np.unique(np.quantile(said, np.arange(1, count) / count)) if count > 1 else np.empty(0)
    code = np.searchsorted(edges, said, side="left")
    rows = np.bincount(code, minlength=len(edges) + 1)
    sums, hits = (np.bincount(code, weights, len(edges) + 1) for weights in (said, hit.astype(np.float64)))
    bins = tuple(
        ReliabilityBin(n, total / n, wins / n, *wilson(wins, n))
        for n, total, wins in zip(rows.tolist(), sums.tolist(), hits.tolist(), strict=True)
        if n
    )
    error = sum(each.rows * abs(each.predicted - each.actual) for each in bins) / len(said)
    return Calibration(of, bins, error)


def wilson(hits: float, rows: int) -> tuple[float, float]:
    """Return between what a share lies, of which `rows` rows have shown `hits`, 95 % sure.

    Wilson 1927, «Probable inference, the law of succession, and statistical inference».
    """
    share, grown = hits / rows, 1 + _Z**2 / rows
    middle = (share + _Z**2 / (2 * rows)) / grown
    half = _Z / grown * float(np.sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2)))
    return max(0.0, middle - half), min(1.0, middle + half)
