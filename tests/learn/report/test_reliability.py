"""Calibration: bins of equal rows, intervals of Wilson, the mean distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from penstock.learn.report.reliability import calibration_of, wilson


@given(some.integers(1, 5_000).flatmap(lambda rows: some.tuples(some.integers(0, rows), some.just(rows))))
def test_intervals_are_those_of_scipy(counts: tuple[int, int]) -> None:
    hits, rows = counts
    expected = stats.binomtest(hits, rows).proportion_ci(0.95, "wilson")
    assert wilson(hits, rows) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_true_probabilities_lie_within_their_intervals() -> None:
    random = np.random.default_rng(3)
    said = random.random(20_000)
    found = calibration_of(random.random(20_000) < said, said, "of it")
    assert found is not None
    assert len(found.bins) == 10
    assert sum(each.rows for each in found.bins) == 20_000
    assert sum(each.low <= each.predicted <= each.high for each in found.bins) >= 8
    assert found.error < 0.02


def test_boasting_probabilities_are_off_by_how_much_they_boast() -> None:
    hit = np.tile([True, False], 500)
    found = calibration_of(hit, np.full(1_000, 0.9), "of it")
    assert found is not None
    # One probability is one bin, however many rows there are.
    assert [(each.rows, each.actual) for each in found.bins] == [(1_000, 0.5)]
    assert found.error == pytest.approx(0.4)


def test_one_row_is_a_bin_and_no_row_is_none() -> None:
    found = calibration_of(np.array([True]), np.array([0.5]), "of it")
    assert found is not None
    assert found.bins[0].rows == 1
    assert calibration_of(np.array([], np.bool_), np.array([]), "of it") is None
