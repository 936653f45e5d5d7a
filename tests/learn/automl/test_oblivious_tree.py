"""Trees of CatBoost's, written as LightGBM's."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from catboost import CatBoost, Pool

from penstock.core.errors import Cancelled, MissingExtra, UntrainableModel
from penstock.learn.automl.candidate import CATBOOST, TREES, drawn
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.oblivious_candidate import grown_by_catboost
from penstock.learn.automl.oblivious_tree import threshold_of, tree_blocks
from penstock.learn.automl.tree_candidate import TreeRows, as_text
from penstock.learn.booster import read_booster
from penstock.learn.preparation import prepare
from penstock.learn.registry import learner_of
from penstock.learn.schema import Task
from penstock.learn.shared_options import option_specs
from penstock.learn.tree_ensemble import read_ensemble

VALUES = {"learning_rate": 0.1, "depth": 3}


def prepared(table, model_type):
    learner = learner_of(model_type)
    options = {spec.name: spec.default for spec in option_specs(learner)} | {"input_label_cols": ["label"]}
    options = {"class_weights": None, "auto_class_weights": False, **options}
    data = prepare(table, learner, options, 1, 1).data
    judged = np.arange(len(data.target)) % 3 == 0
    return data, TreeRows(data, [Fold(~judged, judged)])


def labelled(penguins, name):
    # A penguin's sex is '.' once.
    table = penguins.filter(pc.and_(penguins[name].is_valid(), pc.not_equal(penguins[name].cast(pa.string()), ".")))
    return table.drop_columns([name]).append_column("label", table[name])


def written(matrix, target, outputs, rows, metric, tmp_path, **values):
    model = CatBoost({"iterations": 30, "logging_level": "Silent", "allow_writing_files": False, **values})
    model.fit(Pool(matrix.astype(np.float32), target))
    model.save_model(str(tmp_path / "model.json"), format="json")
    said = json.loads((tmp_path / "model.json").read_text())
    return model, said, as_text(rows.header(metric), tree_blocks(said, outputs, 0.1))


@pytest.mark.parametrize(
    ("label", "model_type", "loss"),
    [
        ("sex", "automl_classifier", "Logloss"),
        ("species", "automl_classifier", "MultiClass"),
        ("body_mass_g", "automl_regressor", "RMSE"),
    ],
)
def test_the_text_says_what_catboost_says_on_its_borders_too(penguins, tmp_path, label, model_type, loss):
    data, rows = prepared(labelled(penguins, label), model_type)
    metric = metric_of(data.task, None, len(data.classes))
    fitted, judged = rows.matrices(0)
    model, said, text = written(
        fitted.matrix, fitted.target, rows.outputs, rows, metric, tmp_path, loss_function=loss, **VALUES
    )
    asked = np.vstack([fitted.matrix, judged.matrix, np.full((1, fitted.matrix.shape[1]), np.nan)])
    borders = {item["flat_feature_index"]: item["borders"] for item in said["features_info"]["float_features"]}
    for column, known in borders.items():
        for near in (1.0, 1.0 + 2e-8, 1.0 - 2e-8, 1.0 + 7e-8):
            moved = judged.matrix.copy()
            moved[:, column] = np.resize(np.array(known or [0.0]) * near, len(moved))
            asked = np.vstack([asked, moved])
    told = model.predict(asked.astype(np.float32), prediction_type="RawFormulaVal").reshape(len(asked), -1)
    np.testing.assert_allclose(read_booster(text).predict(asked), told, rtol=1e-12, atol=1e-9)


def test_the_text_can_be_explained(penguins, tmp_path):
    _, rows = prepared(labelled(penguins, "body_mass_g"), "automl_regressor")
    fitted, _ = rows.matrices(0)
    metric = metric_of(Task.REGRESSION, None, 0)
    _, _, text = written(fitted.matrix, fitted.target, 1, rows, metric, tmp_path, loss_function="RMSE", **VALUES)
    booster = read_booster(text)
    shares = booster.predict(fitted.matrix, "contribution")
    np.testing.assert_allclose(shares.sum(axis=1), booster.predict(fitted.matrix)[:, 0], rtol=1e-9)
    trees = read_ensemble(text)
    assert trees.trees == 30
    assert (trees.gain >= 0).all() and trees.gain.any()


def test_a_threshold_lets_through_what_is_rounded_to_the_border():
    for border in np.random.default_rng(1).normal(size=200).astype(np.float32):
        most = threshold_of(float(border))
        assert np.float32(most) <= border < np.float32(np.nextafter(most, np.inf))


def test_a_fold_is_grown_until_it_no_longer_helps_and_judged_by_other_rows(penguins):
    _, rows = prepared(labelled(penguins, "species"), "automl_classifier")
    metric = metric_of(Task.CLASSIFICATION, None, 3)
    grown = grown_by_catboost(rows, 0, {"learning_rate": 0.3, "depth": 3}, metric, 1, lambda: True)
    _, judged = rows.matrices(0)
    assert grown.raw.shape == (len(judged.target), 3)
    assert np.mean(grown.raw.argmax(axis=1) == judged.target) > 0.95
    again = grown_by_catboost(rows, 0, {"learning_rate": 0.3, "depth": 3}, metric, 1, lambda: True)
    assert again.text == grown.text


def test_a_fit_ends_with_the_time_and_keeps_its_trees(penguins):
    _, rows = prepared(labelled(penguins, "body_mass_g"), "automl_regressor")
    asked = iter([True] * 4)
    grown = grown_by_catboost(rows, 0, VALUES, metric_of(Task.REGRESSION, None, 0), 1, lambda: next(asked, False))
    assert 1 <= grown.rounds <= 5


def test_who_asks_may_stop_it(penguins):
    _, rows = prepared(labelled(penguins, "body_mass_g"), "automl_regressor")

    def stops():
        raise Cancelled.of("Stopped.")

    with pytest.raises(Cancelled):
        grown_by_catboost(rows, 0, VALUES, metric_of(Task.REGRESSION, None, 0), 1, stops)


def test_what_catboost_refuses_is_told(penguins):
    _, rows = prepared(labelled(penguins, "body_mass_g"), "automl_regressor")
    with pytest.raises(UntrainableModel, match="CatBoost"):
        grown_by_catboost(rows, 0, {"learning_rate": 0.1, "depth": 99}, metric_of(Task.REGRESSION, None, 0), 1, bool)


def test_every_third_draw_is_catboosts_where_it_is_installed(monkeypatch):
    draws = list(islice(drawn(4), 6))
    assert [draw.family for draw in draws] == [TREES, TREES, CATBOOST] * 2
    assert draws == list(islice(drawn(4), 6))
    monkeypatch.setattr("penstock.learn.automl.candidate.find_spec", lambda name: None)
    assert [draw.family for draw in islice(drawn(4), 4)] == [TREES] * 4


def test_a_search_without_catboost_says_what_is_missing(penguins, monkeypatch):
    _, rows = prepared(labelled(penguins, "body_mass_g"), "automl_regressor")
    monkeypatch.setattr("penstock.learn.automl.oblivious_candidate.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"'penstock\[catboost\]' is not installed"):
        grown_by_catboost(rows, 0, VALUES, metric_of(Task.REGRESSION, None, 0), 1, lambda: True)


def test_a_table_too_large_for_memory_is_left_to_the_others(penguins, monkeypatch):
    _, rows = prepared(labelled(penguins, "body_mass_g"), "automl_regressor")
    monkeypatch.setattr("penstock.learn.automl.oblivious_candidate.MOST_CELLS", 100)
    with pytest.raises(UntrainableModel, match="too large for CatBoost"):
        grown_by_catboost(rows, 0, VALUES, metric_of(Task.REGRESSION, None, 0), 1, lambda: True)
