"""The functions of time series, of a model whose forecasts are weighted means of several methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import InvalidOption
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train

if TYPE_CHECKING:
    from conftest import World

NEWEST = "(SELECT * FROM sales WHERE 날 >= DATE '2024-03-04')"


@pytest.fixture
def sales(world: World) -> World:
    """Two shops, and a model of all but the last week; one value of that week is far out."""
    world.connection.execute(
        """CREATE TABLE sales AS SELECT DATE '2024-01-01' + CAST(range // 2 AS INTEGER) AS 날,
        ['강남', '부산'][range % 2 + 1] AS 상점, 100 + (range % 2) * 50 + (range // 2 % 7) * 4
        + hash(range) % 3 + (CASE WHEN range = 130 THEN 90 ELSE 0 END) AS 매출 FROM range(140)"""
    )
    options = {
        "model_type": "automl_forecaster",
        "time_series_timestamp_col": "날",
        "time_series_data_col": "매출",
        "time_series_id_col": "상점",
        "horizon": 7,
        "budget_seconds": 10,
    }
    given = {key: GivenOption(value) for key, value in options.items()}
    table = world.connection.table("SELECT * FROM sales WHERE 날 < DATE '2024-03-04'")
    trained = train(table, given, seed=1, threads=1, progress=lambda *_: None)
    world.models["auto"] = load_model(trained.files, None)
    return world


def test_forecasts_are_near_what_came_and_judged_by_it(sales: World) -> None:
    forecast = sales.rows("SELECT * FROM ML.FORECAST(MODEL auto, STRUCT(7 AS horizon))")
    assert [row["상점"] for row in forecast] == ["강남"] * 7 + ["부산"] * 7
    for row in forecast:
        assert row["prediction_interval_lower_bound"] < row["forecast_value"] < row["prediction_interval_upper_bound"]
    judged = sales.rows(f"SELECT * FROM ML.EVALUATE(MODEL auto, {NEWEST})")
    assert judged[1]["mean_absolute_error"] < 5


def test_history_and_forecast_are_explained_by_trend_and_week(sales: World) -> None:
    rows = sales.rows("SELECT * FROM ML.EXPLAIN_FORECAST(MODEL auto, STRUCT(7 AS horizon)) WHERE 상점 = '부산'")
    assert [row["time_series_type"] for row in rows] == ["history"] * 63 + ["forecast"] * 7
    for row in rows[-7:]:
        parts = row["trend"] + row["seasonal_period_weekly"]
        assert row["time_series_data"] == pytest.approx(parts)
    assert max(row["seasonal_period_weekly"] for row in rows[-7:]) > 5


def test_a_value_far_from_its_forecast_is_an_anomaly(sales: World) -> None:
    rows = sales.rows(
        f"SELECT * FROM ML.DETECT_ANOMALIES(MODEL auto, STRUCT(0.999 AS anomaly_prob_threshold), {NEWEST}) "
        "WHERE is_anomaly"
    )
    assert [(str(row["날"].date()), row["상점"]) for row in rows] == [("2024-03-06", "강남")]
    assert len(sales.rows("SELECT * FROM ML.DETECT_ANOMALIES(MODEL auto)")) == 126


@pytest.mark.parametrize("call", ["ML.ARIMA_EVALUATE(MODEL auto)", "ML.ARIMA_COEFFICIENTS(MODEL auto)"])
def test_what_shows_arima_models_is_refused_in_words(sales: World, call: str) -> None:
    with pytest.raises(InvalidOption, match="shows ARIMA models; auto is an automl_forecaster model"):
        sales.rows(f"SELECT * FROM {call}")


def test_evaluation_without_data_is_refused_in_words(sales: World) -> None:
    with pytest.raises(InvalidOption, match="weighted means of several methods"):
        sales.rows("SELECT * FROM ML.EVALUATE(MODEL auto)")
