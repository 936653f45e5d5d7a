"""A quick, robust picture of a series: its level and its season by medians, which spikes and steps do not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.frequency import Step
from penstock.learn.series.seasonality import CYCLES
from penstock.learn.series.stl import odd_at_least

NORMAL = 1.4826
"""The standard deviation of a normal law, in median absolute deviations."""
LEVEL = 7
"""How many points the running median of a series without a short season looks at."""
LONGEST = 400
"""The longest period in steps that is taken off by medians."""


@dataclass(frozen=True)
class Rough:
    """The running median, the medians of the phases beside it, and what is left, each of shape (n,).

    `noise` is what is left on the scale of the decomposition, where it is of even size: logarithms where the
    season is a factor, else `rest` itself.
    """

    level: Floats
    season: Floats
    rest: Floats
    noise: Floats


def rough(values: Floats, step: Step) -> Rough:
    """Return the series in its rough parts: its season an amount, or a factor where that leaves less."""
    plain = _rough(values, step)
    if not values.min() > 0 or not plain.season.any():
        return plain
    logs = _rough(np.log(values), step)
    level = np.exp(logs.level)
    season = level * np.expm1(logs.season)
    rest = values - level - season
    if np.abs(rest).mean() >= np.abs(plain.rest).mean():
        return plain
    return Rough(level, season, rest, logs.rest)


def _rough(values: Floats, step: Step) -> Rough:
    period = _period(step, len(values))
    window = odd_at_least(max(LEVEL, period or 0))
    level = running_median(values, window)
    season = np.zeros(len(values))
    if period:
        season = phase_medians(values - level, period)
        level = running_median(values - season, LEVEL if window > LEVEL else window)
    rest = values - level - season
    return Rough(level, season, rest, rest)


def running_median(values: Floats, window: int) -> Floats:
    """Return the median of the `window` nearest points, shape (n,); at the ends the series is mirrored."""
    from scipy.ndimage import median_filter

    found: Floats = median_filter(values, size=min(window, odd_at_least(len(values))), mode="mirror")
    return found


def phase_medians(values: Floats, period: int) -> Floats:
    """Return for each point the median of all points at the same place of the cycle, shape (n,)."""
    n = len(values)
    cycles = -(-n // period)
    padded = np.full(cycles * period, np.nan)
    padded[:n] = values
    medians = np.nanmedian(padded.reshape(cycles, period), axis=0)
    return np.tile(medians - np.median(medians), cycles)[:n]


def deviation(values: Floats) -> float:
    """Return a robust standard deviation of values around 0; of mostly zeros, that of the others."""
    sizes = np.abs(values)
    middle = float(np.median(sizes))
    if middle == 0 and sizes.any():
        middle = float(np.median(sizes[sizes > 0]))
    return NORMAL * middle


def _period(step: Step, n: int) -> int | None:
    """Return the longest common season that medians can take off: seen three times, not too long."""
    found = None
    for name, length in CYCLES.items():
        period = round(length / step.length)
        common = name in {"daily", "weekly", "yearly"} and 2 <= period <= LONGEST and n >= 3 * period
        if common and (found is None or period <= LONGEST // 2):
            found = period
    return found
