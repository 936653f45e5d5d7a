"""The chance of a difference agrees with SciPy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, stdtr

from penstock.learn.report.chance import beyond_normal, beyond_student


@given(st.floats(-30, 30), st.floats(1, 1e6))
def test_both_tails_are_those_of_scipy(distance, freedom):
    assert beyond_student(distance, freedom) == pytest.approx(2 * stdtr(freedom, -abs(distance)), rel=1e-6, abs=1e-12)
    assert beyond_normal(distance) == pytest.approx(2 * ndtr(-abs(distance)), rel=1e-9, abs=1e-300)
