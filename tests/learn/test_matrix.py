"""The encoder in NumPy, the encoder of single rows and the encoder in the ONNX graph give the same matrix."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import BadData, UnknownName
from penstock.learn.calendar_part import calendar_parts
from penstock.learn.encoding import NULL_NUMBER, CodeKind, ColumnCode, codes_as_json, codes_from_json
from penstock.learn.feature_column import features_of, flatten, select_features
from penstock.learn.graph import GraphBuilder
from penstock.learn.graph_input import graph_input
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import NULL_STRING

UTC = dt.UTC
ROWS = {
    "수": pa.array([1.5, None, float("inf"), -2.0]),
    "whole": pa.array([1, 2, None, 2**40], pa.int64()),
    "money": pa.array([Decimal("1.25"), None, Decimal("-3.00"), Decimal("0.10")], pa.decimal128(18, 2)),
    "yes": pa.array([True, False, None, True]),
    "도시": pa.array(["서울", None, "부산", "처음 보는 곳"]),
    "enum": pa.array(["a", None, "b", "z"]).dictionary_encode(),
    "day": pa.array([dt.date(2024, 2, 29), None, dt.date(1969, 12, 31), dt.date(1900, 3, 1)]),
    "at": pa.array(
        [
            dt.datetime(2012, 12, 30, 23, 59, 59, 999999, UTC),
            None,
            dt.datetime(1582, 1, 1, tzinfo=UTC),
            dt.datetime(2000, 1, 1, 12, tzinfo=UTC),
        ],
        pa.timestamp("us", "UTC"),
    ),
    "clock": pa.array([dt.time(1, 2, 3), None, dt.time(23, 59, 59), dt.time(0)], pa.time64("us")),
    "tags": pa.array([["x", "y", "x"], None, [], ["z", None]], pa.list_(pa.string())),
    "vector": pa.array([[1.0, 2.0], None, [3.0, None], [4.0, 5.0]], pa.list_(pa.float64())),
    "score": pa.array([1.0, 2.0, 3.0, None]),
}
TABLE = ((0.5, -0.5), (1.0, 2.0), (3.0, 4.0))
CODES = (
    ColumnCode("수", CodeKind.NUMBER),
    ColumnCode("whole", CodeKind.CATEGORY, vocabulary=(2.0, NULL_NUMBER, 1.0)),
    ColumnCode("money", CodeKind.NUMBER),
    ColumnCode("yes", CodeKind.ONE_HOT, vocabulary=(0.0, 1.0, NULL_NUMBER)),
    ColumnCode("도시", CodeKind.CATEGORY, vocabulary=("부산", "서울")),
    ColumnCode("도시", CodeKind.ONE_HOT, vocabulary=("부산", NULL_STRING, "서울")),
    ColumnCode("도시", CodeKind.TABLE, vocabulary=("부산", NULL_STRING), table=TABLE),
    ColumnCode("enum", CodeKind.CATEGORY, vocabulary=("a", "b", NULL_STRING)),
    ColumnCode("enum", CodeKind.CATEGORY, vocabulary=()),
    ColumnCode("day", CodeKind.NUMBER),
    ColumnCode("day", CodeKind.NUMBER, part="week"),
    ColumnCode("at", CodeKind.NUMBER, part="year"),
    ColumnCode("at", CodeKind.ONE_HOT, part="hour", vocabulary=(0.0, 12.0, 23.0)),
    ColumnCode("at", CodeKind.TABLE, part="month", vocabulary=(1.0, 12.0), table=TABLE),
    ColumnCode("clock", CodeKind.NUMBER, part="minute"),
    ColumnCode("tags", CodeKind.MULTI_HOT, vocabulary=("x", "y", NULL_STRING)),
    ColumnCode("vector", CodeKind.VECTOR, dimension=2),
    ColumnCode("score", CodeKind.NUMBER),
)


def in_graph(table, features, codes):
    builder = GraphBuilder(features)
    graph = builder.finish(builder.matrix(codes), "score", sum(code.width for code in codes))
    return onnxruntime.InferenceSession(graph).run(None, graph_input(table, features))[0]


def test_table_row_and_graph_give_the_same_matrix_for_every_type_and_kind():
    table = pa.table(ROWS)
    features = features_of(table)
    encoder = MatrixEncoder(features, CODES)
    matrix = encoder.encode(table)
    np.testing.assert_array_equal(matrix, in_graph(table, features, CODES))
    for index, row in enumerate(table.to_pylist()):
        np.testing.assert_array_equal(encoder.encode_row(row)[0], matrix[index])
    assert not encoder.quick
    np.testing.assert_array_equal(encoder.encode_rows(table.to_pylist()), matrix)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "수": st.none() | st.floats(allow_nan=False) | st.integers(-(2**63), 2**64 - 1),
                "도시": st.none() | st.sampled_from(["서울", "부산", "처음 보는 곳"]),
                "score": st.none() | st.floats(allow_nan=False),
                "yes": st.none() | st.booleans(),
            }
        ),
        min_size=1,
        max_size=9,
    )
)
def test_a_few_rows_of_numbers_and_texts_are_coded_as_one_by_one(rows):
    features = features_of(pa.table({name: ROWS[name] for name in ("score", "도시", "수", "yes")}))
    numbers = [ColumnCode(name, CodeKind.NUMBER) for name in ("수", "yes", "score")]
    codes = (numbers[0], CODES[4], numbers[1], CODES[6], numbers[2])
    encoder = MatrixEncoder(features, codes)
    assert encoder.quick
    one_by_one = np.concatenate([encoder.encode_row(row) for row in rows])
    np.testing.assert_array_equal(encoder.encode_rows(rows), one_by_one)


def test_known_values():
    table = pa.table(ROWS)
    matrix = MatrixEncoder(features_of(table), CODES).encode(table)
    nan = float("nan")
    expected = [1.5, 3, 1.25, 0, 1, 0, 2, 0, 0, 1, 0.5, -0.5, 1, 0, 1709164800, 8, 2012, 0, 0, 1, 3, 4, 2]
    np.testing.assert_array_equal(matrix[0], [*expected, 1, 1, 0, 1, 2, 1])
    second = [nan, 1, nan, 1, 0, 0, 0, 0, 1, 0, 3, 4, 3, 0, nan, nan, nan, 0, 0, 0, 0.5, -0.5, nan]
    np.testing.assert_array_equal(matrix[1], [*second, 0, 0, 1, nan, nan, 2])


def test_a_column_without_a_type_is_all_null():
    table = pa.table(ROWS)
    features = features_of(table)
    nothing = pa.table({name: pa.nulls(2) for name in table.column_names})
    matrix = MatrixEncoder(features, CODES).encode(select_features(nothing, features))
    nulls = dict.fromkeys(table.column_names)
    np.testing.assert_array_equal(matrix, np.tile(MatrixEncoder(features, CODES).encode_row(nulls), (2, 1)))


def test_no_rows_make_an_empty_matrix_and_column_order_can_be_asked_for():
    table = pa.table(ROWS)
    encoder = MatrixEncoder(features_of(table), CODES)
    assert encoder.encode(table.slice(0, 0)).shape == (0, encoder.width)
    assert encoder.encode(table, "F").flags.f_contiguous


def test_codes_travel_as_json():
    assert codes_from_json(codes_as_json(CODES)) == CODES


@given(st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)))
def test_calendar_parts_are_those_of_python(moment):
    moment = moment.replace(microsecond=0)
    seconds = (moment - dt.datetime(1970, 1, 1)).total_seconds()
    parts = {name: float(part) for name, part in calendar_parts(seconds, np.floor).items()}
    assert parts == {
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "day_of_week": moment.isoweekday() % 7 + 1,
        "day_of_year": moment.timetuple().tm_yday,
        "week": int(moment.strftime("%U")),
        "hour": moment.hour,
        "minute": moment.minute,
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(10**11), 10**11).map(lambda n: n / 7)), min_size=1, max_size=8))
def test_calendar_parts_in_the_graph_are_those_of_numpy(seconds):
    table = pa.table({"t": pa.array([s and round(s * 1e6) for s in seconds], pa.timestamp("us"))})
    parts = ("year", "month", "day", "day_of_week", "week", "hour", "minute")
    codes = [ColumnCode("t", CodeKind.NUMBER, part=part) for part in parts]
    features = features_of(table)
    expected = MatrixEncoder(features, codes).encode(table)
    np.testing.assert_array_equal(in_graph(table, features, codes), expected)


TEXT = st.text(st.characters(exclude_characters="\ufdd0", exclude_categories=("Cs",)), max_size=4)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | TEXT, min_size=1, max_size=9), st.lists(TEXT, unique=True, max_size=5), st.booleans())
def test_any_text_is_coded_alike_by_table_row_and_graph(values, words, knows_null):
    vocabulary = (*words, NULL_STRING) if knows_null else tuple(words)
    table = pa.table({"s": pa.array(values, pa.string())})
    features = features_of(table)
    codes = [ColumnCode("s", CodeKind.CATEGORY, vocabulary=vocabulary)]
    encoder = MatrixEncoder(features, codes)
    places = {word: index + 1 for index, word in enumerate(vocabulary)}
    expected = [[places.get(NULL_STRING if value is None else value, 0)] for value in values]
    np.testing.assert_array_equal(encoder.encode(table), expected)
    np.testing.assert_array_equal(in_graph(table, features, codes), expected)
    for value, code in zip(values, expected, strict=True):
        assert encoder.encode_row({"s": value}).tolist() == [code]


def test_structs_become_columns_and_their_nulls_are_kept():
    struct = pa.array(
        [{"a": 1, "b": {"c": "x"}}, None], pa.struct({"a": pa.int64(), "b": pa.struct({"c": pa.string()})})
    )
    flat = flatten(pa.table({"s": struct, "n": [1, 2]}))
    assert flat.to_pydict() == {"s_a": [1, None], "s_b_c": ["x", None], "n": [1, 2]}


@pytest.mark.parametrize("names", [["a", "A"], ["s_x", "s"]])
def test_names_that_differ_only_in_case_or_collide_with_a_field_are_refused(names):
    columns = [pa.array([{"x": 1}]) if name == "s" else pa.array([1]) for name in names]
    with pytest.raises(BadData, match="Two columns have the name"):
        flatten(pa.table(columns, names=names))


def test_a_missing_column_is_named_with_the_nearest():
    features = features_of(pa.table({"income": [1.0]}))
    with pytest.raises(UnknownName) as caught:
        select_features(pa.table({"incme": [1.0]}), features)
    assert caught.value.diagnostics[0].hint == "Did you mean 'incme'?"
    with pytest.raises(UnknownName):
        MatrixEncoder(features, [ColumnCode("income", CodeKind.NUMBER)]).encode_row({"incme": 1.0})


def test_columns_are_found_in_another_case_and_inside_structs():
    features = features_of(flatten(pa.table({"Place": pa.array([{"city": "x"}]), "n": [1]})))
    rows = pa.table({"N": [1], "place": pa.array([{"city": "x"}])})
    assert select_features(rows, features).to_pydict() == {"Place_city": ["x"], "n": [1]}


@pytest.mark.parametrize(
    ("trained", "scored", "fits"),
    [
        (pa.int64(), pa.float32(), True),
        (pa.float64(), pa.decimal128(9, 2), True),
        (pa.float64(), pa.string(), False),
        (pa.string(), pa.int64(), False),
        (pa.timestamp("us"), pa.date32(), True),
        (pa.date32(), pa.timestamp("us"), False),
        (pa.bool_(), pa.int8(), False),
        (pa.string(), pa.dictionary(pa.int32(), pa.string()), True),
    ],
)
def test_types_are_coerced_as_sql_would_and_no_further(trained, scored, fits):
    features = features_of(pa.table({"x": pa.nulls(1, trained)}))
    rows = pa.table({"x": pa.nulls(1, scored)})
    if fits:
        assert select_features(rows, features).num_rows == 1
    else:
        with pytest.raises(BadData, match="'x'"):
            select_features(rows, features)


@pytest.mark.parametrize("value", ["1", [1], object()])
def test_a_row_value_of_another_type_is_refused_with_its_column(value):
    features = features_of(pa.table({"x": [1.0]}))
    with pytest.raises(BadData, match="'x' must be a number"):
        MatrixEncoder(features, [ColumnCode("x", CodeKind.NUMBER)]).encode_row({"x": value})


def test_a_vector_of_another_length_is_refused():
    features = features_of(pa.table({"v": pa.array([[1.0, 2.0]])}))
    encoder = MatrixEncoder(features, [ColumnCode("v", CodeKind.VECTOR, dimension=2)])
    with pytest.raises(BadData, match="does not have 2 items"):
        encoder.encode(pa.table({"v": pa.array([[1.0]])}))
    with pytest.raises(BadData, match="a list of 2 numbers"):
        encoder.encode_row({"v": [1.0]})


def test_columns_that_cannot_be_features_are_all_named_at_once():
    table = pa.table({"b": pa.array([b"x"]), "i": pa.nulls(1, pa.duration("s")), "ok": [1]})
    with pytest.raises(Exception, match=r"'b'.*\n.*\n.*'i'") as caught:
        features_of(table)
    assert len(caught.value.diagnostics) == 2
