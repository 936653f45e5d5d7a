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
    period = _period(step, len(values))
    if period is None:
        level = running_median(values, LEVEL)
        return Rough(level, np.zeros(len(values)), values - level, values - level)
    wide, season = _wide(values, period)
    if values.min() > 0:
        logs = np.log(values)
        wide_log, season_log = _wide(logs, period)
        if np.abs(values - np.exp(wide_log + season_log)).mean() < np.abs(values - wide - season).mean():
            level_log = running_median(logs - season_log, LEVEL)
            level = np.exp(level_log)
            season = level * np.expm1(season_log)
            return Rough(level, season, values - level - season, logs - level_log - season_log)
    level = running_median(values - season, LEVEL)
    rest = values - level - season
    return Rough(level, season, rest, rest)


def _wide(values: Floats, period: int) -> tuple[Floats, Floats]:
    """Return the median over a whole cycle, and the medians of the phases beside it, each of shape (n,)."""
    level = running_median(values, odd_at_least(max(LEVEL, period)))
    return level, phase_medians(values - level, period)


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
