"""One series, from its rows to its forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from penstock.learn.series import holiday_effect, regression, spike, step_change
from penstock.learn.series.fitted_series import (
    FittedSeries,
    Floats,
    History,
    HolidayWindow,
    Regression,
    SeriesForecast,
    SeriesSettings,
)
from penstock.learn.series.frequency import Times
from penstock.learn.series.grid import Grid, regular
from penstock.learn.series.holiday_effect import HolidayEffects
from penstock.learn.series.limit import limited
from penstock.learn.series.seasonality import Seasonal, decomposed, unsuited
from penstock.learn.series.trend import Trend, fitted_trend

LEAST_POINTS = 3
MOST_DECOMPOSED = 500_000
GREATEST = 1e100
MOST_GROWTH = 3.0
"""What the standard errors are multiplied or divided by at the most, for a level above or below that of the past."""


@dataclass(frozen=True)
class _Parts:
    """What was taken off a series, one part after the other, and what is left: `base`."""

    grid: Grid
    attributions: Floats | None
    spikes: Floats | None
    steps: Floats | None
    holidays: HolidayEffects
    seasonal: Seasonal
    base: Floats


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
    The order of the parts is BigQuery's: gaps, spikes and dips, step changes, holidays, seasons, trend.
    """
    grid = regular(times, values, settings.frequency, settings.lower, settings.upper)
    if isinstance(grid, str):
        return FittedSeries(error_message=grid)
    words = unfit(grid.values, settings)
    if words:
        return FittedSeries(error_message=words, step=grid.step)
    linear = attributions = None
    if regressors is not None and regressors.shape[1]:
        design, means = regression.on_grid(regressors, grid)
        linear = regression.estimated(grid.values, design, means, l2_reg)
        attributions = linear.attributions(design)
    parts = _taken_apart(grid, attributions, settings, holidays)
    trend = fitted_trend(parts.base, settings)
    if isinstance(trend, str):
        return FittedSeries(error_message=trend, step=grid.step)
    found = _result(parts, trend, linear, settings)
    unread = holidays and not holiday_effect.applies(grid.step, grid.times)
    return replace(found, notes=(*found.notes, holiday_effect.NOT_LOOKED_AT)) if unread else found


def unfit(values: Floats, settings: SeriesSettings) -> str:
    """Return why a series on its grid cannot be fitted, or nothing."""
    n, reach = len(values), float(np.abs(values).max())
    if n < LEAST_POINTS:
        return f"the series has {n} points; at least {LEAST_POINTS} are needed"
    if settings.decompose and n > MOST_DECOMPOSED:
        return f"the series has {n:,} points; with DECOMPOSE_TIME_SERIES it may have {MOST_DECOMPOSED:,}"
    if reach > GREATEST or 0 < reach < 1 / GREATEST:
        return f"the values reach {reach:.3g}, whose square is no number here; write them in another unit"
    return ""


def _taken_apart(
    grid: Grid, attributions: Floats | None, settings: SeriesSettings, holidays: Sequence[HolidayWindow]
) -> _Parts:
    rest = grid.values if attributions is None else grid.values - attributions.sum(axis=1)
    windows = tuple(holidays) if holiday_effect.applies(grid.step, grid.times) else ()
    spikes = steps = None
    if settings.clean_spikes_and_dips:
        kept = holiday_effect.marked(windows, grid.times, grid.step)
        rest, spikes = spike.cleaned(rest, grid.step, kept)
    if settings.adjust_step_changes:
        rest, steps = step_change.adjusted(rest, grid.step)
    effects = holiday_effect.estimated(windows, rest, grid.times, grid.step)
    rest = rest - _sum(effects.at(grid.times, grid.step), len(rest))
    seasonal = decomposed(rest, grid.step, settings.seasonalities)
    return _Parts(grid, attributions, spikes, steps, effects, seasonal, seasonal.without(rest))


