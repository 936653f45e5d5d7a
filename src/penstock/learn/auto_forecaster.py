"""The best forecast of many series that the time one gives allows: several methods, weighed series by series."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.learn import forecast_file as file
from penstock.learn.arima_plus import files_of_ids, hierarchy_of, holidays_of, model_details, rows_of
from penstock.learn.automl.backtest import METRICS
from penstock.learn.automl.backtest_record import as_json, score, scores_by_origin
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.forecast_member import MEMBERS, GridSeries, season_of
from penstock.learn.automl.forecast_parts import fitted_series
from penstock.learn.automl.forecast_search import Ensembles, ForecastSearch, Tally
from penstock.learn.forecast_option import ARIMA_PLUS_OPTIONS, DATA, TIMESTAMP, series_settings
from penstock.learn.forecasting import Plan, naive_error
from penstock.learn.hierarchy import rolled_up
from penstock.learn.holiday_calendar import holiday_table
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.schema import Task
from penstock.learn.series.fit import unfit
from penstock.learn.series.fitted_series import FittedSeries, SeriesSettings
from penstock.learn.series.grid import Grid, again, regular
from penstock.learn.series_rows import SeriesRows

Json = Any
Floats = NDArray[np.float64]
LEAST_SECONDS, USUAL_SECONDS = 10, 60
MOST_CELLS = 400_000
"""Of a part of the table that is searched at once: series times their longest length and the horizon."""
_AT_ONCE = 256
ENDING, WRITING = 1.5, 0.4
"""What it takes to weigh and write a series, and to write it alone, over what it takes to put one on its own grid."""
_PROBED = 50


class AutoForecaster:
    """Forecasts of one or many series, each by the methods that have forecast it best so far."""

    model_type = "automl_forecaster"
    task = Task.FORECASTING
    summary = (
        "Time series, each by a weighted mean of ARIMA_PLUS, exponential smoothing, the Theta method, repeated cycles "
        "and boosted trees on lags, weighed by backtests within budget_seconds (Caruana et al. 2004); intervals are as "
        "wide as the backtests ask."
    )
    options: tuple[OptionSpec, ...] = (
        *ARIMA_PLUS_OPTIONS,
        OptionSpec(
            "budget_seconds",
            "number",
            USUAL_SECONDS,
            "The time that the training may take; methods that it does not suffice for are left out, and told.",
            minimum=LEAST_SECONDS,
        ),
        OptionSpec(
            "metric",
            "string",
            "mase",
            "What is to be least in the backtests: the mean absolute error over that of saying that nothing changes "
            "(mase), the symmetric percentage error (smape), the absolute error alone (mae) or over the sum of the "
            "values (wape), or the root mean squared error (rmse).",
            choices=METRICS,
        ),
    )
    reads_other_columns = False

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Search on every series; raises InvalidOption for options that do not go together, BadData for columns of
        other types, UntrainableModel when no series can be forecast.
        """
        seconds = number_of(options, "budget_seconds")
        budget = Budget(seconds, min(1.0 + 0.05 * seconds, 10.0), began=data.watch.began, stopped=data.watch.stopped)
        settings = series_settings(options)
        rows = rows_of(data)
        upper_ids = hierarchy_of(rows, options)
        holidays = holidays_of(data, options, rows, settings.horizon)
        metric = str(options["metric"])
        begun = time.perf_counter()
        series, failures = _on_grids(rows, settings)
        if not series:
            raise UntrainableModel.of(f"No series can be fitted: {next(iter(failures.values()), 'there are no rows')}.")
        search = ForecastSearch(settings, holidays, metric, budget, Tally(), data.seed, data.threads)
        fitted = [FittedSeries(error_message=failures.get(number, "")) for number in range(rows.count)]
        results = _searched(series, rows, search, fitted, progress)
        files = _files(rows, fitted, [window.name for window in holidays], settings)
        if holidays:
            files[file.HOLIDAYS] = file.file_of(holiday_table(holidays))
        if upper_ids:
            files = rolled_up(files, upper_ids)
        report = _report(metric, results, search.tally, budget, rows)
        plan = Plan(settings, holidays, None, None, 0.0, data.threads)
        about = model_details(data.named[TIMESTAMP], data.named[DATA], rows, plan)
        details = {"forecasting": about, "search": report}
        iteration = Iteration(0, 0, report["score"] or 0.0, None, None, round((time.perf_counter() - begun) * 1000))
        return FittedModel(
            None,
            (iteration,),
            details,
            notes=_notes(search.tally, failures, fitted),
            files=files,
            metrics={} if report["score"] is None else {"backtest_error": report["score"]},
            until=budget.began + budget.seconds,
        )


