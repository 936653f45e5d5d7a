"""Rows read by columns are the rows that are read one by one."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.columnar import FEW_ROWS, read_rows
from penstock.serving.row import CheckedRows, InvalidRows, RowReader
from penstock.serving.row_batch import record_batch

FEATURES = (
    Feature("n", FeatureType.NUMBER, "double"),
    Feature("whole", FeatureType.NUMBER, "int64"),
    Feature("날씨", FeatureType.STRING, "string"),
    Feature("member", FeatureType.BOOLEAN, "bool"),
)
TIMES = (
    Feature("day", FeatureType.DATE, "date32[day]"),
    Feature("at", FeatureType.TIMESTAMP, "timestamp[us, tz=UTC]"),
    Feature("naive", FeatureType.TIMESTAMP, "timestamp[us]"),
    Feature("time", FeatureType.TIME, "time64[us]"),
)
plain_row = st.fixed_dictionaries(
    {
        "n": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1),
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e6, 1e6),
        "날씨": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
        "member": st.none() | st.booleans(),
    }
)


def by_rows(reader: RowReader, rows) -> tuple[pa.RecordBatch, list]:
    read = reader.read(rows)
    return record_batch(CheckedRows(read.values, read.logged), reader.features), list(read.logged)


@given(st.lists(plain_row, min_size=FEW_ROWS + 1, max_size=FEW_ROWS + 5))
def test_many_json_rows_are_read_as_one_by_one(rows):
    rows = orjson.loads(orjson.dumps(rows))
    reader = RowReader(FEATURES)
    read = read_rows(reader, rows, parsed_json=True)
    batch, logged = by_rows(reader, rows)
    assert read.batch is not None
    assert read.batch.equals(batch)
    assert record_batch(read, FEATURES).equals(batch)
    assert list(read.logged) == logged


@pytest.mark.parametrize(
    "other",
    [
        {"n": "1", "whole": 1, "날씨": "x", "member": True},
        {"n": True, "whole": 1, "날씨": "x", "member": True},
        {"n": 1, "whole": 1, "날씨": 5, "member": True},
        {"n": 1, "whole": 1, "날씨": "x"},
        {"n": 1, "whole": 1, "날씨": "x", "membr": True},
        {"n": 1, "whole": 1, "날씨": "x", "member": True, "more": 1},
        5,
    ],
)
def test_one_wrong_row_of_many_is_named(other):
    reader = RowReader(FEATURES)
    rows = [{"n": 1.0, "whole": 1, "날씨": "x", "member": None}] * 30 + [other]
    with pytest.raises(InvalidRows, match="Row 31"):
        read_rows(reader, rows, parsed_json=True)


def test_names_in_another_case_and_columns_of_other_types_are_read_row_by_row():
    reader = RowReader(FEATURES)
    rows = [{"N": 1.0, "whole": 1, "날씨": "x", "member": None}] * 30
    assert read_rows(reader, rows, parsed_json=True).batch is None
    assert (
        len(read_rows(RowReader(TIMES), [dict.fromkeys(("day", "at", "naive", "time"))] * 30, parsed_json=True)) == 30
    )


def table(**changes) -> pa.Table:
    columns = {
        "n": pa.array([1.5, None, np.nan, np.inf]),
        "whole": pa.array([1, 2, None, 4], pa.int32()),
        "날씨": pa.array(["맑음", None, "rain", ""]),
        "member": pa.array([True, False, None, True]),
    }
    return pa.table(columns | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n": pa.array([1.5, 2.5, None, np.nan], pa.float32())},
        {"n": pa.array([1, 2, 3, 2**62], pa.int64())},
        {"whole": pa.array([1.0, 2.0, None, 3.0])},
        {"whole": pa.array([1.0, 2.5, None, 3.0])},
        {"whole": pa.array([1, 2, 3, 2**64 - 1], pa.uint64())},
        {"whole": pa.nulls(4)},
        {"날씨": pa.array(["a", "b", None, "a"]).dictionary_encode()},
        {"날씨": pa.array(["a", "b", None, "a"], pa.large_string())},
        {"날씨": pa.nulls(4)},
    ],
)
def test_an_arrow_table_is_read_as_its_rows_are(changes):
    reader = RowReader(FEATURES)
    given_table = table(**changes)
    read = read_rows(reader, given_table, parsed_json=False)
    expected, logged = by_rows(reader, given_table.to_pylist())
    assert read.batch is not None
    for found, column, feature in zip(read.batch.columns, expected.columns, FEATURES, strict=True):
        plain = found.cast(found.type.value_type) if pa.types.is_dictionary(found.type) else found
        assert plain.to_pylist() == column.to_pylist(), feature
    assert list(read.logged) == logged
    assert len(read) == 4
    assert [row["날씨"] for row in read.values] == given_table["날씨"].to_pylist()
    json.dumps(list(read.logged), allow_nan=False)


def test_names_and_order_of_columns_do_not_matter_and_structs_are_flattened():
    reader = RowReader((Feature("a_x", FeatureType.NUMBER, "double"), Feature("B", FeatureType.STRING, "string")))
    given_table = pa.table({"b": ["u"], "a": pa.array([{"x": 1.5}])})
    read = read_rows(reader, given_table, parsed_json=False)
    assert list(read.logged) == [{"a_x": 1.5, "B": "u"}]


def test_times_keep_their_moment():
    moment = dt.datetime(2026, 3, 31, 9, 30, 0, 5)
    seoul = pa.array([moment], pa.timestamp("ns", "Asia/Seoul"))
    columns = {
        "day": pa.array([moment.date()], pa.date64()),
        "at": seoul,
        "naive": seoul,
        "time": pa.array([moment.time()], pa.time64("ns")),
    }
    read = read_rows(RowReader(TIMES), pa.table(columns), parsed_json=False)
    assert read.batch is not None
    assert read.batch.schema.types == [
        pa.date32(),
        pa.timestamp("us", "UTC"),
        pa.timestamp("us"),
        pa.time64("us"),
    ]
    assert read.batch.to_pylist()[0] == {
        "day": moment.date(),
        "at": moment.replace(tzinfo=dt.UTC),
        "naive": moment,
        "time": moment.time(),
    }


def test_texts_that_are_moments_are_read_value_by_value():
    columns = {"day": ["2026-03-31"], "at": ["2026-03-31T09:30:00+09:00"], "naive": [None], "time": ["09:30"]}
    read = read_rows(RowReader(TIMES), pa.table(columns), parsed_json=False)
    assert read.batch is None
    assert read.values[0]["at"] == dt.datetime(2026, 3, 31, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (table(wether=pa.array([1, 2, 3, 4])), "'wether', which the model does not take"),
        (table().drop_columns("member"), "no column 'member'"),
        (table().rename_columns(["n", "whole", "날씨", "membr"]), "'membr'"),
        (table(n=pa.array(["a", "b", "c", "d"])), "Row 1: the column 'n' must be a number"),
        (table(member=pa.array([0, 1, 0, 1])), "must be true or false"),
        (table().slice(0, 0), "at least one row"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_by_column(wrong, says):
    with pytest.raises(InvalidRows, match=says):
        read_rows(RowReader(FEATURES), wrong, parsed_json=False)


def test_the_nearest_column_is_named():
    with pytest.raises(InvalidRows) as caught:
        read_rows(RowReader(FEATURES), table().rename_columns(["n", "whole", "날씨", "membr"]), parsed_json=False)
    assert "Did you mean 'member'" in str(caught.value.diagnostics[0].hint)
