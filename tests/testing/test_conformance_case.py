"""How conformance cases are read, and when a value is the one that is expected."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.testing.conformance import ConformanceWorld, agrees, bigquery_type, check_case, open_world, read_cases

CASE = """-- One and one.
-- It goes on.
-- source: arithmetic
-- covers: ML.PREDICT on kmeans; script SET
-- covers: model pca
SELECT 1 + 1 AS x, [STRUCT('a' AS b)] AS y; -- no key: here
-- columns: x INT64,
-- y ARRAY<STRUCT<b STRING>>
-- rows:
-- [2, [{"b": "a"}]]
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    (folder / "setup.sql").write_text("CREATE TABLE d.t AS SELECT '{folder}' AS place;")
    with open_world(folder, folder / "project") as opened:
        yield opened


def read(folder: Path, text: str = CASE):
    (folder / "case.sql").write_text(text)
    (case,) = read_cases(folder)
    return case


def test_a_case_is_read_whole(tmp_path):
    case = read(tmp_path)
    assert case.title == "One and one. It goes on."
    assert case.covers == ("ML.PREDICT on kmeans", "script SET", "model pca")
    assert case.columns == (("x", "INT64"), ("y", "ARRAY<STRUCT<b STRING>>"))
    assert case.rows == ((2, [{"b": "a"}]),)


def test_a_case_may_accept_options_and_cover_nothing(tmp_path):
    accepting = CASE.replace(
        "-- covers: ML.PREDICT on kmeans; script SET\n-- covers: model pca", "-- accepts: option a of b; option c of d"
    )
    case = read(tmp_path, accepting)
    assert (case.covers, case.accepts) == ((), ("option a of b", "option c of d"))
    with pytest.raises(ValueError, match="nothing after `-- covers:` or `-- accepts:`"):
        read(tmp_path, accepting.replace("-- accepts: option a of b; option c of d\n", ""))


@pytest.mark.parametrize("written", ["1e-6", "1e-6 as printed", "1e-6, as printed"])
def test_the_reason_of_a_tolerance_may_follow_a_comma(tmp_path, written):
    assert read(tmp_path, CASE.replace("-- source", f"-- tolerance: {written}\n-- source")).tolerance == 1e-6


@pytest.mark.parametrize("missing", ["-- source: arithmetic\n", "-- columns: x INT64,\n-- y ARRAY<STRUCT<b STRING>>\n"])
def test_a_case_that_lacks_a_line_is_told(tmp_path, missing):
    with pytest.raises(ValueError, match=r"case\.sql"):
        read(tmp_path, CASE.replace(missing, ""))


def test_a_case_passes_and_what_is_other_is_told(tmp_path, world: ConformanceWorld):
    check_case(read(tmp_path), world)
    for right, wrong, told in [
        ("[2, [", "[3, [", "Row 1, x: 2"),
        ("x INT64", "x FLOAT64", "The columns are"),
        ('-- rows:\n-- [2, [{"b": "a"}]]', "-- rows: 2", "There are 1 rows"),
    ]:
        with pytest.raises(AssertionError, match=told):
            check_case(read(tmp_path, CASE.replace(right, wrong)), world)


def test_a_refusal_is_expected_by_its_words(tmp_path, world: ConformanceWorld):
    refused = CASE[: CASE.index("SELECT")] + "SELECT nosuch FROM d.t;\n-- error: no column 'nosuch'\n"
    check_case(read(tmp_path, refused), world)
    with pytest.raises(AssertionError, match="It was refused with"):
        check_case(read(tmp_path, refused.replace("'nosuch'\n", "'other'\n")), world)
    with pytest.raises(AssertionError, match="was not refused"):
        check_case(read(tmp_path, refused.replace("SELECT nosuch", "SELECT place")), world)


@pytest.mark.parametrize(
    ("value", "wish", "same"),
    [
        (4030.0664, "4030.066", True),
        (4030.0666, "4030.066", False),
        (2.0, "2", True),
        (2.1, "2", False),
        (None, "null", True),
        (0, "null", False),
        (True, "true", True),
        (1, "true", False),
        (float("nan"), "NaN", True),
        (float("inf"), "Infinity", True),
        ([1.04, "a"], '[1.0, "*"]', True),
        ({"a": 1}, '{"b": 1}', False),
    ],
)
def test_a_number_agrees_in_the_digits_that_are_written(value, wish, same):
    assert agrees(value, json.loads(wish, parse_float=Decimal), None) is same


def test_a_tolerance_is_relative():
    assert agrees(102.0, Decimal("100.0"), 0.03)
    assert not agrees(104.0, Decimal("100.0"), 0.03)


def test_types_are_told_in_bigquerys_words():
    kind = pa.struct([("a", pa.list_(pa.int64())), ("b", pa.timestamp("us", "UTC")), ("c", pa.decimal128(38, 9))])
    assert bigquery_type(kind) == "STRUCT<a ARRAY<INT64>, b TIMESTAMP, c NUMERIC>"
