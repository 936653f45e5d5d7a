"""Moments of units and what is made of them: ratios, CUPED, strata."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from penstock.experiment.covariate_adjustment import Difference, centre, difference, estimate, over_strata, slope
from penstock.experiment.moments import Moments, moments_of

NONE = np.asarray(0.0)


def clustered(generator: np.random.Generator, units: int) -> tuple[Moments, float]:
    """Return the moments of units with 1 to 9 values each, and the plain mean of all values."""
    counts = generator.integers(1, 10, units).astype(np.float64)
    habit = generator.normal(size=units)
    sums = counts * habit + generator.normal(size=units) * np.sqrt(counts)
    columns = np.stack([sums, counts, np.zeros(units)])
    return Moments(np.asarray(units), columns.mean(axis=1), np.cov(columns, bias=True)), sums.sum() / counts.sum()


def test_of_one_value_a_unit_the_difference_is_welchs() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.normal(size=200), generator.normal(0.3, 2.0, 150)
    found = difference(*(estimate(moments_of(each), NONE, NONE) for each in (one, other)))
    theirs = stats.ttest_ind(other, one, equal_var=False)
    assert found.effect / np.sqrt(found.variance) == pytest.approx(theirs.statistic)


def test_values_of_one_unit_are_taken_together() -> None:
    generator = np.random.default_rng(2)
    means, errors = [], []
    for _ in range(400):
        moments, plain = clustered(generator, 200)
        found = estimate(moments, NONE, NONE)
        assert found.mean == pytest.approx(plain)
        means.append(float(found.mean))
        errors.append(float(found.variance))
    assert np.mean(errors) == pytest.approx(np.var(means), rel=0.2), "The delta method tells how means vary."


def test_what_was_known_before_is_taken_off_and_leaves_the_effect() -> None:
    generator = np.random.default_rng(3)
    pair = []
    for shift in (0.0, 0.5):
        known = generator.normal(size=4000)
        pair.append(moments_of(known + 0.5 * generator.normal(size=4000) + shift, known))
    steepness = slope(pair)
    assert steepness == pytest.approx(1.0, abs=0.03)
    plain = difference(*(estimate(each, NONE, NONE) for each in pair))
    adjusted = difference(*(estimate(each, steepness, centre(pair)) for each in pair))
    assert adjusted.variance == pytest.approx(plain.variance / 5, rel=0.1), "1.25 of variance, of which 1 was known."
    assert adjusted.effect == pytest.approx(0.5, abs=0.05)


def test_a_covariate_that_never_varies_changes_nothing() -> None:
    values = moments_of(np.arange(10.0), np.full(10, 3.0))
    assert slope([values, values]) == 0.0


def test_values_that_are_all_the_same_tell_nothing_until_they_differ() -> None:
    ones, zeros = (estimate(moments_of(np.full(100, value)), NONE, NONE) for value in (1.0, 0.0))
    assert np.isnan(difference(ones, ones).variance)
    found = difference(zeros, ones)
    assert found.effect == 1.0
    # As 100 ones among 200 values vary.
    assert found.variance == pytest.approx(0.25 * (1 / 100 + 1 / 100))


def test_one_unit_has_no_variance() -> None:
    assert np.isnan(estimate(moments_of(np.array([1.0])), NONE, NONE).variance)


def test_each_stratum_is_compared_within_itself() -> None:
    # Both versions convert alike in each stratum, and the second gets most of its units where all convert more.
    control = Moments(np.array([900.0, 100.0]), np.zeros((2, 3)), np.zeros((2, 3, 3)))
    treated = Moments(np.array([100.0, 900.0]), np.zeros((2, 3)), np.zeros((2, 3, 3)))
    for moments in (control, treated):
        moments.mean[:, 0], moments.mean[:, 1] = (0.1, 0.3), 1.0
        moments.covariance[:, 0, 0] = (0.09, 0.21)
    assert treated.pooled().value - control.pooled().value == pytest.approx(0.16)
    pair = [estimate(each, NONE, NONE) for each in (control, treated)]
    found = over_strata(difference(*pair), control.units, treated.units, 30)
    assert found.effect == pytest.approx(0.0)
    assert found.variance > 0


def test_strata_of_a_handful_are_left_out() -> None:
    units = np.array([500.0, 20.0])
    given = Difference(np.array([0.1, 9.0]), np.array([0.01, 0.01]))
    assert over_strata(given, units, units, 30).effect == pytest.approx(0.1)
    assert np.isnan(over_strata(given, np.array([5.0, 5.0]), units, 30).variance)


def test_pooled_moments_are_those_of_all_units() -> None:
    generator = np.random.default_rng(4)
    values, known = generator.normal(size=(2, 300)) * [[1], [5]], generator.normal(size=(2, 300))
    pooled, together = moments_of(values, known).pooled(), moments_of(values.ravel(), known.ravel())
    assert pooled.units == together.units
    np.testing.assert_allclose(pooled.mean, together.mean)
    np.testing.assert_allclose(pooled.covariance, together.covariance, atol=1e-12)
