"""The report of a forecasting version that was searched for, made from its artifact alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import InvalidOption
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.manifest import Manifest
from penstock.learn.report.model_report import SEARCH, Left, Metric

Json = Any
BASELINE = "the last cycle again"
LEVELS = (0.8, 0.95)
MOST_PLOTTED = 3
"""So many of the best series are plotted, and as many of the worst."""
PAST = 3
"""A plot shows so many times the horizon of the past, and LEAST_PAST points at least."""
LEAST_PAST = 40


@dataclass(frozen=True)
class Method:
    """A method of the search: its score in the backtests, on average and from each origin, the newest first; of how
    many series, its mean weight in the forecasts, and the seconds that it took.
    """

    name: str
    score: float | None
    origins: tuple[float | None, ...]
    series: int
    weight: float
    fit_seconds: float


@dataclass(frozen=True)
class StepError:
    """The score so many steps ahead, that of the last cycle again, and the share of values within each interval."""

    step: int
    score: float | None
    baseline: float | None
    held: tuple[float | None, ...]


@dataclass(frozen=True)
class Held:
    """The share of values that lay within an interval that was to hold `level` of them."""

    level: float
    share: float | None


@dataclass(frozen=True)
class SeriesScore:
    """A series by name, its score, that of the last cycle again, and the method with the greatest weight."""

    series: str
    score: float
    baseline: float
    method: str


@dataclass(frozen=True)
class Plotted:
    """The newest past of a series and its forecast; times in ISO 8601, values None for NULL, bounds by LEVELS."""

    series: str
    past_times: tuple[str, ...]
    past: tuple[float | None, ...]
    times: tuple[str, ...]
    forecast: tuple[float, ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ForecastReport:
    """Everything that the report of a forecaster shows. What cannot be known is None or empty.

    `judged_series` of `series` series were long enough to be forecast from earlier points: from `origins` at the most,
    `reach` steps ahead; `better` of them were forecast better than by the last cycle again.
    """

    model: str
    version: int
    model_type: str
    task: str
    label: str
    created_at: datetime
    train_rows: int
    series: int
    failed_series: int
    horizon: int
    origins: int
    reach: int
    judged_series: int
    better: int
    metrics: tuple[Metric, ...]
    baseline: str
    search: Mapping[str, Json]
    leaderboard: tuple[Method, ...]
    ensemble_origins: tuple[float | None, ...]
    skipped: tuple[Left, ...]
    steps: tuple[StepError, ...]
    held: tuple[Held, ...]
    best: tuple[SeriesScore, ...]
    worst: tuple[SeriesScore, ...]
    plots: tuple[Plotted, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Json]:
        """Return the report as plain dicts, lists, texts and numbers."""
        return {**asdict(self), "created_at": self.created_at.isoformat()}


def forecast_report_of(
    name: str, version: int, created_at: datetime, manifest: Manifest, files: Mapping[str, bytes]
) -> ForecastReport:
    """Return the report of a version with these artifact files.

    Raises InvalidOption for a model without backtests: there is nothing to tell how good it is by.
    """
    search = manifest.details.get(SEARCH, {})
    if "backtests" not in search:
        raise InvalidOption.of(
            f"Model {name} is a {manifest.model_type} model that was not tried on its own past: there is nothing to "
            "report.",
            hint="model_type = 'automl_forecaster' tries several methods and tells how good each was. What values that "
            f"came since say: ML.EVALUATE(MODEL {name}, TABLE …)",
        )
    told = search["backtests"]
    model = ForecastModel(files, manifest.details["forecasting"])
    messages = model.series.filter(pc.invert(model.series.column("rolled_up"))).column("error_message")
    failed = len(messages) - messages.null_count
    return ForecastReport(
        model=name,
        version=version,
        model_type=manifest.model_type,
        task=str(manifest.task),
        label=model.data,
        created_at=created_at,
        train_rows=manifest.train_rows,
        series=len(messages),
        failed_series=failed,
        horizon=model.horizon,
        origins=told["origins"],
        reach=told["reach"],
        judged_series=told["series"],
        better=told["better"],
        metrics=_metrics(search["metric"], told["metrics"]),
        baseline=BASELINE,
        search={"metric": search["metric"], "seconds": search["seconds"]},
        leaderboard=tuple(_method(row) for row in search["leaderboard"] if row["weight"] or row["score"] is not None),
        ensemble_origins=tuple(search["origins"]),
        skipped=tuple(_left_out(search["leaderboard"], len(messages) - failed)),
        steps=tuple(StepError(**{**row, "held": tuple(row["held"])}) for row in told["steps"]),
        held=tuple(Held(**row) for row in told["held"]),
        best=tuple(_score(row) for row in told["best"]),
        worst=tuple(_score(row) for row in told["worst"]),
        plots=tuple(_plots(model, told)),
        notes=manifest.notes,
    )


def _metrics(searched: str, rows: Sequence[Mapping[str, Json]]) -> tuple[Metric, ...]:
    """Return the metrics, the one that was searched for first."""
    found = [Metric(row["name"], row["value"], row["baseline"], less_is_better=True) for row in rows]
    return tuple(sorted(found, key=lambda metric: metric.name != searched))


def _method(row: Mapping[str, Json]) -> Method:
    return Method(row["name"], row["score"], tuple(row["origins"]), row["series"], row["weight"], row["seconds"])


def _left_out(rows: Sequence[Mapping[str, Json]], series: int) -> Iterator[Left]:
    for row in rows:
        for why, count in row["left_out"].items():
            of = "" if series == 1 else f"of {count:,} of {series:,} series: "
            yield Left(row["name"], f"{of}{why}")


def _score(row: Mapping[str, Json]) -> SeriesScore:
    return SeriesScore(row["series"], row["score"], row["baseline"], row["method"])


def _plots(model: ForecastModel, told: Mapping[str, Json]) -> Iterator[Plotted]:
    """Yield the outermost of the series that are named, the worst first; the first of all where none was judged."""
    owner = model.forecast.column("series").to_numpy()
    past = model.history.column("series").to_numpy() if model.keeps_history else np.empty(0, np.int32)
    chosen = [(row["number"], row["series"]) for side in ("worst", "best") for row in told[side][:MOST_PLOTTED]]
    for number, name in chosen or [(int(owner[0]), told["first"])]:
        first, last = np.searchsorted(owner, [number, number + 1])
        begin, end = np.searchsorted(past, [number, number + 1])
        begin = max(begin, end - max(PAST * model.horizon, LEAST_PAST))
        before = model.history.slice(begin, end - begin) if model.keeps_history else None
        yield _plotted(model, name, model.forecast.slice(first, last - first), before)


def _plotted(model: ForecastModel, name: str, ahead: pa.Table, before: pa.Table | None) -> Plotted:
    value, error = (ahead.column(column).to_numpy() for column in ("value", "standard_error"))
    bounds = [model.bounds(value, error, level) for level in LEVELS]
    past: list[float | None] = []
    if before is not None:
        known = before.column("present").to_pylist()
        past = [
            seen if there else None for seen, there in zip(before.column("observed").to_pylist(), known, strict=True)
        ]
    return Plotted(
        name,
        () if before is None else _moments(before),
        tuple(past),
        _moments(ahead),
        tuple(value.tolist()),
        tuple(tuple(low.tolist()) for low, _ in bounds),
        tuple(tuple(high.tolist()) for _, high in bounds),
    )


def _moments(rows: pa.Table) -> tuple[str, ...]:
    return tuple(moment.isoformat() for moment in rows.column("time").to_pylist())
