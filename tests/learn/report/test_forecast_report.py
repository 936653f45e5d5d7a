"""The report of a forecaster, made of its artifact alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption
from penstock.core.options import GivenOption
from penstock.learn import forecast_file as file
from penstock.learn.fitting import TrainedModel
from penstock.learn.report.forecast_report import LEAST_PAST, ForecastReport, forecast_report_of
from penstock.learn.training import train

AT = datetime(2026, 1, 2, tzinfo=UTC)


def made(table: pa.Table, model_type: str = "automl_forecaster", **options: object) -> TrainedModel:
    own = {
        "model_type": model_type,
        "time_series_timestamp_col": "날",
        "time_series_data_col": "매출",
        "time_series_id_col": ["가게"],
        "horizon": 7,
        **({"budget_seconds": 10} if model_type == "automl_forecaster" else {}),
    }
    given = {name: GivenOption(value) for name, value in {**own, **options}.items()}
    return train(table, given, seed=1, threads=1, progress=lambda *_: None)


def days(*series: np.ndarray) -> pa.Table:
    rows = [
        {"날": date(2024, 1, 1) + timedelta(days=at), "가게": f"가게 {number}", "매출": float(value)}
        for number, values in enumerate(series)
        for at, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows)


def weekly(seed: int, n: int = 84) -> np.ndarray:
    at = np.arange(n)
    return 100 + 10 * np.sin(at * 2 * np.pi / 7) + 0.3 * at + np.random.default_rng(seed).normal(0, 1 + seed, n)


@pytest.fixture(scope="module")
def several() -> ForecastReport:
    return report(made(days(weekly(0), weekly(3), weekly(9), np.array([1.0, 2.0, 4.0]), np.array([5.0]))))


def report(model: TrainedModel) -> ForecastReport:
    return forecast_report_of("m", 1, AT, model.manifest, model.files)


def test_every_metric_stands_beside_that_of_the_last_cycle_again(several: ForecastReport) -> None:
    assert [metric.name for metric in several.metrics] == ["mase", "smape", "mae", "rmse", "wape"]
    for metric in several.metrics:
        assert metric.value is not None
        assert metric.baseline is not None
        assert metric.value < metric.baseline
    assert (several.origins, several.reach, several.horizon) == (3, 7, 7)


def test_series_that_were_not_judged_or_not_fitted_are_counted(several: ForecastReport) -> None:
    assert (several.series, several.failed_series, several.judged_series) == (5, 1, 3)
    assert [row.series for row in several.best] == ["가게 0"]
    assert [row.series for row in several.worst] == ["가게 2"]
    assert several.worst[0].score > several.best[0].score


def test_methods_have_a_score_from_each_point_and_weights_of_one_together(several: ForecastReport) -> None:
    assert sum(method.weight for method in several.leaderboard) == pytest.approx(1)
    best = several.leaderboard[0]
    assert len(best.origins) == len(several.ensemble_origins) == 3
    assert best.score == pytest.approx(np.mean([score for score in best.origins if score is not None]), rel=0.2)
    assert best.series == 3
    assert [left.reason for left in several.skipped if left.name == "lag_trees"] == ["of 4 of 4 series: too few rows"]


def test_steps_and_intervals_are_those_of_the_backtests(several: ForecastReport) -> None:
    assert [step.step for step in several.steps] == list(range(1, 8))
    scores = [step.score for step in several.steps]
    assert np.mean(scores) == pytest.approx(several.metrics[0].value, rel=0.05)
    assert [each.level for each in several.held] == [0.8, 0.95]
    assert all(each.share is not None and 0.5 < each.share <= 1 for each in several.held)


def test_a_plot_has_the_newest_past_and_what_comes(several: ForecastReport) -> None:
    found = {plot.series: plot for plot in several.plots}
    plot = found["가게 0"]
    assert plot.past[-1] == pytest.approx(weekly(0)[-1])
    assert len(plot.past) == LEAST_PAST
    assert plot.times[0].startswith("2024-03-25")
    narrow, wide = (np.subtract(plot.high[level], plot.low[level]) for level in (0, 1))
    assert (wide > narrow).all()


def test_of_one_short_series_that_nothing_could_judge_the_forecast_is_shown() -> None:
    found = report(made(days(np.array([1.0, 3.0, 2.0])), decompose_time_series=False))
    assert found.judged_series == 0
    assert found.metrics[0].value is None
    assert [plot.series for plot in found.plots] == ["가게 0"]
    assert found.plots[0].past == ()
    json.dumps(found.as_json(), allow_nan=False)


def test_values_that_were_missing_are_missing_in_the_plot() -> None:
    values = weekly(1)
    values[-3] = np.nan
    plot = report(made(days(values))).plots[0]
    assert plot.past[-3] is None
    assert plot.past[-2] is not None


def test_sums_of_a_hierarchy_are_no_series_of_the_report() -> None:
    model = made(days(weekly(0), weekly(1)), hierarchical_time_series_cols=["가게"])
    found = report(model)
    assert (found.series, file.read_file(model.files, file.SERIES).num_rows) == (2, 3)
    assert {row.series for row in (*found.best, *found.worst)} == {"가게 0", "가게 1"}


def test_a_model_without_backtests_has_no_report_and_is_told_what_has() -> None:
    with pytest.raises(InvalidOption, match="not tried on its own past") as refused:
        report(made(days(weekly(0)), "arima_plus"))
    assert "automl_forecaster" in str(refused.value.diagnostics[0].hint)
