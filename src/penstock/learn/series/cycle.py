"""Forecasts that repeat the past: the last cycle, or what is usual in a cycle."""

from __future__ import annotations

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.panel import Panel, Said

USUAL_CYCLES = 5


def seasonal_naive(panel: Panel, horizon: int) -> Said:
    """Return the value of one cycle before; of series without a season the last value. Each has a cycle at least."""
    s, n = panel.values.shape
    period = panel.period
    path = np.full((s, n + horizon), np.nan)
    path[:, period:n] = panel.values[:, : n - period]
    cycle = panel.values[:, n - period :]
    path[:, n:] = cycle[:, np.arange(horizon) % period]
    return Said(path, _apart(path, period))


def usual_cycle(panel: Panel, horizon: int) -> Said:
    """Return the mean of the last cycle and what was usual, the median, of each phase in the last few cycles.

    Cycles are those of the longer season where there is one.
    """
    s, n = panel.values.shape
    period = panel.long_period
    path = np.full((s, n + horizon), np.nan)
    season = np.zeros((s, n + horizon))
    cycles = np.minimum((n - panel.starts) // period, USUAL_CYCLES) if period > 1 else np.zeros(s, np.int64)
    for count in np.unique(cycles):
        rows = np.flatnonzero(cycles == count)
        if not count:
            path[rows, n:] = np.nanmedian(panel.values[rows, max(n - 3, 0) :], axis=1)[:, None]
            continue
        last = panel.values[rows, n - count * period :].reshape(len(rows), count, period)
        usual = np.median(last - last.mean(axis=2, keepdims=True), axis=1)
        season[rows, n:] = usual[:, np.arange(horizon) % period]
        path[rows, n:] = last[:, -1].mean(axis=1)[:, None] + season[rows, n:]
    return Said(path, season)


def _apart(path: Floats, period: int) -> Floats:
    """Return what each value of a repeated path is above the mean of its cycle; 0 without a season."""
    season = np.zeros_like(path)
    if period > 1:
        sums = np.cumsum(np.nan_to_num(path), axis=1)
        whole = sums[:, period:] - sums[:, :-period]
        known = ~np.isnan(path[:, period:]) & ~np.isnan(path[:, 1 : path.shape[1] - period + 1])
        season[:, period:] = np.where(known, path[:, period:] - whole / period, 0.0)
    return season
