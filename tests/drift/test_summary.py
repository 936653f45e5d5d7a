"""Summaries: what is counted where, merging, and the text of a profile."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import BadData, CorruptArtifact, UnknownName
from penstock.drift.summary import (
    CategorySummary,
    ColumnSummary,
    NumericSummary,
    merge,
    profile_from_json,
    profile_to_json,
    summarise,
    summarise_against,
    summarise_table,
    unseen_rate,
)

numbers = st.lists(st.none() | st.floats(width=64) | st.integers(-5, 5).map(float), max_size=40)
moderate = st.lists(st.none() | st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(math.inf), max_size=30)
words = st.lists(st.none() | st.sampled_from(["서울", "부산", "a", "b", "", " "]) | st.text(max_size=3), max_size=40)


def floats(values) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=False)


def numeric(column) -> NumericSummary:
    found = summarise(column)
    assert isinstance(found, NumericSummary)
    return found


def category(column) -> CategorySummary:
    found = summarise(column)
    assert isinstance(found, CategorySummary)
    return found


def same(first: ColumnSummary, second: ColumnSummary) -> bool:
    """Equal counts; moments and sums as equal as sums in another order are."""
    if isinstance(first, CategorySummary) and isinstance(second, CategorySummary):
        amounts = [dict(zip(each.values, each.counts, strict=True)) for each in (first, second)]
        return amounts[0] == amounts[1] and (first.other, first.rows, first.nulls) == (
            second.other,
            second.rows,
            second.nulls,
        )
    assert isinstance(first, NumericSummary)
    assert isinstance(second, NumericSummary)
    exact = ("measured", "edges", "counts", "rows", "nulls", "nans", "infinities", "minimum", "maximum")
    assert all(getattr(first, name) == getattr(second, name) for name in exact)
    scale = max(abs(first.minimum or 0), abs(first.maximum or 0), 1.0)
    assert first.sums == pytest.approx(second.sums, rel=1e-9, abs=scale * 1e-9)
    assert (first.mean is None) == (second.mean is None)
    assert (first.mean or 0) == pytest.approx(second.mean or 0, rel=1e-9, abs=scale * 1e-9)
    assert first.squared_deviations == pytest.approx(second.squared_deviations, rel=1e-6, abs=scale**2 * 1e-9)
    return True


@given(numbers)
def test_every_row_of_numbers_is_counted_once(values) -> None:
    found = numeric(floats(values))
    assert found.rows == len(values)
    assert found.nulls == values.count(None)
    assert found.nans == sum(value is not None and math.isnan(value) for value in values)
    assert found.rows == found.present + found.missing + found.infinities
    assert list(found.edges) == sorted(set(found.edges))
    assert len(found.counts) == len(found.sums) == len(found.edges) + 1 <= 11
    assert all(math.isfinite(edge) for edge in (*found.edges, *found.sums, found.squared_deviations))


def test_bins_hold_a_tenth_each_of_distinct_numbers() -> None:
    found = numeric(floats(list(range(1, 101))))
    assert found.edges == (10, 20, 30, 40, 50, 60, 70, 80, 90)
    assert found.counts == (10,) * 10
    assert (found.minimum, found.maximum, found.mean) == (1, 100, 50.5)
    assert found.deviation == pytest.approx(np.arange(1, 101).std())


def test_a_value_on_an_edge_lies_below_it() -> None:
    reference = numeric(floats(list(range(1, 101))))
    window = summarise_against(floats([10, 10.0000001, -1e9, 1e9]), reference)
    assert isinstance(window, NumericSummary)
    assert window.counts == (2, 1, 0, 0, 0, 0, 0, 0, 0, 1)


def test_a_constant_sees_what_lies_on_either_side() -> None:
    reference = numeric(floats([5.0] * 4))
    window = summarise_against(floats([4.999, 5.0, 5.0, 5.001]), reference)
    assert isinstance(window, NumericSummary)
    assert window.counts == (1, 2, 1)


def test_few_distinct_numbers_get_a_bin_each() -> None:
    found = numeric(pa.array([1, 2, 2, 3, 3, 3, 4, 4, 4, 4] * 10))
    assert [count for count in found.counts if count] == [10, 20, 30, 40]


@pytest.mark.parametrize(
    "column",
    [floats([]), floats([None, None]), floats([math.nan, math.inf, -math.inf]), pa.nulls(3), floats([1e101])],
    ids=["empty", "NULL", "not finite", "untyped NULL", "beyond bounds"],
)
def test_a_column_without_finite_values_has_one_empty_bin(column) -> None:
    found = numeric(column)
    assert (found.edges, found.counts, found.mean, found.deviation) == ((), (0,), None, None)
    assert found.rows == len(column)


def test_categories_rank_by_how_often_they_occur_then_by_value() -> None:
    found = category(pa.array(["부산", "서울", "서울", None, "a", "부산"]))
    assert found == CategorySummary(("부산", "서울", "a"), (2, 2, 1), 0, 6, 1)


def test_a_thousand_categories_are_listed_and_the_rest_counted() -> None:
    names = [f"{i:04}" for i in range(1_500)] * 3
    found = category(pa.array(names))
    assert len(found.values) == 1_000
    assert found.values[0] == "0000"
    assert found.other == 1_500
    assert unseen_rate(found, summarise_against(pa.array(["1400", "never"]), found)) is None


def test_unseen_values_are_a_share_of_the_values() -> None:
    reference = summarise(pa.array(["a", "b"]))
    window = summarise_against(pa.array(["a", "새", "새로운", None]), reference)
    assert unseen_rate(reference, window) == pytest.approx(2 / 3)
    assert unseen_rate(reference, summarise(pa.array(["c", "a"]))) == pytest.approx(1 / 2)
    assert unseen_rate(reference, summarise_against(pa.array([], pa.string()), reference)) is None
    assert unseen_rate(summarise(floats([1.0])), summarise(floats([2.0]))) is None


def test_booleans_are_categories() -> None:
    assert category(pa.array([True, None, False, True])) == CategorySummary(("true", "false"), (2, 1), 0, 4, 1)


@pytest.mark.parametrize(
    ("column", "measured", "low", "high"),
    [
        (pa.array([dt.date(1970, 1, 2), dt.date(1969, 12, 31)]), "moment", -86400.0, 86400.0),
        (
            pa.array([dt.datetime(1970, 1, 1, 9), None], pa.timestamp("us", "Asia/Seoul")),
            "moment",
            32400.0,
            32400.0,
        ),
        (pa.array([1_500], pa.timestamp("ms")), "moment", 1.5, 1.5),
        (pa.array([86_400_000], pa.date64()), "moment", 86400.0, 86400.0),
        (pa.array([dt.time(1, 0, 0, 500_000)], pa.time64("us")), "seconds", 3600.5, 3600.5),
        (pa.array([7], pa.time32("s")), "seconds", 7.0, 7.0),
        (pa.array([dt.timedelta(minutes=1)], pa.duration("ms")), "seconds", 60.0, 60.0),
    ],
    ids=["date", "zoned timestamp", "timestamp", "date64", "time", "time32", "duration"],
)
def test_times_become_seconds(column, measured, low, high) -> None:
    found = numeric(column)
    assert (found.measured, found.minimum, found.maximum) == (measured, low, high)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([Decimal("1.50"), Decimal("2.50"), None], pa.decimal128(12, 2)),
        pa.array([Decimal("1.50"), Decimal("2.50"), None], pa.decimal256(60, 2)),
        pa.array([np.float16(1.5), np.float16(2.5), None], pa.float16()),
        pa.array([1.5, 2.5, None], pa.float32()),
        pa.chunked_array([pa.array([1.5]), pa.array([], pa.float64()), pa.array([2.5, None])]),
    ],
    ids=["decimal", "wide decimal", "half", "single", "chunks"],
)
def test_every_kind_of_number_is_a_number(column) -> None:
    found = numeric(column)
    assert (found.minimum, found.maximum, found.mean, found.nulls) == (1.5, 2.5, 2.0, 1)


def test_integers_beyond_what_a_double_holds_are_taken() -> None:
    assert numeric(pa.array([2**63 + 1], pa.uint64())).maximum == float(2**63)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_every_kind_of_text_is_a_category(kind) -> None:
    assert category(pa.array(["a", "b", "a"]).cast(kind)).values == ("a", "b")


def test_dictionaries_and_stored_types_are_read_as_their_values() -> None:
    assert category(pa.array(["a", None, "a"]).dictionary_encode()) == CategorySummary(("a",), (2,), 0, 3, 1)
    assert category(pa.array(['{"k": 1}'], pa.json_())).values == ('{"k": 1}',)


def test_prose_is_known_by_its_length() -> None:
    found = numeric(pa.array([f"{i} " + "말" * 80 for i in range(100)] + [None]))
    assert (found.measured, found.minimum, found.maximum, found.nulls) == ("text length", 82, 83, 1)


def test_identifiers_are_known_by_their_length() -> None:
    assert numeric(pa.array([f"user-{i:06}" for i in range(2_000)])).measured == "text length"


def test_a_few_long_texts_are_categories() -> None:
    assert len(category(pa.array(["x" * 90, "y" * 90] * 10)).values) == 2


def test_lists_of_texts_count_item_by_item() -> None:
    found = category(pa.array([["red", "blue", None], None, [], ["red"]]))
    assert found == CategorySummary(("red", "blue"), (2, 1), 0, 4, 1)


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float64()), pa.list_(pa.float32(), 2), pa.large_list(pa.int64())], ids=str
)
def test_lists_of_numbers_become_euclidean_lengths(kind) -> None:
    found = numeric(pa.chunked_array([pa.array([[3, 4], None], kind), pa.array([[0, 0]], kind)]))
    assert (found.measured, found.minimum, found.maximum, found.nulls) == ("vector length", 0, 5, 1)


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.map_(pa.string(), pa.int64()), pa.struct([("a", pa.int64())])], ids=str
)
def test_a_type_without_a_summary_is_refused_by_the_columns_name(kind) -> None:
    with pytest.raises(BadData, match="Column '열': A column of type"):
        summarise_table(pa.table({"열": pa.nulls(2, kind)}), ["열"])


@pytest.mark.parametrize(
    ("reference", "window"),
    [
        (floats([1.0]), pa.array(["1"])),
        (pa.array([dt.date(2020, 1, 1)]), pa.array([1])),
        (pa.array(["a"]), pa.array([b"a"])),
    ],
    ids=["text for number", "number for date", "bytes for text"],
)
def test_a_window_of_another_type_is_refused(reference, window) -> None:
    with pytest.raises(BadData, match="cannot be compared"):
        summarise_against(window, summarise(reference))


def test_an_untyped_null_column_fits_every_reference() -> None:
    for reference in (summarise(floats([1.0])), summarise(pa.array(["a"]))):
        window = summarise_against(pa.nulls(3), reference)
        assert (window.rows, window.missing, window.present) == (3, 3, 0)


def test_a_table_is_summarised_column_by_column() -> None:
    table = pa.table({"온도": [1.0, 2.0], "city": ["a", "b"], "left out": [1, 2]})
    found = summarise_table(table, ["온도", "city"])
    assert {name: summary.kind for name, summary in found.items()} == {"온도": "numeric", "city": "category"}
    with pytest.raises(UnknownName, match="Did you mean '온도'"):
        summarise_table(table, ["온 도"])


@given(moderate, moderate, moderate, moderate)
def test_numeric_summaries_merge_to_the_summary_of_all_rows(base, first, second, third) -> None:
    reference = summarise(floats(base))
    a, b, c = (summarise_against(floats(part), reference) for part in (first, second, third))
    together = summarise_against(floats(first + second + third), reference)
    assert same(merge(merge(a, b), c), together)
    assert same(merge(a, merge(b, c)), together)


@given(words, words, words)
def test_category_summaries_merge_to_the_summary_of_all_rows(first, second, third) -> None:
    a, b, c = (summarise(pa.array(part, pa.string())) for part in (first, second, third))
    together = summarise(pa.array(first + second + third, pa.string()))
    assert same(merge(merge(a, b), c), together)
    assert same(merge(a, merge(b, c)), together)


@given(words, words, words)
def test_windows_of_one_reference_merge_in_its_categories(base, first, second) -> None:
    reference = summarise(pa.array(base, pa.string()))
    a, b = (summarise_against(pa.array(part, pa.string()), reference) for part in (first, second))
    assert same(merge(a, b), summarise_against(pa.array(first + second, pa.string()), reference))


def test_summaries_over_other_bins_do_not_merge() -> None:
    with pytest.raises(ValueError, match="same bins"):
        merge(summarise(floats([1.0])), summarise(floats([2.0])))
    with pytest.raises(ValueError, match="do not merge"):
        merge(summarise(floats([1.0])), summarise(pa.array(["a"])))


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=4), numbers.map(floats) | words.map(lambda w: pa.array(w, pa.string()))
    )
)
def test_a_profile_comes_back_from_its_text(columns) -> None:
    summaries = {name: summarise(column) for name, column in columns.items()}
    assert profile_from_json(profile_to_json(summaries)) == summaries


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"format": 1}',
        '{"format": 1, "columns": {"a": {"kind": "numeric"}}}',
    ],
)
def test_a_text_that_is_no_profile_is_corrupt(text) -> None:
    with pytest.raises(CorruptArtifact, match="Train the model again"):
        profile_from_json(text)


def test_a_profile_of_another_format_is_corrupt() -> None:
    content = json.loads(profile_to_json({})) | {"format": 9}
    with pytest.raises(CorruptArtifact, match="format 9"):
        profile_from_json(json.dumps(content))


def test_many_numbers_are_all_counted_in_bins_of_a_sample() -> None:
    values = np.random.default_rng(4).normal(size=300_000)
    found = numeric(floats(values))
    places = np.searchsorted(found.edges, values)
    assert found.counts == tuple(np.bincount(places).tolist())
    assert np.abs(np.array(found.counts) / len(values) - 0.1).max() < 0.005
    assert (found.minimum, found.maximum) == (values.min(), values.max())


def test_threads_summarise_a_large_table_alike() -> None:
    random = np.random.default_rng(5)
    table = pa.table({f"x{place}": random.normal(size=300_000) for place in range(4)})
    one, many = (summarise_table(table, table.column_names, threads) for threads in (1, 3))
    assert list(many) == table.column_names
    assert one == many
    with pytest.raises(UnknownName, match="z"):
        summarise_table(table, [*table.column_names, "z"], 3)
