"""Intervals that hold at every look: their formula, their error and their plan."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import experiment_error
from penstock.experiment.sequential_test import Interval, interval, mixture_scale, radius, rows_needed

POSITIVE = st.floats(1e-6, 1e6)


def mixture_evidence(effect: float, variance: float, scale: float) -> float:
    """Return the likelihood of an estimate under effects of N(0, scale²) over that under none, by integration."""
    grid = np.linspace(-12 * scale, 12 * scale, 200_001)
    density = np.exp(-((effect - grid) ** 2) / (2 * variance)) * np.exp(-(grid**2) / (2 * scale**2))
    mixed = np.trapezoid(density, grid) / (scale * math.sqrt(2 * math.pi))
    return float(mixed / math.exp(-(effect**2) / (2 * variance)))


@pytest.mark.parametrize(("variance", "scale"), [(0.01, 0.1), (0.0004, 0.1), (0.04, 0.1)])
def test_at_the_end_of_the_interval_the_mixture_is_just_as_surprised_as_alpha_says(
    variance: float, scale: float
) -> None:
    half = float(radius(np.asarray(variance), scale, 0.05))
    assert mixture_evidence(half, variance, scale) == pytest.approx(1 / 0.05, rel=1e-4)


@given(POSITIVE, POSITIVE, st.floats(0.001, 0.5))
def test_the_interval_is_wider_than_that_of_a_single_look(variance: float, scale: float, alpha: float) -> None:
    once = statistics.NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(variance)
    assert float(radius(np.asarray(variance), scale, alpha)) > once


@given(st.floats(-10, 10), POSITIVE, POSITIVE)
def test_the_interval_is_counted_as_the_metric_is(effect: float, variance: float, times: float) -> None:
    found = interval(effect, variance, 0.1, 0.05)
    larger = interval(effect * times, variance * times**2, 0.1 * times, 0.05)
    assert found is not None
    assert larger is not None
    assert larger.high == pytest.approx(found.high * times, rel=1e-6, abs=1e-6 * times)


def test_of_an_unknown_variance_there_is_no_interval() -> None:
    assert interval(1.0, math.nan, 0.1, 0.05) is None


def test_an_interval_turned_is_that_of_the_opposite_effect() -> None:
    assert Interval(2.0, 1.0, 4.0).turned() == Interval(-2.0, -4.0, -1.0)


def test_the_scale_is_where_the_interval_is_narrowest_for_the_planned_rows() -> None:
    scale = mixture_scale(0.02, 0.05)
    planned = np.asarray(1 / (rows_needed(0.02, (0.25, 0.25), (0.5, 0.5), 0.05) / (0.25 / 0.5 + 0.25 / 0.5)))
    best = radius(planned, scale, 0.05)
    assert all(best <= radius(planned, scale * times, 0.05) * 1.001 for times in (0.5, 0.7, 0.9, 1.1, 1.5, 2.0))


def test_twice_the_effect_needs_a_quarter_of_the_rows_and_fewer_than_twice_a_single_look() -> None:
    needed = rows_needed(0.02, (0.25, 0.25), (0.5, 0.5), 0.05)
    assert rows_needed(0.04, (0.25, 0.25), (0.5, 0.5), 0.05) == pytest.approx(needed / 4)
    z = statistics.NormalDist().inv_cdf
    once = ((z(0.975) + z(0.8)) / 0.02) ** 2
    assert once < needed < 2 * once


@pytest.mark.parametrize("name", experiment_error.SCENARIOS)
def test_who_looks_daily_errs_no_more_often_than_alpha(name: str) -> None:
    told, naive = experiment_error.alarms(experiment_error.SCENARIOS[name], 400)
    # Of 400 runs, 5 % are 20 ± 4.4.
    assert told <= 0.05
    assert naive > 0.08, "The usual interval must fail here, or the days are no test."


def test_an_effect_as_small_as_planned_is_found_in_four_of_five() -> None:
    found, _ = experiment_error.alarms(experiment_error.conversion, 1000, experiment_error.CONVERSION_EFFECT)
    assert 0.8 <= found < 0.97
