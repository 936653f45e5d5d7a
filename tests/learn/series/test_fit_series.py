"""A series from its rows to its forecast: parts that add up, effects that are found, and no series that breaks it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.learn.series.fit import fit_series
from penstock.learn.series.fitted_series import FittedSeries, HolidayWindow, SeriesSettings, intervals
from penstock.learn.series.frequency import DAY, Step

VISITS = Path(__file__).parents[2] / "data" / "bigquery-ml" / "time_series.jsonl"
SHORT = SeriesSettings(horizon=24)


def days(count: int, start: str = "2019-01-01") -> np.ndarray:
    return Step(microseconds=DAY).times(int(np.datetime64(start, "us").astype(np.int64)), count)


def months(count: int, start: str = "2010-01-01") -> np.ndarray:
    return Step(months=1).times(int(np.datetime64(start, "us").astype(np.int64)), count)


def noise(count: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count)


def add_up(fitted: FittedSeries) -> None:
    """Assert the identities of the decomposition, in the history and in the forecast."""
    history, forecast = fitted.history, fitted.forecast
    assert history is not None and forecast is not None
    n = len(history.times)
    scale = max(float(np.abs(history.observed).max()), 1e-300)
    adjusted = history.trend + sum(history.seasonal.values(), np.zeros(n))
    for part in (history.holiday, None if history.attributions is None else history.attributions.sum(axis=1)):
        adjusted = adjusted if part is None else adjusted + part
    assert history.adjusted == pytest.approx(adjusted, abs=1e-9 * scale)
    observed = adjusted + history.residual
    for part in (history.spikes_and_dips, history.step_changes):
        observed = observed if part is None else observed + part
    assert history.observed == pytest.approx(observed, abs=1e-9 * scale)
    value = forecast.trend + sum(forecast.seasonal.values(), np.zeros(len(forecast.times)))
    value = value if forecast.holiday is None else value + forecast.holiday
    reach = max(scale, float(np.abs(forecast.value).max()))
    assert forecast.value == pytest.approx(value, abs=1e-9 * reach)
    assert np.isfinite(forecast.value).all()
    assert np.isfinite(forecast.standard_error).all()


def test_the_published_series_comes_near_the_published_numbers() -> None:
    """BigQuery's bounds for the three days after, at 95 %: 2229.93-3039.66, 2149.65-3093.02, 1892.87-2899.32."""
    rows = [json.loads(line) for line in VISITS.read_text().splitlines()]
    mine = [row for row in rows if row["id"] == "1"]
    times = np.array([row["parsed_date"].removesuffix(" UTC") for row in mine], "datetime64[us]").astype(np.int64)
    fitted = fit_series(times, np.array([float(row["total_visits"]) for row in mine]), SHORT)
    assert fitted.seasonal_periods == ("WEEKLY",)
    assert fitted.forecast is not None
    value, error = fitted.forecast.value[:3], fitted.forecast.standard_error[:3]
    low, high = intervals(value, error, 0.95)
    bounds = np.array([[2229.930578, 3039.661469], [2149.645455, 3093.019467], [1892.873256, 2899.317669]])
    assert value == pytest.approx(bounds.mean(axis=1), rel=0.03)
    assert (high - low) == pytest.approx(np.diff(bounds)[:, 0], rel=0.15)
    add_up(fitted)


def test_spikes_and_dips_are_taken_off_and_do_not_move_the_forecast() -> None:
    clean = 100 + 10 * np.sin(2 * np.pi * np.arange(200) / 7) + noise(200)
    dirty = clean.copy()
    dirty[50] += 60
    dirty[[120, 121]] -= 45
    fitted = fit_series(days(200), dirty, SHORT)
    assert fitted.has_spikes_and_dips and fitted.history is not None and fitted.history.spikes_and_dips is not None
    found = fitted.history.spikes_and_dips
    assert np.flatnonzero(found).tolist() == [50, 120, 121]
    assert found[[50, 120, 121]] == pytest.approx([60, -45, -45], abs=4)
    plain = fit_series(days(200), clean, SHORT)
    assert not plain.has_spikes_and_dips
    assert fitted.forecast is not None and plain.forecast is not None
    assert fitted.forecast.value == pytest.approx(plain.forecast.value, abs=1.0)
    kept = fit_series(days(200), dirty, replace(SHORT, clean_spikes_and_dips=False))
    assert not kept.has_spikes_and_dips
    assert kept.standard_error > 2 * fitted.standard_error
    add_up(fitted)


