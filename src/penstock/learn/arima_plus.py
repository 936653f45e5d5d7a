"""Time series models: ARIMA_PLUS, its older name ARIMA, and ARIMA_PLUS_XREG with regressors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.names import did_you_mean
from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.learn import forecast_file as file
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.forecast_option import (
    ARIMA_PLUS_OPTIONS,
    ARIMA_PLUS_XREG_OPTIONS,
    DATA,
    HIERARCHY,
    ID,
    TIMESTAMP,
    series_settings,
)
from penstock.learn.forecasting import FittedFiles, Plan, fit_all, reach
from penstock.learn.hierarchy import rolled_up
from penstock.learn.holiday_calendar import custom_holidays, holiday_table, regional_holidays, together
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.regressor import Regressors, regressors_of
from penstock.learn.schema import Task
from penstock.learn.series.fitted_series import HolidayWindow, SeriesSettings
from penstock.learn.series_rows import SeriesRows, check_columns, series_rows

Json = Any
_METHOD = (
    "gaps filled, spikes, dips and steps taken out, holidays and seasons by STL (Cleveland et al. 1990), "
    "an ARIMA model of the trend by its AIC; in NumPy and SciPy."
)


class ArimaPlus:
    """Forecasts of one or many series from their own past."""

    model_type = "arima_plus"
    task = Task.FORECASTING
    summary = f"Time series, each forecast from its own past: {_METHOD}"
    options: tuple[OptionSpec, ...] = ARIMA_PLUS_OPTIONS
    reads_other_columns = False

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Fit each series; raises InvalidOption for options that do not go together, BadData for columns of other
        types, UntrainableModel when no series can be fitted.
        """
        return _fit(data, options, progress, None)


class Arima(ArimaPlus):
    """ARIMA_PLUS under the name that it had first."""

    model_type = "arima"
    summary = "The older name of ARIMA_PLUS, and the same."


