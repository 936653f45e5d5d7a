"""Boosting by several trees a round: what a round is, and that LightGBM's own rounds are its case of one tree."""

from __future__ import annotations

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.tree_ensemble import read_ensemble

REGRESSOR, CLASSIFIER = "boosted_tree_regressor", "boosted_tree_classifier"
OPTIONS = {"max_iterations": 6, "early_stop": False, "data_split_method": "NO_SPLIT", "max_tree_depth": 4}


def table(classes: int = 0, rows: int = 900, seed: int = 2) -> pa.Table:
    random = np.random.default_rng(seed)
    x, z, weight = random.normal(size=rows), random.normal(size=rows), random.uniform(0.5, 3.0, size=rows)
    word = random.choice(["a", "b", "c", "d"], rows)
    signal = x * z + (word == "a") + 0.3 * random.normal(size=rows)
    label = np.digitize(signal, np.linspace(-0.5, 1.0, classes - 1)) if classes else signal
    return pa.table({"x": pa.array(x, mask=x > 2), "z": z, "word": word, "weight": weight, "label": label})


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
@pytest.mark.parametrize("classes", [0, 2, 4], ids=["value", "two", "four"])
def test_trees_that_draw_nothing_do_together_what_one_does(trained, classes, weighted):
    rows = table(classes) if weighted else table(classes).drop_columns("weight")
    options = OPTIONS | {"model_type": CLASSIFIER if classes else REGRESSOR}
    options |= {"instance_weight_col": "weight"} if weighted else {}
    one, three = trained(rows, **options), trained(rows, num_parallel_tree=3, **options)
    assert three.manifest.details["trees"] == 3 * one.manifest.details["trees"]
    scores = [load_model(model.files, None).score(rows) for model in (one, three)]
    # LightGBM's derivatives are float32, and so near that no split falls otherwise.
    np.testing.assert_allclose(scores[1], scores[0], atol=2e-5)
    losses = [[row.loss for row in model.manifest.iterations] for model in (one, three)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    assert any("alike" in note for note in three.manifest.notes)


@pytest.mark.parametrize("classes", [0, 2, 4], ids=["value", "two", "four"])
def test_the_graph_scores_as_lightgbm_does(trained, classes):
    rows = table(classes).drop_columns(["weight", "word"])
    options = OPTIONS | {"model_type": CLASSIFIER if classes else REGRESSOR, "subsample": 0.5}
    model = load_model(trained(rows, num_parallel_tree=5, **options).files, None)
    raw = lightgbm.Booster(model_str=model.native).predict(rows.select(["x", "z"]).to_pandas(), raw_score=True)
    expected = raw
    if classes == 2:
        expected = np.column_stack([1 / (1 + np.exp(raw)), 1 / (1 + np.exp(-raw))])
    elif classes:
        expected = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.score(rows), expected, atol=1e-12)
    np.testing.assert_allclose(model.score_through_graph(rows), expected, atol=1e-12)
    found = model.explain(rows, approximate=False)
    np.testing.assert_allclose(found.baseline + found.values.sum(axis=1), found.prediction, atol=1e-9)


def test_trees_of_a_round_differ_and_each_takes_its_part_of_the_step(trained):
    rows = table().drop_columns("weight")
    options = OPTIONS | {"model_type": REGRESSOR, "subsample": 0.5, "max_iterations": 1, "learn_rate": 1.0}
    ensemble = read_ensemble(trained(rows, num_parallel_tree=20, **options).files["native.txt"].decode())
    spread = [
        np.ptp(ensemble.leaf_value[ensemble.leaf_start[tree] : ensemble.leaf_start[tree + 1]]) for tree in range(20)
    ]
    alone = read_ensemble(trained(rows, **options).files["native.txt"].decode())
    assert len(set(spread)) == 20
    assert np.mean(spread) == pytest.approx(np.ptp(alone.leaf_value) / 20, rel=0.3)


def test_more_trees_a_round_are_steadier_than_one(trained):
    fresh = table(seed=9)
    truth = fresh["label"].to_numpy()
    options = {"model_type": REGRESSOR, "subsample": 0.3, "early_stop": False, "max_iterations": 20}
    errors = []
    for trees in (1, 15):
        model = load_model(trained(table().drop_columns("weight"), num_parallel_tree=trees, **options).files, None)
        errors.append(np.mean((model.score(fresh) - truth) ** 2))
    assert errors[1] < 0.9 * errors[0]


def test_early_stop_keeps_whole_rounds_and_the_seed_decides(trained):
    rows = table(2).drop_columns("weight")
    options = {"model_type": CLASSIFIER, "subsample": 0.6, "num_parallel_tree": 4, "learn_rate": 1.0}
    options |= {"max_iterations": 60, "min_rel_progress": 0.0}
    model = trained(rows, **options)
    assert model.manifest.details["trees"] == 4 * len(model.manifest.iterations) < 240
    losses = [row.eval_loss for row in model.manifest.iterations]
    assert losses == sorted(losses, reverse=True)
    assert trained(rows, **options).files["native.txt"] == model.files["native.txt"]
    assert trained(rows, seed=2, **options).files["native.txt"] != model.files["native.txt"]


def test_features_that_never_split_leave_the_mean(trained):
    rows = pa.table({"x": np.ones(50), "label": np.arange(50.0)})
    model = load_model(trained(rows, model_type=REGRESSOR, num_parallel_tree=3).files, None)
    np.testing.assert_allclose(model.score(rows), 24.5)


def test_rounds_of_several_trees_have_no_warm_start(trained):
    rows = table().drop_columns("weight")
    options = OPTIONS | {"model_type": REGRESSOR, "num_parallel_tree": 2}
    earlier = load_model(trained(rows, **options).files, None)
    with pytest.raises(InvalidOption, match="no warm start"):
        trained(rows, earlier=earlier, warm_start=True, **options)
