from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.value import converter, expectation

UTC = dt.UTC


def convert(kind, value, dimension=None):
    return converter(Feature("x", kind, "", dimension))(value)


@pytest.mark.parametrize(
    ("kind", "given", "value", "logged"),
    [
        (FeatureType.NUMBER, 3, 3, 3),
        (FeatureType.NUMBER, 2.5, 2.5, 2.5),
        (FeatureType.NUMBER, Decimal("1.25"), 1.25, 1.25),
        (FeatureType.NUMBER, np.int64(7), 7, 7),
        (FeatureType.NUMBER, np.float32(0.5), 0.5, 0.5),
        (FeatureType.NUMBER, float("nan"), None, None),
        (FeatureType.NUMBER, float("inf"), float("inf"), "Infinity"),
        (FeatureType.NUMBER, -float("inf"), -float("inf"), "-Infinity"),
        (FeatureType.NUMBER, 2**70, float(2**70), float(2**70)),
        (FeatureType.BOOLEAN, np.bool_(True), True, True),
        (FeatureType.STRING, "서울", "서울", "서울"),
        (FeatureType.STRING, "", "", ""),
        (FeatureType.DATE, "2024-02-29", dt.date(2024, 2, 29), "2024-02-29"),
        (FeatureType.DATE, dt.date(2024, 2, 29), dt.date(2024, 2, 29), "2024-02-29"),
        (
            FeatureType.TIMESTAMP,
            "2026-03-29T02:30:00+09:00",
            dt.datetime(2026, 3, 28, 17, 30, tzinfo=UTC),
            "2026-03-29T02:30:00+09:00",
        ),
        (
            FeatureType.TIMESTAMP,
            "2026-03-29 02:30:00.5",
            dt.datetime(2026, 3, 29, 2, 30, 0, 500000, UTC),
            "2026-03-29 02:30:00.5",
        ),
        (FeatureType.TIMESTAMP, "2026-03-29", dt.datetime(2026, 3, 29, tzinfo=UTC), "2026-03-29"),
        (FeatureType.TIMESTAMP, dt.date(2026, 3, 29), dt.datetime(2026, 3, 29, tzinfo=UTC), "2026-03-29"),
        (FeatureType.TIME, "09:30", dt.time(9, 30), "09:30"),
        (FeatureType.STRING_LIST, ["a", None], ["a", None], ["a", None]),
        (FeatureType.STRING_LIST, [], [], []),
    ],
)
def test_a_fitting_value_is_converted_and_logged(kind, given, value, logged):
    assert convert(kind, given) == (value, logged)


def test_a_list_of_numbers_keeps_null_and_its_length():
    assert convert(FeatureType.NUMBER_LIST, [1, None, 2.5], 3) == ([1, None, 2.5], [1, None, 2.5])
    assert convert(FeatureType.NUMBER_LIST, np.array([1.0, np.nan]), 2) == ([1.0, None], [1.0, None])
    with pytest.raises(ValueError, match="length"):
        convert(FeatureType.NUMBER_LIST, [1], 2)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FeatureType.NUMBER, "3"),
        (FeatureType.NUMBER, True),
        (FeatureType.NUMBER, 10**400),
        (FeatureType.NUMBER, [1]),
        (FeatureType.BOOLEAN, 1),
        (FeatureType.BOOLEAN, "true"),
        (FeatureType.STRING, 3),
        (FeatureType.STRING, "\ud800"),
        (FeatureType.DATE, "31.03.2026"),
        (FeatureType.DATE, "2026-02-30"),
        (FeatureType.DATE, dt.datetime(2026, 1, 1)),
        (FeatureType.TIMESTAMP, "yesterday"),
        (FeatureType.TIMESTAMP, 1700000000),
        (FeatureType.TIME, "25:00"),
        (FeatureType.TIME, "09:30+09:00"),
        (FeatureType.STRING_LIST, "abc"),
        (FeatureType.STRING_LIST, [1]),
    ],
)
def test_a_value_of_another_type_is_refused(kind, given):
    with pytest.raises(ValueError):
        convert(kind, given)


def test_every_type_says_what_it_expects():
    assert all(expectation(Feature("x", kind, "", 3)) for kind in FeatureType)
    assert expectation(Feature("x", FeatureType.NUMBER_LIST, "", 3)) == "a list of 3 numbers"
