"""The leading metric as a person reads it."""

from __future__ import annotations

import pytest

from penstock.engine.goal import headline


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (29_838.4, "mean_absolute_error 29,838"),
        (0.12345, "mean_absolute_error 0.1235"),
        (-1_234_567.0, "mean_absolute_error -1,234,567"),
        (1e18, "mean_absolute_error 1e+18"),
        (None, "mean_absolute_error not measured"),
    ],
)
def test_large_numbers_have_no_exponent(value, told):
    assert headline({"mean_absolute_error": value}) == told


def test_a_model_that_nothing_measures_says_so():
    assert headline({}) == "nothing measured"