def _searched(
    series: Sequence[GridSeries],
    rows: SeriesRows,
    search: ForecastSearch,
    fitted: list[FittedSeries],
    progress: Progress,
) -> list[Ensembles]:
    """Put what is found of each series into `fitted`; return what is to be told, without what methods said."""
    results = []
    left = len(series)
    each = _seconds_of_one(series, rows, search)
    for part in _parts(series, search.settings.horizon):
        search.budget.foreseen = each * (ENDING * left + WRITING * (len(series) - left))
        scale = np.array([_scale(rows, one) for one in part])
        found = search.run(part, scale, len(part) / left)
        for row, one in enumerate(part):
            fitted[one.number] = fitted_series(one, row, found, search.settings)
        results.append(replace(found, said=(), arima=()))
        left -= len(part)
        progress(len(series) - left, len(series), f"{len(series) - left:,} of {len(series):,} series")
    return results


def _seconds_of_one(series: Sequence[GridSeries], rows: SeriesRows, search: ForecastSearch) -> float:
    """Return how long it takes to put a series on its grid, as a few of them tell."""
    some = series[:: -(-len(series) // _PROBED)]
    settings, begun = search.settings, search.budget.spent
    for one in some:
        regular(rows.times[one.rows], rows.values[one.rows], settings.frequency, settings.lower, settings.upper)
    return (search.budget.spent - begun) / len(some)


def _on_grids(rows: SeriesRows, settings: SeriesSettings) -> tuple[list[GridSeries], dict[int, str]]:
    """Return the series that can be forecast, and of the others by number why not."""
    found: list[GridSeries] = []
    failures: dict[int, str] = {}
    before: GridSeries | None = None
    for number in range(rows.count):
        part = slice(int(rows.bounds[number]), int(rows.bounds[number + 1]))
        times, values = rows.times[part], rows.values[part]
        grid: Grid | str | None = None
        # Series that stand in one table mostly have the same times.
        if before is not None and np.array_equal(times, rows.times[before.rows]):
            grid = again(before.grid, values, settings.lower, settings.upper)
        if grid is None:
            grid = regular(times, values, settings.frequency, settings.lower, settings.upper)
        words = grid if isinstance(grid, str) else unfit(grid.values, settings)
        if words or isinstance(grid, str):
            failures[number] = words
        else:
            same = before is not None and grid.times is before.grid.times
            season = before.season if before is not None and same else season_of(grid, settings)
            before = GridSeries(number, grid, season, part)
            found.append(before)
    return found, failures


def _parts(series: Sequence[GridSeries], horizon: int) -> list[list[GridSeries]]:
    """Return the series in parts of one season and step each, of like length, small enough to be held at once."""
    groups: dict[Json, list[GridSeries]] = {}
    for one in series:
        step = one.grid.step
        groups.setdefault((one.season, step.months, step.microseconds), []).append(one)
    parts: list[list[GridSeries]] = []
    for group in groups.values():
        ordered = sorted(group, key=lambda one: -len(one.values))
        first = 0
        while first < len(ordered):
            most = max(MOST_CELLS // (len(ordered[first].values) + horizon), 1)
            parts.append(ordered[first : first + most])
            first += most
    return parts


def _scale(rows: SeriesRows, one: GridSeries) -> float:
    """Return the mean size of the series' steps; of one that never moves 1, so that it divides."""
    found = naive_error(rows, one.number)
    return found if found > 0 else 1.0


def _files(
    rows: SeriesRows, fitted: Sequence[FittedSeries], names: Sequence[str], settings: SeriesSettings
) -> dict[str, bytes]:
    names = list(dict.fromkeys(names))
    outputs = {
        file.SERIES: file.ArrowFile(file.SERIES_SCHEMA),
        file.HISTORY: file.ArrowFile(file.history_schema(len(names), 0)),
        file.FORECAST: file.ArrowFile(file.forecast_schema(len(names))),
    }
    for first in range(0, rows.count, _AT_ONCE):
        some = fitted[first : first + _AT_ONCE]
        naive = [naive_error(rows, first + place) for place in range(len(some))]
        outputs[file.SERIES].add(file.series_columns(some, naive))
        if any(one.forecast for one in some):
            outputs[file.FORECAST].add(file.forecast_columns(first, [one.forecast for one in some], names))
        if any(one.history for one in some):
            histories = [one.history for one in some]
            outputs[file.HISTORY].add(file.history_columns(first, histories, names, [None] * len(some), 0))
    if not settings.decompose:
        del outputs[file.HISTORY]
    return {**{name: output.content() for name, output in outputs.items()}, **files_of_ids(rows)}


def _report(
    metric: str, results: Sequence[Ensembles], tally: Tally, budget: Budget, rows: SeriesRows
) -> dict[str, Json]:
    parts = [found.backtests for found in results]
    weights = np.concatenate([part.weights for part in parts])
    scale = np.concatenate([part.scale for part in parts])
    methods = np.concatenate([part.methods for part in parts], axis=1)
    origins = scores_by_origin(parts, metric)
    leaderboard: list[dict[str, Json]] = [
        {
            "name": member,
            "family": "series",
            "values": {},
            "score": score(metric, methods[place], scale),
            "origins": origins[place],
            "series": int(np.isfinite(methods[place]).sum()),
            "weight": float(weights[:, place].mean()),
            "seconds": round(tally.seconds.get(member, 0.0), 3),
            "score_ms": None,
            "size_bytes": 0,
            "left_out": tally.left_out.get(member, {}),
            "skipped": None if weights[:, place].any() or not tally.left_out.get(member) else _why(tally, member),
        }
        for place, member in enumerate(MEMBERS)
    ]
    leaderboard.sort(key=lambda row: (row["score"] is None, row["score"]))
    ensemble = np.concatenate([part.ensemble[METRICS.index(metric)] for part in parts])
    return {
        "metric": metric,
        "seconds": round(budget.spent, 3),
        "score": score(metric, ensemble, scale),
        "origins": origins[-1],
        "leaderboard": leaderboard,
        "backtests": as_json(parts, metric, rows.name),
    }


def _why(tally: Tally, member: str) -> str:
    return "; ".join(tally.left_out.get(member, {}))


def _notes(tally: Tally, failures: Mapping[int, str], fitted: Sequence[FittedSeries]) -> tuple[str, ...]:
    notes: dict[str, int] = {}
    for one in fitted:
        for note in one.notes:
            notes[note] = notes.get(note, 0) + 1
    told = [note if len(fitted) == 1 else f"{count:,} series: {note}" for note, count in notes.items()]
    for member, reasons in tally.left_out.items():
        for why, count in reasons.items():
            of = "" if tally.series == 1 else f" of {count:,} of {tally.series:,} series"
            told.append(f"The method {member} was left out{of}: {why}.")
    if failures:
        told.append(
            f"{len(failures):,} of {len(fitted):,} series could not be fitted, the first because "
            f"{next(iter(failures.values()))}."
        )
    return tuple(told)
