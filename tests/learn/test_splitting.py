"""Which rows are held out: BigQuery ML's rules, the same each time, whatever the order of rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import UnknownName, UntrainableModel
from penstock.learn.splitting import held_out_rows, row_fingerprints


def options(method="AUTO_SPLIT", fraction=None, column=None):
    return {"data_split_method": method, "data_split_eval_fraction": fraction, "data_split_col": column}


def table(rows, seed=0):
    rng = np.random.default_rng(seed)
    return pa.table({"x": rng.normal(size=rows), "c": pa.array([f"c{i % 97}" for i in range(rows)])})


@pytest.mark.parametrize(
    ("rows", "least", "most"), [(499, 0, 0), (500, 70, 130), (50_000, 9_600, 10_400), (50_001, 10_000, 10_000)]
)
def test_auto_split_goes_by_the_number_of_rows(rows, least, most):
    assert least <= held_out_rows(table(rows), options()).sum() <= most


def test_no_split_holds_nothing_out():
    assert not held_out_rows(table(1000), options("NO_SPLIT")).any()


def test_random_takes_the_fraction_even_of_few_rows():
    assert 60 < held_out_rows(table(200), options("RANDOM", 0.4)).sum() < 100
    assert not held_out_rows(table(200), options("RANDOM")).any()


def test_a_row_keeps_its_side_when_rows_or_their_order_change():
    whole = table(2000)
    held_out = held_out_rows(whole, options())
    order = np.random.default_rng(1).permutation(2000)[:1500]
    assert (held_out_rows(whole.take(pa.array(order)), options()) == held_out[order]).all()
    assert (held_out_rows(whole.select(["c", "x"]), options()) == held_out).all()


def test_the_names_of_the_columns_enter():
    whole = table(2000)
    assert (held_out_rows(whole.rename_columns(["y", "c"]), options()) != held_out_rows(whole, options())).any()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_what_is_held_out_does_not_depend_on_the_order_of_rows_even_where_rows_are_equal(seed, kinds):
    rng = np.random.default_rng(seed)
    numbers = pa.array(rng.integers(0, kinds, 600), mask=rng.random(600) < 0.1)
    words = pa.array([None, "", "가", "a"]).take(pa.array(rng.integers(0, 4, 600)))
    whole = pa.table({"n": numbers, "w": words})
    shuffled = whole.take(pa.array(rng.permutation(600)))
    kept = [
        Counter(map(str, rows.filter(pa.array(held_out_rows(rows, options()))).to_pylist()))
        for rows in (whole, shuffled)
    ]
    assert kept[0] == kept[1]
    assert 60 < kept[0].total() < 180


def test_copies_of_a_row_are_split_as_other_rows_are():
    rows = pa.table({"n": np.repeat(np.arange(4), 5_000)})
    held_out = held_out_rows(rows, options())
    shares = [held_out[kind * 5_000 : (kind + 1) * 5_000].mean() for kind in range(4)]
    assert all(0.17 < share < 0.23 for share in shares)


def test_of_more_than_fifty_thousand_rows_of_few_kinds_ten_thousand_are_held_out():
    assert held_out_rows(pa.table({"n": np.arange(60_000) % 5}), options()).sum() == 10_000
    assert held_out_rows(pa.table({"n": np.zeros(60_000)}), options()).sum() == 10_000


def test_fingerprints_are_of_values_not_of_their_storage():
    words = pa.array(["a", None, "b", "a"])
    plain = pa.table({"w": words, "d": pa.array([1.0, 2.0, None, 1.0]), "l": pa.array([["x"], None, [], ["x"]])})
    coded = plain.set_column(0, "w", words.dictionary_encode())
    chunked = pa.concat_tables([plain.slice(0, 3), plain.slice(3)])
    prints = row_fingerprints(plain)
    assert (row_fingerprints(coded) == prints).all()
    assert (row_fingerprints(chunked) == prints).all()
    assert prints[0] == prints[3]
    assert len(set(prints.tolist())) == 3


def test_null_zero_and_empty_are_told_apart():
    lists = pa.array([None, [], [None], [0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], pa.list_(pa.float64()))
    assert len(set(row_fingerprints(pa.table({"l": lists})).tolist())) == 7
    assert len(set(row_fingerprints(pa.table({"s": [None, "", "0"]})).tolist())) == 3
    assert len(set(row_fingerprints(pa.table({"f": [None, 0.0, 1.0, -0.0]})).tolist())) == 3


def test_custom_holds_out_true_and_null():
    rows = pa.table({"x": [1, 2, 3], "Held": [True, False, None]})
    assert held_out_rows(rows, options("CUSTOM", column="held")).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("values", "held_out"),
    [
        ([5, 3, None, 1, 4], [True, False, False, False, True]),
        (["e", "c", None, "a", "d"], [True, False, False, False, True]),
        ([dt.datetime(2024, 1, day) if day else None for day in (5, 3, 0, 1, 4)], [True, False, False, False, True]),
    ],
)
def test_seq_holds_out_the_last_and_trains_on_null(values, held_out):
    rows = pa.table({"t": pa.array(values)})
    assert held_out_rows(rows, options("SEQ", 0.5, "t")).tolist() == held_out


def test_a_split_by_an_impossible_column_is_refused():
    rows = pa.table({"x": [1, 2], "b": [True, None], "l": pa.array([[1], [2]])})
    with pytest.raises(UnknownName, match="'y'"):
        held_out_rows(rows, options("SEQ", column="y"))
    with pytest.raises(UntrainableModel, match="BOOL"):
        held_out_rows(rows, options("CUSTOM", column="x"))
    with pytest.raises(UntrainableModel, match="Every row"):
        held_out_rows(rows, options("CUSTOM", column="b"))
    with pytest.raises(UntrainableModel, match="list"):
        held_out_rows(rows, options("SEQ", column="l"))
