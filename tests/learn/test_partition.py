"""Beyond one held-out part: folds, groups, stretches of time, and the three parts of a tuning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import UnknownName, UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.partition import partition_of
from penstock.learn.training import train

ROWS = 60


def table(rows=ROWS):
    return pa.table({"n": pa.array(range(rows)), "g": pa.array([f"그룹{n % 7}" for n in range(rows)])})


def parted(rows, method, *, column=None, folds=None, chooses=None, judges=None, tuned=False, classes=None):
    options = {
        "data_split_method": method,
        "data_split_col": column,
        "data_split_folds": folds,
        "data_split_eval_fraction": chooses,
        "data_split_test_fraction": judges,
    }
    return partition_of(rows, options, classes, tuned=tuned)


@given(st.integers(2, 10), st.integers(10, 80))
def test_every_row_is_judged_in_one_fold_and_fitted_on_in_the_others(folds, rows):
    turns = parted(table(rows), "K_FOLD", folds=folds).turns
    judged = np.array([turn.judged for turn in turns])
    assert (judged.sum(axis=0) == 1).all()
    assert (np.array([turn.fitted for turn in turns]) == ~judged).all()
    assert np.ptp(judged.sum(axis=1)) <= 1


def test_folds_are_five_and_the_same_in_any_order_of_rows():
    rows = table()
    order = np.random.default_rng(1).permutation(ROWS)
    first, shuffled = parted(rows, "K_FOLD").turns, parted(rows.take(pa.array(order)), "K_FOLD").turns
    assert len(first) == 5
    assert all((ours.judged[order] == theirs.judged).all() for ours, theirs in zip(first, shuffled, strict=True))


def test_every_fold_has_its_share_of_every_class():
    classes = np.r_[np.zeros(50), np.ones(10)]
    for turn in parted(table(), "K_FOLD", classes=classes).turns:
        assert classes[turn.judged].sum() == 2


@pytest.mark.parametrize("folds", [None, 3])
def test_the_rows_of_a_group_are_never_on_both_sides(folds):
    rows = table()
    groups = np.array(rows["g"].to_pylist())
    parts = parted(rows, "GROUPED", column="G", folds=folds)
    sides = [(turn.fitted, turn.judged) for turn in parts.turns] or [(~parts.held_out, parts.held_out)]
    for fitted, judged in sides:
        assert judged.any() and fitted.any()
        assert not set(groups[fitted]) & set(groups[judged])
    if folds:
        assert (np.sum([judged for _, judged in sides], axis=0) == 1).all()


def test_groups_without_a_value_are_one_group():
    rows = pa.table({"g": pa.array([None] * 20 + ["a"] * 20 + ["b"] * 20), "n": range(60)})
    held_out = parted(rows, "GROUPED", column="g").held_out
    assert held_out[:20].all() or not held_out[:20].any()


def test_a_stretch_of_time_is_judged_by_what_came_before():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=int(day)) for day in np.random.default_rng(0).permutation(ROWS)]
    rows = pa.table({"t": pa.array(days, pa.timestamp("us", "UTC")), "x": range(ROWS)})
    turns = parted(rows, "TIME", column="t", folds=4).turns
    times = np.array([day.timestamp() for day in days])
    assert len(turns) == 4
    for turn in turns:
        assert times[turn.fitted].max() < times[turn.judged].min()
    assert [int(turn.judged.sum()) for turn in turns] == [12] * 4
    assert [int(turn.fitted.sum()) for turn in turns] == [12, 24, 36, 48]


def test_rows_of_one_time_stay_together_and_those_without_a_time_are_fitted_on():
    rows = pa.table({"t": pa.array([1, 1, 1, 2, 2, 2, 3, 3, 3, None]), "x": range(10)})
    turns = parted(rows, "TIME", column="t", folds=2).turns
    assert [turn.judged.tolist() for turn in turns] == [
        [False] * 3 + [True] * 3 + [False] * 4,
        [False] * 6 + [True] * 3 + [False],
    ]
    assert all(turn.fitted[9] for turn in turns)


@pytest.mark.parametrize("many", [1, 3, 6])
def test_each_stretch_has_a_time_of_its_own_even_where_one_time_has_most_rows(many):
    times = np.repeat([1, 2, 3, 4, 5, 6], np.where(np.arange(1, 7) == many, 95, 1))
    turns = parted(pa.table({"t": times, "x": range(100)}), "TIME", column="t", folds=5).turns
    assert [np.unique(times[turn.judged]).tolist() for turn in turns] == [[2], [3], [4], [5], [6]]
    assert [int(times[turn.fitted].max()) for turn in turns] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("rows", "method", "given", "message"),
    [
        (table(3), "K_FOLD", {}, "3 rows cannot be parted into 5 folds"),
        (table(), "GROUPED", {"column": "g", "folds": 8}, "has 7 values, too few for 8 folds"),
        (pa.table({"t": [1] * 9, "x": range(9)}), "TIME", {"column": "t"}, "has 1 time, too few for 5 folds"),
        (pa.table({"t": pa.nulls(9), "x": range(9)}), "TIME", {"column": "t"}, "has 0 times, too few for 5"),
        (pa.table({"t": [1, 2, 3] * 3, "x": range(9)}), "TIME", {"column": "t", "folds": 3}, "has 3 times, too few"),
        (pa.table({"t": pa.nulls(9), "x": range(9)}), "GROUPED", {"column": "t", "folds": 2}, "has 1 value, too few"),
        (pa.table({"t": [[1]] * 9, "x": range(9)}), "TIME", {"column": "t"}, "TIME splits by a number"),
        (pa.table({"g": ["a"] * 9, "x": range(9)}), "GROUPED", {"column": "g"}, "at least two groups"),
    ],
)
def test_what_cannot_be_parted_is_told(rows, method, given, message):
    with pytest.raises(UntrainableModel, match=message):
        parted(rows, method, **given)


def test_an_unknown_column_has_its_nearest():
    with pytest.raises(UnknownName, match="'g'"):
        parted(table(), "GROUPED", column="gg", folds=2)


def test_a_tuning_parts_500_rows_or_more_in_three():
    parts = parted(table(1000), "AUTO_SPLIT", tuned=True)
    assert (parts.held_out.sum(), parts.tested.sum()) == (100, 100)
    assert not (parts.held_out & parts.tested).any()
    assert not parted(table(499), "AUTO_SPLIT", tuned=True).held_out.any()


def test_fractions_of_a_tuning_are_kept():
    parts = parted(table(), "RANDOM", chooses=0.25, judges=0.5, tuned=True)
    assert (parts.held_out.sum(), parts.tested.sum()) == (15, 30)
    parts = parted(table(), "SEQ", column="n", chooses=0.1, judges=0.2, tuned=True)
    assert np.flatnonzero(parts.tested).tolist() == list(range(48, 60))
    assert np.flatnonzero(parts.held_out).tolist() == list(range(42, 48))


def test_a_tuning_by_groups_keeps_them_together_in_all_three_parts():
    rows = pa.table({"g": [n % 30 for n in range(600)], "x": range(600)})
    parts = parted(rows, "GROUPED", column="g", tuned=True)
    groups = np.array(rows["g"])
    sides = [set(groups[side]) for side in (parts.held_out, parts.tested, ~(parts.held_out | parts.tested))]
    assert all(sides)
    assert sum(map(len, sides)) == 30


def test_words_part_the_rows_of_a_tuning():
    rows = pa.table({"p": ["train", "EVAL", "Test", "TRAIN"], "x": range(4)})
    parts = parted(rows, "CUSTOM", column="p", tuned=True)
    assert parts.held_out.tolist() == [False, True, False, False]
    assert parts.tested.tolist() == [False, False, True, False]
    for wrong in (None, "VALIDATE"):
        rows = pa.table({"p": ["TRAIN", "TEST", wrong], "x": range(3)})
        with pytest.raises(UntrainableModel, match="in row 3; it may hold TRAIN, EVAL and TEST"):
            parted(rows, "CUSTOM", column="p", tuned=True)


def test_a_flag_marks_the_rows_that_judge_and_a_tenth_of_the_others_chooses():
    rows = pa.table({"p": pa.array([True, None, *[False] * 20]), "x": range(22)})
    parts = parted(rows, "CUSTOM", column="p", tuned=True)
    assert np.flatnonzero(parts.tested).tolist() == [0, 1]
    assert parts.held_out.sum() == 2
    assert not (parts.held_out & parts.tested).any()


def trained(rows, **options):
    values = {name: GivenOption(value) for name, value in {"model_type": "linear_reg", **options}.items()}
    return train(rows, values, seed=1, threads=1, progress=lambda *_: None)


def line(rows=100):
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    return pa.table({"x": x, "label": 2 * x + random.normal(size=rows)})


def test_metrics_of_folds_are_those_of_scikit_learn_on_the_same_folds():
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score

    rows = line()
    model = trained(rows, data_split_method="K_FOLD", data_split_folds=4)
    x, y = rows["x"].to_numpy()[:, None], rows["label"].to_numpy()
    theirs = []
    for turn in parted(rows, "K_FOLD", folds=4).turns:
        fit = LinearRegression().fit(x[turn.fitted], y[turn.fitted])
        theirs.append(r2_score(y[turn.judged], fit.predict(x[turn.judged])))
    folds = model.manifest.details["folds"]
    assert [fold["metrics"]["r2_score"] for fold in folds] == pytest.approx(theirs)
    assert model.manifest.metrics["r2_score"] == pytest.approx(np.mean(theirs))
    assert (folds[0]["fold"], folds[0]["train_rows"], folds[0]["judged_rows"]) == (1, 75, 25)


def test_the_model_of_folds_is_fitted_on_all_rows_and_judged_on_rows_it_was_not():
    rows = line()
    model, whole = trained(rows, data_split_method="K_FOLD"), trained(rows, data_split_method="NO_SPLIT")
    loaded = load_model(model.files, None)
    assert loaded.score(rows) == pytest.approx(load_model(whole.files, None).score(rows))
    assert (model.manifest.train_rows, model.manifest.judged_on) == (100, "5 folds, each by a model of other rows")
    judged = loaded.evaluation()
    assert judged.num_rows == 100
    assert sorted(judged["label"].to_pylist()) == sorted(rows["label"].to_pylist())
    assert not np.allclose(np.sort(judged["score"]), np.sort(loaded.score(rows)))


@pytest.mark.parametrize("model_type", ["logistic_reg", "boosted_tree_classifier", "random_forest_classifier"])
def test_a_class_of_a_single_row_judges_nothing_and_fits_all_the_same(model_type):
    random = np.random.default_rng(0)
    rows = pa.table({"x": random.normal(size=41), "label": ["가", "나"] * 20 + ["다"]})
    model = trained(rows, model_type=model_type, data_split_method="K_FOLD", data_split_folds=3)
    assert model.manifest.classes == ("가", "나", "다")
    assert sum(fold["judged_rows"] for fold in model.manifest.details["folds"]) == 40


def test_a_tuning_in_folds_chooses_by_their_mean():
    model = trained(line(), data_split_method="K_FOLD", num_trials=3)
    trials = model.manifest.details["tuning"]["trials"]
    best = next(trial for trial in trials if trial["is_optimal"])
    assert best["value"] == model.manifest.metrics["r2_score"]
    assert len(model.manifest.details["folds"]) == 5


@pytest.mark.parametrize(
    "times",
    [
        pa.array([f"w{n:02}" for n in range(60)]).dictionary_encode(),
        pa.array([Decimal(n) for n in range(60)], pa.decimal128(20, 2)),
        pa.array(range(60), pa.date32()),
        pa.array([float(n) for n in range(59)] + [float("nan")]),
    ],
    ids=lambda times: str(times.type),
)
def test_every_type_that_has_an_order_can_be_walked_through(times):
    turns = parted(pa.table({"t": times, "x": range(60)}), "TIME", column="t", folds=2).turns
    assert [(int(turn.fitted.sum()), int(turn.judged.sum())) for turn in turns] == [(20, 20), (40, 20)]
