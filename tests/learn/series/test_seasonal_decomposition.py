"""Seasons and trend by local regression: numbers of statsmodels 0.15.0's STL on the same data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.learn.series.frequency import DAY, HOUR, Step
from penstock.learn.series.loess import smooth
from penstock.learn.series.seasonality import decomposed, periods_of, shows
from penstock.learn.series.stl import several, stl

VISITS = Path(__file__).parents[2] / "data" / "bigquery-ml" / "time_series.jsonl"
MONTH = Step(months=1)


@pytest.fixture(scope="module")
def visits() -> np.ndarray:
    """Visits of one site on 366 days, in their order."""
    rows = [json.loads(line) for line in VISITS.read_text().splitlines()]
    return np.array(
        [float(v) for _, v in sorted((r["parsed_date"], r["total_visits"]) for r in rows if r["id"] == "1")]
    )


def test_stl_is_that_of_cleveland(visits: np.ndarray) -> None:
    # statsmodels.tsa.seasonal.STL(y[:180], period=12, seasonal=7).fit(inner_iter=5, outer_iter=0)
    seasonal, trend = stl(visits[:180], 12, 7)
    places = [0, 1, 90, 178, 179]
    assert seasonal[places] == pytest.approx([-722.79075967, -455.31613707, -92.6306369, -322.37968612, -358.55901282])
    assert trend[places] == pytest.approx([2465.91296141, 2464.9854705, 3669.62528245, 2459.7267469, 2506.26387247])


def test_stl_of_few_cycles_takes_the_weights_of_the_longer_window(visits: np.ndarray) -> None:
    seasonal, trend = stl(visits[:30], 6, 13)
    assert seasonal[[0, 15, 29]] == pytest.approx([-943.62375213, 241.00089807, 689.49361246])
    assert trend[[0, 15, 29]] == pytest.approx([2408.24619506, 2515.0933141, 1984.08811478])


@given(st.integers(3, 40), st.sampled_from([3, 7, 21, 61]), st.floats(-5, 5), st.floats(-5, 5))
@settings(max_examples=50)
def test_a_line_is_smoothed_to_itself_and_beyond(n: int, window: int, start: float, slope: float) -> None:
    line = start + slope * np.arange(-1.0, n + 1)
    smoothed = smooth(line[1:-1, None], window, 1, beyond=1)[:, 0]
    assert smoothed == pytest.approx(line, abs=1e-6)


def test_a_very_long_window_costs_no_large_matrix() -> None:
    values = np.sin(np.arange(60_000) / 9_000)
    smoothed = smooth(values[:, None], 13_001, 1)[:, 0]
    assert smoothed.shape == values.shape
    assert np.abs(smoothed - values).max() < 0.25


def test_two_seasons_are_told_apart() -> None:
    hours = np.arange(24 * 7 * 10)
    day, week = 5 * np.sin(2 * np.pi * hours / 24), 3 * np.cos(2 * np.pi * hours / 168)
    parts = several(day + week + 0.01 * hours, [24, 168], [35, 35])
    assert parts[0] == pytest.approx(day, abs=0.15)
    assert parts[1] == pytest.approx(week, abs=0.15)


def test_seasons_are_those_that_the_length_allows() -> None:
    assert periods_of(Step(microseconds=DAY), 800, ("weekly", "monthly", "quarterly", "yearly")) == {
        "weekly": 7,
        "monthly": 30,
        "quarterly": 91,
        "yearly": 365,
    }
    assert periods_of(Step(microseconds=DAY), 700, ("daily", "weekly", "yearly")) == {"weekly": 7}
    assert periods_of(Step(microseconds=HOUR), 400, ("daily", "weekly")) == {"daily": 24, "weekly": 168}
    assert periods_of(MONTH, 23, ("yearly",)) == {}
    assert periods_of(Step(months=3), 8, ("quarterly", "yearly")) == {"yearly": 4}
    assert periods_of(Step(months=12), 80, ("yearly",)) == {}


def test_a_season_is_found_where_there_is_one_and_not_where_there_is_none() -> None:
    rng = np.random.default_rng(1)
    months = np.arange(120)
    season = 4 * np.sin(2 * np.pi * months / 12)
    assert shows(season + rng.normal(size=120) + 0.5 * months, 12)
    hits = sum(shows(np.cumsum(rng.normal(size=120)), 12) for _ in range(40))
    assert hits <= 6
    days = np.arange(1_200)
    assert shows(10 * np.sin(2 * np.pi * days / 365.25) + np.cumsum(rng.normal(size=1_200)) / 10, 365)
    assert not shows(np.full(100, 7.0), 12)


def test_a_season_that_grows_with_the_level_is_a_factor() -> None:
    months = np.arange(120)
    level = 100 * 1.02**months
    factor = np.exp(0.3 * np.sin(2 * np.pi * months / 12))
    grown = decomposed(level * factor, MONTH, None)
    assert grown.multiplicative
    even = decomposed(1_000 + months + 30 * np.sin(2 * np.pi * months / 12) + np.sin(months * 7.0), MONTH, None)
    assert not even.multiplicative
    trend = grown.without(level * factor)
    assert trend + grown.amounts(trend)["yearly"] == pytest.approx(level * factor)


def test_the_season_goes_on_as_in_its_last_cycle() -> None:
    months = np.arange(66)
    found = decomposed(10 * np.sin(2 * np.pi * months / 12), MONTH, ("yearly",))
    assert found.ahead(30).parts[0][:12] == pytest.approx(10 * np.sin(2 * np.pi * np.arange(66, 78) / 12), abs=0.5)
    assert found.ahead(30).parts[0][12:24] == pytest.approx(found.ahead(30).parts[0][:12])


def test_no_season_is_taken_where_none_is_asked_for() -> None:
    months = np.arange(66)
    assert decomposed(10 * np.sin(2 * np.pi * months / 12), MONTH, ()).names == ()


def test_a_long_season_is_found_through_its_noise_and_goes_on_without_it() -> None:
    rng = np.random.default_rng(4)
    days = np.arange(3 * 365)
    truth = 10 * np.sin(2 * np.pi * days / 365)
    found = decomposed(50 + truth + 3 * rng.normal(size=len(days)), Step(microseconds=DAY), None)
    assert found.names == ("yearly",)
    coming = found.ahead(365).amounts(np.full(365, 50.0))["yearly"]
    assert np.abs(coming - truth[:365]).mean() < 1
    weeks = np.arange(200)
    yearly = 10 + 5 * np.sin(2 * np.pi * weeks / 52) + 0.5 * rng.normal(size=200)
    assert decomposed(yearly, Step(microseconds=7 * DAY), None).names == ("yearly",)


def test_chance_makes_few_long_seasons() -> None:
    rng = np.random.default_rng(8)
    walks = sum(shows(np.cumsum(rng.normal(size=780)), 365) for _ in range(30))
    noises = sum(shows(rng.normal(size=1_500), 365) for _ in range(30))
    assert walks <= 5 and noises <= 3


def test_the_hours_of_a_week_are_found_beside_those_of_the_day() -> None:
    rng = np.random.default_rng(6)
    hours = np.arange(24 * 7 * 12)
    at_work = np.isin(hours % 24, [8, 17]) & (hours // 24 % 7 < 5)
    found = decomposed(20 + 30 * at_work + 5 * rng.normal(size=len(hours)), Step(microseconds=HOUR), None)
    assert found.names == ("daily", "weekly")
    coming = sum(found.ahead(168).amounts(np.full(168, 20.0)).values())
    assert coming[8] - coming[8 + 5 * 24] == pytest.approx(30, abs=8)
