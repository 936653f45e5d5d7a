"""Who is likely the best, and how the traffic follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from penstock.experiment.moments import Moments, moments_of
from penstock.experiment.thompson_sampling import best_chances, next_shares


def ones(count: int, units: int) -> Moments:
    values = np.zeros(units)
    values[:count] = 1.0
    return moments_of(values)


def test_the_chance_is_that_one_beta_exceeds_another() -> None:
    grid = np.linspace(0, 1, 20_001)
    density = stats.beta(1 + 60, 1 + 440).pdf(grid)
    theirs = np.trapezoid(density * stats.beta(1 + 45, 1 + 455).cdf(grid), grid)
    found = best_chances([ones(45, 500), ones(60, 500)], binary=True, increase=True, seed=1)
    assert found[1] == pytest.approx(theirs, abs=0.01)


def test_of_numbers_the_chance_is_that_of_their_means() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.normal(10, 3, 400), generator.normal(10.2, 3, 400)
    error = np.sqrt(one.var() / 400 + other.var() / 400)
    theirs = stats.norm.cdf((other.mean() - one.mean()) / error)
    pair = [moments_of(one), moments_of(other)]
    found = best_chances(pair, binary=False, increase=True, seed=1)
    assert found[1] == pytest.approx(theirs, abs=0.015)
    np.testing.assert_allclose(best_chances(pair, binary=False, increase=False, seed=1), 1 - found, atol=0.02)


def test_before_enough_is_known_all_are_alike() -> None:
    assert best_chances([ones(29, 29), ones(0, 500)], binary=True, increase=True, seed=1).tolist() == [0.5, 0.5]


def test_the_same_seed_gives_the_same_chances() -> None:
    pair = [ones(45, 500), ones(60, 500)]
    first, again = (best_chances(pair, binary=True, increase=True, seed=7) for _ in range(2))
    assert first.tolist() == again.tolist()


def test_traffic_moves_no_further_than_a_step_and_comes_to_rest_above_the_floor() -> None:
    shares = [50.0, 50.0]
    way = []
    for _ in range(10):
        shares = next_shares(shares, np.array([0.0, 1.0]), floor=5.0, step=10.0)
        way.append(shares[1])
    assert way[:5] == [60.0, 70.0, 80.0, 90.0, 95.0]
    assert shares == [5.0, 95.0]


@given(
    st.lists(st.floats(5, 100), min_size=2, max_size=5),
    st.lists(st.floats(0.01, 1), min_size=5, max_size=5),
    st.floats(0.5, 100),
)
def test_shares_always_add_up_and_stay_within_bounds(current: list[float], chances: list[float], step: float) -> None:
    now = 5 + (100 - 5 * len(current)) * np.array(current) / sum(current)
    wanted = np.array(chances[: len(current)]) / sum(chances[: len(current)])
    found = next_shares(now.tolist(), wanted, floor=5.0, step=step)
    assert sum(found) == pytest.approx(100.0, abs=1e-9)
    assert min(found) >= 5.0 - 0.3
    assert np.abs(np.array(found) - now).max() <= step + 0.3
