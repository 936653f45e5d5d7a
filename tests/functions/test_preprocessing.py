"""What each function inside TRANSFORM learns, and what its frozen SQL gives for old and new rows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import BadData, InvalidOption
from penstock.core.options import OptionValue
from penstock.functions.bucket import bucket_names
from penstock.functions.literal import double_sql, text_sql
from penstock.functions.preprocessing import PREPROCESSING
from penstock.functions.preprocessor import Argument
from penstock.lake.database import ArrowRows, Connection, open_lake

DEFAULTS: dict[str, dict[str, OptionValue]] = {
    name: {parameter.name: parameter.default for parameter in function.parameters}
    for name, function in PREPROCESSING.items()
}


@pytest.fixture(scope="module")
def connection() -> Connection:
    return open_lake(None).connection()


def frozen(
    connection: Connection,
    name: str,
    learnt: Sequence[object] | pa.Array,
    rows: Sequence[object] | pa.Array,
    **parameters: OptionValue,
) -> list[object]:
    """Return what the function, frozen over `learnt`, makes of `rows`."""
    learnt = learnt if isinstance(learnt, pa.Array) else pa.array(learnt)
    rows = rows if isinstance(rows, pa.Array) else pa.array(rows, learnt.type)
    sql = PREPROCESSING[f"ML.{name}"].freeze(Argument("x", learnt.type, learnt), DEFAULTS[f"ML.{name}"] | parameters)
    table = pa.table({"x": rows})
    connection.register("given_rows", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    try:
        return connection.table(f"SELECT {sql} AS y FROM given_rows")["y"].to_pylist()
    finally:
        connection.unregister("given_rows")


# The numbers of BigQuery's live service (bigframes' tests) and of its documentation.
def test_standard_scaler_divides_by_the_population_deviation(connection: Connection) -> None:
    scaled = frozen(connection, "STANDARD_SCALER", [39.5, 38.5, 37.9], [39.5, 38.5, 37.9])
    # The service rounds the mean to four digits.
    assert scaled == pytest.approx([1.313249, -0.20198, -1.111118], abs=6e-5)


def test_max_abs_scaler_gives_the_published_numbers(connection: Connection) -> None:
    scaled = frozen(connection, "MAX_ABS_SCALER", [39.5, 38.5, 37.9], [39.5, 38.5, 37.9, -79.0])
    assert scaled == pytest.approx([1, 0.974684, 0.959494, -2], abs=1e-6)


def test_min_max_scaler_gives_the_published_numbers_and_clamps(connection: Connection) -> None:
    scaled = frozen(connection, "MIN_MAX_SCALER", [39.5, 38.5, 37.9], [39.5, 38.5, 37.9, 50, -3, None])
    assert scaled == pytest.approx([1, 0.375, 0, 1, 0, None], abs=1e-6)


def test_min_max_scaler_leaves_nan_and_bounds_infinity(connection: Connection) -> None:
    nan, high, low = frozen(connection, "MIN_MAX_SCALER", [1.0, 3.0], [math.nan, math.inf, -math.inf])
    assert (math.isnan(nan), high, low) == (True, 1.0, 0.0)


def test_robust_scaler_takes_nearest_rank_quantiles(connection: Connection) -> None:
    scaled = frozen(connection, "ROBUST_SCALER", [-3, 1, 2, 3, 4, 5], [2, 1, 4, 8])
    assert scaled == [0.0, -1 / 3, 2 / 3, 2.0]


def test_robust_scaler_without_its_parts(connection: Connection) -> None:
    learnt = [-3, 1, 2, 3, 4, 5]
    assert frozen(connection, "ROBUST_SCALER", learnt, [4], with_median=False) == [4 / 3]
    assert frozen(connection, "ROBUST_SCALER", learnt, [4], with_quantile_range=False) == [2.0]
    assert frozen(connection, "ROBUST_SCALER", learnt, [4], quantile_range=[0, 100]) == [2 / 8]


def test_quantile_bucketize_gives_the_published_buckets(connection: Connection) -> None:
    assert frozen(connection, "QUANTILE_BUCKETIZE", [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], num_buckets=3) == [
        "bin_1",
        "bin_2",
        "bin_2",
        "bin_3",
        "bin_3",
    ]
    rows = [39.5, 38.5, 37.9]
    assert frozen(connection, "QUANTILE_BUCKETIZE", rows, rows, num_buckets=5) == ["bin_2", "bin_2", "bin_1"]


def test_bucketize_is_closed_on_the_left(connection: Connection) -> None:
    rows = pa.array([0.5, 1, 2.5, 3, None, math.nan, math.inf])
    bins = frozen(connection, "BUCKETIZE", rows, rows, array_split_points=[1, 2, 3])
    assert bins == ["bin_1", "bin_2", "bin_3", "bin_4", None, None, "bin_4"]


def test_bucketize_without_its_boundaries(connection: Connection) -> None:
    rows = [0, 2.5, 9]
    bins = frozen(connection, "BUCKETIZE", rows, rows, array_split_points=[1, 2, 3], exclude_boundaries=True)
    assert bins == ["bin_1", "bin_2", "bin_2"]


def test_buckets_are_called_by_their_ranges() -> None:
    assert bucket_names([1, 2, 3.5], "bucket_ranges") == ["(-inf, 1)", "[1, 2)", "[2, 3.5)", "[3.5, +inf)"]
    assert json.loads(bucket_names([2, 3], "bucket_ranges_json")[1]) == {"start": "2", "end": "3"}
    assert json.loads(bucket_names([2, 3], "bucket_ranges_json")[0]) == {"start": "-Infinity", "end": "2"}


def test_imputer_fills_null_only(connection: Connection) -> None:
    learnt = [-3, -3, -3, 1, 2, 3, 4, 5, None]
    assert frozen(connection, "IMPUTER", learnt, [None, 7], strategy="mean") == [0.75, 7.0]
    assert frozen(connection, "IMPUTER", learnt, [None, 7], strategy="median") == [1.0, 7.0]
    assert frozen(connection, "IMPUTER", learnt, [None, 7], strategy="most_frequent") == [-3.0, 7.0]


def test_imputer_of_texts_breaks_ties_by_the_alphabet(connection: Connection) -> None:
    learnt = ["나", "가", "가", "나", "it's", None]
    assert frozen(connection, "IMPUTER", learnt, [None, "새"], strategy="most_frequent") == ["가", "새"]


def test_imputer_refuses_the_mean_of_a_text(connection: Connection) -> None:
    with pytest.raises(InvalidOption, match="mean of a text"):
        frozen(connection, "IMPUTER", ["a"], ["a"], strategy="mean")


def test_label_encoder_numbers_the_vocabulary_alphabetically(connection: Connection) -> None:
    learnt = ["b", "a", "b", "한", "it's", "", None]
    rows = ["a", "b", "한", "it's", "", "new", None]
    coded = frozen(connection, "LABEL_ENCODER", learnt, rows, frequency_threshold=1)
    assert coded == [2, 3, 5, 4, 1, 0, 0]


def test_label_encoder_drops_rare_texts_by_default(connection: Connection) -> None:
    assert frozen(connection, "LABEL_ENCODER", ["a"] * 5 + ["b"] * 4, ["a", "b"]) == [1, 0]


def test_label_encoder_keeps_the_most_frequent_ties_alphabetical(connection: Connection) -> None:
    learnt = ["c", "c", "b", "b", "a"]
    coded = frozen(connection, "LABEL_ENCODER", learnt, ["a", "b", "c"], top_k=1, frequency_threshold=0)
    assert coded == [0, 1, 0]


def test_label_encoder_finds_its_way_in_a_large_vocabulary(connection: Connection) -> None:
    words = [f"word {number:05d}" for number in range(5000)]
    coded = frozen(connection, "LABEL_ENCODER", words, list(reversed(words)), frequency_threshold=1)
    assert coded == list(range(5000, 0, -1))


@pytest.mark.parametrize("name", ["STANDARD_SCALER", "MIN_MAX_SCALER", "MAX_ABS_SCALER", "ROBUST_SCALER"])
def test_scalers_pass_null_on_and_survive_columns_without_spread(connection: Connection, name: str) -> None:
    assert frozen(connection, name, [4.0, 4.0], [None, 4.0])[0] is None
    assert all(math.isfinite(value) for value in frozen(connection, name, [4.0, 4.0], [4.0, 5.0]))
    nothing = pa.nulls(2, pa.float64())
    assert frozen(connection, name, nothing, [1.0, None]) == [None, None]


def test_statistics_leave_nan_and_infinities_out(connection: Connection) -> None:
    learnt = [1.0, 3.0, math.nan, math.inf, -math.inf, None]
    assert frozen(connection, "STANDARD_SCALER", learnt, [1.0, 3.0]) == [-1.0, 1.0]


def test_a_text_that_sql_cannot_hold_is_refused() -> None:
    with pytest.raises(BadData, match="NUL"):
        text_sql("a\0b")


NUMBERS = st.lists(st.floats(-1e6, 1e6).map(lambda number: round(number, 3)), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None)
@given(NUMBERS)
def test_scalers_agree_with_scikit_learn(connection: Connection, numbers: list[float]) -> None:
    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

    column = np.array(numbers)[:, None]
    for name, scaler in (
        ("STANDARD_SCALER", StandardScaler()),
        ("MIN_MAX_SCALER", MinMaxScaler()),
        ("MAX_ABS_SCALER", MaxAbsScaler()),
    ):
        expected = scaler.fit_transform(column)[:, 0]
        if name == "STANDARD_SCALER" and np.ptp(column) < 1e-9 * np.max(np.abs(column), initial=1e-300):
            continue
        np.testing.assert_allclose(frozen(connection, name, numbers, numbers), expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.permutations([0.1, 0.2, 0.3, 1e17, -1e17, 7.0]))
def test_the_order_of_rows_changes_nothing(numbers: list[float]) -> None:
    freeze = PREPROCESSING["ML.STANDARD_SCALER"].freeze
    given, ordered = (Argument("x", pa.float64(), pa.array(values)) for values in (numbers, sorted(numbers)))
    assert freeze(given, {}) == freeze(ordered, {})


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_exactly(connection: Connection, number: float) -> None:
    value, kind = connection.rows(f"SELECT {double_sql(number)} AS v, typeof({double_sql(number)})")[0]
    assert (value, kind) == (number, "DOUBLE")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=8))
def test_any_text_finds_its_code(connection: Connection, words: list[str]) -> None:
    coded = frozen(connection, "LABEL_ENCODER", words, words, frequency_threshold=1)
    order = sorted(set(words))
    assert coded == [order.index(word) + 1 for word in words]
