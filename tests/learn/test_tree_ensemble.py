"""LightGBM's text becomes an ONNX ensemble that scores every row as LightGBM does."""

from __future__ import annotations

import lightgbm
import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import CorruptArtifact
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.graph import MATRIX, GraphBuilder, core_of
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.tree_ensemble import add_ensemble, path_sums, read_ensemble

QUIET = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 3}
FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7, "feature_fraction_bynode": 0.7}
DART = {"boosting": "dart", "drop_rate": 0.5, "skip_drop": 0.0, "xgboost_dart_mode": True}


def rows(seed: int, count: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    """Numbers with and without NULL, and two columns of categories, one of them of many."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(count, 5))
    matrix[random.random(count) < 0.1, 0] = np.nan
    matrix[:, 3] = random.integers(0, 20, size=count)
    matrix[:, 4] = random.integers(0, 300, size=count)
    signal = np.nan_to_num(matrix[:, 0]) + matrix[:, 1] + np.sin(matrix[:, 3]) + np.cos(matrix[:, 4])
    return matrix, signal


def strange(matrix: np.ndarray) -> np.ndarray:
    """The same with NULL where training had none, infinities, and categories never seen."""
    other = matrix.copy()
    other[::7, 1] = np.nan
    other[::11, 2] = np.inf
    other[::13, 0] = -np.inf
    other[::5, 3] = 99
    other[::3, 4] = 12345
    return other


def grown(matrix, target, rounds=8, **parameters) -> lightgbm.Booster:
    train_set = lightgbm.Dataset(matrix, target, categorical_feature=parameters.pop("categories", [3, 4]))
    return lightgbm.train({**QUIET, "num_leaves": 16, **parameters}, train_set, rounds)


def graph_scores(text: str, matrix: np.ndarray, scale: float = 1.0, base: float = 0.0) -> np.ndarray:
    features = [Feature(f"f{at}", FeatureType.NUMBER, "double") for at in range(matrix.shape[1])]
    graph = GraphBuilder(features)
    codes = graph.matrix([ColumnCode(feature.name, CodeKind.NUMBER) for feature in features])
    ensemble = read_ensemble(text)
    out = add_ensemble(graph, codes, ensemble, scale, base)
    core = core_of(graph.finish(out, "score", ensemble.outputs))
    return onnxruntime.InferenceSession(core).run(None, {MATRIX: matrix})[0]


@pytest.mark.parametrize("boosting", [{}, FOREST, DART], ids=["boosted", "forest", "dart"])
@pytest.mark.parametrize("objective", ["regression", "binary", "multiclass"])
def test_the_graph_scores_as_lightgbm_does(objective, boosting):
    matrix, signal = rows(1)
    target = {"regression": signal, "binary": signal > 0, "multiclass": np.digitize(signal, [-1, 1])}[objective]
    classes = {"num_class": 3} if objective == "multiclass" else {}
    booster = grown(matrix, target.astype(float), objective=objective, **classes, **boosting)
    seen = strange(matrix)
    expected = booster.predict(seen, raw_score=True).reshape(len(seen), -1)
    if boosting is FOREST:
        expected = expected / booster.current_iteration()
    np.testing.assert_allclose(graph_scores(booster.model_to_string(), seen), expected, rtol=0, atol=1e-13)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 4),
    st.sampled_from([2, 3, 16, 64]),
    st.sampled_from([0.0, 1e-300, 1.0, 1e6]),
    st.sampled_from([4, 1000]),
)
def test_any_trees_score_the_same_in_both(seed, rounds, leaves, size, one_hot):
    matrix, signal = rows(seed, 400)
    matrix[:, :3] *= size
    booster = grown(
        matrix, signal, rounds, num_leaves=leaves, min_data_in_leaf=1, min_data_per_group=1, max_cat_to_onehot=one_hot
    )
    seen = strange(matrix)
    np.testing.assert_allclose(
        graph_scores(booster.model_to_string(), seen)[:, 0], booster.predict(seen), rtol=1e-13, atol=1e-13
    )


def test_rows_on_a_threshold_go_the_same_way_in_both():
    matrix, signal = rows(4)
    booster = grown(matrix, signal, num_leaves=32, categories=[])
    ensemble = read_ensemble(booster.model_to_string())
    on = np.repeat(matrix[:1], len(ensemble.threshold) * 3, axis=0)
    for at, (column, threshold) in enumerate(zip(ensemble.feature, ensemble.threshold, strict=True)):
        on[3 * at : 3 * at + 3, column] = np.nextafter(threshold, -np.inf), threshold, np.nextafter(threshold, np.inf)
    np.testing.assert_allclose(graph_scores(booster.model_to_string(), on)[:, 0], booster.predict(on), atol=1e-13)


def test_trees_without_a_split_give_their_constant():
    matrix = np.zeros((100, 2))
    booster = grown(matrix, np.arange(100.0), rounds=2, categories=[])
    text = booster.model_to_string()
    assert len(read_ensemble(text).feature) == 0
    np.testing.assert_allclose(graph_scores(text, matrix[:3]), np.full((3, 1), 49.5))


def test_trees_with_and_without_splits_stand_side_by_side():
    """The third class has no rows to tell apart, so that its trees are bare."""
    matrix, signal = rows(5)
    booster = grown(matrix, (signal > 0).astype(float), objective="multiclass", num_class=3)
    ensemble = read_ensemble(booster.model_to_string())
    splits = np.diff(ensemble.node_start)
    assert (splits == 0).any()
    assert (splits > 0).any()
    np.testing.assert_allclose(
        graph_scores(booster.model_to_string(), matrix), booster.predict(matrix, raw_score=True), atol=1e-13
    )


def test_scale_and_base_apply_once_whatever_the_number_of_trees():
    matrix, signal = rows(6)
    booster = grown(matrix, signal)
    plain = graph_scores(booster.model_to_string(), matrix)
    moved = graph_scores(booster.model_to_string(), matrix, scale=0.25, base=0.5)
    np.testing.assert_allclose(moved, plain * 0.25 + 0.5, atol=1e-13)


def test_splits_and_gains_are_those_that_lightgbm_counts():
    matrix, signal = rows(7)
    booster = grown(matrix, signal)
    ensemble = read_ensemble(booster.model_to_string())
    counts = np.bincount(ensemble.feature, minlength=5)
    gains = np.bincount(ensemble.feature, ensemble.gain, 5)
    np.testing.assert_array_equal(counts, booster.feature_importance("split"))
    np.testing.assert_allclose(gains, booster.feature_importance("gain"), rtol=1e-4)


@pytest.mark.parametrize("parameters", [{}, FOREST], ids=["boosted", "forest"])
def test_the_sums_along_a_path_add_up_to_the_leaf(parameters):
    matrix, signal = rows(8)
    booster = grown(matrix, signal, **parameters)
    ensemble = read_ensemble(booster.model_to_string())
    expected, moves = path_sums(ensemble, 5)
    leaves = booster.predict(matrix, pred_leaf=True)
    total = sum(expected[tree] + moves[tree][leaves[:, tree]].sum(axis=1) for tree in range(ensemble.trees))
    rounds = booster.current_iteration() if parameters else 1
    np.testing.assert_allclose(total * ensemble.scale, booster.predict(matrix, raw_score=True) / rounds, atol=1e-12)


def test_a_path_credits_the_column_that_it_splits_on():
    matrix = np.array([[0.0, 5.0], [1.0, 5.0], [0.0, 6.0], [1.0, 6.0]] * 25)
    booster = grown(
        matrix, matrix[:, 0] * 8.0, rounds=1, learning_rate=1.0, num_leaves=2, min_data_in_leaf=1, categories=[]
    )
    expected, moves = path_sums(read_ensemble(booster.model_to_string()), 2)
    assert expected == pytest.approx([4.0])
    assert sorted(moves[0][:, 0].tolist()) == pytest.approx([-4.0, 4.0])
    assert moves[0][:, 1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("text", ["", "not a model", "tree\nversion=v4\n"])
def test_other_text_is_a_corrupt_artifact(text):
    with pytest.raises(CorruptArtifact):
        read_ensemble(text)