def _result(parts: _Parts, trend: Trend, linear: Regression | None, settings: SeriesSettings) -> FittedSeries:
    history = _history(parts, trend)
    residual = history.residual[trend.model.d :]
    widened = _widened(parts, trend)
    error = widened * float(np.sqrt(np.mean(residual**2))) if len(residual) else 0.0
    return FittedSeries(
        step=parts.grid.step,
        history=history if settings.decompose else None,
        forecast=_forecast(parts, trend, error, widened, settings),
        chosen=trend.model,
        candidates=trend.candidates,
        seasonal_periods=tuple(name.upper() for name in parts.seasonal.names),
        standard_error=error,
        regression=linear,
        has_holiday_effect=any(amounts.any() for amounts in parts.holidays.amounts),
        has_spikes_and_dips=parts.spikes is not None,
        has_step_changes=parts.steps is not None,
        notes=(*parts.grid.notes, *unsuited(parts.grid.step, len(parts.grid.values), settings.seasonalities)),
    )


def _history(parts: _Parts, trend: Trend) -> History:
    grid = parts.grid
    n = len(grid.values)
    seasonal = parts.seasonal.amounts(trend.one_step)
    by_name = parts.holidays.at(grid.times, grid.step)
    holiday = _sum(by_name, n) if by_name else None
    adjusted = trend.one_step + _sum(seasonal, n) + _sum(by_name, n)
    if parts.attributions is not None:
        adjusted = adjusted + parts.attributions.sum(axis=1)
    residual = grid.values - adjusted
    for part in (parts.spikes, parts.steps):
        if part is not None:
            residual = residual - part
    return History(
        times=grid.times,
        observed=grid.values,
        present=grid.present,
        adjusted=adjusted,
        trend=trend.one_step,
        seasonal=seasonal,
        holiday=holiday,
        holidays=by_name,
        spikes_and_dips=parts.spikes,
        step_changes=parts.steps,
        residual=residual,
        attributions=parts.attributions,
    )


def _widened(parts: _Parts, trend: Trend) -> float:
    """Return what standard errors are multiplied by for the parameters that were fitted, the seasons' among them.

    Residuals are smaller than what comes, by as many degrees of freedom as the parts have taken.
    """
    n, model = len(parts.base), trend.model
    spent = model.p + model.q + 1 + parts.seasonal.parameters
    return float(np.sqrt(n / max(n - spent, n / 2)))


def _forecast(parts: _Parts, trend: Trend, error: float, widened: float, settings: SeriesSettings) -> SeriesForecast:
    grid, count = parts.grid, settings.horizon
    times = grid.step.times(int(grid.times[0]), count, len(grid.times))
    level, _ = trend.ahead(count)
    coming = parts.seasonal.ahead(count)
    seasonal = coming.amounts(level)
    by_name = parts.holidays.at(times, grid.step)
    beside = _sum(seasonal, count) + _sum(by_name, count)
    value = limited(level + beside, error, settings.lower, settings.upper)
    return SeriesForecast(
        times=times,
        value=value,
        standard_error=_standard_errors(parts, trend, widened, count),
        trend=level if settings.lower is None and settings.upper is None else value - beside,
        seasonal=seasonal,
        holiday=_sum(by_name, count) if by_name else None,
        holidays=by_name,
    )


def _standard_errors(parts: _Parts, trend: Trend, widened: float, count: int) -> Floats:
    """Return the standard errors of the next `count` values: of the trend, its drift, and the seasons."""
    level, errors = trend.ahead(count)
    variance = (widened * errors) ** 2 + trend.model.variance * parts.seasonal.doubt(count)
    factor = parts.seasonal.ahead(count).factor(count)
    found: Floats = np.sqrt(variance) * factor
    return found * _growth(trend, level) if parts.seasonal.multiplicative else found


def _growth(trend: Trend, level: Floats) -> Floats:
    """Return by what the errors to come exceed those of the past, of a series that varies with its level.

    The errors are taken for shares of the level, as its seasons are.
    """
    past = trend.one_step[trend.model.d :]
    errors = trend.base[trend.model.d :] - past
    if not errors.any() or past.min() <= 0:
        return np.ones(len(level))
    share = np.sqrt(np.mean((errors / past) ** 2) / np.mean(errors**2))
    grown: Floats = np.clip(share * level, 1 / MOST_GROWTH, MOST_GROWTH)
    return grown


def _sum(parts: Mapping[str, Floats], n: int) -> Floats:
    return sum(parts.values(), np.zeros(n))
