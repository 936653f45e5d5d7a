"""Random forests: means of trees, whose shares are probabilities."""

from __future__ import annotations

import lightgbm
import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import log_loss

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.encoding import codes_from_json
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.registry import learner_of
from penstock.learn.shared_options import option_specs

REGRESSOR, CLASSIFIER = "random_forest_regressor", "random_forest_classifier"


def table(rows=2000, seed=4) -> pa.Table:
    random = np.random.default_rng(seed)
    columns = {f"x{at}": random.normal(size=rows) for at in range(4)}
    signal = columns["x0"] + columns["x1"] * columns["x2"] + 0.5 * random.normal(size=rows)
    return pa.table({**columns, "label": signal})


def with_classes(rows: pa.Table, *bounds: float) -> pa.Table:
    return rows.set_column(4, "label", pa.array(np.digitize(rows["label"].to_numpy(), bounds)))


def features(rows: pa.Table) -> np.ndarray:
    return np.column_stack([rows[f"x{at}"].to_numpy() for at in range(4)])


def test_a_forest_is_the_mean_of_its_trees(trained):
    model = load_model(trained(table(), model_type=REGRESSOR, num_parallel_tree=7).files, None)
    native = lightgbm.Booster(model_str=model.native)
    matrix = MatrixEncoder(model.manifest.features, codes_from_json(model.details["encoding"])).encode(table())
    trees = [native.predict(matrix, start_iteration=at, num_iteration=1, raw_score=True) for at in range(7)]
    np.testing.assert_allclose(model.score(table()), np.mean(trees, axis=0), atol=1e-12)
    assert model.details["trees"] == 7


@pytest.mark.parametrize("bounds", [(0.0,), (-1.0, 0.0, 1.0)], ids=["two", "four"])
def test_a_pure_leaf_is_certain_and_a_mixed_one_says_its_share(trained, bounds):
    """With one column of which every value is a leaf, each tree says the share of each class among its rows."""
    random = np.random.default_rng(0)
    value = random.integers(0, 3, size=6000)
    share = np.array([[0.9, 0.1, 0.0, 0.0], [0.2, 0.5, 0.2, 0.1], [0.0, 0.0, 0.0, 1.0]])
    classes = len(bounds) + 1
    shares = share[:, :classes] / share[:, :classes].sum(axis=1, keepdims=True) if classes == 4 else share[:, [0, 1]]
    shares = np.where(shares.sum(axis=1, keepdims=True) > 0, shares, [[0.0] * (classes - 1) + [1.0]])
    shares = shares / shares.sum(axis=1, keepdims=True)
    label = np.array([random.choice(classes, p=shares[at]) for at in value])
    model = trained(
        pa.table({"v": value, "label": label}),
        model_type=CLASSIFIER,
        l2_reg=0.0,
        colsample_bynode=1.0,
        data_split_method="NO_SPLIT",
        num_parallel_tree=30,
    )
    scores = load_model(model.files, None).score(pa.table({"v": [0, 1, 2]}))
    truth = np.array([[np.mean(label[value == at] == code) for code in range(classes)] for at in range(3)])
    np.testing.assert_allclose(scores, truth, atol=0.01)


def test_probabilities_of_a_rare_class_stay_true(trained):
    """One step of boosting from the class's own odds would say 0.99 where a tenth of the rows are of it."""
    random = np.random.default_rng(3)
    rare = random.random(8000) < np.where(np.arange(8000) % 10 == 0, 0.1, 0.0)
    rows = pa.table({"x": np.arange(8000) % 10, "label": rare})
    scores = load_model(trained(rows, model_type=CLASSIFIER).files, None).score(pa.table({"x": [0, 1]}))
    assert 0.05 < scores[0, 1] < 0.2
    assert scores[1, 1] < 0.02


