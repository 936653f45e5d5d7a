"""A time series model as its artifact holds it, and what it forecasts of given rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData, UnknownName
from penstock.learn import forecast_file as file
from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import flatten
from penstock.learn.regressor import Regressors, regressors_from_json
from penstock.learn.series.fitted_series import intervals
from penstock.learn.series_rows import check_columns, floats, microseconds, series_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Json = Any


@dataclass(frozen=True)
class GivenRows:
    """Rows of other data as a model sees them, each array of shape (n,): the number of the series, −1 for none; the
    time and whether it is known; the value, NaN where it is NULL or not asked for.
    """

    series: Whole
    times: Whole
    known: NDArray[np.bool_]
    values: Floats


@dataclass(frozen=True)
class Outlook:
    """Forecasts of rows, each array of shape (n,): NaN where the model says nothing of that series and time."""

    value: Floats
    standard_error: Floats


class ForecastModel:
    """What the functions of a time series model read of it."""

    def __init__(self, files: Mapping[str, bytes], details: Mapping[str, Json]) -> None:
        self.files = files
        self.timestamp: str = details["timestamp"]
        self.data: str = details["data"]
        self.id_names: list[str] = details["ids"]
        self.horizon: int = details["horizon"]
        self.lower: float | None = details["lower"]
        self.upper: float | None = details["upper"]
        self.holidays: list[str] = details["holidays"]
        raw = details["regressors"]
        self.regressors: Regressors | None = regressors_from_json(raw) if raw else None

    @classmethod
    def of(cls, model: LoadedModel) -> ForecastModel:
        """Return what a loaded model holds."""
        return cls(model.files, model.details["forecasting"])

    @cached_property
    def series(self) -> pa.Table:
        """One row a series, as SERIES_SCHEMA says."""
        return file.read_file(self.files, file.SERIES)

    @cached_property
    def ids(self) -> pa.Table:
        """The id columns, one row a series; no column for a single series without one."""
        return file.read_file(self.files, file.IDS) if self.id_names else pa.table({})

    @cached_property
    def forecast(self) -> pa.Table:
        """The rows of `forecast_schema`, by series and time."""
        return file.read_file(self.files, file.FORECAST)

    @property
    def keeps_history(self) -> bool:
        """Whether the history was kept."""
        return file.HISTORY in self.files

    @cached_property
    def history(self) -> pa.Table:
        """The rows of `history_schema`, by series and time."""
        return file.read_file(self.files, file.HISTORY)

    @property
    def chosen(self) -> pa.Table:
        """The ARIMA model of each series that has one."""
        candidates = file.read_file(self.files, file.CANDIDATES)
        return candidates.filter(candidates.column("chosen"))

    def ids_of(self, series: Whole) -> list[pa.ChunkedArray]:
        """Return the id columns of rows of these series."""
        return list(self.ids.take(pa.array(series)).columns) if self.id_names else []

    @property
    def id_fields(self) -> list[pa.Field]:
        """The id columns as they are in a function's result."""
        return list(self.ids.schema) if self.id_names else []

    def within(self, horizon: int) -> pa.Table:
        """Return the forecast up to so many steps ahead."""
        ahead = self.forecast.column("ahead").to_numpy()
        return self.forecast if horizon >= self.horizon else self.forecast.filter(pa.array(ahead <= horizon))

    def bounds(self, value: Floats, standard_error: Floats, level: float) -> tuple[Floats, Floats]:
        """Return the interval that so large a share of the outcomes falls in, inside the model's limits."""
        return intervals(value, standard_error, level, self.lower, self.upper)

    def attributions(self, forecast: pa.Table, rows: pa.Table | None) -> Floats | None:
        """Return what the regressors add to the rows of a forecast, (n, regressors); None for a model without any.

        `rows` are those of the future: times, ids and regressors by name. A time that they do not have counts as one
        with mean regressors.
        """
        if self.regressors is None:
            return None
        series = forecast.column("series").to_numpy().astype(np.int64)
        design = np.tile(self.regressors.missing, (len(series), 1))
        if rows is not None:
            given = self.read_rows(rows, with_values=False)
            places = self.places(forecast, given)
            hit = np.flatnonzero(places >= 0)
            design[places[hit]] = self.regressors.design(flatten(rows)).dense_rows(hit)
        weights = self._weights()
        return self.regressors.by_feature(design * weights[series])

    def _weights(self) -> Floats:
        column = self.series.column("weights")
        width = len(self.regressors.missing) if self.regressors else 0
        weights = np.zeros((len(column), width))
        known = np.flatnonzero(pc.is_valid(column).to_numpy())
        if len(known):
            weights[known] = pc.list_flatten(column).to_numpy().reshape(len(known), width)
        return weights

    def read_rows(self, rows: pa.Table, *, with_values: bool = True) -> GivenRows:
        """Return rows of other data as the model sees them.

        Raises UnknownName for a missing column, BadData for one of another type.
        """
        spelled = {name.casefold(): name for name in rows.column_names}

        def column(wanted: str) -> pa.ChunkedArray:
            if wanted.casefold() not in spelled:
                raise UnknownName.among("column", wanted, rows.column_names)
            return rows.column(spelled[wanted.casefold()])

        times = column(self.timestamp)
        values = column(self.data) if with_values else pa.chunked_array([pa.nulls(rows.num_rows)])
        ids = [column(name) for name in self.id_names]
        check_columns(pa.table({}), times, self.timestamp, values, self.data)
        moments, known = microseconds(times)
        return GivenRows(series_of(self.ids, ids, rows.num_rows), moments, known, floats(values))

    def outlook(self, given: GivenRows, horizon: int, rows: pa.Table | None = None) -> Outlook:
        """Return the forecasts of rows up to so many steps ahead; `rows` has the regressors of those that need them."""
        forecast = self.within(horizon)
        value = forecast.column("value").to_numpy().copy()
        added = self.attributions(forecast, rows)
        if added is not None:
            value += added.sum(axis=1)
        places = self.places(forecast, given)
        hit = places >= 0
        absent = np.full(len(places), np.nan)
        error = forecast.column("standard_error").to_numpy()
        return Outlook(*(np.where(hit, of[places], absent) if len(of) else absent for of in (value, error)))

    def places(self, forecast: pa.Table, given: GivenRows) -> Whole:
        """Return for each given row its place in the forecast, −1 where it is not in it."""
        times = forecast.column("time").cast(pa.int64()).to_numpy()
        return _found(forecast.column("series").to_numpy().astype(np.int64), times, given)


def _found(series: Whole, times: Whole, given: GivenRows) -> Whole:
    """Return the place of each given row among rows in the order of series and time, −1 for none."""
    if not len(series):
        return np.full(len(given.series), -1, np.int64)
    moments = np.unique(times)
    keys = series * len(moments) + np.searchsorted(moments, times)
    moment = np.searchsorted(moments, given.times).clip(max=len(moments) - 1)
    exists = (moments[moment] == given.times) & (given.series >= 0) & given.known
    wanted = given.series * len(moments) + moment
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(exists & (keys[place] == wanted), place, -1)


def no_regressors(model: ForecastModel, function: str) -> BadData:
    """Return the error for a forecast that is asked for without the regressors that it needs."""
    names = [*model.id_names, model.timestamp]
    if model.regressors is not None:
        names += [feature.name for feature in model.regressors.features]
    return BadData.of(
        f"{function} needs data: the model reads the columns {', '.join(names)} of the times to forecast.",
        hint="Give them as the table or query after the model.",
    )
