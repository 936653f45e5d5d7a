"""A forecaster's report in a terminal: about a screenful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from penstock.connection import forecast_word as word
from penstock.connection.text_table import text_table
from penstock.learn.report.forecast_report import ForecastReport, StepError

_MOST_ORIGINS, _MOST_NAMED, _MOST_NOTES = 3, 3, 6
_SHOWN_STEPS = 6


def forecast_text(report: ForecastReport, width: int | None = None) -> str:
    """Return the report as text."""
    steps = "1 step" if report.horizon == 1 else f"{report.horizon:,} steps"
    heading = f"{report.model}@{report.version}: {report.model_type} for {report.label}, {steps} ahead"
    blocks = ["\n".join([heading, word.headline(report), word.judged(report)])]
    blocks += [*_metrics(report), *_methods(report), *_steps(report), *_series(report, width)]
    if report.notes:
        blocks.append("\n".join(report.notes[:_MOST_NOTES]))
    return "\n\n".join(blocks)


def _metrics(report: ForecastReport) -> Iterator[str]:
    if not report.judged_series:
        return
    columns = {
        "metric": [metric.name for metric in report.metrics],
        "value": pa.array([metric.value for metric in report.metrics], pa.float64()),
        report.baseline: pa.array([metric.baseline for metric in report.metrics], pa.float64()),
    }
    yield text_table(pa.table(columns), len(report.metrics))


def _methods(report: ForecastReport) -> Iterator[str]:
    rows = report.leaderboard
    columns = {
        "method": [row.name for row in rows],
        report.search["metric"]: pa.array([row.score for row in rows], pa.float64()),
        "weight": pa.array([row.weight for row in rows], pa.float64()),
        "fit s": pa.array([row.fit_seconds for row in rows], pa.float64()),
    }
    if report.judged_series > 1:
        columns["series"] = pa.array([row.series for row in rows])
    for place in range(min(report.origins, _MOST_ORIGINS)):
        heading = "newest point" if place == 0 else f"point {place + 1}"
        columns[heading] = pa.array([row.origins[place] for row in rows], pa.float64())
    lines = [word.searched(report), text_table(pa.table(columns), len(rows))]
    lines += [f"left out: {each.name} ({each.reason})" for each in report.skipped]
    yield "\n".join(lines)


def _steps(report: ForecastReport) -> Iterator[str]:
    rows = [row for row in _some(report.steps) if row.score is not None]
    if not rows:
        return
    columns = {
        "steps ahead": pa.array([row.step for row in rows]),
        report.search["metric"]: pa.array([row.score for row in rows], pa.float64()),
        report.baseline: pa.array([row.baseline for row in rows], pa.float64()),
    }
    for place, each in enumerate(report.held):
        if each.share is not None:
            columns[f"within {each.level:.0%}"] = pa.array([row.held[place] for row in rows], pa.float64())
    yield "\n".join([word.held(report), text_table(pa.table(columns), len(rows))])


def _series(report: ForecastReport, width: int | None) -> Iterator[str]:
    if report.judged_series < 2:
        return
    rows = [("best", row) for row in report.best[:_MOST_NAMED]]
    rows += [("worst", row) for row in report.worst[:_MOST_NAMED]]
    table = pa.table(
        {
            "": [side for side, _ in rows],
            "series": [row.series for _, row in rows],
            report.search["metric"]: pa.array([row.score for _, row in rows], pa.float64()),
            report.baseline: pa.array([row.baseline for _, row in rows], pa.float64()),
            "mostly": [row.method for _, row in rows],
        }
    )
    yield "\n".join([word.better(report), text_table(table, len(rows), width)])


def _some(steps: Sequence[StepError]) -> list[StepError]:
    """Return a few of the steps: the first, the last, and those between that double."""
    if len(steps) <= _SHOWN_STEPS:
        return list(steps)
    last = len(steps) - 1
    places = {round(last ** (part / (_SHOWN_STEPS - 1))) for part in range(1, _SHOWN_STEPS)}
    return [steps[place] for place in sorted({0, *places, last})]
