"""A forecaster's report as a page and as text: whole, safe, without the network."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from penstock.connection import forecast_word as word
from penstock.connection.forecast_plot import held_plot, outlook_plot, step_plot
from penstock.connection.report import Report
from penstock.learn.report.forecast_report import (
    BASELINE,
    ForecastReport,
    Held,
    Method,
    Plotted,
    SeriesScore,
    StepError,
)
from penstock.learn.report.model_report import Left, Metric

HOSTILE = "<script>alert('나')</script>&\""
PLOT = Plotted(
    HOSTILE,
    ("2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00", "2024-01-03T00:00:00+00:00"),
    (1.0, None, 3.0),
    ("2024-01-04T00:00:00+00:00", "2024-01-05T00:00:00+00:00"),
    (3.5, 4.0),
    ((3.0, 3.2), (2.5, 2.6)),
    ((4.0, 4.8), (4.5, 5.4)),
)


@pytest.fixture
def report() -> ForecastReport:
    """A report with every part and hostile names."""
    return ForecastReport(
        model=HOSTILE,
        version=2,
        model_type="automl_forecaster",
        task="forecasting",
        label="매출",
        created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        train_rows=1200,
        series=3,
        failed_series=1,
        horizon=2,
        origins=2,
        reach=2,
        judged_series=2,
        better=1,
        metrics=(Metric("mase", 0.8123, 1.25, True), Metric("smape", None, None, True)),
        baseline=BASELINE,
        search={"metric": "mase", "seconds": 9.6},
        leaderboard=(
            Method("theta", 0.8, (0.7, 0.9), 2, 0.75, 1.25),
            Method("arima_plus", 1.1, (1.0, None), 1, 0.25, 3.5),
            Method("usual_cycle", 2.0, (2.0, 2.0), 2, 0.0, 0.0),
        ),
        ensemble_origins=(0.75, 0.85),
        skipped=(Left("lag_trees", "of 2 of 3 series: too few rows"),),
        steps=(StepError(1, 0.5, 1.0, (0.75, 1.0)), StepError(2, None, None, (None, None))),
        held=(Held(0.8, 0.75), Held(0.95, 1.0)),
        best=(SeriesScore("서울", 0.4, 0.9, "theta"),),
        worst=(SeriesScore(HOSTILE, 1.9, 1.5, "arima_plus"),),
        plots=(PLOT, replace(PLOT, series="서울")),
        notes=("a note",),
    )


def test_a_page_holds_every_part_and_runs_nothing(report: ForecastReport) -> None:
    page = Report(report).html()
    for forbidden in ("<script", "<link", "<img", "src=", "href=", "url(", "@import"):
        assert forbidden not in page
    assert page.count("<section>") == page.count("</section>") == 7
    assert "&lt;script&gt;" in page
    headings = (
        "What comes",
        "How good it is",
        "How far ahead it sees",
        "Series by series",
        "What was tried",
        "Left out",
    )
    for words in (*headings, "Do intervals hold", "Notes", "0.8123", "1.25", "서울", "매출", "75%", "too few rows"):
        assert words in page, words
    assert page.index("hard to forecast") < page.index("easy to forecast")


def test_a_terminal_shows_the_same_in_a_screenful(report: ForecastReport) -> None:
    text = Report(report).text(100)
    assert text.startswith(f"{HOSTILE}@2: automl_forecaster for 매출, 2 steps ahead\nmase 0.8123 in backtests; ")
    assert "left out: lag_trees (of 2 of 3 series: too few rows)" in text
    assert "1 of 2 series are forecast better than by the last cycle again." in text
    assert "Intervals of 80% hold 75.0% and of 95% hold 100.0% of the values" in text
    assert "3 methods tried in 10 s; 2 have a part in the forecasts." in text
    assert text.count("\n") < 40


def test_what_nothing_could_judge_is_told_without_tables_of_nothing(report: ForecastReport) -> None:
    bare = replace(
        report,
        series=1,
        origins=0,
        reach=0,
        judged_series=0,
        metrics=(Metric("mase", None, None, True),),
        leaderboard=(Method("theta", None, (), 0, 1.0, 0.1),),
        steps=(),
        held=(Held(0.8, None), Held(0.95, None)),
        best=(),
        worst=(),
        plots=(replace(PLOT, past_times=(), past=(), series=""),),
    )
    for shown in (Report(bare).text(), Report(bare).html()):
        assert "No series is long enough" in shown
        assert "forecast better than" not in shown
        assert "How far ahead" not in shown
    assert "Intervals were not judged" in Report(bare).html()
    assert json.loads(json.dumps(Report(bare).json()))["best"] == []


def test_plots_are_well_formed_whatever_the_numbers(report: ForecastReport) -> None:
    flat = replace(PLOT, past=(2.0, 2.0, 2.0), forecast=(2.0, 2.0), low=((2.0, 2.0),) * 2, high=((2.0, 2.0),) * 2)
    bare = replace(PLOT, past_times=(), past=(), times=PLOT.times[:1], forecast=(1e12,), low=((-1e12,),) * 2)
    alone = replace(bare, high=((3e12,),) * 2)
    many = [StepError(step, 1.0 / step, 0.0, (0.8, 0.95)) for step in range(1, 61)]
    plots = [outlook_plot(found, HOSTILE) for found in (PLOT, flat, alone)]
    plots += [step_plot(steps, HOSTILE) for steps in (report.steps, report.steps[:1], many)]
    plots += [held_plot(steps) for steps in (report.steps, report.steps[:1], many)]
    for plot in plots:
        root = ElementTree.fromstring(plot)
        assert root.get("viewBox") == "0 0 400 260"
        assert "nan" not in plot
        assert "inf" not in plot


def test_a_gap_in_the_past_breaks_the_line(report: ForecastReport) -> None:
    past = [part for part in outlook_plot(PLOT, "매출").split("<") if 'class="line past"' in part]
    assert len(past) == 2


def test_sentences_say_what_is_so(report: ForecastReport) -> None:
    assert word.headline(report) == "mase 0.8123 in backtests; the last cycle again would have 1.25."
    told = word.judged(report)
    assert told.startswith("3 series of 1,200 rows, 1 of which could not be fitted. Judged by forecasts from up to 2")
    assert told.endswith("points of 2 of them, 2 steps ahead, with the weights that the other points give.")
    one = replace(report, series=1, failed_series=0, judged_series=1, origins=1, reach=1)
    assert word.judged(one) == "One series of 1,200 rows. Judged by forecasts from 1 earlier point, 1 step ahead."
    assert word.better(one) == ""
