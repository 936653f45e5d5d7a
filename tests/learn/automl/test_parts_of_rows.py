"""What is learned of labels, by words and n-grams, is told to no row that the folds keep together with theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UntrainableModel
from penstock.learn.automl.fold import folding_of
from penstock.learn.automl.text_feature import text_features
from penstock.learn.cross_part import PARTS, CrossParts, drawn_parts, forward_parts
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_matrix import encode_rows, tree_codes
from penstock.learn.tree_options import TARGET

GROUPS, EACH = 80, 6
ROWS = GROUPS * EACH


def data_of(columns: pa.Table, target: np.ndarray) -> TrainingData:
    nowhere = np.zeros(len(target), np.bool_)
    return TrainingData(columns, features_of(columns), target, nowhere, None, (), Task.REGRESSION, 3, 1)


def kept_together(method: str, parts: CrossParts) -> list[np.ndarray]:
    """Return pairs of masks: rows, and those that may not tell of them."""
    rows = np.arange(ROWS)
    if method == "GROUPED":
        return [(rows // EACH == group, rows // EACH == group) for group in (0, 7)]
    # Of the newest nobody is told.
    return [(parts.of_row == part, parts.of_row >= part) for part in range(PARTS, parts.count - 1)]


@pytest.mark.parametrize("method", ["GROUPED", "TIME"])
@pytest.mark.parametrize("reads", ["words", "n-grams"])
def test_a_label_changes_nothing_of_rows_that_it_may_not_tell_of(monkeypatch, method, reads):
    # How much weights are held down, and which readings are kept, is asked of all rows; that is not the question here.
    monkeypatch.setattr("penstock.learn.automl.ngram_model._PENALTIES", (4.0,))
    monkeypatch.setattr("penstock.learn.automl.text_feature._LEAST_EXPLAINED", -np.inf)
    monkeypatch.setattr("penstock.learn.automl.text_feature._MANY_ROWS", 0)
    random = np.random.default_rng(4)
    texts = [" ".join(random.choice(["rain", "sun", "wind", "snow", "fog", "hail"], 4)) for _ in range(ROWS)]
    columns = pa.table({"text": texts if reads == "n-grams" else [text.split()[0] for text in texts]})
    target = random.normal(size=ROWS)
    parts = folding_of(data_of(columns, target), method, pa.table({"by": np.arange(ROWS) // EACH})).parts

    def told(labels: np.ndarray) -> np.ndarray:
        data = replace(data_of(columns, labels), parts=parts)
        if reads == "n-grams":
            said = [each for each in text_features(data) if each.cross_fitted is not None]
            said.sort(key=lambda each: each.name)
            return np.column_stack([each.cross_fitted for each in said])
        return encode_rows(data, tree_codes(data, TARGET)[0], cross_fit=True).train.column(0).to_numpy()[:, None]

    before = told(target)
    for rows, silent in kept_together(method, parts):
        after = told(np.where(silent, target + 50.0 * random.normal(size=ROWS), target))
        assert np.array_equal(after[rows], before[rows])
        assert not np.array_equal(after, before)


@pytest.mark.parametrize("kept", ["groups", "copies"])
def test_a_score_of_labels_that_mean_nothing_claims_nothing(trained, kept):
    # Each group has a label drawn at random, and a name in its texts: what is learned of it says nothing of others.
    random = np.random.default_rng(6)
    each = EACH if kept == "groups" else 2
    group = np.repeat(np.arange(ROWS // each), each)
    label = random.integers(0, 2, ROWS // each)[group]
    columns = {"name": [f"집 {number}" for number in group], "x": random.normal(size=ROWS // each)[group]}
    if kept == "groups":
        columns |= {"x": random.normal(size=ROWS), "by": group}
    options = {"validation": "GROUPED", "validation_col": "by"} if kept == "groups" else {}
    made = trained(pa.table({**columns, "label": label}), model_type="automl_classifier", max_candidates=2, **options)
    assert abs(made.manifest.metrics["roc_auc"] - 0.5) < 0.12


def test_copies_are_of_one_part_and_rows_without_any_are_drawn_as_ever():
    x = np.random.default_rng(2).normal(size=300)
    alone = folding_of(data_of(pa.table({"x": x}), x), "K_FOLD", None)
    assert alone.parts.of_row.tolist() == drawn_parts(300, 3).of_row.tolist()
    x[200:250] = x[:50]
    parts = folding_of(data_of(pa.table({"x": x}), x), "K_FOLD", None).parts
    assert parts.of_row[200:250].tolist() == parts.of_row[:50].tolist()
    assert np.bincount(parts.of_row).min() > 30


def test_a_part_of_many_rows_takes_groups_whole():
    group = np.arange(9_000) % 300
    parts = drawn_parts(9_000, 1, group)
    some = parts.some(2_000)
    assert np.count_nonzero(some) == pytest.approx(2_000, rel=0.05)
    assert not set(group[some]) & set(group[~some])
    assert parts.some(9_000).all()
    # But of one that is nearly all rows there must be some on both sides.
    large = drawn_parts(9_000, 1, np.minimum(np.arange(9_000), 100))
    assert np.count_nonzero(large.some(2_000)) <= 4_000


def test_later_stretches_are_told_of_by_all_before_and_the_first_by_itself():
    parts = forward_parts(np.repeat([0, 1, 2], 20), 1)
    assert parts.of_rows(np.arange(60) >= 20).of_row.tolist() == [PARTS] * 20 + [PARTS + 1] * 20
    assert set(parts.of_row[:20]) == set(range(PARTS))
    assert parts.tellers(2) == [0, 1, 3, 4]
    assert parts.tellers(PARTS + 1) == list(range(PARTS + 1))


@pytest.mark.parametrize(
    ("method", "count", "options"),
    [
        ("K_FOLD", 3, {}),
        ("K_FOLD", 12, {}),
        ("GROUPED", 7, {"data_split_col": "by"}),
        ("TIME", 2, {"data_split_col": "by"}),
    ],
)
def test_there_are_as_many_folds_as_are_asked_for(trained, monkeypatch, method, count, options):
    seen = []

    def watched(*given):
        folding = folding_of(*given)
        seen.append(len(folding.folds))
        return folding

    monkeypatch.setattr("penstock.learn.automl.prepared_table.folding_of", watched)
    x = np.random.default_rng(1).normal(size=120)
    table = pa.table({"x": x, "by": np.arange(120) // 10, "label": x + np.arange(120)})
    asked = {"data_split_method": method, "data_split_folds": count, **options}
    trained(table, model_type="automl_regressor", max_candidates=1, derived_features=False, **asked)
    assert seen == [count]


@pytest.mark.parametrize(
    ("method", "words"),
    [("K_FOLD", "9 rows cannot be parted into 20 folds"), ("GROUPED", "has 3 values, too few for 20 folds")],
)
def test_more_folds_than_there_can_be_are_refused(method, words):
    data = data_of(pa.table({"x": np.arange(9.0)}), np.arange(9.0))
    with pytest.raises(UntrainableModel, match=words):
        folding_of(data, method, pa.table({"g": np.arange(9) % 3}), 20)
