"""What trees are grown on: vocabularies of the rows of training, calendar parts, rows in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.encoding import CodeKind
from penstock.learn.feature_column import code_texts, features_of
from penstock.learn.feature_info import feature_info
from penstock.learn.learner import TrainingData
from penstock.learn.schema import NULL_STRING, Task
from penstock.learn.tree_matrix import encode_rows, feature_places, matrix_of, native_columns, tree_codes
from penstock.learn.tree_options import LABEL, NATIVE, ONE_HOT, TARGET


def training_data(columns: pa.Table, target, held_out=None, weights=None, classes=()) -> TrainingData:
    rows = columns.num_rows
    held_out = np.zeros(rows, np.bool_) if held_out is None else np.array(held_out)
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    return TrainingData(
        columns, features_of(columns), np.array(target, np.float64), held_out, weights, classes, task, 11, 1
    )


def cities(rows=900, seed=2) -> tuple[pa.Table, np.ndarray]:
    random = np.random.default_rng(seed)
    names = np.array(["서울", "부산", "대구", "인천"])[random.integers(0, 4, size=rows)]
    columns = pa.table({"city": pa.array(names), "x": random.normal(size=rows)})
    return columns, random.normal(size=rows) + (names == "서울")


def test_words_are_those_of_the_training_rows_in_order():
    columns = pa.table({"c": ["b", "held", "a", None, "b", "가"]})
    data = training_data(columns, range(6), held_out=[False, True, False, False, False, False])
    (code,), notes = tree_codes(data, NATIVE)
    assert (code.kind, code.vocabulary, notes) == (CodeKind.CATEGORY, ("a", "b", "가"), ())
    rows = encode_rows(data, [code], cross_fit=False)
    assert rows.train.column(0).to_pylist() == [2, 1, 0, 2, 3]
    assert rows.held_out.column(0).to_pylist() == [0]


def test_dictionaries_and_chunks_are_read_like_plain_columns():
    plain = pa.chunked_array([["b", "a"], ["c", None, "a"]])
    coded = pa.chunked_array([chunk.dictionary_encode() for chunk in plain.chunks]).unify_dictionaries()
    found = [tree_codes(training_data(pa.table({"c": column}), range(5)), NATIVE)[0] for column in (plain, coded)]
    assert found[0] == found[1]


def test_too_many_words_leave_the_most_frequent_and_a_note(monkeypatch):
    monkeypatch.setattr("penstock.learn.tree_matrix.MOST_WORDS", 2)
    columns = pa.table({"c": ["x", "z", "z", "y", "y", "y", "w"]})
    (code,), notes = tree_codes(training_data(columns, range(7)), NATIVE)
    assert code.vocabulary == ("y", "z")
    assert "4 distinct texts" in notes[0]


def test_a_column_of_nothing_still_has_a_word():
    columns = pa.table({"c": pa.nulls(4, pa.string())})
    (code,), _ = tree_codes(training_data(columns, range(4)), NATIVE)
    assert code.vocabulary == (NULL_STRING,)


def test_moments_become_seconds_and_calendar_parts():
    columns = pa.table({"day": pa.array([date(2024, 2, 29), None])})
    data = training_data(columns, range(2))
    codes, _ = tree_codes(data, NATIVE)
    assert [code.part for code in codes] == [None, "year", "month", "day", "day_of_week", "week"]
    rows = matrix_of(encode_rows(data, codes, cross_fit=False).train)
    assert rows[0, 1:5].tolist() == [2024, 2, 29, 5]
    assert np.isnan(rows[1]).all()


def test_lists_of_words_are_multi_hot_with_null_as_a_word():
    columns = pa.table({"tags": pa.array([["b", "a"], ["a", None], None, []], pa.list_(pa.string()))})
    data = training_data(columns, range(4))
    (code,), _ = tree_codes(data, NATIVE)
    assert code.vocabulary == (NULL_STRING, "a", "b")
    rows = matrix_of(encode_rows(data, [code], cross_fit=False).train)
    assert rows.tolist() == [[0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_of_many_words_the_frequent_ones_are_split_and_all_are_summed_up():
    random = np.random.default_rng(0)
    words = [f"w{at:03}" for at in np.minimum(random.geometric(0.03, size=5000), 200)]
    label = np.array([int(word[1:]) for word in words]) % 7
    (split, summed), _ = tree_codes(training_data(pa.table({"c": [*words, None]}), [*label, 3.0]), NATIVE)
    counts = {word: words.count(word) for word in set(words)}
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:30]
    assert (split.kind, split.vocabulary) == (CodeKind.CATEGORY, tuple(sorted(frequent)))
    assert (summed.kind, summed.vocabulary) == (CodeKind.TABLE, (NULL_STRING, *sorted(counts)))
    most = frequent[0]
    of_most = np.mean(label[np.array(words) == most])
    assert summed.table[summed.vocabulary.index(most) + 1][0] == pytest.approx(of_most, abs=0.5)
    assert native_columns([split, summed], NATIVE) == [0]


def test_of_very_many_classes_all_words_are_split():
    columns = pa.table({"c": [f"w{at}" for at in range(60)]})
    data = training_data(columns, np.arange(60) % 30, classes=tuple(range(30)))
    (code,), _ = tree_codes(data, NATIVE)
    assert (code.kind, len(code.vocabulary)) == (CodeKind.CATEGORY, 60)


@pytest.mark.parametrize(("encoding", "native"), [(NATIVE, [0]), (ONE_HOT, [0]), (LABEL, []), (TARGET, [])])
def test_only_categories_are_split_as_categories(encoding, native):
    columns, target = cities()
    codes, _ = tree_codes(training_data(columns, target), encoding)
    assert native_columns(codes, encoding) == native


def test_rows_keep_their_order_across_chunks():
    columns = pa.table({"x": pa.chunked_array([np.arange(7.0), np.arange(7.0, 50.0)])})
    held_out = np.arange(50) % 3 == 1
    data = training_data(columns, range(50), held_out)
    rows = encode_rows(data, tree_codes(data, NATIVE)[0], cross_fit=False)
    assert rows.train.column(0).to_pylist() == np.arange(50.0)[~held_out].tolist()
    assert rows.held_out.column(0).to_pylist() == np.arange(50.0)[held_out].tolist()


def test_every_matrix_column_belongs_to_a_feature():
    columns = pa.table({"day": [date(2024, 1, 1)], "v": pa.array([[1.0, 2.0]]), "c": ["a"]})
    codes, _ = tree_codes(training_data(columns, [0.0]), NATIVE)
    assert feature_places(codes, ["c", "day", "v"]).tolist() == [1] * 6 + [2, 2] + [0]


def test_threads_and_coded_texts_change_nothing():
    random, rows = np.random.default_rng(3), 260_000
    places = random.integers(0, 60, rows)
    city = pa.chunked_array([pa.array([f"도시 {place}" for place in places], mask=places == 7)])
    few = pa.chunked_array([city.chunk(0)[:1000], city.chunk(0)[1000:]])
    x = pa.array(random.normal(size=rows), mask=random.uniform(size=rows) < 0.1)
    many = pa.array([f"id {row}" for row in range(rows)])
    columns = pa.table({"city": few, "x": x, "y": x, "id": many})
    plain = training_data(columns, random.normal(size=rows), held_out=random.uniform(size=rows) < 0.2)
    coded = replace(plain, columns=code_texts(columns, 3), threads=3)
    assert pa.types.is_dictionary(coded.columns.column("city").type)
    assert coded.columns.column("id").type == pa.string()
    codes, _ = tree_codes(plain, NATIVE)
    assert tree_codes(coded, NATIVE)[0] == codes
    one, other = (encode_rows(data, codes, cross_fit=True) for data in (plain, coded))
    assert matrix_of(one.train).tobytes() == matrix_of(other.train).tobytes()
    assert matrix_of(one.held_out).tobytes() == matrix_of(other.held_out).tobytes()
    info = [feature_info(data.train_columns, data.features, data.threads) for data in (plain, coded)]
    assert info[0] == info[1]
