"""The sentences of a forecaster's report, the same on a page and in a terminal."""

from __future__ import annotations

from penstock.connection.report_word import number
from penstock.learn.report.forecast_report import ForecastReport


def headline(report: ForecastReport) -> str:
    """Return one sentence on how good the forecasts were, and against what."""
    metric = report.metrics[0]
    if metric.value is None:
        return "No series is long enough to be forecast from an earlier point of it: nothing could be measured."
    return f"{metric.name} {number(metric.value)} in backtests; {report.baseline} would have {number(metric.baseline)}."


def judged(report: ForecastReport) -> str:
    """Return what the version learned from and how it was judged."""
    series = "One series" if report.series == 1 else f"{report.series:,} series"
    said = f"{series} of {report.train_rows:,} rows"
    if report.failed_series:
        said += f", {report.failed_series:,} of which could not be fitted"
    if not report.judged_series:
        return f"{said}."
    points = "1 earlier point" if report.origins == 1 else f"up to {report.origins} earlier points"
    steps = "1 step" if report.reach == 1 else f"{report.reach:,} steps"
    of = "" if report.judged_series == report.series else f" of {report.judged_series:,} of them"
    weighed = "" if report.origins == 1 else ", with the weights that the other points give"
    return f"{said}. Judged by forecasts from {points}{of}, {steps} ahead{weighed}."


def better(report: ForecastReport) -> str:
    """Return how many series were forecast better than by the last cycle again."""
    if report.judged_series < 2:
        return ""
    return f"{report.better:,} of {report.judged_series:,} series are forecast better than by {report.baseline}."


def held(report: ForecastReport) -> str:
    """Return one sentence on whether intervals hold what they say."""
    known = [each for each in report.held if each.share is not None]
    if not known:
        return "Intervals were not judged: that takes forecasts from two earlier points."
    told = (f"of {each.level:.0%} hold {each.share:.1%}" for each in known)
    return f"Intervals {' and '.join(told)} of the values in backtests; each is as wide as the other points ask."


def searched(report: ForecastReport) -> str:
    """Return how the search went, in one sentence."""
    used = sum(1 for each in report.leaderboard if each.weight)
    tried = len(report.leaderboard)
    said = f"{tried} method{'' if tried == 1 else 's'} tried in {report.search['seconds']:.0f} s"
    return f"{said}; {used} {'has' if used == 1 else 'have'} a part in the forecasts."


def name(series: str) -> str:
    """Return the name of a series; a single one without ids is the series."""
    return series or "the series"
