"""Forecasts of many series by several methods: what they say, how it is weighed, and that the time is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from penstock.core.errors import UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn import forecast_file as file
from penstock.learn.artifact import load_model
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.forecast_member import ARIMA_POINTS, GridSeries, season_of
from penstock.learn.automl.forecast_search import ForecastSearch, Tally
from penstock.learn.fitting import TrainedModel
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.series.fitted_series import SeriesSettings
from penstock.learn.series.grid import regular
from penstock.learn.series_rows import series_rows
from penstock.learn.training import train

OWN = {
    "model_type": "automl_forecaster",
    "time_series_timestamp_col": "t",
    "time_series_data_col": "y",
    "horizon": 6,
    "budget_seconds": 10,
}


def trained(table: pa.Table, **options: object) -> TrainedModel:
    given = {name: GivenOption(value) for name, value in {**OWN, **options}.items()}
    return train(table, given, seed=1, threads=1, progress=lambda *_: None)


def months(*series: np.ndarray) -> pa.Table:
    rows = [
        {"t": date(2000 + k // 12, k % 12 + 1, 1), "상점": f"가게 {number}", "y": float(value)}
        for number, values in enumerate(series)
        for k, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows)


def seasonal(seed: int, n: int = 60, level: float = 100.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    at = np.arange(n)
    return level + at * 0.5 + 20 * np.sin(at * np.pi / 6) + random.normal(0, 2, n)


def test_forecasts_follow_level_and_season_of_each_series():
    model = trained(months(seasonal(1), seasonal(2, level=1000.0)), time_series_id_col=["상점"])
    forecast = ForecastModel.of(load_model(model.files, None)).forecast
    owner = forecast.column("series").to_numpy()
    for number, level in enumerate((100.0, 1000.0)):
        value = forecast.column("value").to_numpy()[owner == number]
        at = np.arange(60, 66)
        expected = level + at * 0.5 + 20 * np.sin(at * np.pi / 6)
        assert np.abs(value - expected).max() < 8


def test_parts_of_history_and_forecast_add_up():
    model = ForecastModel.of(load_model(trained(months(seasonal(1))).files, None))
    rows = model.forecast
    season = rows.column("yearly").fill_null(0).to_numpy()
    assert np.ptp(season) > 20
    np.testing.assert_allclose(rows.column("value").to_numpy(), rows.column("trend").to_numpy() + season)
    past = model.history
    adjusted = past.column("adjusted").to_numpy(zero_copy_only=False)
    known = np.isfinite(adjusted)
    assert known.sum() > 40
    parts = past.column("trend").to_numpy(zero_copy_only=False) + past.column("yearly").fill_null(0).to_numpy()
    np.testing.assert_allclose(adjusted[known], parts[known])
    np.testing.assert_allclose(
        past.column("observed").to_numpy()[known],
        (adjusted + past.column("residual").to_numpy(zero_copy_only=False))[known],
    )


def test_same_rows_and_seed_give_the_same_forecasts():
    table = months(*(seasonal(seed, 40) for seed in range(12)))
    first, second = (trained(table, time_series_id_col=["상점"]) for _ in range(2))
    assert first.files[file.FORECAST] == second.files[file.FORECAST]


def test_leaderboard_tells_weights_that_sum_to_one_and_an_ensemble_no_worse_than_the_worst():
    search = trained(months(seasonal(3), seasonal(4)), time_series_id_col=["상점"]).manifest.details["search"]
    board = search["leaderboard"]
    assert sum(row["weight"] for row in board) == pytest.approx(1)
    assert {row["name"] for row in board} >= {"arima_plus", "theta", "exponential_smoothing", "seasonal_naive"}
    scores = [row["score"] for row in board if row["score"] is not None]
    assert scores == sorted(scores)
    assert search["score"] <= scores[-1]


@pytest.mark.parametrize("metric", ["mase", "smape", "mae", "rmse", "wape"])
def test_every_metric_is_searched_by(metric: str):
    values = np.concatenate([[0.0, 0.0], seasonal(5, 40)])
    search = trained(months(values), metric=metric).manifest.details["search"]
    assert search["metric"] == metric
    assert np.isfinite(search["score"])


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0, 3.0],
        [5.0] * 30,
        [0.0] * 30,
        [float("nan"), 1.0, float("inf"), 2.0, 3.0, -4.0, 5.0],
        [1e90, 2e90, 1.5e90, 1e90, 3e90, 2e90, 1e90],
        [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 1.0] * 6,
        list(range(25)),
    ],
)
def test_odd_series_are_forecast(values: list[float]):
    model = ForecastModel.of(load_model(trained(months(np.array(values))).files, None))
    assert model.forecast.num_rows == 6
    assert np.isfinite(model.forecast.column("value").to_numpy()).all()
    error = model.forecast.column("standard_error").to_numpy()
    assert (error >= 0).all()


def test_a_series_that_cannot_be_forecast_stops_no_other():
    table = months(seasonal(6, 30), np.array([1.0]), np.array([np.nan] * 5))
    model = trained(table, time_series_id_col=["상점"])
    messages = ForecastModel.of(load_model(model.files, None)).series.column("error_message").to_pylist()
    assert messages == [None, "all rows have the same time", "no row has a value"]
    assert any("2 of 3 series could not be fitted" in note for note in model.manifest.notes)


def test_nothing_to_forecast_is_told():
    with pytest.raises(UntrainableModel):
        trained(months(np.array([1.0, 2.0])).slice(0, 0), time_series_id_col=["상점"])
    with pytest.raises(UntrainableModel, match="No series can be fitted"):
        trained(months(np.array([1.0])))


def test_limits_and_sums_hold():
    table = months(np.maximum(seasonal(7, 40, 5.0), 0.1), np.maximum(seasonal(8, 40, 5.0), 0.1))
    options: dict[str, Any] = {"time_series_id_col": ["상점"], "hierarchical_time_series_cols": ["상점"]}
    model = ForecastModel.of(load_model(trained(table, forecast_limit_lower_bound=0.0, **options).files, None))
    value = model.forecast.column("value").to_numpy().reshape(3, 6)
    assert (value > 0).all()
    np.testing.assert_allclose(value[2], value[0] + value[1])


def test_hours_get_the_trees_and_the_longer_cycle():
    begin = datetime(2024, 1, 1)
    at = np.arange(24 * 30)
    y = 50 + 10 * np.sin(at * np.pi / 12) + 5 * np.sin(at * np.pi / 84) + np.random.default_rng(1).normal(0, 1, len(at))
    table = pa.table({"t": [begin + timedelta(hours=int(k)) for k in at], "y": y})
    board = trained(table).manifest.details["search"]["leaderboard"]
    found = {row["name"]: row for row in board}
    assert found["lag_trees"]["score"] is not None or "time" in found["lag_trees"]["skipped"]
    assert found["usual_cycle"]["score"] < 2


class Clock:
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


@pytest.mark.parametrize(("seconds", "stopped"), [(2.0, False), (1e9, True)])
def test_without_time_what_repeats_the_past_is_all_there_is_and_that_is_told(seconds: float, stopped: bool):
    rows = series_rows(
        pa.table({}), pa.chunked_array([months(seasonal(1)).column("t")]), pa.chunked_array([seasonal(1)])
    )
    grid = regular(rows.times, rows.values, None, None, None)
    assert not isinstance(grid, str)
    settings = SeriesSettings(horizon=6)
    tally, budget = Tally(), Budget(seconds, 0.0, clock=Clock(), stopped=lambda: stopped)
    search = ForecastSearch(settings, (), "mase", budget, tally, 1, 1)
    found = search.run([GridSeries(0, grid, season_of(grid, settings), slice(0, 60))], np.ones(1), 1.0)
    assert set(tally.left_out) == {"theta", "exponential_smoothing", "lag_trees", "arima_plus"}
    assert all(reason == "for want of time" for reasons in tally.left_out.values() for reason in reasons)
    assert found.weights[0, :2].sum() == pytest.approx(1)
    assert np.isfinite(found.spread).all()


def test_intervals_of_many_series_hold_as_many_values_as_they_should():
    random = np.random.default_rng(0)
    held = []
    table = months(*(random.normal(size=60) * 5 + seasonal(seed) for seed in range(30)))
    past = table.filter(pc.less(table.column("t"), pa.scalar(date(2004, 7, 1))))
    model = ForecastModel.of(load_model(trained(past, time_series_id_col=["상점"]).files, None))
    rows = table.filter(pc.greater_equal(table.column("t"), pa.scalar(date(2004, 7, 1))))
    given = model.read_rows(rows)
    outlook = model.outlook(given, 6)
    for level in (0.8, 0.95):
        low, high = model.bounds(outlook.value, outlook.standard_error, level)
        held.append(float(((low <= given.values) & (given.values <= high)).mean()))
    assert held == pytest.approx([0.8, 0.95], abs=0.1)


def test_a_series_too_short_to_be_tried_is_forecast_beside_others():
    model = trained(months(seasonal(6, 30), np.array([1.0, 2.0, 4.0])), time_series_id_col=["상점"])
    forecast = ForecastModel.of(load_model(model.files, None)).forecast
    owner = forecast.column("series").to_numpy()
    assert (owner == 1).sum() == 6
    assert model.manifest.details["search"]["backtests"]["series"] == 1


def test_arima_plus_reads_as_many_points_at_an_earlier_origin_as_at_the_last():
    times = np.arange(9_000) * 3_600_000_000
    grid = regular(times, np.arange(9_000.0), None, None, None)
    assert not isinstance(grid, str)
    one = GridSeries(0, grid, season_of(grid, SeriesSettings(horizon=1_000)), slice(0, 9_000))
    for cut in (0, 2_000):
        known = one.recent(cut)
        assert len(known.values) == len(known.times) == len(known.present) == ARIMA_POINTS
        assert known.values[-1] == 8_999 - cut
