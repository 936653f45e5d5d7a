from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.row import RowReader
from penstock.serving.row_batch import record_batch


def column(kind, arrow, values, dimension=None):
    feature = Feature("x", kind, arrow, dimension)
    rows = RowReader((feature,)).read([{"x": value} for value in values])
    return record_batch(rows, (feature,)).column(0)


@pytest.mark.parametrize(
    ("kind", "arrow", "values", "expected"),
    [
        (FeatureType.NUMBER, "int64", [1, None, 2.0], pa.array([1, None, 2], pa.int64())),
        (FeatureType.NUMBER, "int32", [1, 2.5], pa.array([1.0, 2.5])),
        (FeatureType.NUMBER, "int8", [1, 300], pa.array([1.0, 300.0])),
        (FeatureType.NUMBER, "double", [1, None, float("inf")], pa.array([1.0, None, float("inf")])),
        (
            FeatureType.NUMBER,
            "decimal128(18, 2)",
            [1.25, None, 3],
            pa.array([Decimal("1.25"), None, Decimal("3.00")], pa.decimal128(18, 2)),
        ),
        (FeatureType.NUMBER, "decimal128(4, 2)", [1.255, 3], pa.array([1.255, 3.0])),
        (FeatureType.NUMBER, "decimal128(4, 2)", [float("inf")], pa.array([float("inf")])),
        (FeatureType.BOOLEAN, "bool", [True, None], pa.array([True, None])),
        (FeatureType.STRING, "dictionary<values=string, indices=int32, ordered=0>", ["서울"], pa.array(["서울"])),
        (FeatureType.DATE, "date32[day]", ["2024-02-29"], pa.array([dt.date(2024, 2, 29)])),
        (
            FeatureType.TIMESTAMP,
            "timestamp[us, tz=UTC]",
            ["2026-01-01T00:00:00+09:00"],
            pa.array([dt.datetime(2025, 12, 31, 15, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
        ),
        (
            FeatureType.TIMESTAMP,
            "timestamp[us]",
            ["2026-01-01T00:00:00Z", None],
            pa.array([dt.datetime(2026, 1, 1), None], pa.timestamp("us")),
        ),
        (FeatureType.TIME, "time64[us]", ["09:30"], pa.array([dt.time(9, 30)], pa.time64("us"))),
        (FeatureType.STRING_LIST, "list<item: string>", [["a", None], None], pa.array([["a", None], None])),
    ],
)
def test_a_column_has_the_type_it_had_in_training(kind, arrow, values, expected):
    assert column(kind, arrow, values).equals(expected)


def test_a_column_of_only_null_keeps_its_type():
    assert column(FeatureType.NUMBER, "int64", [None]).type == pa.int64()
    assert column(FeatureType.NUMBER_LIST, "list<item: double>", [None], 2).type == pa.list_(pa.float64())
