"""Many series in one table: told apart, fitted, summed, explained; holidays and regressors beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, mean_squared_error

from penstock.core.errors import BadData, InvalidOption, UnknownName, UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn import forecast_file as file
from penstock.learn.artifact import load_model
from penstock.learn.feature_column import features_of
from penstock.learn.fitting import TrainedModel
from penstock.learn.forecast_metrics import forecast_metrics
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.holiday_calendar import custom_holidays, holiday_word, regional_holidays, together
from penstock.learn.regressor import regressors_from_json, regressors_of
from penstock.learn.series_rows import series_of, series_rows
from penstock.learn.training import train

DAY = 86_400_000_000
OWN: Mapping[str, object] = {
    "model_type": "arima_plus",
    "time_series_timestamp_col": "t",
    "time_series_data_col": "y",
    "horizon": 4,
}


def trained(table: pa.Table, **options: object) -> TrainedModel:
    given_options = {name: GivenOption(value) for name, value in {**OWN, **options}.items()}
    return train(table, given_options, seed=1, threads=2, progress=lambda *_: None)


def model_of(table: pa.Table, **options: object) -> ForecastModel:
    return ForecastModel.of(load_model(trained(table, **options).files, None))


def days(count: int, start: str = "2024-01-01") -> pa.Array:
    return pa.array(np.datetime64(start) + np.arange(count))


def waves(count: int, level: float = 100.0) -> np.ndarray:
    steps = np.arange(count)
    return level + 10.0 * (steps % 7) + steps * 7919 % 5


@given(
    st.lists(
        st.tuples(st.sampled_from(["가", "나", None]), st.sampled_from([1, 2, None]), st.integers(0, 9)), max_size=40
    )
)
def test_rows_are_put_in_the_order_of_ids_and_times(rows: list[tuple[str | None, int | None, int]]) -> None:
    first, second, times = zip(*rows, strict=True) if rows else ((), (), ())
    ids = pa.table({"a": pa.array(first, pa.string()), "b": pa.array(second, pa.int32())})
    moments = pa.chunked_array([pa.array(times, pa.timestamp("s"))])
    values = pa.chunked_array([pa.array(np.arange(len(rows)), pa.int64())])
    found = series_rows(ids, moments, values)
    rank = {None: 0, "가": 1, "나": 2, 1: 1, 2: 2}
    expected = sorted(range(len(rows)), key=lambda row: (rank[first[row]], rank[second[row]], times[row], row))
    assert found.order.tolist() == expected
    assert found.values.tolist() == [float(row) for row in expected]
    pairs = sorted(
        {(first[row], second[row]) for row in range(len(rows))}, key=lambda pair: (rank[pair[0]], rank[pair[1]])
    )
    assert [(row["a"], row["b"]) for row in found.ids.to_pylist()] == pairs
    again = series_of(found.ids, ids.columns, len(rows))
    assert [pairs[number] for number in again] == list(zip(first, second, strict=True))


def test_other_data_finds_its_series_and_unknown_ones_find_none() -> None:
    ids = pa.table({"shop": pa.array([7, 9], pa.int64())})
    assert series_of(ids, [pa.chunked_array([pa.array([9, 8, 7, None], pa.int16())])], 4).tolist() == [1, -1, 0, -1]
    with pytest.raises(BadData, match="id column 'shop' has the type string"):
        series_of(ids, [pa.chunked_array([["seven"]])], 1)


def test_an_enumeration_and_a_column_without_a_type_tell_series_apart() -> None:
    coded = pa.array(["b", "a"] * 30).dictionary_encode()
    table = pa.table(
        {
            "t": pa.array(np.repeat(np.datetime64("2024-01-01") + np.arange(30), 2)),
            "y": waves(60),
            "e": coded,
            "n": pa.nulls(60),
        }
    )
    model = model_of(table, time_series_id_col=["e", "n"])
    assert model.ids.to_pylist() == [{"e": "a", "n": None}, {"e": "b", "n": None}]
    assert series_of(model.ids, [pa.chunked_array([["b", "c"]]), pa.chunked_array([pa.nulls(2)])], 2).tolist() == [
        1,
        -1,
    ]


def test_times_of_every_type_are_the_same_moments() -> None:
    moments = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=step) for step in range(40)]
    columns = {
        "dates": pa.array([moment.date() for moment in moments]),
        "datetimes": pa.array([moment.replace(tzinfo=None) for moment in moments], pa.timestamp("ns")),
        "zoned": pa.array(moments, pa.timestamp("ms", "Asia/Seoul")),
    }
    found = [model_of(pa.table({"t": times, "y": waves(40)})).forecast for times in columns.values()]
    assert found[0] == found[1] == found[2]
    assert found[0].column("time")[0].as_py() == datetime(2024, 2, 10, tzinfo=UTC)


def test_decimals_nulls_and_infinities_are_numbers_and_gaps() -> None:
    values = waves(60)
    plain = [Decimal(f"{value:.1f}") for value in values]
    plain[20] = None
    floating = values.copy()
    floating[20] = np.inf
    first = model_of(pa.table({"t": days(60), "y": pa.array(plain, pa.decimal128(9, 1))}))
    second = model_of(pa.table({"t": days(60), "y": floating}))
    np.testing.assert_allclose(first.forecast.column("value").to_numpy(), second.forecast.column("value").to_numpy())
    assert first.history.column("present").to_pylist().count(False) == 1


def test_columns_of_other_types_are_told() -> None:
    table = pa.table({"t": days(30), "y": waves(30), "word": ["x"] * 30, "share": np.arange(30) / 3})
    with pytest.raises(BadData, match="'word' has the type string, not a date"):
        trained(table, time_series_timestamp_col="word")
    with pytest.raises(BadData, match="'word' has the type string, not a number"):
        trained(table, time_series_data_col="word")
    with pytest.raises(BadData, match="'share' has the type double; series are told apart by texts"):
        trained(table, time_series_id_col="share")
    with pytest.raises(UnknownName, match="wrod"):
        trained(table, time_series_id_col="wrod")


def test_one_column_cannot_be_two_things() -> None:
    with pytest.raises(InvalidOption, match="both"):
        trained(pa.table({"t": days(30), "y": waves(30)}), time_series_id_col="y")


def test_when_no_series_can_be_fitted_it_is_told_why() -> None:
    with pytest.raises(UntrainableModel, match="No series can be fitted"):
        trained(pa.table({"t": days(2), "y": waves(2)}))
    with pytest.raises(UntrainableModel, match="No series can be fitted"):
        trained(pa.table({"t": days(30), "y": pa.nulls(30, pa.float64())}))
    with pytest.raises(UntrainableModel, match="No series can be fitted"):
        trained(pa.table({"t": pa.nulls(30), "y": pa.nulls(30)}))


def test_columns_that_are_not_read_are_told() -> None:
    found = trained(pa.table({"t": days(40), "y": waves(40), "weather": ["sun"] * 40}))
    (warning,) = found.warnings
    assert warning.message.startswith("The columns 'weather' are not read")
    assert not found.manifest.features


def test_sums_reach_over_levels_and_stop_where_a_part_ends() -> None:
    table = pa.concat_tables(
        [
            pa.table({"t": days(count), "y": waves(count, level), "city": [city] * count, "shop": [shop] * count})
            for city, shop, count, level in (("서울", "a", 60, 100.0), ("서울", "b", 58, 50.0), ("부산", "a", 60, 10.0))
        ]
    )
    model = model_of(table, time_series_id_col=["city", "shop"], hierarchical_time_series_cols=["city", "shop"])
    ids = [(row["city"], row["shop"]) for row in model.ids.to_pylist()]
    assert ids == [("부산", "a"), ("서울", "a"), ("서울", "b"), ("부산", None), ("서울", None), (None, None)]
    rows = model.forecast.to_pylist()
    by_time = {(ids[row["series"]], row["time"].date()): row for row in rows}
    assert [row["ahead"] for row in rows if ids[row["series"]] == ("서울", None)] == [1, 2]
    for day in (date(2024, 3, 1), date(2024, 3, 2)):
        parts = [by_time[(city, shop), day] for city, shop in ids[:3]]
        whole = by_time[(None, None), day]
        assert whole["value"] == pytest.approx(sum(part["value"] for part in parts))
        assert whole["standard_error"] == pytest.approx(np.sqrt(sum(part["standard_error"] ** 2 for part in parts)))
        assert by_time[("부산", None), day]["value"] == by_time[("부산", "a"), day]["value"]
    past = [row for row in model.history.to_pylist() if ids[row["series"]] == (None, None)]
    assert past[0]["observed"] == pytest.approx(sum(waves(1, level)[0] for level in (100.0, 50.0, 10.0)))
    assert model.series.column("rolled_up").to_pylist() == [False] * 3 + [True] * 3


def test_a_series_that_ended_long_ago_adds_nothing_to_the_sum() -> None:
    table = pa.concat_tables(
        [
            pa.table({"t": days(count), "y": waves(count), "shop": [shop] * count})
            for shop, count in (("open", 60), ("shut", 40))
        ]
    )
    model = model_of(table, time_series_id_col="shop", hierarchical_time_series_cols=["shop"])
    values = model.forecast.column("value").to_numpy().reshape(3, 4)
    np.testing.assert_allclose(values[2], values[0])


def test_a_sum_without_a_part_that_could_not_be_fitted_says_so() -> None:
    counts = (("a", 40), ("b", 40), ("new", 2))
    table = pa.concat_tables(
        [pa.table({"t": days(count), "y": waves(count), "shop": [shop] * count}) for shop, count in counts]
    )
    words = "The sums over shop are of the series that could be fitted alone."
    summed = trained(table, time_series_id_col="shop", hierarchical_time_series_cols=["shop"])
    assert words in summed.manifest.notes
    assert words not in trained(table, time_series_id_col="shop").manifest.notes


def test_holidays_that_are_not_looked_at_say_so() -> None:
    months = pa.array([datetime(2015 + month // 12, month % 12 + 1, 1) for month in range(48)])
    monthly = trained(pa.table({"t": months, "y": waves(48)}), holiday_region="US").manifest.notes
    assert [note for note in monthly if "The holidays change nothing" in note]
    daily = trained(pa.table({"t": days(400), "y": waves(400)}), holiday_region="US").manifest.notes
    assert not [note for note in daily if "holidays" in note]


def test_an_id_that_is_null_has_no_place_in_a_hierarchy() -> None:
    table = pa.table({"t": days(30), "y": waves(30), "shop": pa.array([None] * 30, pa.string())})
    assert model_of(table, time_series_id_col="shop").ids.to_pylist() == [{"shop": None}]
    with pytest.raises(UntrainableModel, match="'shop' is NULL"):
        trained(table, time_series_id_col="shop", hierarchical_time_series_cols=["shop"])


def test_more_series_than_are_fitted_at_once_keep_their_order() -> None:
    count = 70
    table = pa.table(
        {
            "t": pa.array(np.tile(np.datetime64("2024-01-01") + np.arange(12), count)),
            "y": np.repeat(np.arange(count, dtype=np.float64), 12),
            "id": pa.array(np.repeat(np.arange(count), 12)),
        }
    )
    shuffled = table.take(pa.array(np.random.default_rng(3).permutation(table.num_rows)))
    model = model_of(shuffled, time_series_id_col="id")
    assert model.ids.column("id").to_pylist() == list(range(count))
    values = model.forecast.column("value").to_numpy().reshape(count, 4)
    np.testing.assert_allclose(values, np.repeat(np.arange(count)[:, None], 4, axis=1), atol=1e-6)


def test_the_files_are_the_same_again() -> None:
    table = pa.table({"t": days(50), "y": waves(50)})
    first, again = trained(table), trained(table)
    names = [name for name in first.files if name.endswith(".arrow")]
    assert file.FORECAST in names
    assert {name: first.files[name] for name in names} == {name: again.files[name] for name in names}


def test_metrics_are_those_of_scikit_learn_series_by_series() -> None:
    random = np.random.default_rng(2)
    series = random.integers(0, 3, size=60)
    actual, said = random.normal(50, 9, size=60), random.normal(50, 9, size=60)
    said[5], actual[6] = np.nan, np.nan
    numbers, found = forecast_metrics(series, actual, said, np.array([2.0, 4.0, np.nan]))
    assert numbers.tolist() == [0, 1, 2]
    for row, number in zip(found.to_pylist(), numbers, strict=True):
        own = (series == number) & np.isfinite(actual) & np.isfinite(said)
        absolute = mean_absolute_error(actual[own], said[own])
        assert row["mean_absolute_error"] == pytest.approx(absolute)
        assert row["mean_squared_error"] == pytest.approx(mean_squared_error(actual[own], said[own]))
        assert row["mean_absolute_percentage_error"] == pytest.approx(
            100 * mean_absolute_percentage_error(actual[own], said[own])
        )
        expected = {0: absolute / 2.0, 1: absolute / 4.0, 2: None}[int(number)]
        assert row["mean_absolute_scaled_error"] == (None if expected is None else pytest.approx(expected))


def test_values_of_zero_count_as_they_should() -> None:
    _, found = forecast_metrics(
        np.zeros(3, np.int64), np.array([0.0, 0.0, 10.0]), np.array([0.0, 5.0, 5.0]), np.ones(1)
    )
    (row,) = found.to_pylist()
    assert row["mean_absolute_percentage_error"] == pytest.approx(50.0)
    assert row["symmetric_mean_absolute_percentage_error"] == pytest.approx(100 * (0 + 2 + 2 / 3) / 3)
    assert forecast_metrics(np.zeros(1, np.int64), np.array([np.nan]), np.ones(1), np.ones(1))[1].num_rows == 0


def test_regressors_are_numbers_and_dummies_against_the_commonest() -> None:
    columns = pa.table({"x": [1.0, None, 3.0, 8.0], "word": ["나", "가", "나", None]})
    found = regressors_of(columns, features_of(columns))
    read = regressors_from_json(found.as_json())
    rows = read.design(pa.table({"word": ["가", "나", "없다", None], "x": [None, 2.0, np.inf, 1.0]})).dense_rows(
        np.arange(4)
    )
    # x, then 가, 나 (the commonest, 0 throughout), NULL.
    np.testing.assert_array_equal(rows, [[4, 1, 0, 0], [2, 0, 0, 0], [4, 0, 0, 0], [1, 0, 0, 1]])
    np.testing.assert_array_equal(read.missing, [4, 0, 0, 0])
    np.testing.assert_array_equal(read.by_feature(np.array([[1.0, 2.0, 3.0, 4.0]])), [[1.0, 9.0]])
    shown = read.weight_rows([0.5, 1.0, 0.0, -1.0])
    assert shown[0] == {"processed_input": "x", "weight": 0.5, "category_weights": []}
    assert [pair["category"] for pair in shown[1]["category_weights"]] == ["가", "나", "_null_filler"]


def test_a_word_moves_a_series_that_it_stands_beside() -> None:
    word = np.array(["sale", "none", "none"])[np.arange(90) % 3]
    values = 100 + 25.0 * (word == "sale") + np.arange(90) * 7919 % 5
    table = pa.table({"t": days(90), "y": values, "event": word})
    model = model_of(table, model_type="arima_plus_xreg")
    future = pa.table({"t": days(2, "2024-03-31"), "event": ["sale", "없던 말"]})
    added = model.attributions(model.within(2), future)
    assert added is not None
    assert added[0, 0] == pytest.approx(25, abs=3)
    assert added[1, 0] == 0


def test_a_model_with_regressors_needs_some() -> None:
    with pytest.raises(UntrainableModel, match="needs columns beside"):
        trained(pa.table({"t": days(30), "y": waves(30)}), model_type="arima_plus_xreg")


def test_holidays_of_a_country_have_their_days() -> None:
    found = {window.name: window for window in regional_holidays(["kr"], date(2023, 5, 1), date(2024, 2, 1))}
    assert found["Korean_New_Year"].days.tolist() == [date(2023, 1, 22), date(2024, 2, 10)]
    assert all(name.isidentifier() for name in found)


@pytest.mark.parametrize("region", ["GLOBAL", "NA", "JAPAC", "EMEA", "LAC"])
def test_a_region_keeps_what_enough_of_its_countries_keep(region: str) -> None:
    found = {window.name: window for window in regional_holidays([region], date(2024, 1, 1), date(2024, 12, 31))}
    assert found["New_Years_Day"].days.tolist() == [date(2024, 1, 1)]
    assert found["Christmas_Day"].days.tolist() == [date(2024, 12, 25)]
    assert len(found) < 30
    assert all(window.region == region for window in found.values())


def test_a_calendar_reaches_as_far_as_a_forecast() -> None:
    found = {window.name: window for window in regional_holidays(["GLOBAL"], date(1990, 1, 1), date(2045, 1, 1))}
    assert len(found["Christmas_Day"].days) == 56
    assert regional_holidays(["IN"], date(2044, 1, 1), date(2044, 1, 1))


def test_a_region_that_there_is_not_gets_the_nearest() -> None:
    with pytest.raises(UnknownName, match="There is no holiday region 'JAPACK'") as problem:
        regional_holidays(["JAPACK"], date(2024, 1, 1), date(2024, 1, 1))
    assert "Did you mean 'JAPAC'?" in str(problem.value)
    with pytest.raises(UnknownName, match="there are GLOBAL, NA, JAPAC, EMEA, LAC and countries' codes"):
        regional_holidays(["ATLANTIS"], date(2024, 1, 1), date(2024, 1, 1))


def test_ones_own_holiday_replaces_the_one_of_its_name() -> None:
    built_in = regional_holidays(["US"], date(2024, 1, 1), date(2024, 12, 31))
    table = pa.table(
        {
            "holiday_name": ["Christmas_Day", "Party", "Party"],
            "region": ["US", "US", "US"],
            "primary_date": pa.array([date(2024, 12, 24), date(2024, 6, 1), date(2023, 6, 1)]),
            "preholiday_days": pa.array([3, None, 1]),
        }
    )
    found = {window.name: window for window in together(built_in, custom_holidays(table))}
    assert len(found) == len(built_in) + 1
    assert found["Christmas_Day"].days.tolist() == [date(2024, 12, 24)]
    assert (found["Christmas_Day"].before, found["Christmas_Day"].after) == (3, 1)
    assert found["Party"].days.tolist() == [date(2023, 6, 1), date(2024, 6, 1)]


def test_the_window_of_a_holiday_is_the_same_on_all_its_dates() -> None:
    table = pa.table(
        {
            "region": ["US", "US"],
            "holiday_name": ["Party", "Party"],
            "primary_date": pa.array([date(2024, 6, 1), date(2023, 6, 1)]),
            "preholiday_days": [1, 2],
        }
    )
    with pytest.raises(BadData, match="'Party' has windows of different lengths"):
        custom_holidays(table)
    assert holiday_word("St. Patrick's Day (observed)") == "St_Patricks_Day"


def test_options_that_do_not_go_together_are_told() -> None:
    table = pa.table({"t": days(30), "y": waves(30)})
    for options, told in (
        ({"auto_arima": False}, "needs the option non_seasonal_order"),
        ({"include_drift": True}, "non_seasonal_order with d = 1"),
        ({"auto_arima_min_order": 3}, "greater than auto_arima_max_order"),
        ({"min_time_series_length": 10}, "needs time_series_length_fraction"),
        ({"forecast_limit_lower_bound": 5.0, "forecast_limit_upper_bound": 5.0}, "not less than"),
        ({"non_seasonal_order": [1, 3, 1], "auto_arima": False}, "d from 0 to 2"),
        ({"time_series_id_col": []}, "time_series_id_col names no column"),
    ):
        with pytest.raises(InvalidOption, match=told):
            trained(table, **options)