def test_a_step_is_found_where_it_is_and_the_forecast_starts_from_the_new_level() -> None:
    level = np.where(np.arange(240) < 150, 50.0, 90.0) + noise(240)
    fitted = fit_series(days(240), level, SHORT)
    assert fitted.has_step_changes and fitted.history is not None and fitted.history.step_changes is not None
    steps = fitted.history.step_changes
    assert np.flatnonzero(np.diff(steps)).tolist() == [149]
    assert steps[0] == pytest.approx(-40, abs=1.5) and steps[-1] == 0
    assert fitted.forecast is not None
    assert fitted.forecast.value == pytest.approx(np.full(24, 90.0), abs=2.5)
    assert not fit_series(days(240), level, replace(SHORT, adjust_step_changes=False)).has_step_changes
    add_up(fitted)


def test_a_series_that_wanders_has_no_steps() -> None:
    found = sum(fit_series(days(200), np.cumsum(noise(200, seed)), SHORT).has_step_changes for seed in range(20))
    assert found <= 2


def test_a_holiday_is_found_and_comes_again() -> None:
    times = days(900)
    dates = times.astype("datetime64[us]").astype("datetime64[D]")
    primary = np.array(["2019-12-25", "2020-12-25", "2021-12-25"], "datetime64[D]")
    values = 200 + 20 * np.sin(2 * np.pi * np.arange(900) / 7) + noise(900)
    for day in primary:
        values[dates == day] -= 80
        values[dates == day - 1] += 30
    idle = np.array(["2019-05-05", "2020-05-05", "2021-05-05"], "datetime64[D]")
    windows = [HolidayWindow("Christmas", "US", primary), HolidayWindow("어린이날", "KR", idle)]
    fitted = fit_series(times, values, replace(SHORT, horizon=240), windows)
    assert fitted.has_holiday_effect and fitted.history is not None and fitted.forecast is not None
    effect = fitted.forecast.holidays["Christmas"]
    at = int(np.flatnonzero(fitted.forecast.times == np.datetime64("2021-12-25", "us").astype(np.int64))[0])
    assert effect[at] == pytest.approx(-80, abs=5)
    assert effect[at - 1] == pytest.approx(30, abs=5)
    assert np.abs(fitted.forecast.holidays["어린이날"]).max() < 2
    assert np.flatnonzero(np.abs(fitted.history.holidays["Christmas"]) > 10).size == 4
    add_up(fitted)


def test_a_holiday_whose_days_after_were_never_seen_goes_on() -> None:
    primary = np.array(["2019-12-25", "2020-12-25"], "datetime64[D]")
    values = 50 + noise(450)
    times = days(450, "2018-10-02")
    window = HolidayWindow("Christmas", "US", primary, before=2, after=3)
    assert times[-1] == np.datetime64("2019-12-25", "us").astype(np.int64)
    values[[-1, -2]] += 40
    fitted = fit_series(times, values, replace(SHORT, horizon=400), [window])
    assert fitted.forecast is not None
    at = int(np.flatnonzero(fitted.forecast.times == np.datetime64("2020-12-25", "us").astype(np.int64))[0])
    assert fitted.forecast.holidays["Christmas"][at - 1 : at + 3] == pytest.approx([40, 40, 0, 0], abs=6)
    add_up(fitted)


def test_holidays_need_more_than_a_year_of_days_or_weeks() -> None:
    windows = [HolidayWindow("Christmas", "US", np.array(["2019-12-25"], "datetime64[D]"))]
    assert not fit_series(days(360), noise(360), SHORT, windows).has_holiday_effect
    assert not fit_series(months(60), noise(60), SHORT, windows).has_holiday_effect


def test_a_week_has_the_holiday_that_falls_into_it() -> None:
    times = Step(microseconds=7 * DAY).times(int(np.datetime64("2017-01-01", "us").astype(np.int64)), 200)
    values = 50 + noise(200)
    primary = np.array([f"{year}-12-25" for year in range(2017, 2022)], "datetime64[D]")
    begins = times.astype("datetime64[us]").astype("datetime64[D]")
    inside = ((primary[:, None] >= begins) & (primary[:, None] < begins + 7)).any(axis=0)
    fitted = fit_series(times, values + 30 * inside, SHORT, [HolidayWindow("Christmas", "US", primary)])
    assert fitted.history is not None
    assert fitted.history.holidays["Christmas"][inside] == pytest.approx(np.full(inside.sum(), 30.0), abs=3)


