"""Lines made by columns say what lines made row by row say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.columnar import read_rows
from penstock.serving.log_text import column_texts, lines_text
from penstock.serving.row import RowReader

FEATURES = (
    Feature('n "100 %s"', FeatureType.NUMBER, "double"),
    Feature("whole", FeatureType.NUMBER, "int64"),
    Feature("날씨", FeatureType.STRING, "string"),
    Feature("member", FeatureType.BOOLEAN, "bool"),
)
AT = dt.datetime(2026, 3, 31, 9, 30, tzinfo=dt.UTC)
LINE = {"at": AT, "endpoint": "api", "request_id": '요청 "7"', "model": "m", "version": 3, "variant": "champion"}
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(), st.none() | st.integers(-(2**63), 2**63 - 1), texts, st.none() | st.booleans()
        ),
        min_size=1,
    )
)
def test_an_arrow_request_is_logged_as_its_rows_are(rows):
    columns = list(zip(*rows, strict=True))
    types = (pa.float64(), pa.int64(), pa.string(), pa.bool_())
    table = pa.table(
        [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)],
        names=[feature.name for feature in FEATURES],
    )
    reader = RowReader(FEATURES)
    read = read_rows(reader, table, parsed_json=False)
    predictions = [{"prediction": place, "prediction_id": f"{place:032x}"} for place in range(len(rows))]
    lines = lines_text(LINE, predictions, read, None).decode().split("\n")[:-1]
    expected = reader.read(table.to_pylist()).logged
    for line, row, prediction in zip(lines, expected, predictions, strict=True):
        found = orjson.loads(line)
        assert found["inputs"] == row
        assert found["outputs"] == {"prediction": prediction["prediction"]}
        assert found["prediction_id"] == prediction["prediction_id"]
        assert (found["at"], found["request_id"], found["version"]) == (AT.isoformat(), '요청 "7"', 3)


def test_json_rows_are_logged_as_they_came_and_a_policy_has_the_last_word():
    rows = [{'n "100 %s"': 1, "whole": 2, "날씨": "맑음\n", "member": None}] * 20
    read = read_rows(RowReader(FEATURES), rows, parsed_json=True)
    predictions = [{"prediction": "예", "probabilities": {"a": 0.5}, "prediction_id": "1"}] * 20
    (first, *_) = lines_text(LINE, predictions, read, None).splitlines()
    assert orjson.loads(first)["inputs"] == rows[0]
    assert orjson.loads(first)["outputs"] == {"prediction": "예", "probabilities": {"a": 0.5}}
    (first, *_) = lines_text(LINE, predictions, read, lambda row: {"whole": row["whole"]}).splitlines()
    assert orjson.loads(first)["inputs"] == {"whole": 2}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1.0, None, np.nan, np.inf, -np.inf]), ["1.0", "null", "null", '"Infinity"', '"-Infinity"']),
        (pa.array([1, None], pa.uint8()), ["1", "null"]),
        (pa.array([True, None, False]), ["true", "null", "false"]),
        (pa.array(["a,b", None, 'q"']).dictionary_encode(), ['"a,b"', "null", '"q\\""']),
        (pa.array([], pa.float64()), []),
    ],
)
def test_values_are_json(column, expected):
    assert column_texts(column) == expected


def test_dates_are_left_to_who_writes_them_one_by_one():
    assert column_texts(pa.array([AT.date()])) is None
    feature = (Feature("day", FeatureType.DATE, "date32[day]"),)
    read = read_rows(RowReader(feature), pa.table({"day": [AT.date()]}), parsed_json=False)
    assert orjson.loads(lines_text(LINE, [{"prediction_id": "1"}], read, None))["inputs"] == {"day": "2026-03-31"}
