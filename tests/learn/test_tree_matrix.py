"""What trees are grown on: vocabularies of the rows of training, calendar parts, target encoding without a leak."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import TargetEncoder

from penstock.core.errors import UntrainableModel
from penstock.learn.encoding import CodeKind
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import NULL_STRING, Task
from penstock.learn.tree_matrix import PRIOR_ROWS, encode_rows, feature_places, native_columns, tree_codes
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
    assert rows.train[:, 0].tolist() == [2, 1, 0, 2, 3]
    assert rows.held_out[:, 0].tolist() == [0]


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
    rows = encode_rows(data, codes, cross_fit=False).train
    assert rows[0, 1:5].tolist() == [2024, 2, 29, 5]
    assert np.isnan(rows[1]).all()


def test_lists_of_words_are_multi_hot_with_null_as_a_word():
    columns = pa.table({"tags": pa.array([["b", "a"], ["a", None], None, []], pa.list_(pa.string()))})
    data = training_data(columns, range(4))
    (code,), _ = tree_codes(data, NATIVE)
    assert code.vocabulary == (NULL_STRING, "a", "b")
    assert encode_rows(data, [code], cross_fit=False).train.tolist() == [[0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(("encoding", "native"), [(NATIVE, [0]), (ONE_HOT, [0]), (LABEL, []), (TARGET, [])])
def test_only_categories_are_split_as_categories(encoding, native):
    columns, target = cities()
    codes, _ = tree_codes(training_data(columns, target), encoding)
    assert native_columns(codes, encoding) == native


def test_rows_keep_their_order_across_slices(monkeypatch):
    monkeypatch.setattr("penstock.learn.tree_matrix._SLICE", 7)
    columns = pa.table({"x": np.arange(50.0)})
    held_out = np.arange(50) % 3 == 1
    data = training_data(columns, range(50), held_out)
    rows = encode_rows(data, tree_codes(data, NATIVE)[0], cross_fit=False)
    assert rows.train[:, 0].tolist() == np.arange(50.0)[~held_out].tolist()
    assert rows.held_out[:, 0].tolist() == np.arange(50.0)[held_out].tolist()


def test_target_encoding_is_the_smoothed_mean_that_scikit_learn_computes():
    columns, target = cities()
    (code, _), _ = tree_codes(training_data(columns, target), TARGET)
    names = np.array(columns["city"].to_pylist(), dtype=object)[:, None]
    known = TargetEncoder(smooth=PRIOR_ROWS, target_type="continuous").fit(names, target)
    np.testing.assert_allclose([row[0] for row in code.table[1:]], known.encodings_[0])
    assert code.table[0] == pytest.approx((known.target_mean_,))


def test_target_encoding_of_many_classes_is_a_share_a_class():
    columns, signal = cities()
    target = np.digitize(signal, [0, 1]).astype(float)
    (code, _), _ = tree_codes(training_data(columns, target, classes=("a", "b", "c")), TARGET)
    names = np.array(columns["city"].to_pylist(), dtype=object)[:, None]
    known = TargetEncoder(smooth=PRIOR_ROWS, target_type="multiclass").fit(names, target)
    np.testing.assert_allclose(np.array(code.table)[1:].T, np.array(known.encodings_))
    np.testing.assert_allclose(np.array(code.table).sum(axis=1), 1.0)


def test_null_has_a_mean_of_its_own_and_an_unseen_word_the_mean_of_all():
    columns = pa.table({"c": pa.array(["a"] * 500 + [None] * 500)})
    (code,), _ = tree_codes(training_data(columns, [0.0] * 500 + [1.0] * 500), TARGET)
    unseen, null, of_a = (row[0] for row in code.table)
    assert code.vocabulary == (NULL_STRING, "a")
    assert unseen == pytest.approx(0.5)
    assert null > 0.95
    assert of_a < 0.05


def test_no_row_of_training_is_encoded_by_its_own_label():
    columns, target = cities()
    data = training_data(columns, target)
    codes, _ = tree_codes(data, TARGET)
    before = encode_rows(data, codes, cross_fit=True).train[:, 0]
    for row in (0, 17, 899):
        other = target.copy()
        other[row] += 1e6
        after = encode_rows(replace(data, target=other), codes, cross_fit=True).train[:, 0]
        assert after[row] == before[row]
        assert (after != before).any()


def test_target_encoding_counts_weights_as_rows():
    columns = pa.table({"c": ["a", "a", "b", "b"] * 50})
    target = np.tile([0.0, 1.0, 0.0, 1.0], 50)
    weights = np.tile([1.0, 3.0, 1.0, 1.0], 50)
    (code,), _ = tree_codes(training_data(columns, target, weights=weights), TARGET)
    repeated = pa.table({"c": ["a"] * 200 + ["b"] * 100})
    as_rows = np.concatenate([np.repeat([0.0, 1.0], [50, 150]), np.repeat([0.0, 1.0], 50)])
    (plain,), _ = tree_codes(training_data(repeated, as_rows), TARGET)
    np.testing.assert_allclose(np.array(code.table), np.array(plain.table), atol=0.02)


def test_target_encoding_of_too_many_classes_is_refused():
    columns = pa.table({f"c{at}": ["a", "b"] for at in range(3)})
    data = training_data(columns, [0, 1], classes=tuple(range(900)))
    with pytest.raises(UntrainableModel, match="2,700 columns"):
        tree_codes(data, TARGET)


def test_every_matrix_column_belongs_to_a_feature():
    columns = pa.table({"day": [date(2024, 1, 1)], "v": pa.array([[1.0, 2.0]]), "c": ["a"]})
    codes, _ = tree_codes(training_data(columns, [0.0]), NATIVE)
    assert feature_places(codes, ["c", "day", "v"]).tolist() == [1] * 6 + [2, 2] + [0]
