"""The weighted sum of what several methods say of a series, with its level, its seasons and its history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.forecast_member import MEMBERS, USUAL_CYCLE, GridSeries
from penstock.learn.automl.forecast_search import Ensembles, one_step_path
from penstock.learn.series.fitted_series import FittedSeries, History, SeriesForecast, SeriesSettings
from penstock.learn.series.limit import limited

Floats = NDArray[np.float64]


def fitted_series(one: GridSeries, row: int, found: Ensembles, settings: SeriesSettings) -> FittedSeries:
    """Return the series with the forecast of its ensemble, as the files of a time series model hold one."""
    path, share = one_step_path(one, row, settings.horizon, found.weights, found.said, found.arima)
    grid = one.grid
    residual = grid.values - path
    known = residual[np.isfinite(residual) & grid.present]
    error = float(np.sqrt(np.mean(known**2))) if len(known) else 0.0
    forecast = _forecast(one, row, found, settings, error)
    own = found.arima[row]
    holiday = own is not None and own.final.has_holiday_effect and found.weights[row, -1] > 0
    return FittedSeries(
        step=grid.step,
        history=_history(one, row, path, share, found, settings.horizon) if settings.decompose else None,
        forecast=forecast,
        seasonal_periods=tuple(name.upper() for name, part in forecast.seasonal.items() if part.any()),
        standard_error=error,
        has_holiday_effect=holiday,
        notes=grid.notes,
    )


def _forecast(one: GridSeries, row: int, found: Ensembles, settings: SeriesSettings, error: float) -> SeriesForecast:
    count = settings.horizon
    weights = found.weights[row]
    value = np.zeros(count)
    seasonal: dict[str, Floats] = {}
    for place, said in enumerate(found.said):
        if said is not None and weights[place]:
            value += weights[place] * said.path[row, -count:]
            _add(seasonal, _name(one, place), weights[place] * said.season[row, -count:])
    holiday, holidays = None, {}
    own = found.arima[row]
    if own is not None and weights[-1]:
        assert own.final.forecast is not None
        ahead = own.final.forecast
        value += weights[-1] * ahead.value
        for name, part in ahead.seasonal.items():
            _add(seasonal, name, weights[-1] * part)
        holiday = None if ahead.holiday is None else weights[-1] * ahead.holiday
        holidays = {name: weights[-1] * part for name, part in ahead.holidays.items()}
    value = limited(value, error, settings.lower, settings.upper)
    beside = sum(seasonal.values(), np.zeros(count)) + (0.0 if holiday is None else holiday)
    times = one.grid.step.times(int(one.grid.times[0]), count, len(one.grid.times))
    return SeriesForecast(times, value, found.spread[row], value - beside, seasonal, holiday, holidays)


def _history(one: GridSeries, row: int, path: Floats, share: Floats, found: Ensembles, horizon: int) -> History:
    grid = one.grid
    n, length = len(grid.values), len(one.values)
    seasonal: dict[str, Floats] = {}
    for place, said in enumerate(found.said):
        if said is not None and share[place].any():
            part = np.zeros(n)
            end = said.season.shape[1] - horizon
            part[n - length :] = said.season[row, end - length : end]
            _add(seasonal, _name(one, place), np.nan_to_num(part) * share[place])
    holiday, holidays = None, {}
    own = found.arima[row]
    if own is not None and own.final.history is not None and share[-1].any():
        past = own.final.history
        for name, part in past.seasonal.items():
            _add(seasonal, name, _on_whole(part, n) * share[-1])
        holiday = None if past.holiday is None else _on_whole(past.holiday, n) * share[-1]
        holidays = {name: _on_whole(part, n) * share[-1] for name, part in past.holidays.items()}
    beside = sum(seasonal.values(), np.zeros(n)) + (0.0 if holiday is None else holiday)
    return History(
        times=grid.times,
        observed=grid.values,
        present=grid.present,
        adjusted=path,
        trend=path - beside,
        seasonal=seasonal,
        holiday=holiday,
        holidays=holidays,
        spikes_and_dips=None,
        step_changes=None,
        residual=grid.values - path,
    )


def _on_whole(part: Floats, n: int) -> Floats:
    """Return a part of the newest points as one of all n, 0 before."""
    return np.concatenate([np.zeros(n - len(part)), part])


def _name(one: GridSeries, place: int) -> str | None:
    return one.season.long_name if MEMBERS[place] == USUAL_CYCLE else one.season.name


def _add(parts: dict[str, Floats], name: str | None, part: Floats) -> None:
    if name is not None and part.any():
        parts[name] = parts[name] + part if name in parts else part
