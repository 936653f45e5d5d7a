"""Which rows a search looks at, and which judge which models."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UntrainableModel
from penstock.learn.automl import row_sample
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.row_sample import searched_rows
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task


def data_of(rows: int, classes: int = 0, held_out: int = 0) -> TrainingData:
    columns = pa.table({"a": np.random.default_rng(rows).normal(size=rows), "b": np.arange(float(rows))})
    target = np.arange(rows) % classes if classes else np.arange(rows)
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    held = np.arange(rows) < held_out
    names = tuple(f"k{code}" for code in range(classes))
    return TrainingData(columns, features_of(columns), target.astype(float), held, None, names, task, 1, 1)


@pytest.mark.parametrize("rows", [2, 3, 7, 30, 400])
@pytest.mark.parametrize("classes", [0, 2])
def test_no_model_judges_a_row_that_it_was_fitted_on_and_every_row_is_judged(rows, classes):
    folds = folds_of(data_of(rows, classes), "K_FOLD", None)
    assert not any((fold.fitted & fold.judged).any() for fold in folds)
    assert np.logical_or.reduce([fold.judged for fold in folds]).all()


def test_few_rows_are_judged_several_times():
    assert len(folds_of(data_of(30), "K_FOLD", None)) == 20
    assert len(folds_of(data_of(3_000), "K_FOLD", None)) == 5


def test_every_fold_has_its_share_of_each_class():
    data = data_of(100, 4)
    for fold in folds_of(data, "K_FOLD", None):
        assert np.bincount(data.target[fold.judged].astype(int)).tolist() == [5, 5, 5, 5]


def test_rows_are_in_the_same_fold_in_whatever_order_they_come():
    data = data_of(50)
    order = np.random.default_rng(3).permutation(50)
    shuffled = TrainingData(
        data.columns.take(pa.array(order)), data.features, data.target[order], data.held_out, None, (), data.task, 1, 1
    )
    for one, other in zip(folds_of(data, "K_FOLD", None), folds_of(shuffled, "K_FOLD", None), strict=True):
        assert (one.judged[order] == other.judged).all()


@pytest.mark.parametrize("groups", [2, 3, 9])
def test_a_group_is_on_one_side(groups):
    data = data_of(60)
    group = np.arange(60) % groups
    folds = folds_of(data, "GROUPED", pa.table({"g": group}))
    assert len(folds) == min(groups, 5)
    for fold in folds:
        assert not set(group[fold.fitted]) & set(group[fold.judged])


@pytest.mark.parametrize("times", [2, 4, 60])
def test_what_judges_comes_later(times):
    data = data_of(60)
    time = np.arange(60) * times // 60
    folds = folds_of(data, "TIME", pa.table({"t": time}))
    assert len(folds) == min(times - 1, 5)
    for fold in folds:
        assert time[fold.fitted].max() < time[fold.judged].min()


@pytest.mark.parametrize("method", ["GROUPED", "TIME"])
def test_one_value_compares_nothing(method):
    with pytest.raises(UntrainableModel, match=f"'g' has 1 value; {method} compares two"):
        folds_of(data_of(9), method, pa.table({"g": [1] * 9}))


def test_a_search_with_time_looks_at_every_row():
    assert searched_rows(data_of(5_000), 10.0).all()


@pytest.mark.parametrize("classes", [0, 2, 300])
def test_without_time_it_looks_at_a_part_of_each_class_and_at_all_that_are_held_out(classes):
    data = data_of(9_000, classes, held_out=500)
    kept = searched_rows(data, 0.0)
    assert kept[:500].all()
    wanted = max(row_sample._FEWEST_ROWS, 10 * classes)
    assert kept[500:].sum() == pytest.approx(wanted, abs=max(classes, 1))
    if classes:
        assert (np.bincount(data.target[500:][kept[500:]].astype(int), minlength=classes) > 0).all()
