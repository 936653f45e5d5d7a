"""Seasonal and trend by local regression: STL, for one period and for several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.loess import moving_average, smooth

INNER = 5
ROUNDS = 2


def odd_at_least(value: float) -> int:
    """Return the smallest odd number that is not below `value`."""
    whole = int(np.ceil(value))
    return whole + (whole + 1) % 2


def stl(values: Floats, period: int, seasonal_window: int, trend_window: int | None = None) -> tuple[Floats, Floats]:
    """Return the seasonal part and the trend, each of shape (n,), of a series without gaps.

    `seasonal_window` is the number of cycles (odd) that one point of a season is smoothed over. Cleveland et al.
    (1990): inner loop only, degrees 1, 1 and 1, no jumps; spikes were cleaned before, so that there are no
    robustness weights. Needs two cycles.
    """
    n = len(values)
    if trend_window is None:
        trend_window = odd_at_least(1.5 * period / (1 - 1.5 / seasonal_window))
    low_window = odd_at_least(period)
    seasonal = trend = np.zeros(n)
    for _ in range(INNER):
        cycle = _cycle_smooth(values - trend, period, seasonal_window)
        low = moving_average(moving_average(moving_average(cycle, period), period), 3)
        low = smooth(low[:, None], low_window, 1)[:, 0]
        seasonal = cycle[period : period + n] - low
        trend = smooth((values - seasonal)[:, None], trend_window, 1)[:, 0]
    return seasonal, trend


def several(values: Floats, periods: Sequence[int], windows: Sequence[int]) -> list[Floats]:
    """Return the seasonal part of each period, shortest first: each is taken from what the others leave.

    As in Bandara, Hyndman and Bergmeir (2021), MSTL. With one period it is STL.
    """
    parts = [np.zeros(len(values)) for _ in periods]
    for _ in range(ROUNDS if len(periods) > 1 else 1):
        for i, (period, window) in enumerate(zip(periods, windows, strict=True)):
            others = sum((part for j, part in enumerate(parts) if j != i), np.zeros(len(values)))
            parts[i], _ = stl(values - others, period, window)
    return parts


def _cycle_smooth(values: Floats, period: int, window: int) -> Floats:
    """Return every cycle-subseries smoothed, with one cycle more at both ends, shape (n + 2 · period,)."""
    n = len(values)
    whole, rest = divmod(n, period)
    smoothed = np.empty(n + 2 * period)
    # The first `rest` phases have one point more than the others.
    for phases, count in ((slice(0, rest), whole + 1), (slice(rest, period), whole)):
        width = phases.stop - phases.start
        if width:
            padded = np.full((whole + 1) * period, np.nan)
            padded[:n] = values
            table = padded.reshape(whole + 1, period)[:count, phases]
            made = smooth(table, window, 1, beyond=1)
            places = (np.arange(count + 2)[:, None] * period + np.arange(phases.start, phases.stop)).ravel()
            smoothed[places] = made.ravel()
    return smoothed
