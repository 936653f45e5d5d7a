"""Exponential smoothing, Theta and repeated cycles of many series at once, against independent programs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.series.cycle import seasonal_naive, usual_cycle
from penstock.learn.series.panel import Said, panel_of
from penstock.learn.series.smoothing import (
    ADDED,
    MULTIPLIED,
    NONE,
    Start,
    Weights,
    exponential_smoothing,
    grid_of,
    passed,
    smoothed,
    squared_errors,
)
from penstock.learn.series.theta import seasonal_indices, theta

AIR = Path("/work/shared/data/forecasting-classics/example_air_passengers.csv")
needs_air = pytest.mark.skipif(not AIR.exists(), reason=f"needs {AIR}")


def passengers() -> np.ndarray:
    with AIR.open(encoding="utf-8") as lines:
        return np.array([float(row["y"]) for row in csv.DictReader(lines)])


@needs_air
def test_states_move_as_those_of_statsmodels():
    # statsmodels 0.14, ETSModel(error="add", trend="add", damped_trend=True, seasonal="add") smoothed with
    # [0.4, 0.12, 0.15, 0.94] from level 115, slope 1.5, seasons -5.5, -4.5 … 5.5; its beta and gamma are
    # alpha times ours, and (1 - alpha) times ours.
    panel = panel_of([passengers()], 12, 12)
    weights = Weights(*(np.array([[part]]) for part in (0.4, 0.12 / 0.4, 0.94, 0.15 / 0.6)))
    start = Start(np.zeros(1), np.array([115.0]), np.array([1.5]), (np.arange(12) - 5.5)[:, None])
    said = Said(np.full((1, 144), np.nan), np.zeros((1, 144)))
    errors, (level, slope, season) = passed(panel, ADDED, weights, start, said)
    expected = [110.91, 113.79435199999999, 118.31245917439999, 128.0571272057037]
    np.testing.assert_allclose(said.path[0, :4], expected, rtol=1e-12)
    assert said.path[0, -1] == pytest.approx(492.3527069504922, rel=1e-12)
    assert errors[0, 0] == pytest.approx(197778.9716739744, rel=1e-12)
    ahead = level[0, 0] + slope[0, 0] * np.cumsum(0.94 ** np.arange(1, 5)) + season[:4, 0, 0]
    np.testing.assert_allclose(
        ahead, [486.59381087331667, 482.4342070850666, 525.8679801857636, 524.5708237576439], rtol=1e-12
    )


@needs_air
@pytest.mark.parametrize(("kind", "theirs"), [(NONE, 162199.0), (ADDED, 22760.5), (MULTIPLIED, 17336.5)])
def test_best_of_the_grid_comes_near_the_maximum_likelihood_of_statsmodels(kind: str, theirs: float):
    panel = panel_of([passengers()], 12, 12)
    assert squared_errors(panel, kind, grid_of(kind)).min() < 1.2 * theirs


@needs_air
def test_theta_says_what_statsmodels_and_statsforecast_say():
    # statsmodels ThetaModel(method="mul", use_test=False); statsforecast Theta(12, "multiplicative") says 440.97 ….
    found = theta(panel_of([passengers()], 12, 12), 6).path[0, -6:]
    np.testing.assert_allclose(found, [440.0679, 428.3743, 489.6957, 475.6936, 479.6593, 545.3537], rtol=0.01)


def test_simple_smoothing_is_the_sum_of_its_formula():
    values = np.array([3.0, 5.0, 4.0, 8.0])
    weights = Weights(*(np.array([[part]]) for part in (0.5, 0.0, 0.0, 0.0)))
    level = values[:5].mean()
    for value in values:
        level += 0.5 * (value - level)
    said = smoothed(panel_of([values], 1, 1), NONE, weights, 3)
    np.testing.assert_allclose(said.path[0, -3:], level)


def test_indices_are_those_of_a_season_without_noise():
    season = np.array([0.8, 1.1, 1.3, 0.8])
    found = seasonal_indices(100 * np.tile(season, 5), 4, multiplied=True)
    np.testing.assert_allclose(found, season)
    np.testing.assert_allclose(seasonal_indices(np.tile(season, 5), 4, multiplied=False), season - 1)


def test_repeated_cycles_are_the_last_and_the_usual_one():
    values = np.array([1.0, 2, 3, 11, 12, 13, 21, 22, 29])
    panel = panel_of([values], 3, 3)
    np.testing.assert_array_equal(
        seasonal_naive(panel, 4).path[0], [np.nan] * 3 + [1, 2, 3, 11, 12, 13, 21, 22, 29, 21]
    )
    np.testing.assert_allclose(usual_cycle(panel, 3).path[0, -3:], 24 + np.array([-1.0, 0, 1]))


METHODS = (seasonal_naive, usual_cycle, theta, exponential_smoothing)


@pytest.mark.parametrize("method", METHODS)
@given(lengths=st.lists(st.integers(4, 30), min_size=2, max_size=5), seed=st.integers(0, 99))
def test_a_series_gets_the_same_beside_others_as_alone(method, lengths: list[int], seed: int):
    random = np.random.default_rng(seed)
    series = [50 + random.normal(size=length).cumsum() for length in lengths]
    panel = panel_of(series, 4, 4)
    together = method(panel, 5)
    for row, place in enumerate(panel.order):
        alone = method(panel_of([series[place]], 4, 4), 5)
        np.testing.assert_allclose(together.path[row, -5:], alone.path[0, -5:], rtol=1e-9)
        assert np.isfinite(alone.path[0, -5:]).all()


def test_theta_reads_the_newest_points_alone():
    at = np.arange(2_000)
    values = 50 + 5 * np.sin(at * np.pi / 12) + np.random.default_rng(2).normal(0, 1, len(at))
    values[:900] += 1_000 - at[:900]
    whole, newest = (theta(panel_of([part], 24, 24), 12) for part in (values, values[-1_000:]))
    np.testing.assert_allclose(whole.path[0, -1_012:], newest.path[0])
    np.testing.assert_allclose(whole.season[0, -1_012:], newest.season[0])
    assert whole.path.shape == (1, 2_012)
    assert np.isnan(whole.path[0, :1_000]).all()