class ArimaPlusXreg:
    """Forecasts of one or many series from their own past and from other columns."""

    model_type = "arima_plus_xreg"
    task = Task.FORECASTING
    summary = f"Time series, each by a linear regression on the other columns, and of what that leaves: {_METHOD}"
    options: tuple[OptionSpec, ...] = ARIMA_PLUS_XREG_OPTIONS
    reads_other_columns = True

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Fit each series, as ARIMA_PLUS does."""
        if not data.features:
            raise UntrainableModel.of(
                "An ARIMA_PLUS_XREG model needs columns beside the times and the numbers.",
                hint="Add them to the query, or make an ARIMA_PLUS model.",
            )
        return _fit(data, options, progress, regressors_of(data.columns, data.features))


def _fit(
    data: TrainingData, options: Mapping[str, OptionValue], progress: Progress, regressors: Regressors | None
) -> FittedModel:
    settings = series_settings(options)
    rows = rows_of(data)
    upper_ids = hierarchy_of(rows, options)
    holidays = holidays_of(data, options, rows, settings.horizon)
    plan = Plan(
        settings,
        holidays,
        regressors,
        regressors.design(data.columns) if regressors else None,
        number_of(options, "l2_reg") if regressors else 0.0,
        data.threads,
    )
    fitted = fit_all(rows, plan, progress)
    if len(fitted.failures) == fitted.series:
        raise UntrainableModel.of(f"No series can be fitted: {fitted.failures[0]}.")
    files = _files(fitted, rows)
    if holidays:
        files[file.HOLIDAYS] = file.file_of(holiday_table(holidays))
    if upper_ids:
        files = rolled_up(files, upper_ids)
    details = model_details(data.named[TIMESTAMP], data.named[DATA], rows, plan)
    iteration = Iteration(0, 0, fitted.mean_variance, None, None, round(fitted.seconds * 1000))
    notes, metrics = _notes(fitted, upper_ids), _metrics(files)
    return FittedModel(None, (iteration,), {"forecasting": details}, notes=notes, files=files, metrics=metrics)


def fitted_at_once(
    time: pa.Table,
    value: pa.Table,
    ids: pa.Table,
    settings: SeriesSettings,
    threads: int,
    tell: Callable[[str], None],
) -> ForecastModel:
    """Return the model of series that are fitted for one answer, and kept nowhere.

    `time` and `value` have one column, `ids` one for each id; a series that cannot be fitted leaves its message. `tell`
    gets what was done to the rows of some series. Raises BadData for columns of other types.
    """
    rows = _series_rows(time, value, ids)
    plan = Plan(settings, (), None, None, 0.0, threads)
    fitted = fit_all(rows, plan, lambda *_: None)
    for note in _done_to_rows(fitted):
        tell(note)
    return ForecastModel(_files(fitted, rows), model_details(time, value, rows, plan))


def _files(fitted: FittedFiles, rows: SeriesRows) -> dict[str, bytes]:
    return {**fitted.files, **files_of_ids(rows)}


def files_of_ids(rows: SeriesRows) -> dict[str, bytes]:
    """Return the file of the ids; none for a single series without one."""
    return {file.IDS: file.file_of(rows.ids)} if rows.ids.num_columns else {}


def model_details(time: pa.Table, value: pa.Table, rows: SeriesRows, plan: Plan) -> dict[str, Json]:
    """Return what a ForecastModel reads of the details."""
    return {
        "timestamp": time.column_names[0],
        "data": value.column_names[0],
        "ids": rows.ids.column_names,
        "horizon": plan.settings.horizon,
        "lower": plan.settings.lower,
        "upper": plan.settings.upper,
        "holidays": plan.holiday_names,
        "regressors": plan.regressors.as_json() if plan.regressors else None,
    }


def _series_rows(time: pa.Table, value: pa.Table, ids: pa.Table) -> SeriesRows:
    check_columns(ids, time.column(0), time.column_names[0], value.column(0), value.column_names[0])
    return series_rows(ids, time.column(0), value.column(0))


def rows_of(data: TrainingData) -> SeriesRows:
    """Return the series of a training; raises InvalidOption for a column that is named twice, BadData for its type."""
    seen: dict[str, str] = {}
    for option in (TIMESTAMP, DATA, ID):
        for name in data.named[option].column_names if option in data.named else ():
            if seen.setdefault(name, option) != option:
                raise InvalidOption.of(
                    f"{seen[name]} and {option} both name the column {name!r}.",
                    hint="Each names columns of its own.",
                    option=option,
                )
    return _series_rows(data.named[TIMESTAMP], data.named[DATA], data.named.get(ID, pa.table({})))


def hierarchy_of(rows: SeriesRows, options: Mapping[str, OptionValue]) -> list[str]:
    """Return the id columns that are summed over; raises InvalidOption for others, UntrainableModel for NULLs."""
    wanted = cast("Sequence[str] | None", options.get(HIERARCHY)) or []
    spelled = {name.casefold(): name for name in rows.ids.column_names}
    for name in wanted:
        if name.casefold() not in spelled:
            raise InvalidOption.of(
                f"{HIERARCHY} names {name!r}, which is no column of {ID}.",
                hint=did_you_mean(name, spelled.values()),
                option=HIERARCHY,
            )
    columns = [spelled[name.casefold()] for name in wanted]
    for name in columns:
        if rows.ids.column(name).null_count:
            raise UntrainableModel.of(
                f"The id column {name!r} is NULL in some rows; in a hierarchy NULL stands for the sum over it.",
                hint=f"Leave these rows out, or write COALESCE({name}, 'none').",
            )
    return columns


def holidays_of(
    data: TrainingData, options: Mapping[str, OptionValue], rows: SeriesRows, horizon: int
) -> list[HolidayWindow]:
    """Return the holidays of the regions asked for and those of one's own, as far as a forecast can reach."""
    regions = cast("Sequence[str] | None", options["holiday_region"]) or []
    custom = custom_holidays(data.holidays) if data.holidays is not None else []
    built_in = regional_holidays(regions, *reach(rows, horizon)) if regions else []
    return together(built_in, custom)


def _notes(fitted: FittedFiles, summed_over: Sequence[str]) -> tuple[str, ...]:
    notes = _done_to_rows(fitted)
    if fitted.failures:
        notes.append(
            f"{len(fitted.failures):,} of {fitted.series:,} series could not be fitted, the first because "
            f"{fitted.failures[0]}; ML.ARIMA_EVALUATE shows the others."
        )
        if summed_over:
            notes.append(f"The sums over {', '.join(summed_over)} are of the series that could be fitted alone.")
    return tuple(notes)


def _done_to_rows(fitted: FittedFiles) -> list[str]:
    return [note if fitted.series == 1 else f"{count:,} series: {note}" for note, count in fitted.notes.items()]


def _metrics(files: Mapping[str, bytes]) -> dict[str, float | None]:
    """Return what the models are like on average: their variance and AIC."""
    candidates = file.read_file(files, file.CANDIDATES)
    chosen = candidates.filter(candidates.column("chosen"))
    return {
        "variance": float(np.mean(chosen.column("variance").to_numpy())),
        "aic": float(np.mean(chosen.column("AIC").to_numpy())),
    }