def test_regressors_are_weighed_and_the_missing_count_as_their_mean() -> None:
    rng = np.random.default_rng(2)
    design = rng.normal(size=(300, 2))
    values = 10 + 3 * design[:, 0] - 2 * design[:, 1] + np.cumsum(rng.normal(size=300)) * 0.1
    design[7, 0] = np.nan
    fitted = fit_series(days(300), values, SHORT, (), design)
    assert fitted.regression is not None and fitted.history is not None
    assert fitted.regression.weights == pytest.approx([3, -2], abs=0.1)
    known = np.nanmean(design[:, 0])
    assert fitted.regression.attributions(np.array([[np.nan, 1.0]]))[0] == pytest.approx([3 * known, -2], abs=0.1)
    add_up(fitted)
    drawn = fit_series(days(300), values, SHORT, (), design, l2_reg=1e6).regression
    assert drawn is not None and np.abs(drawn.weights).max() < 0.05


@pytest.mark.parametrize(
    "design",
    [
        np.full((40, 2), np.nan),
        np.full((40, 1), 3.0),
        np.random.default_rng(0).normal(size=(40, 90)),
        np.column_stack([np.arange(40.0), 2 * np.arange(40.0)]),
        np.where(np.arange(80).reshape(40, 2) % 7 == 0, np.inf, 1.0),
        np.full((40, 1), 1e90) * np.arange(40)[:, None],
        np.empty((40, 0)),
    ],
)
def test_no_regressors_break_it(design: np.ndarray) -> None:
    fitted = fit_series(days(40), np.cumsum(noise(40)), SHORT, (), design)
    assert fitted.error_message == ""
    add_up(fitted)
    if fitted.regression is not None:
        assert np.isfinite(fitted.regression.attributions(np.full((3, design.shape[1]), np.inf))).all()


def test_a_series_may_be_longer_without_its_decomposition() -> None:
    values = np.zeros(500_001)
    assert "500,000" in fit_series(days(500_001, "0001-01-01"), values, SHORT).error_message
    free = fit_series(days(500_001, "0001-01-01"), values, replace(SHORT, decompose=False, auto_arima=False))
    assert free.error_message == ""


def test_forecasts_stay_strictly_inside_the_limits() -> None:
    falling = 100 - np.arange(60.0) * 1.6 + noise(60)
    limits = replace(SHORT, horizon=60, lower=0.0, upper=105.0)
    fitted = fit_series(months(60), falling, limits)
    assert fitted.forecast is not None
    assert (fitted.forecast.value > 0).all() and (fitted.forecast.value < 105).all()
    low, high = intervals(fitted.forecast.value, fitted.forecast.standard_error, 0.95, 0.0, 105.0)
    assert low.min() >= 0 and high.max() <= 105
    add_up(fitted)
    free = fit_series(months(60), falling, replace(limits, lower=-1e6, upper=1e6))
    bare = fit_series(months(60), falling, replace(limits, lower=None, upper=None))
    assert free.forecast is not None and bare.forecast is not None
    assert free.forecast.value == pytest.approx(bare.forecast.value)


def test_the_length_options_and_the_smoothing_only_touch_the_trend() -> None:
    values = np.concatenate([np.zeros(150), np.linspace(0, 50, 150)]) + noise(300)
    plain = fit_series(days(300), values, replace(SHORT, adjust_step_changes=False))
    recent = fit_series(days(300), values, replace(SHORT, adjust_step_changes=False, max_length=60))
    assert plain.history is not None and recent.history is not None and recent.chosen is not None
    assert len(recent.history.times) == 300
    assert recent.chosen.intercept_or_drift > 0.1 or recent.chosen.d == 0
    part = fit_series(days(300), values, replace(SHORT, adjust_step_changes=False, length_fraction=0.2))
    assert part.chosen == recent.chosen
    smooth = fit_series(days(300), values, replace(SHORT, trend_smoothing_window=9))
    add_up(smooth)
    assert smooth.forecast is not None and smooth.forecast.standard_error[0] > 0.5


def test_an_order_that_is_asked_for_is_fitted() -> None:
    settings_ = replace(SHORT, auto_arima=False, order=(1, 1, 1), include_drift=True)
    fitted = fit_series(days(100), np.cumsum(noise(100)) + np.arange(100), settings_)
    assert fitted.chosen is not None and fitted.candidates == (fitted.chosen,)
    assert (fitted.chosen.p, fitted.chosen.d, fitted.chosen.q, fitted.chosen.has_drift) == (1, 1, 1, True)
    assert fitted.chosen.intercept_or_drift == pytest.approx(1, abs=0.3)
    short = fit_series(days(5), np.arange(5.0), replace(SHORT, auto_arima=False, order=(5, 2, 5)))
    assert "too few" in short.error_message


