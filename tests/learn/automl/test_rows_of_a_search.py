"""Which rows a search looks at, and which judge which models."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UntrainableModel
from penstock.learn.automl import row_sample
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.row_sample import RowCost, cost_of, searched_rows
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


def budget(seconds: float) -> Budget:
    return Budget(seconds, 0.0, clock=lambda: 0.0)


def test_a_search_with_time_looks_at_every_row():
    looked = searched_rows(data_of(5_000), budget(10.0), RowCost(values=2), None)
    assert looked.kept.all()
    assert not looked.notes


@pytest.mark.parametrize("classes", [0, 2, 300])
def test_without_time_it_looks_at_a_part_of_each_class_and_at_all_that_are_held_out(classes):
    data = data_of(9_000, classes, held_out=500)
    looked = searched_rows(data, budget(0.0), RowCost(values=2), None)
    assert looked.kept[:500].all()
    wanted = max(row_sample._FEWEST_ROWS, 10 * classes)
    assert looked.kept[500:].sum() == pytest.approx(wanted, abs=max(classes, 1))
    if classes:
        assert (np.bincount(data.target[500:][looked.kept[500:]].astype(int), minlength=classes) > 0).all()


def test_rows_that_take_long_to_read_are_fewer_so_that_a_third_of_the_time_is_enough():
    data = data_of(20_000)
    slow = RowCost(read=1e-3, folded=1e-4, values=2)
    looked = searched_rows(data, budget(60.0), slow, None)
    rows = int(looked.kept.sum())
    assert slow.seconds(rows, data.threads) == pytest.approx(21.0, rel=0.01)
    assert looked.notes == (f"The search looks at {rows:,} of 20,000 rows: for all of them 60 seconds are too few.",)


def test_a_table_that_is_too_large_for_the_memory_is_looked_at_in_part_and_that_is_told():
    data = data_of(20_000)
    cost = RowCost(values=2)
    rows = int(searched_rows(data, budget(60.0), cost, 5e6).kept.sum())
    assert rows == pytest.approx(0.7 * 5e6 / (2 * 85 + 50 * 16), abs=1)
    assert searched_rows(data, budget(60.0), cost, 5e6).notes == (
        f"The search looks at {rows:,} of 20,000 rows: there is memory for no more.",
    )
    assert searched_rows(data, budget(60.0), cost, 1e9).kept.all()
    assert searched_rows(data, budget(60.0), cost, 0.0).kept.sum() == row_sample._FEWEST_IN_MEMORY


def test_what_a_row_takes_is_measured_on_a_part_of_many():
    random = np.random.default_rng(2)
    rows = 40_000
    columns = pa.table(
        {
            **{f"c{place}": random.normal(size=rows) for place in range(12)},
            "city": np.array(["서울", "부산", None], object)[random.integers(0, 3, rows)],
            "vector": pa.FixedSizeListArray.from_arrays(random.normal(size=4 * rows), 4).cast(pa.list_(pa.float64())),
        }
    )
    nothing = np.zeros(rows, np.bool_)
    data = TrainingData(
        columns, features_of(columns), random.normal(size=rows), nothing, None, (), Task.REGRESSION, 1, 1
    )
    cost = cost_of(data)
    assert cost.values == 17
    assert 0 < cost.read < 1e-3
    assert 0 < cost.folded < 1e-3
    assert cost.profile(rows) < cost.seconds(rows, 1)
    # Fewer rows are not worth the question.
    few = cost_of(data.of_rows(np.arange(rows) < 1_000))
    assert (few.read, few.values) == (0.0, 17)


def test_a_training_keeps_to_the_memory_that_is_free(trained, monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.prepared_table.free_memory", lambda: 1e6)
    rows = np.arange(2_000)
    table = pa.table({"a": rows, "b": rows % 7, "label": rows % 2})
    made = trained(table, model_type="automl_classifier", max_candidates=1, derived_features=False, budget_seconds=30)
    (told,) = [note for note in made.manifest.notes if "rows" in note]
    assert told.endswith("of 2,000 rows: there is memory for no more.")
