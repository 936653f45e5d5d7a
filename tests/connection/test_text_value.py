"""Single values as text: short, exact in what they say, whatever their type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.connection.text_value import moment_texts, value_texts

LAST = (1 << 63) - 1


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (pa.array([0.1 + 0.2]), "0.3"),
        (pa.array([12345678.94]), "12345678.9"),
        (pa.array([1e30]), "1e+30"),
        (pa.array([float("nan")]), "nan"),
        (pa.array([float("-inf")]), "-inf"),
        (pa.array([Decimal("1.50")]), "1.50"),
        (pa.array([True]), "true"),
        (pa.array([b"\x00\xab"]), "\\x00ab"),
        (pa.array([date(2026, 1, 2)]), "2026-01-02"),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5)]), "2026-01-02 03:04:05"),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, 120000)]), "2026-01-02 03:04:05.12"),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, 120000, UTC)]), "2026-01-02 03:04:05+00:00"),
        (pa.array([[1, None]]), "[1, NULL]"),
        (pa.array([{"a": "x", "b": [1.5]}]), "{a: x, b: [1.5]}"),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "{k: 1}"),
        (pa.array([(14, 3, 2_000_000_000)], pa.month_day_nano_interval()), "1 year 2 months 3 days 2 seconds"),
        (pa.array([timedelta(hours=1)]), "1:00:00"),
        (pa.array([None], pa.null()), None),
    ],
)
def test_a_value_as_text(array: pa.Array, text: str | None) -> None:
    assert value_texts(array) == [text]


@pytest.mark.parametrize(
    ("count", "text"),
    [(LAST, "infinity"), (-LAST, "-infinity"), (327_403_382_400_000_000, "12345-01-01 00:00:00"), (None, None)],
)
def test_moments_beyond_python_s_calendar(count: int | None, text: str | None) -> None:
    moments = pa.array([count], pa.int64()).cast(pa.timestamp("us"))
    assert value_texts(moments) == [text]


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
def test_moments_are_those_of_python(moment: datetime) -> None:
    found = moment_texts(pa.array([moment], pa.timestamp("us"))).to_pylist()[0]
    assert datetime.fromisoformat(found) == moment


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**62), 2**62)), max_size=5))
def test_every_list_of_numbers_has_a_text(values: list[Any]) -> None:
    array = pa.array([float(v) if v is not None else None for v in values], pa.float64())
    assert [text is None for text in value_texts(array)] == [value is None for value in values]
