"""Time series by way of the functions: columns, types, orders and meanings of BigQuery ML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.functions.transform import freeze_transform
from penstock.learn.artifact import load_model
from penstock.learn.training import train
from penstock.sql.statement import Query

if TYPE_CHECKING:
    from conftest import World

PLACE = Span("test", 1, 1, 1, 1)
DAYS = 70
TIME = pa.timestamp("us", "UTC")


def made(world: World, name: str, sql: str, model_type: str = "arima_plus", **options: object) -> None:
    own = {
        "model_type": model_type,
        "time_series_timestamp_col": "날",
        "time_series_data_col": "매출",
        "horizon": 8,
        **options,
    }
    given = {key: GivenOption(value) for key, value in own.items()}
    trained = train(world.connection.table(sql), given, seed=1, threads=2, progress=lambda *_: None)
    world.models[name] = load_model(trained.files, None)


@pytest.fixture
def sales(world: World) -> World:
    """Two shops of a town, one series each, with a price, and models of them."""
    world.connection.execute(
        f"""CREATE TABLE sales AS SELECT DATE '2024-01-01' + CAST(range // 2 AS INTEGER) AS 날,
        ['강남', '부산'][range % 2 + 1] AS 상점, '한국' AS 나라, (range * 7 % 5)::DOUBLE AS price,
        100 + (range % 2) * 50 + (range // 2) * 0.5 + (range // 2 % 7) * 4 + 2.0 * (range * 7 % 5)
        + hash(range) % 3 AS 매출 FROM range({2 * DAYS})"""
    )
    one = "SELECT 날, 매출 FROM sales WHERE 상점 = '강남'"
    made(world, "one", one)
    made(world, "many", "SELECT 날, 매출, 상점 FROM sales", time_series_id_col="상점")
    made(
        world,
        "tree",
        "SELECT 날, 매출, 나라, 상점 FROM sales",
        time_series_id_col=["나라", "상점"],
        hierarchical_time_series_cols=["나라", "상점"],
    )
    made(world, "priced", "SELECT 날, 매출, 상점, price FROM sales", "arima_plus_xreg", time_series_id_col=["상점"])
    made(world, "bare", one, decompose_time_series=False)
    return world


def test_forecast_gives_the_columns_of_bigquery(sales: World) -> None:
    found = sales.sql("SELECT * FROM ML.FORECAST(MODEL one)")
    assert [(field.name, field.type) for field in found.schema] == [
        ("forecast_timestamp", TIME),
        *(
            (name, pa.float64())
            for name in (
                "forecast_value",
                "standard_error",
                "confidence_level",
                "prediction_interval_lower_bound",
                "prediction_interval_upper_bound",
                "confidence_interval_lower_bound",
                "confidence_interval_upper_bound",
            )
        ),
    ]
    rows = found.to_pylist()
    assert [row["forecast_timestamp"] for row in rows] == [datetime(2024, 3, day, tzinfo=UTC) for day in (11, 12, 13)]
    assert {row["confidence_level"] for row in rows} == {0.95}
    for row in rows:
        reach = norm.ppf(0.975) * row["standard_error"]
        assert row["prediction_interval_upper_bound"] == pytest.approx(row["forecast_value"] + reach)
        assert row["confidence_interval_lower_bound"] == pytest.approx(row["forecast_value"] - reach)


def test_each_of_many_series_is_forecast_under_its_id(sales: World) -> None:
    rows = sales.rows("SELECT * FROM ML.FORECAST(MODEL many, STRUCT(8 AS horizon, 0.8 AS confidence_level))")
    assert [row["상점"] for row in rows] == ["강남"] * 8 + ["부산"] * 8
    alone = sales.rows("SELECT * FROM ML.FORECAST(MODEL one, STRUCT(8 AS horizon, 0.8 AS confidence_level))")
    assert [row["forecast_value"] for row in rows[:8]] == [row["forecast_value"] for row in alone]
    assert rows[8]["forecast_value"] > rows[0]["forecast_value"] + 20


def test_forecasts_of_sums_are_sums_of_forecasts(sales: World) -> None:
    rows = sales.rows("SELECT * FROM ML.FORECAST(MODEL tree, STRUCT(8 AS horizon))")
    ids = [(row["나라"], row["상점"]) for row in rows[::8]]
    assert ids == [("한국", "강남"), ("한국", "부산"), ("한국", None), (None, None)]
    values = np.array([row["forecast_value"] for row in rows]).reshape(4, 8)
    errors = np.array([row["standard_error"] for row in rows]).reshape(4, 8)
    np.testing.assert_allclose(values[2], values[0] + values[1])
    np.testing.assert_allclose(values[3], values[2])
    np.testing.assert_allclose(errors[2], np.hypot(errors[0], errors[1]))
    assert len(sales.rows("SELECT * FROM ML.ARIMA_EVALUATE(MODEL tree)")) == 2


def test_a_horizon_beyond_the_models_is_refused(sales: World) -> None:
    with pytest.raises(InvalidOption, match="asked for 9 steps; model one was made for 8"):
        sales.sql("SELECT * FROM ML.FORECAST(MODEL one, STRUCT(9 AS horizon))")
    with pytest.raises(InvalidOption, match="confidence_level"):
        sales.sql("SELECT * FROM ML.FORECAST(MODEL one, STRUCT(1.0 AS confidence_level))")


FUTURE = "(SELECT 날 + 70 AS 날, 상점, price FROM sales WHERE 날 < DATE '2024-01-05')"


def test_regressors_of_the_future_move_the_forecast_in_either_order_of_arguments(sales: World) -> None:
    first = sales.rows(f"SELECT * FROM ML.FORECAST(MODEL priced, STRUCT(4 AS horizon), {FUTURE})")
    assert first == sales.rows(f"SELECT * FROM ML.FORECAST(MODEL priced, {FUTURE}, STRUCT(4 AS horizon))")
    dearer = FUTURE.replace("price FROM", "price + 10 AS price FROM")
    moved = sales.rows(f"SELECT * FROM ML.FORECAST(MODEL priced, {dearer}, STRUCT(4 AS horizon))")
    weights = {row["상점"]: row["weight"] for row in sales.rows("SELECT * FROM ML.ARIMA_COEFFICIENTS(MODEL priced)")}
    for before, after in zip(first, moved, strict=True):
        gained = after["forecast_value"] - before["forecast_value"]
        assert gained == pytest.approx(10 * weights[before["상점"]])
        assert gained == pytest.approx(20, abs=6)


def test_a_missing_regressor_counts_as_its_mean(sales: World) -> None:
    mean = (
        "(SELECT 날 + 70 AS 날, 상점, (SELECT avg(price) FROM sales) AS price FROM sales WHERE 날 < DATE '2024-01-05')"
    )
    nothing = FUTURE.replace("price FROM", "NULL::DOUBLE AS price FROM")
    absent = FUTURE.replace("2024-01-05", "2023-01-01")
    call = "SELECT forecast_value FROM ML.FORECAST(MODEL priced, STRUCT(4 AS horizon), {})"
    expected = [row["forecast_value"] for row in sales.rows(call.format(mean))]
    for data in (nothing, absent):
        assert [row["forecast_value"] for row in sales.rows(call.format(data))] == pytest.approx(expected)


def test_a_model_with_regressors_says_what_it_needs(sales: World) -> None:
    with pytest.raises(BadData, match="the model reads the columns 상점, 날, price"):
        sales.sql("SELECT * FROM ML.FORECAST(MODEL priced)")
    with pytest.raises(UnknownName, match="price"):
        sales.sql("SELECT * FROM ML.FORECAST(MODEL priced, (SELECT 날, 상점 FROM sales))")


def test_what_is_explained_adds_up(sales: World) -> None:
    found = sales.sql("SELECT * FROM ML.EXPLAIN_FORECAST(MODEL one, STRUCT(5 AS horizon))")
    assert found.schema.names == [
        *("time_series_timestamp", "time_series_type", "time_series_data", "time_series_adjusted_data"),
        *("standard_error", "confidence_level", "prediction_interval_lower_bound", "prediction_interval_upper_bound"),
        *("trend", "seasonal_period_yearly", "seasonal_period_quarterly", "seasonal_period_monthly"),
        *("seasonal_period_weekly", "seasonal_period_daily", "holiday_effect", "spikes_and_dips", "step_changes"),
        "residual",
    ]
    rows = found.to_pylist()
    assert [row["time_series_type"] for row in rows] == ["history"] * DAYS + ["forecast"] * 5
    for row in rows:
        parts = [row[name] or 0.0 for name in found.schema.names if name.startswith(("trend", "seasonal", "holiday"))]
        rest = [row[name] or 0.0 for name in ("spikes_and_dips", "step_changes", "residual")]
        assert sum(parts) == pytest.approx(row["time_series_adjusted_data"])
        assert row["time_series_adjusted_data"] + sum(rest) == pytest.approx(row["time_series_data"])


def test_what_regressors_add_is_explained(sales: World) -> None:
    rows = sales.rows(f"SELECT * FROM ML.EXPLAIN_FORECAST(MODEL priced, STRUCT(4 AS horizon), {FUTURE})")
    weights = {row["상점"]: row["weight"] for row in sales.rows("SELECT * FROM ML.ARIMA_COEFFICIENTS(MODEL priced)")}
    prices = {
        (str(row["날"]), row["상점"]): row["price"]
        for row in sales.rows("SELECT 날::TEXT AS 날, 상점, price FROM sales")
    }
    seen = 0
    for row in rows:
        if row["time_series_type"] == "history":
            price = prices[str(row["time_series_timestamp"].date()), row["상점"]]
            assert row["attribution_price"] == pytest.approx(price * weights[row["상점"]])
            seen += 1
    assert seen == 2 * DAYS


def test_without_decomposition_there_is_no_history_to_show(sales: World) -> None:
    assert len(sales.rows("SELECT * FROM ML.FORECAST(MODEL bare)")) == 3
    for function in ("ML.EXPLAIN_FORECAST", "ML.DETECT_ANOMALIES"):
        with pytest.raises(InvalidOption, match="decompose_time_series"):
            sales.sql(f"SELECT * FROM {function}(MODEL bare)")


def test_candidates_are_shown_best_first_of_one_series_and_on_request_of_many(sales: World) -> None:
    one = sales.sql("SELECT * FROM ML.ARIMA_EVALUATE(MODEL one)")
    assert one.schema.names == [
        *("non_seasonal_p", "non_seasonal_d", "non_seasonal_q", "has_drift", "log_likelihood", "AIC", "variance"),
        *("seasonal_periods", "has_holiday_effect", "has_spikes_and_dips", "has_step_changes", "error_message"),
    ]
    aics = one.column("AIC").to_pylist()
    assert len(aics) > 1
    assert aics == sorted(aics)
    assert (
        len(sales.rows("SELECT * FROM ML.ARIMA_EVALUATE(MODEL one, STRUCT(FALSE AS show_all_candidate_models))")) == 1
    )
    assert [row["상점"] for row in sales.rows("SELECT * FROM ML.ARIMA_EVALUATE(MODEL many)")] == ["강남", "부산"]
    shown = sales.rows("SELECT * FROM ML.ARIMA_EVALUATE(MODEL many, STRUCT(TRUE AS show_all_candidate_models))")
    assert len(shown) > 4


def test_the_chosen_candidate_is_shown_first_though_one_at_a_unit_root_has_a_lower_aic(sales: World) -> None:
    noise = np.random.default_rng(24).normal(size=40).round(1).tolist()
    days = "generate_series(DATE '2024-01-01', DATE '2024-02-09', INTERVAL 1 DAY)"
    plain = {"auto_arima_max_order": 2, "clean_spikes_and_dips": False, "adjust_step_changes": False}
    made(sales, "noise", f"SELECT unnest({days})::DATE AS 날, unnest({noise}::DOUBLE[]) AS 매출", **plain)
    shown = sales.rows("SELECT * FROM ML.ARIMA_EVALUATE(MODEL noise)")
    chosen = sales.rows("SELECT * FROM ML.ARIMA_EVALUATE(MODEL noise, STRUCT(FALSE AS show_all_candidate_models))")
    assert [shown[0]] == chosen
    rest = [row["AIC"] for row in shown[1:]]
    assert rest == sorted(rest)
    assert rest[0] < shown[0]["AIC"]


def test_metrics_of_what_came_are_those_of_the_forecasts(sales: World) -> None:
    came = "(SELECT 날 + 70 AS 날, 상점, 매출 + 30 AS 매출 FROM sales WHERE 날 < DATE '2024-01-05')"
    forecasts = {
        (row["상점"], row["forecast_timestamp"].date()): row["forecast_value"]
        for row in sales.rows("SELECT * FROM ML.FORECAST(MODEL many, STRUCT(8 AS horizon))")
    }
    values = {(row["상점"], row["날"]): row["매출"] for row in sales.rows(f"SELECT * FROM {came}")}
    found = sales.rows(f"SELECT * FROM ML.EVALUATE(MODEL many, {came}, STRUCT(3 AS horizon))")
    assert [row["상점"] for row in found] == ["강남", "부산"]
    known = (
        sales.sql("SELECT 매출::DOUBLE AS 매출 FROM sales WHERE 상점 = '강남' ORDER BY 날").column("매출").to_numpy()
    )
    steps = np.abs(np.diff(known))
    pairs = [
        (value, forecasts[key])
        for key, value in values.items()
        if key[0] == "강남" and key[1].day < 14 and key in forecasts
    ]
    assert len(pairs) == 3
    actual, said = np.array(pairs, np.float64).T
    off = np.abs(actual - said)
    assert found[0] == {
        "상점": "강남",
        "mean_absolute_error": pytest.approx(off.mean()),
        "mean_squared_error": pytest.approx((off**2).mean()),
        "root_mean_squared_error": pytest.approx(np.sqrt((off**2).mean())),
        "mean_absolute_percentage_error": pytest.approx(100 * (off / actual).mean()),
        "symmetric_mean_absolute_percentage_error": pytest.approx(100 * (2 * off / (actual + said)).mean()),
        "mean_absolute_scaled_error": pytest.approx(off.mean() / steps.mean()),
    }


def test_sums_are_judged_by_the_sums_of_what_came(sales: World) -> None:
    came = "(SELECT 날 + 70 AS 날, 나라, 상점, 매출 + 30 AS 매출 FROM sales WHERE 날 < DATE '2024-01-05')"
    rows = sales.rows(
        f"SELECT * FROM ML.EVALUATE(MODEL tree, {came}, STRUCT(3 AS horizon, FALSE AS perform_aggregation)) "
        "WHERE 나라 IS NOT NULL AND forecasted_매출 IS NOT NULL ORDER BY 날, 상점 NULLS LAST"
    )
    assert len(rows) == 9
    for first, second, both in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        assert (first["상점"], second["상점"], both["상점"]) == ("강남", "부산", None)
        assert both["매출"] == first["매출"] + second["매출"]
    found = sales.rows(f"SELECT * FROM ML.EVALUATE(MODEL tree, {came}, STRUCT(3 AS horizon))")
    assert [(row["나라"], row["상점"]) for row in found][2:] == [("한국", None), (None, None)]
    assert found[2]["mean_absolute_error"] == pytest.approx(np.mean([row["absolute_error"] for row in rows[2::3]]))
    part = came.replace("WHERE", "WHERE 상점 = '강남' AND")
    assert len(sales.rows(f"SELECT * FROM ML.EVALUATE(MODEL tree, {part}, STRUCT(3 AS horizon))")) == 1


def test_forecasts_stand_beside_what_came(sales: World) -> None:
    came = "(SELECT 날 + 69 AS 날, 매출 FROM sales WHERE 상점 = '강남' AND 날 < DATE '2024-01-03')"
    found = sales.sql(f"SELECT * FROM ML.EVALUATE(MODEL one, {came}, STRUCT(FALSE AS perform_aggregation)) ORDER BY 날")
    assert found.schema.names == [
        *("날", "매출", "forecasted_매출", "lower_bound", "upper_bound", "absolute_error", "absolute_percentage_error")
    ]
    known, new = found.to_pylist()
    assert known["forecasted_매출"] is None
    assert known["absolute_error"] is None
    assert new["absolute_error"] == pytest.approx(abs(new["매출"] - new["forecasted_매출"]))
    assert new["absolute_percentage_error"] == pytest.approx(100 * new["absolute_error"] / new["매출"])


def test_evaluation_without_data_shows_the_models_and_says_so(sales: World) -> None:
    found = sales.sql("SELECT * FROM ML.EVALUATE(MODEL many)")
    assert found.schema.names[:3] == ["상점", "non_seasonal_p", "non_seasonal_d"]
    assert any("deprecated" in event.message for event in sales.heard)


def test_options_of_other_models_are_refused(sales: World) -> None:
    with pytest.raises(InvalidOption, match=r"threshold of ML\.EVALUATE is for other models than time series"):
        sales.sql("SELECT * FROM ML.EVALUATE(MODEL one, STRUCT(0.4 AS threshold))")
    with pytest.raises(InvalidOption, match=r"contamination of ML\.DETECT_ANOMALIES is for other models"):
        sales.sql("SELECT * FROM ML.DETECT_ANOMALIES(MODEL one, STRUCT(0.1 AS contamination))")


def test_an_improbable_value_is_an_anomaly(sales: World) -> None:
    new = (
        "(SELECT 'note' AS memo, 날 + 70 AS 날, CASE WHEN 날 = DATE '2024-01-02' THEN 900 ELSE NULL END AS 매출, 상점 "
        "FROM sales WHERE 날 < DATE '2024-01-04' AND 상점 = '강남' UNION ALL "
        "SELECT 'old', DATE '2020-01-01', 1, '강남' UNION ALL SELECT 'unknown', DATE '2024-03-12', 1, '서울')"
    )
    found = sales.sql(f"SELECT * FROM ML.DETECT_ANOMALIES(MODEL many, STRUCT(0.9 AS anomaly_prob_threshold), {new})")
    assert [(field.name, field.type) for field in found.schema] == [
        ("상점", pa.string()),
        ("날", TIME),
        ("매출", pa.float64()),
        ("is_anomaly", pa.bool_()),
        *((name, pa.float64()) for name in ("lower_bound", "upper_bound", "anomaly_probability")),
        ("memo", pa.string()),
    ]
    rows = found.to_pylist()
    (odd,) = [row for row in rows if row["매출"] == 900]
    assert odd["is_anomaly"]
    assert odd["anomaly_probability"] == pytest.approx(1)
    assert odd["upper_bound"] < 900
    for row in rows:
        if row is not odd:
            assert row["is_anomaly"] is None
            assert row["anomaly_probability"] is None
    assert [row["lower_bound"] is None for row in rows if row["memo"] != "note"] == [True, True]


def test_the_history_is_searched_for_anomalies_without_data(sales: World) -> None:
    sales.connection.execute("UPDATE sales SET 매출 = 900 WHERE 날 = DATE '2024-02-10' AND 상점 = '강남'")
    made(sales, "odd", "SELECT 날, 매출 FROM sales WHERE 상점 = '강남'")
    rows = sales.rows("SELECT * FROM ML.DETECT_ANOMALIES(MODEL odd, STRUCT(0.999 AS anomaly_prob_threshold))")
    assert len(rows) == DAYS
    assert datetime(2024, 2, 10, tzinfo=UTC) in [row["날"] for row in rows if row["is_anomaly"]]
    assert [row["매출"] for row in rows if row["is_anomaly"]].count(900) == 1


def test_holidays_are_listed(sales: World) -> None:
    assert sales.rows("SELECT * FROM ML.HOLIDAY_INFO(MODEL one)") == []
    made(sales, "korean", "SELECT 날, 매출 FROM sales WHERE 상점 = '강남'", holiday_region="KR")
    found = sales.rows("SELECT * FROM ML.HOLIDAY_INFO(MODEL korean) WHERE primary_date = DATE '2024-02-10'")
    assert [(row["region"], row["holiday_name"], row["preholiday_days"]) for row in found] == [
        ("KR", "Korean_New_Year", 1)
    ]


def test_regressors_are_read_through_the_transform(sales: World) -> None:
    clause = Query("날, 상점, 매출, ML.STANDARD_SCALER(price) OVER () AS scaled, price > 2 AS dear", "duckdb", PLACE)
    given = {
        "model_type": "arima_plus_xreg",
        "time_series_timestamp_col": "날",
        "time_series_data_col": "매출",
        "time_series_id_col": ["상점"],
        "horizon": 8,
    }
    options = {key: GivenOption(value) for key, value in given.items()}
    columns = ["날", "매출", "상점"]
    transform, sql = freeze_transform(clause, "SELECT * FROM sales", sales.connection, columns, with_inputs=True)
    table = sales.connection.table(sql)
    found = train(table, options, seed=1, threads=1, progress=lambda *_: None, transform=transform)
    sales.models["scaled"] = load_model(found.files, None)
    weights = sales.rows("SELECT processed_input FROM ML.ARIMA_COEFFICIENTS(MODEL scaled) WHERE 상점 = '강남'")
    assert [row["processed_input"] for row in weights] == ["scaled", "dear"]
    said = [row["forecast_value"] for row in sales.rows(f"SELECT * FROM ML.FORECAST(MODEL scaled, {FUTURE})")]
    plain = [row["forecast_value"] for row in sales.rows(f"SELECT * FROM ML.FORECAST(MODEL priced, {FUTURE})")]
    np.testing.assert_allclose(said, plain, atol=4)
    came = FUTURE.replace("price FROM", "price, 매출 FROM")
    judged = sales.sql(f"SELECT * FROM ML.DETECT_ANOMALIES(MODEL scaled, {came})")
    assert judged.schema.names[-1] == "price"
    assert judged.num_rows == 8
    assert sales.sql(f"SELECT * FROM ML.EVALUATE(MODEL scaled, {came})").num_rows == 2
