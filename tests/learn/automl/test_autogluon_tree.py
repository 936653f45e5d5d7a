"""Trees of the libraries that AutoGluon fits with, written as LightGBM's: the same answers, row by row."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UntrainableModel
from penstock.learn.automl.autogluon_tree import of_all_classes, tree_bodies
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.tree_candidate import TreeRows, as_text
from penstock.learn.booster import read_booster
from penstock.learn.preparation import prepare
from penstock.learn.registry import learner_of
from penstock.learn.shared_options import option_specs
from penstock.learn.tree_ensemble import read_ensemble
from penstock.learn.tree_graph import Link, TreeOutput

KINDS = {"regression": 1, "binary": 1, "multiclass": 3}


def matrix(rows=300):
    random = np.random.default_rng(3)
    found = random.normal(size=(rows, 4)).astype(np.float32).astype(np.float64)
    found[random.random((rows, 4)) < 0.15] = np.nan
    found[:, 2] = random.integers(0, 3, rows)
    return found


def wanted(kind, rows):
    signal = np.nan_to_num(rows[:, 0]) + rows[:, 2] + np.nan_to_num(rows[:, 1]) ** 2
    return {"regression": signal, "binary": signal > 2.0, "multiclass": np.digitize(signal, [1.0, 2.5])}[kind] * 1.0


def text_of(kind, bodies):
    """The trees below the head of a model of four columns."""
    target = wanted(kind, matrix())
    table = pa.table([*matrix().T, target], names=["a", "b", "c", "d", "label"])
    learner = learner_of("automl_regressor" if kind == "regression" else "automl_classifier")
    options = {spec.name: spec.default for spec in option_specs(learner)} | {"input_label_cols": ["label"]}
    options = {"class_weights": None, "auto_class_weights": False, **options}
    data = prepare(table, learner, options, 1, 1).data
    judged = np.arange(len(target)) % 3 == 0
    rows = TreeRows(data, [Fold(~judged, judged)])
    return as_text(rows.header(metric_of(data.task, None, len(data.classes))), bodies)


def of_xgboost(kind, tmp_path, **values):
    from xgboost import XGBClassifier, XGBRegressor

    rows = matrix()
    model = (XGBRegressor if kind == "regression" else XGBClassifier)(n_estimators=15, n_jobs=1, **values)
    model.fit(rows, wanted(kind, rows))
    model.get_booster().save_model(str(tmp_path / "model.json"))
    return model, (tmp_path / "model.json").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_says_what_xgboost_says_on_its_thresholds_and_without_values_too(kind, tmp_path):
    model, said = of_xgboost(kind, tmp_path, max_depth=4, learning_rate=0.3)
    text = text_of(kind, tree_bodies("XGB", said, range(4), KINDS[kind], 300, None))
    asked = [matrix(), np.full((1, 4), np.nan)]
    trees = json.loads(said)["learner"]["gradient_booster"]["model"]["trees"]
    for tree in trees[:6]:
        for column, threshold, left in zip(
            tree["split_indices"], tree["split_conditions"], tree["left_children"], strict=True
        ):
            if left >= 0:
                near = matrix(4)
                near[:, column] = threshold * np.array([1.0, 1.0 + 2e-8, 1.0 - 2e-8, 1.0 - 2e-7])
                asked.append(near)
    rows = np.vstack(asked)
    told = model.predict(rows, output_margin=True).reshape(len(rows), -1)
    np.testing.assert_allclose(read_booster(text).predict(rows), told, atol=1e-5 if kind == "regression" else 3e-6)


def test_what_xgboost_wrote_can_be_explained(tmp_path):
    _, said = of_xgboost("binary", tmp_path, max_depth=3)
    text = text_of("binary", tree_bodies("XGB", said, range(4), 1, 300, None))
    booster = read_booster(text)
    shares = booster.predict(matrix(), "contribution")
    np.testing.assert_allclose(shares.sum(axis=1), booster.predict(matrix())[:, 0], rtol=1e-9)
    trees = read_ensemble(text)
    assert trees.leaf_count[: trees.leaf_start[1]].sum() == pytest.approx(300, abs=4)
    assert (trees.gain >= 0).all() and trees.gain.any()


def test_a_tree_without_a_split_is_what_every_row_starts_from(tmp_path):
    model, said = of_xgboost("regression", tmp_path, max_depth=3, gamma=1e9)
    text = text_of("regression", tree_bodies("XGB", said, range(4), 1, 300, None))
    np.testing.assert_allclose(read_booster(text).predict(matrix(5))[:, 0], model.predict(matrix(5)), rtol=1e-6)


def test_columns_stand_where_the_model_read_them():
    import lightgbm

    rows = matrix()
    columns = [3, 0, 2]
    model = lightgbm.train(
        {"objective": "regression", "verbosity": -1, "num_threads": 1},
        lightgbm.Dataset(rows[:, columns], wanted("regression", rows)),
        10,
    )
    text = text_of("regression", tree_bodies("GBM", model.model_to_string(), columns, 1, 300, 0.1))
    np.testing.assert_allclose(read_booster(text).predict(rows)[:, 0], model.predict(rows[:, columns]), rtol=1e-12)


def test_a_class_that_no_row_has_is_never_said():
    bodies = [f"num_leaves=1\nnum_cat=0\nleaf_value={value}\nis_linear=0\nshrinkage=1" for value in (0.5, -0.5) * 2]
    whole = of_all_classes(bodies, [0, 2], 3)
    assert len(whole) == 6
    raw = read_booster(text_of("multiclass", whole)).predict(matrix(2))
    np.testing.assert_allclose(raw[0, [0, 2]], [1.0, -1.0])
    assert TreeOutput(Link.SOFTMAX).scores(raw)[0, 1] < 1e-14


@pytest.mark.parametrize(
    ("family", "said"),
    [("GBM", "tree\nnum_class=1\n"), ("CAT", "{}"), ("XGB", '{"learner": {}}'), ("XGB", "no JSON"), ("CAT", "[]")],
)
def test_a_file_that_is_no_model_is_refused(family, said):
    with pytest.raises(UntrainableModel, match="cannot be read"):
        tree_bodies(family, said, range(4), 1, 300, 0.1)


def test_splits_on_categories_are_refused():
    import lightgbm

    rows = matrix()
    model = lightgbm.train(
        {"objective": "regression", "verbosity": -1, "num_threads": 1},
        lightgbm.Dataset(rows, rows[:, 2] % 2, categorical_feature=[2]),
        3,
    )
    with pytest.raises(UntrainableModel, match="categories"):
        tree_bodies("GBM", model.model_to_string(), range(4), 1, 300, 0.1)
