"""Target encoding: the smoothed mean label of each word, without a leak of a row's own label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import TargetEncoder

from penstock.core.errors import UntrainableModel
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import NULL_STRING, Task
from penstock.learn.target_encoding import PRIOR_ROWS
from penstock.learn.tree_matrix import encode_rows, tree_codes
from penstock.learn.tree_options import TARGET


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
    before = encode_rows(data, codes, cross_fit=True).train.column(0).to_numpy()
    for row in (0, 17, 899):
        other = target.copy()
        other[row] += 1e6
        after = encode_rows(replace(data, target=other), codes, cross_fit=True).train.column(0).to_numpy()
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
