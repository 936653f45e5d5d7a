"""One series, from its rows to its forecast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.learn.series.fitted_series import (
    Candidate,
    FittedSeries,
    Floats,
    History,
    HolidayWindow,
    SeriesForecast,
    SeriesSettings,
)
from penstock.learn.series.frequency import Times
from penstock.learn.series.grid import regular

LEAST_POINTS = 3


def fit_series(
    times: Times,
    values: Floats,
    settings: SeriesSettings,
    holidays: Sequence[HolidayWindow] = (),
    regressors: Floats | None = None,
    l2_reg: float = 0.0,
) -> FittedSeries:
    """Return the series' parts, its model and its forecast.

    `times` int64 microseconds UTC and `values` float64, both of shape (n,), in any order, NaN for NULL;
    `regressors` of shape (n, k). A series that cannot be fitted gives its `error_message`: nothing is raised.
    """
    grid = regular(times, values, settings.frequency, settings.lower, settings.upper)
    if isinstance(grid, str):
        return FittedSeries(error_message=grid)
    n = len(grid.values)
    if n < LEAST_POINTS:
        return FittedSeries(
            error_message=f"the series has {n} points; at least {LEAST_POINTS} are needed", step=grid.step
        )
    moves = np.diff(grid.values)
    variance = float(np.mean(moves**2))
    likelihood = -0.5 * (n - 1) * (np.log(2 * np.pi * max(variance, 1e-300)) + 1)
    chosen = Candidate(0, 1, 0, False, float(likelihood), float(2 - 2 * likelihood), variance, (), (), 0.0)
    adjusted = np.concatenate([grid.values[:1], grid.values[:-1]])
    history = History(
        grid.times, grid.values, grid.present, adjusted, adjusted, {}, None, {}, None, None, grid.values - adjusted
    )
    last = np.full(settings.horizon, grid.values[-1])
    error = np.sqrt(variance * np.arange(1, settings.horizon + 1))
    ahead = grid.step.times(int(grid.times[0]), settings.horizon, n)
    forecast = SeriesForecast(ahead, last, error, last, {}, None, {})
    return FittedSeries(
        step=grid.step,
        history=history,
        forecast=forecast,
        chosen=chosen,
        candidates=(chosen,),
        standard_error=float(np.sqrt(variance)),
        notes=grid.notes,
    )
