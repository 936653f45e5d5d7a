"""Time series without a model: forecasts, errors, anomalies, trends, seasons and change points."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName

if TYPE_CHECKING:
    from conftest import World

TIME = pa.timestamp("us", "UTC")
CALL = "data_col => '매출', timestamp_col => '날'"


@pytest.fixture
def sales(world: World) -> World:
    """A shop whose level jumps in the middle, one that has a week, and one with a single day."""
    world.connection.execute(
        """CREATE TABLE sales AS
        SELECT TIMESTAMP '2024-01-01' + INTERVAL (range) DAY AS 날, '계단' AS 상점,
            100 + (range // 60) * 80 + hash(range) % 3 AS 매출 FROM range(120)
        UNION ALL SELECT TIMESTAMP '2024-01-01' + INTERVAL (range) DAY, '주간', 50 + (range % 7) * 10 + hash(range) % 2
        FROM range(84)
        UNION ALL SELECT TIMESTAMP '2024-01-01', '하루', 1"""
    )
    return world


def test_every_series_is_forecast_and_a_short_one_says_why_not(sales: World) -> None:
    found = sales.sql(f"SELECT * FROM AI.FORECAST(TABLE sales, {CALL}, id_cols => ['상점'], horizon => 7)")
    assert [(field.name, field.type) for field in found.schema] == [
        ("상점", pa.string()),
        ("forecast_timestamp", TIME),
        ("forecast_value", pa.float64()),
        ("confidence_level", pa.float64()),
        ("prediction_interval_lower_bound", pa.float64()),
        ("prediction_interval_upper_bound", pa.float64()),
        ("ai_forecast_status", pa.string()),
    ]
    rows = found.to_pylist()
    week = [row["forecast_value"] for row in rows if row["상점"] == "주간"]
    np.testing.assert_allclose(week, 50.5 + 10 * np.arange(7), atol=3)
    (alone,) = [row for row in rows if row["상점"] == "하루"]
    assert alone["forecast_value"] is None
    assert alone["ai_forecast_status"]
    assert {row["ai_forecast_status"] for row in rows if row["상점"] != "하루"} == {""}


def test_a_forecast_ends_where_it_is_told_and_shows_the_past_on_request(sales: World) -> None:
    week = "(SELECT * FROM sales WHERE 상점 = '주간')"
    until = f"{CALL}, forecast_end_timestamp => '2024-03-27 00:00:00'"
    rows = sales.rows(f"SELECT * FROM AI.FORECAST({week}, {until})")
    assert [row["forecast_timestamp"] for row in rows] == [datetime(2024, 3, day, tzinfo=UTC) for day in (25, 26, 27)]
    found = sales.sql(f"SELECT * FROM AI.FORECAST({week}, {until}, output_historical_time_series => TRUE)")
    assert found.schema.names[:3] == ["time_series_timestamp", "time_series_type", "time_series_data"]
    assert found.column("time_series_type").to_pylist() == ["history"] * 84 + ["forecast"] * 3
    newest = sales.rows(
        f"SELECT * FROM AI.FORECAST({week}, {CALL}, context_window => 64, output_historical_time_series => TRUE)"
    )
    assert sum(row["time_series_type"] == "history" for row in newest) == 64


def test_who_asks_for_timesfm_is_told_what_answers(sales: World) -> None:
    sales.sql(f"SELECT * FROM AI.FORECAST(TABLE sales, {CALL}, id_cols => ['상점'], model => 'TimesFM 2.0')")
    assert any("TimesFM 2.0 is not part of Penstock" in event.message for event in sales.heard)
    sales.sql(f"SELECT * FROM AI.FORECAST(TABLE sales, {CALL}, id_cols => ['상점'])")
    assert not sales.heard
    with pytest.raises(InvalidOption, match=r"TimesFM 2\.5"):
        sales.sql(f"SELECT * FROM AI.FORECAST(TABLE sales, {CALL}, model => 'gpt')")


def test_forecasts_are_compared_with_what_came(sales: World) -> None:
    past, later = (f"(SELECT * FROM sales WHERE 상점 = '주간' AND 날 {sign} TIMESTAMP '2024-03-11')" for sign in "<>")
    found = sales.sql(f"SELECT * FROM AI.EVALUATE({past}, {later}, {CALL}, id_cols => ['상점'])")
    assert found.schema.names == [
        *("상점", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error"),
        *("mean_absolute_percentage_error", "symmetric_mean_absolute_percentage_error", "mean_absolute_scaled_error"),
        "ai_evaluate_status",
    ]
    (row,) = found.to_pylist()
    forecast = sales.rows(f"SELECT forecast_value FROM AI.FORECAST({past}, {CALL}, horizon => 14)")
    actual = sales.rows(f"SELECT 매출::DOUBLE AS y FROM {later} ORDER BY 날")
    off = [abs(said["forecast_value"] - came["y"]) for said, came in zip(forecast[1:], actual, strict=True)]
    assert row["mean_absolute_error"] == pytest.approx(np.mean(off))
    assert row["ai_evaluate_status"] == ""


def test_the_newest_rows_are_judged_by_those_before_in_three_ways(sales: World) -> None:
    sales.connection.execute("UPDATE sales SET 매출 = 500 WHERE 상점 = '주간' AND 날 = TIMESTAMP '2024-03-23'")
    week = "(SELECT * FROM sales WHERE 상점 = '주간')"
    past, newest = (f"(SELECT * FROM {week} WHERE 날 {sign} TIMESTAMP '2024-03-22')" for sign in ("<", ">="))
    calls = (
        f"AI.DETECT_ANOMALIES({week}, {CALL}, target_last_n_points => 3)",
        f"AI.DETECT_ANOMALIES({week}, {CALL}, target_start_timestamp => '2024-03-22')",
        f"AI.DETECT_ANOMALIES({past}, {newest}, {CALL})",
    )
    found = [sales.sql(f"SELECT * FROM {call} ORDER BY time_series_timestamp") for call in calls]
    assert found[0].schema.names == [
        *("time_series_timestamp", "time_series_data", "is_anomaly", "lower_bound", "upper_bound"),
        *("anomaly_probability", "ai_detect_anomalies_status"),
    ]
    for table in found:
        assert table == found[0]
        assert table.column("is_anomaly").to_pylist() == [False, True, False]
    with pytest.raises(InvalidOption, match="told in one way what to judge; here are 0"):
        sales.sql(f"SELECT * FROM AI.DETECT_ANOMALIES({week}, {CALL})")


def test_a_value_far_ahead_is_judged_though_nothing_comes_before_it(sales: World) -> None:
    later = "(SELECT TIMESTAMP '2024-03-25' + INTERVAL 99 DAY AS 날, 500 AS 매출)"
    (row,) = sales.rows(
        f"SELECT * FROM AI.DETECT_ANOMALIES((SELECT * FROM sales WHERE 상점 = '주간'), {later}, {CALL})"
    )
    assert row["is_anomaly"] is True
    assert row["ai_detect_anomalies_status"] == ""


def test_rows_of_several_series_without_id_cols_are_told(sales: World) -> None:
    sales.sql(f"SELECT * FROM AI.FORECAST((SELECT * FROM sales WHERE 상점 <> '하루'), {CALL})")
    (told,) = [event.message for event in sales.heard]
    assert told.startswith("rows of the same time were averaged")
    assert "id_cols" in told
    sales.sql(f"SELECT * FROM AI.FORECAST((SELECT * FROM sales WHERE 상점 <> '하루'), {CALL}, id_cols => ['상점'])")
    assert not sales.heard


def test_a_season_is_taken_apart_from_its_series(sales: World) -> None:
    week = "(SELECT * FROM sales WHERE 상점 = '주간')"
    found = sales.sql(f"SELECT * FROM ML.SEASONALITY({week}, {CALL}, horizon => 7)")
    assert found.schema.names == [
        *("날", "time_series_type", "매출", "yearly", "quarterly", "monthly", "weekly", "daily", "status")
    ]
    assert found.num_rows == 91
    values = np.array(found.column("weekly").to_pylist()[-7:])
    np.testing.assert_allclose(np.diff(values), 10, atol=2)
    only = sales.sql(f"SELECT * FROM ML.SEASONALITY({week}, {CALL}, seasonalities => ['WEEKLY'])")
    assert only.schema.names == ["날", "time_series_type", "매출", "weekly", "status"]


def test_a_trend_is_what_remains_without_seasons(sales: World) -> None:
    found = sales.sql(f"SELECT * FROM ML.TREND((SELECT * FROM sales WHERE 상점 = '주간'), {CALL})")
    assert found.schema.names == ["날", "time_series_type", "매출", "trend", "status"]
    trend = np.array(found.column("trend").to_pylist())
    assert np.ptp(trend) < 15
    assert np.mean(trend) == pytest.approx(80, abs=3)


def test_a_lasting_jump_parts_a_series(sales: World) -> None:
    found = sales.sql(f"SELECT * FROM ML.DETECT_CHANGE_POINTS((SELECT * FROM sales WHERE 상점 = '계단'), {CALL})")
    assert found.schema.names == ["begin_timestamp", "end_timestamp", "metrics", "status"]
    first, second = found.to_pylist()
    assert second["begin_timestamp"] == datetime(2024, 3, 1, tzinfo=UTC)
    assert first["end_timestamp"] == datetime(2024, 2, 29, tzinfo=UTC)
    assert first["metrics"]["count"] == second["metrics"]["count"] == 60
    levels = sales.rows(
        "SELECT avg(매출)::DOUBLE AS avg, stddev_samp(매출) AS stddev, min(매출)::DOUBLE AS low FROM sales "
        "WHERE 상점 = '계단' AND 날 < TIMESTAMP '2024-03-01'"
    )
    assert first["metrics"]["avg"] == pytest.approx(levels[0]["avg"])
    assert first["metrics"]["stddev"] == pytest.approx(levels[0]["stddev"])
    assert first["metrics"]["min"] == levels[0]["low"]


def test_columns_that_are_missing_or_of_another_type_are_told(sales: World) -> None:
    with pytest.raises(InvalidOption, match="needs timestamp_col"):
        sales.sql("SELECT * FROM AI.FORECAST(TABLE sales, data_col => '매출')")
    with pytest.raises(UnknownName, match="매츌"):
        sales.sql("SELECT * FROM AI.FORECAST(TABLE sales, data_col => '매츌', timestamp_col => '날')")
    with pytest.raises(BadData, match="must be a number"):
        sales.sql("SELECT * FROM AI.FORECAST(TABLE sales, data_col => '상점', timestamp_col => '날')")
    with pytest.raises(BadData, match="must be a DATE"):
        sales.sql("SELECT * FROM ML.TREND(TABLE sales, data_col => '매출', timestamp_col => '매출')")