def test_the_seasons_that_are_asked_for_are_named_as_bigquery_names_them() -> None:
    rhythm = 5 * np.sin(2 * np.pi * np.arange(200) / 7) + noise(200)
    assert fit_series(days(200), rhythm, SHORT).seasonal_periods == ("WEEKLY",)
    assert fit_series(days(200), rhythm, replace(SHORT, seasonalities=())).seasonal_periods == ()
    asked = fit_series(days(200), rhythm, replace(SHORT, seasonalities=("weekly", "monthly")))
    assert asked.seasonal_periods == ("WEEKLY", "MONTHLY")
    assert asked.history is not None and set(asked.history.seasonal) == {"weekly", "monthly"}


def test_seasons_that_its_step_cannot_have_are_told() -> None:
    asked = replace(SHORT, seasonalities=("monthly", "daily"))
    (told,) = fit_series(months(60), 100 + noise(60), asked).notes
    assert told.startswith("no season MONTHLY and DAILY")
    assert told.endswith("QUARTERLY, YEARLY")
    assert fit_series(months(60), 100 + noise(60), replace(SHORT, seasonalities=("yearly",))).notes == ()


def test_without_decomposition_there_is_no_history() -> None:
    fitted = fit_series(days(60), noise(60), replace(SHORT, decompose=False))
    assert fitted.history is None and fitted.forecast is not None


@pytest.mark.parametrize(
    "values",
    [
        [5.0] * 40,
        [0.0] * 40,
        [1.0, 2.0, 3.0],
        [1e99, -1e99, 1e98] * 10,
        [1e-90, 2e-90, 1.5e-90] * 10,
        [-3.0, -2.0, -5.0] * 12,
        [0.0, 0.0, 0.0, 9.0] * 10,
        [1e15 + k % 3 for k in range(40)],
        list(range(50)),
        [2.0**k for k in range(60)],
        [*([1.0] * 30), *([2.0] * 30)],
        [np.nan, 1.0, np.nan, 4.0, 9.0, np.inf],
    ],
)
def test_no_series_breaks_it(values: list[float]) -> None:
    fitted = fit_series(days(len(values)), np.array(values), SHORT)
    assert fitted.error_message == ""
    add_up(fitted)


@pytest.mark.parametrize(
    ("times", "values", "words"),
    [
        (days(1), [1.0], "the same time"),
        (days(2), [1.0, 2.0], "at least 3"),
        (np.repeat(days(1), 9), list(range(9)), "the same time"),
        (days(3), [np.nan] * 3, "no row has a value"),
        (days(3), [1e300, -1e300, 1.0], "another unit"),
        (days(3), [1e-300, 0.0, 1e-301], "another unit"),
    ],
)
def test_a_series_that_cannot_be_fitted_says_why(times: np.ndarray, values: list[float], words: str) -> None:
    fitted = fit_series(times, np.array(values, np.float64), SHORT)
    assert words in fitted.error_message
    assert fitted.forecast is None and fitted.chosen is None


def test_a_constant_series_goes_on_for_certain() -> None:
    fitted = fit_series(days(40), np.full(40, 5.0), SHORT)
    assert fitted.forecast is not None
    assert fitted.forecast.value == pytest.approx(np.full(24, 5.0))
    assert fitted.forecast.standard_error == pytest.approx(np.zeros(24), abs=1e-6)


@given(
    st.lists(st.floats(-1e12, 1e12) | st.just(float("nan")), min_size=0, max_size=40),
    st.permutations(range(40)),
)
@settings(max_examples=40, deadline=None)
def test_any_rows_in_any_order_add_up_or_say_why(values: list[float], order: list[int]) -> None:
    times = days(40)[np.array([place for place in order if place < len(values)], np.int64)]
    rows = np.array(values, np.float64)[np.argsort(np.argsort(times))] if values else np.empty(0)
    fitted = fit_series(times, rows, SeriesSettings(horizon=3))
    assert bool(fitted.error_message) == (fitted.forecast is None)
    if fitted.forecast is not None:
        add_up(fitted)


def test_the_same_rows_give_the_same_forecast() -> None:
    values = np.cumsum(noise(90))
    one, two = fit_series(days(90), values, SHORT), fit_series(days(90)[::-1], values[::-1], SHORT)
    assert one.forecast is not None and two.forecast is not None
    assert one.forecast.value.tolist() == two.forecast.value.tolist()