def test_it_judges_as_well_as_scikit_learns_forest(trained):
    rows = table()
    model = trained(rows, model_type=REGRESSOR, data_split_method="RANDOM", data_split_eval_fraction=0.3)
    held_out = model.held_out
    kept = rows.filter(pa.array(~np.isin(rows["x0"].to_numpy(), held_out["x0"].to_numpy())))
    known = RandomForestRegressor(100, max_depth=15, random_state=0, n_jobs=1)
    known.fit(features(kept), kept["label"].to_numpy())
    expected = np.mean((known.predict(features(held_out)) - held_out["label"].to_numpy()) ** 2)
    assert model.manifest.metrics["mean_squared_error"] < 1.15 * expected


def test_its_probabilities_are_as_true_as_those_of_scikit_learns_forest(trained):
    rows = with_classes(table(), 0.0, 1.5)
    model = trained(rows, model_type=CLASSIFIER, data_split_method="RANDOM", data_split_eval_fraction=0.3)
    held_out = model.held_out
    kept = rows.filter(pa.array(~np.isin(rows["x0"].to_numpy(), held_out["x0"].to_numpy())))
    known = RandomForestClassifier(100, max_depth=15, random_state=0, n_jobs=1)
    known.fit(features(kept), kept["label"].to_numpy())
    expected = log_loss(held_out["label"].to_numpy(), known.predict_proba(features(held_out)))
    assert model.manifest.metrics["log_loss"] < 1.15 * expected


def test_the_one_iteration_tells_the_loss_of_the_whole_forest(trained):
    rows = with_classes(table(), 0.0, 1.5)
    model = trained(rows, model_type=CLASSIFIER, num_parallel_tree=10)
    (row,) = model.manifest.iterations
    assert (row.training_run, row.iteration, row.learning_rate) == (0, 1, None)
    assert row.eval_loss == pytest.approx(model.manifest.metrics["log_loss"])
    assert row.loss < row.eval_loss
    value = trained(table(), model_type=REGRESSOR, num_parallel_tree=10).manifest
    assert value.iterations[0].eval_loss == pytest.approx(value.metrics["mean_squared_error"])


def test_a_forest_has_no_warm_start(trained):
    first = load_model(trained(table(600), model_type=REGRESSOR, num_parallel_tree=2).files, None)
    with pytest.raises(InvalidOption, match="no warm start"):
        trained(table(600), model_type=REGRESSOR, warm_start=True, earlier=first)


def test_nothing_stops_the_one_round_of_a_forest_early(trained):
    plain = trained(table(600), model_type=REGRESSOR, num_parallel_tree=3)
    stopped = trained(table(600), model_type=REGRESSOR, num_parallel_tree=3, early_stop=True, min_rel_progress=0.9)
    assert stopped.files["model.onnx"] == plain.files["model.onnx"]
    told = {spec.name: spec.recorded for spec in option_specs(learner_of(REGRESSOR))}
    assert "one round" in told["early_stop"]
    assert "one round" in told["min_rel_progress"]


def test_the_progress_counts_trees():
    from penstock.core.options import GivenOption
    from penstock.learn.training import train

    told: list[tuple[int, int, str]] = []
    given = {"model_type": GivenOption(REGRESSOR), "num_parallel_tree": GivenOption(4)}
    train(table(600), given, seed=1, threads=1, progress=lambda *step: told.append(step))
    assert told == [(1, 4, ""), (2, 4, ""), (3, 4, ""), (4, 4, "")]


def test_global_attributions_of_ten_trees_and_more_are_path_sums_unless_told_otherwise(trained):
    options = {"model_type": REGRESSOR, "num_parallel_tree": 10, "enable_global_explain": True}
    quick = trained(table(600), **options).manifest.global_attributions
    exact = trained(table(600), approx_global_feature_contrib=False, **options).manifest.global_attributions
    assert {row["feature"] for row in quick["overall"]} == {"x0", "x1", "x2", "x3"}
    assert quick != exact
    few = options | {"num_parallel_tree": 9}
    exact = trained(table(600), approx_global_feature_contrib=False, **few).manifest.global_attributions
    assert trained(table(600), **few).manifest.global_attributions == exact
