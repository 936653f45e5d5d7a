"""Fitting every series of a table, a few at once, into the files of a time series model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn import forecast_file as file
from penstock.learn.learner import Progress
from penstock.learn.linear_design import Design
from penstock.learn.regressor import Regressors
from penstock.learn.series.fit import fit_series
from penstock.learn.series.fitted_series import FittedSeries, HolidayWindow, SeriesSettings
from penstock.learn.series_rows import SeriesRows

Floats = NDArray[np.float64]
# Series that are fitted before their results are written down and the progress is told.
_AT_ONCE = 32


@dataclass(frozen=True)
class Plan:
    """How every series is fitted. `regressors` and their `design`, a row for each row of the table, go together."""

    settings: SeriesSettings
    holidays: Sequence[HolidayWindow]
    regressors: Regressors | None
    design: Design | None
    l2_reg: float
    threads: int

    @property
    def holiday_names(self) -> list[str]:
        """The names of the holidays, each once."""
        return list(dict.fromkeys(window.name for window in self.holidays))


@dataclass(frozen=True)
class FittedFiles:
    """`files` without those of ids and holidays. `failures` are the messages of series that could not be fitted,
    `seconds` what the fits took, `notes` what was done to the data of some of them, with their number.
    """

    files: Mapping[str, bytes]
    series: int
    failures: tuple[str, ...]
    notes: Mapping[str, int]
    mean_variance: float
    seconds: float


def fit_all(rows: SeriesRows, plan: Plan, progress: Progress) -> FittedFiles:
    """Fit each series by itself; one that cannot be fitted leaves its message and stops no other."""
    begun = time.perf_counter()
    names = plan.holiday_names
    features = len(plan.regressors.features) if plan.regressors else 0
    outputs = {
        file.SERIES: file.ArrowFile(file.SERIES_SCHEMA),
        file.CANDIDATES: file.ArrowFile(file.CANDIDATES_SCHEMA),
        file.HISTORY: file.ArrowFile(file.history_schema(len(names), features)),
        file.FORECAST: file.ArrowFile(file.forecast_schema(len(names))),
    }
    failures: list[str] = []
    notes: dict[str, int] = {}
    variances: list[float] = []
    for first in range(0, rows.count, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, rows.count))
        fitted = each(lambda number: _fit(rows, plan, number), numbers, plan.threads)
        _write(outputs, first, fitted, rows, plan, names)
        failures += [one.error_message for one in fitted if one.error_message]
        variances += [one.chosen.variance for one in fitted if one.chosen]
        for note in (note for one in fitted for note in one.notes):
            notes[note] = notes.get(note, 0) + 1
        progress(first + len(fitted), rows.count, f"{first + len(fitted):,} of {rows.count:,} series")
    if not plan.settings.decompose:
        del outputs[file.HISTORY]
    contents = {name: output.content() for name, output in outputs.items()}
    mean = float(np.mean(variances)) if variances else 0.0
    seconds = time.perf_counter() - begun
    return FittedFiles(contents, rows.count, tuple(failures), notes, mean, seconds)


def _fit(rows: SeriesRows, plan: Plan, number: int) -> FittedSeries:
    part = slice(rows.bounds[number], rows.bounds[number + 1])
    regressors = None if plan.design is None else plan.design.dense_rows(rows.order[part])
    return fit_series(rows.times[part], rows.values[part], plan.settings, plan.holidays, regressors, plan.l2_reg)


def _write(
    outputs: Mapping[str, file.ArrowFile],
    first: int,
    fitted: Sequence[FittedSeries],
    rows: SeriesRows,
    plan: Plan,
    names: Sequence[str],
) -> None:
    naive = [naive_error(rows, first + place) for place in range(len(fitted))]
    outputs[file.SERIES].add(file.series_columns(fitted, naive))
    if any(one.chosen for one in fitted):
        outputs[file.CANDIDATES].add(file.candidate_columns(first, fitted))
        outputs[file.FORECAST].add(file.forecast_columns(first, [one.forecast for one in fitted], names))
    if plan.settings.decompose and any(one.history for one in fitted):
        added = [_attributions(one, plan) for one in fitted]
        count = len(plan.regressors.features) if plan.regressors else 0
        histories = [one.history for one in fitted]
        outputs[file.HISTORY].add(file.history_columns(first, histories, names, added, count))


def _attributions(one: FittedSeries, plan: Plan) -> Floats | None:
    if plan.regressors is None or one.history is None or one.history.attributions is None:
        return None
    return plan.regressors.by_feature(one.history.attributions)


def naive_error(rows: SeriesRows, number: int) -> float:
    """Return the mean size of the step from one known value to the next: what MASE is measured in."""
    values = rows.values[rows.bounds[number] : rows.bounds[number + 1]]
    steps = np.abs(np.diff(values[np.isfinite(values)]))
    return float(steps.mean()) if len(steps) else float("nan")


def reach(rows: SeriesRows, horizon: int) -> tuple[datetime, datetime]:
    """Return the first time of all series and the last that a forecast of days or weeks can reach."""
    week = 7 * 86_400_000_000
    moments = rows.times if len(rows.times) else np.zeros(1, np.int64)
    # Holidays are of daily and weekly series; no calendar goes further than that of Python.
    limits = np.clip([moments.min(), moments.max() + horizon * week], -62_000_000_000_000_000, 250_000_000_000_000_000)
    first, last = (datetime.fromtimestamp(int(moment) / 1e6, UTC) for moment in limits)
    return first, last
