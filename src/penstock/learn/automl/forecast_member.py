"""The methods that a forecast of many series is made of, and how each is asked at an origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.cycle import seasonal_naive, usual_cycle
from penstock.learn.series.fitted_series import FittedSeries, SeriesSettings
from penstock.learn.series.grid import Grid
from penstock.learn.series.panel import Panel, Said, panel_of
from penstock.learn.series.seasonality import looked_for, periods_of
from penstock.learn.series.smoothing import exponential_smoothing
from penstock.learn.series.theta import theta

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SEASONAL_NAIVE, USUAL_CYCLE, THETA, SMOOTHING = "seasonal_naive", "usual_cycle", "theta", "exponential_smoothing"
TREES, ARIMA = "lag_trees", "arima_plus"
QUICK: Mapping[str, Callable[[Panel, int], Said]] = {
    SEASONAL_NAIVE: seasonal_naive,
    USUAL_CYCLE: usual_cycle,
    THETA: theta,
    SMOOTHING: exponential_smoothing,
}
MEMBERS = (*QUICK, TREES, ARIMA)
MOST_POINTS = 20_000
"""The newest points of a series that the quick methods and the trees read."""
ARIMA_POINTS, ARIMA_CYCLES, MOST_ARIMA_POINTS = 2_000, 4, 4_000
"""The newest points that ARIMA_PLUS, which takes longer, reads; more for so many of the longer cycles, up to a limit.
Of five sets of long series it forecast four better from these than from 4,000."""
_NO_CYCLES = ("monthly", "quarterly")


@dataclass(frozen=True)
class Season:
    """The cycles that a series is looked at with: the shortest, and a longer one or the same; 1 is none."""

    period: int = 1
    long_period: int = 1
    name: str | None = None
    long_name: str | None = None


@dataclass(frozen=True)
class GridSeries:
    """A series on its grid: its number in the table, its season, and its rows in the table."""

    number: int
    grid: Grid
    season: Season
    rows: slice

    def recent(self, cut: int) -> Grid:
        """Return as many points as ARIMA_PLUS reads, the newest but for so many that it is not to know."""
        grid, end = self.grid, len(self.grid.times) - cut
        most = min(max(ARIMA_POINTS, ARIMA_CYCLES * self.season.long_period), MOST_ARIMA_POINTS)
        part = slice(max(end - most, 0), end)
        return replace(grid, times=grid.times[part], values=grid.values[part], present=grid.present[part])

    @property
    def values(self) -> Floats:
        """The newest values, no more than MOST_POINTS."""
        return self.grid.values[-MOST_POINTS:]


def season_of(grid: Grid, settings: SeriesSettings) -> Season:
    """Return the cycles that the steps and the length of a series allow, and its owner has not ruled out."""
    names = looked_for(grid.step) if settings.seasonalities is None else settings.seasonalities
    count = min(len(grid.values), MOST_POINTS)
    found = {name: period for name, period in periods_of(grid.step, count, names).items() if name not in _NO_CYCLES}
    if not found:
        return Season()
    listed = list(found.items())
    (name, period), (long_name, long_period) = listed[0], listed[min(1, len(listed) - 1)]
    return Season(period, long_period, name, long_name)


def cut_panel(series: Sequence[GridSeries], cuts: Sequence[int]) -> Panel:
    """Return the panel of series of the same season, each without so many of its newest values."""
    season = series[0].season
    values = [one.values[: len(one.values) - cut] for one, cut in zip(series, cuts, strict=True)]
    return panel_of(values, season.period, season.long_period)


def times_of(series: Sequence[GridSeries], panel: Panel, cuts: Sequence[int], horizon: int) -> Whole:
    """Return the times of the panel's columns and of the next ones, (s, n + horizon), row by row."""
    n = panel.values.shape[1]
    found = np.empty((len(series), n + horizon), np.int64)
    for row, place in enumerate(panel.order):
        grid = series[place].grid
        last = len(grid.values) - cuts[place]
        found[row] = grid.step.times(int(grid.times[0]), n + horizon, last - n)
    return found


def in_order(said: Said, panel: Panel) -> Said:
    """Return what was said of a panel in the order of the series that it was made of."""
    place = np.argsort(panel.order)
    return Said(said.path[place], said.season[place])


@dataclass(frozen=True)
class ArimaSaid:
    """What ARIMA_PLUS said of a series at its origins (k, reach), and of what comes; None where it cannot be fitted."""

    backtests: Floats
    final: FittedSeries
