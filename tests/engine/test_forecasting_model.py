"""Time series models in a project: trained, gated, retrained, refused where rows are scored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.versions import list_versions
from penstock.core.errors import UserError
from penstock.engine.reproduction import reproduce

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLES = """
CREATE TABLE sales AS SELECT DATE '2024-01-01' + CAST(range // 2 AS INTEGER) AS 날,
    ['강남', '부산'][range % 2 + 1] AS 상점, 100 + (range % 2) * 50 + (range // 2 % 7) * 4 + hash(range) % 3 AS 매출
FROM range(160);
CREATE TABLE days AS SELECT '한국' AS region, 'opening' AS holiday_name, DATE '2024-02-01' AS primary_date;
"""
MODEL = """
CREATE MODEL `my-project.shop.forecast`
OPTIONS (
  MODEL_TYPE = 'ARIMA_PLUS', TIME_SERIES_TIMESTAMP_COL = '날', TIME_SERIES_DATA_COL = '매출',
  TIME_SERIES_ID_COL = '상점', HORIZON = 14, AUTO_ARIMA_MAX_ORDER = 1
) AS (
  training_data AS (SELECT 날, 상점, 매출 FROM sales WHERE 날 >= '2024-01-01'),
  custom_holiday AS (SELECT * FROM days)
);
"""
GOAL = """
CREATE GOAL close ON MODEL shop.forecast ACCEPT WHEN symmetric_mean_absolute_percentage_error < {}
    AND mean_absolute_scaled_error <= 1.001 * champion.mean_absolute_scaled_error;
"""
SETTINGS = "dialect = 'bigquery'\n"


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    return open_work({"tables.sql": TABLES, "model.sql": f"SET dialect = 'bigquery';\n{MODEL}"})


def test_a_bigquery_statement_with_holidays_makes_a_model_of_two_queries(work: Work) -> None:
    work.run()
    rows = work.rows(
        "SELECT * FROM ML.FORECAST(MODEL `my-project.shop.forecast`, STRUCT(2 AS horizon, 0.8 AS confidence_level))",
        "bigquery",
    )
    assert [row[0] for row in rows] == ["강남", "강남", "부산", "부산"]
    assert work.rows("SELECT holiday_name, primary_date FROM ML.HOLIDAY_INFO(MODEL shop.forecast)") == [
        ("opening", date(2024, 2, 1))
    ]
    parents = {
        parent.name for name, found in work.graph().parents.items() if name.name == "shop.forecast" for parent in found
    }
    assert parents == {"sales", "days"}


def test_another_holiday_makes_another_version(work: Work) -> None:
    work.run()
    work.put("model.sql", f"SET dialect = 'bigquery';\n{MODEL.replace('FROM days', 'FROM days WHERE TRUE')}")
    assert "version 2" in work.run()["shop.forecast"]


def test_the_gate_judges_forecasts_of_the_newest_times(work: Work) -> None:
    work.put("goal.sql", GOAL.format(5))
    assert "champion" in work.run()["shop.forecast"]
    (version,) = list_versions(work.session.catalog, "shop.forecast")
    assert 0 < version.metrics["symmetric_mean_absolute_percentage_error"] < 5
    assert 0 < version.metrics["mean_absolute_scaled_error"] < 1
    # The model itself has learned from all rows: it begins after the newest of them.
    first = work.rows("SELECT min(forecast_timestamp)::DATE FROM ML.FORECAST(MODEL shop.forecast)")
    assert first == [(date(2024, 3, 21),)]


def test_a_worse_way_to_forecast_is_kept_from_serving(work: Work) -> None:
    work.put("goal.sql", GOAL.format(50))
    work.run()
    worse = MODEL.replace("HORIZON = 14", "HORIZON = 14, SEASONALITIES = ['NO_SEASONALITY']")
    work.put("model.sql", f"SET dialect = 'bigquery';\n{worse}")
    assert "rejected" in work.run()["shop.forecast"]
    assert "mean_absolute_scaled_error" in list_versions(work.session.catalog, "shop.forecast")[-1].reason


def test_an_unreached_goal_rejects(work: Work) -> None:
    work.put("goal.sql", GOAL.format(0.001))
    assert "rejected" in work.run()["shop.forecast"]


def test_new_data_moves_the_forecast_on(work: Work) -> None:
    work.put("goal.sql", GOAL.format(20))
    work.run()
    work.put("tables.sql", TABLES.replace("range(160)", "range(180)"))
    work.run()
    assert "champion" in work.run(forced="shop.forecast")["shop.forecast"]
    first = work.rows("SELECT min(forecast_timestamp)::DATE FROM ML.FORECAST(MODEL shop.forecast)")
    assert first == [(date(2024, 3, 31),)]


def test_a_version_comes_out_the_same_again(work: Work) -> None:
    work.put("goal.sql", GOAL.format(20))
    work.run()
    assert reproduce(work.session, "shop.forecast", None).same


def test_what_scores_rows_is_refused(work: Work) -> None:
    work.run()
    with pytest.raises(UserError, match="arima_plus"):
        work.sql("SELECT * FROM ML.PREDICT(MODEL shop.forecast, TABLE sales)")
    with pytest.raises(UserError):
        work.sql("EXPORT MODEL shop.forecast OPTIONS (uri = 'out')")


def test_one_bad_series_does_not_stop_the_others(work: Work) -> None:
    work.put(
        "tables.sql",
        TABLES.replace("FROM range(160);", "FROM range(160) UNION ALL SELECT DATE '2024-01-01', '새 가게', 1;"),
    )
    work.run()
    assert "1 of 3 series could not be fitted" in work.notices
    rows = work.rows("SELECT 상점, error_message IS NULL FROM ML.ARIMA_EVALUATE(MODEL shop.forecast)")
    assert rows == [("강남", True), ("부산", True), ("새 가게", False)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("TIME_SERIES_DATA_COL = '매출'", "TIME_SERIES_DATA_COL = '매츌'"), "매츌"),
        (("HORIZON = 14", "HORIZON = 20000"), "between 1 and 10000"),
        (("HORIZON = 14", "HORIZONS = 14"), "horizon"),
        (("HORIZON = 14", "NON_SEASONAL_ORDER = (1, 1, 1)"), "auto_arima = FALSE"),
        (("HORIZON = 14", "SEASONALITIES = ['HOURLY']"), "NO_SEASONALITY"),
        (("HORIZON = 14", "HOLIDAY_REGION = 'XX'"), "There is no holiday region 'XX'"),
        (("HORIZON = 14", "MAX_TIME_SERIES_LENGTH = 30, TIME_SERIES_LENGTH_FRACTION = 0.5"), "exclude each other"),
        (("TIME_SERIES_TIMESTAMP_COL = '날',", ""), "needs the option time_series_timestamp_col"),
        (("'ARIMA_PLUS'", "'KMEANS'"), "time_series_timestamp_col"),
        (("training_data AS", "trainig_data AS"), "training_data"),
        (("HORIZON = 14", "HIERARCHICAL_TIME_SERIES_COLS = ['상전']"), "상점"),
    ],
)
def test_mistakes_are_told(work: Work, change: tuple[str, str], told: str) -> None:
    assert change[0] in MODEL
    work.put("model.sql", f"SET dialect = 'bigquery';\n{MODEL.replace(*change)}")
    with pytest.raises(UserError, match=told):
        work.run()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT region, primary_date FROM days", "holiday_name"),
        ("SELECT region, 'New Year' AS holiday_name, primary_date FROM days", "Call it New_Year"),
        ("SELECT *, 0 AS preholiday_days FROM days", "at least 1"),
        ("SELECT *, 40 AS postholiday_days FROM days", "30 days"),
        ("SELECT region, holiday_name, 'soon' AS primary_date FROM days", "primary_date"),
        ("SELECT region, CAST(NULL AS STRING) AS holiday_name, primary_date FROM days", "NULL in 1 rows"),
    ],
)
def test_holidays_that_are_none_are_told(work: Work, query: str, told: str) -> None:
    work.put("model.sql", f"SET dialect = 'bigquery';\n{MODEL.replace('SELECT * FROM days', query)}")
    with pytest.raises(UserError, match=told):
        work.run()


def test_a_trigger_retrains_when_there_are_new_rows(work: Work) -> None:
    work.put("goal.sql", GOAL.format(20))
    work.put("loop.sql", "CREATE TRIGGER weekly ON SCHEDULE '0 6 * * 1' DO RETRAIN MODEL shop.forecast;")
    work.run()
    work.clock.advance(timedelta(days=8))
    work.turn()
    assert len(list_versions(work.session.catalog, "shop.forecast")) == 1
    work.sql("INSERT INTO sales SELECT 날 + 80, 상점, 매출 FROM sales WHERE 날 < DATE '2024-01-08'")
    work.clock.advance(timedelta(days=7))
    work.turn()
    assert [version.status for version in list_versions(work.session.catalog, "shop.forecast")] == ["accepted"] * 2
    first = work.rows("SELECT min(forecast_timestamp)::DATE FROM ML.FORECAST(MODEL shop.forecast)")
    assert first == [(date(2024, 3, 28),)]


def test_forecasts_of_automl_are_judged_and_come_out_the_same_again(work: Work) -> None:
    auto = MODEL.replace("'ARIMA_PLUS'", "'AUTOML_FORECASTER'").replace(
        "HORIZON = 14", "HORIZON = 5, BUDGET_SECONDS = 10"
    )
    work.put("model.sql", f"SET dialect = 'bigquery';\n{auto}")
    work.put("goal.sql", GOAL.format(20))
    assert "champion" in work.run()["shop.forecast"]
    (version,) = list_versions(work.session.catalog, "shop.forecast")
    assert 0 < version.metrics["symmetric_mean_absolute_percentage_error"] < 20
    assert version.metrics["backtest_error"] > 0
    told = {row[1]: row[2] for row in work.rows("DESCRIBE MODEL shop.forecast") if row[0] == "method"}
    assert told["lag_trees"] == "left out: too few rows"
    assert "in backtests" in told["arima_plus"]
    assert reproduce(work.session, "shop.forecast", None).same
