"""Trees asked for many rows at once give what LightGBM and onnxruntime give row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import lightgbm
import numpy as np
import onnx
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper

from penstock.learn.artifact import MODEL, load_model, session_of
from penstock.learn.bit_trees import BitTrees, can_be_asked
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.graph import MATRIX, GraphBuilder, core_of
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.threshold_rank import ThresholdRanks
from penstock.learn.tree_core import TreeCore, _flat_trees, tree_core
from penstock.learn.tree_ensemble import add_ensemble, read_ensemble

QUIET = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 3}
FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7, "feature_fraction_bynode": 0.7}


def rows(seed: int, count: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(count, 5))
    matrix[random.random(count) < 0.1, 0] = np.nan
    matrix[:, 3] = random.integers(0, 20, size=count)
    matrix[:, 4] = random.integers(0, 300, size=count)
    signal = np.nan_to_num(matrix[:, 0]) + matrix[:, 1] + np.sin(matrix[:, 3]) + np.cos(matrix[:, 4])
    return matrix, signal


def strange(matrix: np.ndarray) -> np.ndarray:
    """The same with NULL where training had none, infinities, and categories that are none."""
    other = matrix.copy()
    other[::7, 1] = np.nan
    other[::11, 2] = np.inf
    other[::13, 0] = -np.inf
    other[::5, 3] = 99
    other[::3, 4] = 12345
    other[1::9, 3] = np.nan
    other[2::9, 3] = -1
    other[4::9, 3] = 2.5
    return other


def grown(matrix, target, rounds=8, **parameters) -> lightgbm.Booster:
    train_set = lightgbm.Dataset(matrix, target, categorical_feature=parameters.pop("categories", [3, 4]))
    return lightgbm.train({**QUIET, "num_leaves": 16, **parameters}, train_set, rounds)


def core(text: str, width: int = 5) -> bytes:
    features = [Feature(f"f{at}", FeatureType.NUMBER, "double") for at in range(width)]
    graph = GraphBuilder(features)
    matrix = graph.matrix([ColumnCode(feature.name, CodeKind.NUMBER) for feature in features])
    ensemble = read_ensemble(text)
    return core_of(graph.finish(add_ensemble(graph, matrix, ensemble, 1.0, 0.25), "score", ensemble.outputs))


def scores_of_both(content: bytes, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    asked = tree_core(content, session_of)
    assert asked is not None
    return asked.scores(np.asfortranarray(matrix)), session_of(content).run(None, {MATRIX: matrix})[0]


@pytest.mark.parametrize("boosting", [{}, FOREST], ids=["boosted", "forest"])
@pytest.mark.parametrize("objective", ["regression", "binary", "multiclass"])
def test_all_rows_at_once_give_what_each_row_gives(objective, boosting):
    matrix, signal = rows(1)
    target = {"regression": signal, "binary": signal > 0, "multiclass": np.digitize(signal, [-1, 1])}[objective]
    classes = {"num_class": 3} if objective == "multiclass" else {}
    booster = grown(matrix, target.astype(float), objective=objective, **classes, **boosting)
    found, expected = scores_of_both(core(booster.model_to_string()), strange(matrix))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([1, 2, 70]),
    st.sampled_from([2, 3, 64, 300]),
    st.sampled_from([1, 7, 8, 9, 4095, 4097]),
)
def test_trees_of_any_size_give_the_same_for_any_number_of_rows(seed, rounds, leaves, count):
    matrix, signal = rows(seed, 800)
    booster = grown(matrix, signal, rounds, num_leaves=leaves, min_data_in_leaf=1, max_bin=1000)
    asked = strange(np.resize(matrix, (count, 5)))
    found, expected = scores_of_both(core(booster.model_to_string()), asked)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_trees_without_a_split_are_their_leaf():
    found, expected = scores_of_both(
        core(grown(np.zeros((50, 5)), np.arange(50.0)).model_to_string()), np.ones((20, 5))
    )
    np.testing.assert_array_equal(found, expected)


def test_a_row_order_and_a_column_order_give_the_same():
    matrix, signal = rows(2)
    trees = tree_core(core(grown(matrix, signal).model_to_string()), session_of)
    np.testing.assert_array_equal(trees.scores(np.ascontiguousarray(matrix)), trees.scores(np.asfortranarray(matrix)))


def test_many_threads_share_the_trees():
    matrix, signal = rows(3, 9000)
    trees = tree_core(core(grown(matrix, signal).model_to_string()), session_of)
    expected = trees.scores(matrix)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(trees.scores, [matrix] * 8):
            np.testing.assert_array_equal(found, expected)


def test_what_is_beside_the_trees_reads_the_matrix_too():
    matrix, signal = rows(4)
    model = onnx.load_from_string(core(grown(matrix, signal, num_leaves=4).model_to_string()))
    (node,) = [node for node in model.graph.node if node.op_type == "TreeEnsemble"]
    model.graph.node.insert(0, helper.make_node("ReduceSum", [MATRIX], ["all"], keepdims=1))
    model.graph.node.append(helper.make_node("Add", [model.graph.output[0].name, "all"], ["whole"]))
    model.graph.output[0].name = "whole"
    assert node.output[0] != "whole"
    seen = np.nan_to_num(matrix)
    found, expected = scores_of_both(model.SerializeToString(), seen)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_core_without_trees_or_with_others_is_left_to_onnxruntime(trained):
    table = pa.table({"x": np.arange(60.0), "label": np.arange(60.0)})
    assert tree_core(core_of(trained(table, model_type="linear_reg").files[MODEL]), session_of) is None
    matrix, signal = rows(5)
    model = onnx.load_from_string(core(grown(matrix, signal).model_to_string()))
    (node,) = [node for node in model.graph.node if node.op_type == "TreeEnsemble"]
    trees = _flat_trees(node)
    assert can_be_asked(trees)
    assert not can_be_asked(replace(trees, mode=np.ones_like(trees.mode)))
    assert not can_be_asked(replace(trees, target=np.arange(len(trees.target))))
    next(attribute for attribute in node.attribute if attribute.name == "aggregate_function").i = 0
    assert tree_core(model.SerializeToString(), session_of) is None


def test_a_model_of_trees_scores_many_rows_as_it_scores_one(trained):
    rng = np.random.default_rng(6)
    words = np.array(["맑음", "rain", "snow", None], dtype=object)
    table = pa.table(
        {
            "기온": pa.array(rng.normal(size=600), mask=rng.random(600) < 0.1),
            "weather": pa.array(words[rng.integers(0, 4, 600)], pa.string()),
            "place": pa.array([f"place {n}" for n in rng.integers(0, 90, 600)]),
            "label": pa.array(rng.integers(0, 3, 600)),
        }
    )
    files = trained(table, model_type="boosted_tree_classifier", max_iterations=7).files
    model = load_model(files, None)
    asked = table.drop_columns("label")
    one_by_one = np.stack([model.score_row(row) for row in asked.slice(0, 300).to_pylist()])
    assert isinstance(model.trees, TreeCore)
    np.testing.assert_allclose(model.score(asked)[:300], one_by_one, rtol=0, atol=1e-14)
    np.testing.assert_allclose(model.score(asked), model.score_through_graph(asked), rtol=0, atol=1e-14)


thresholds = arrays.arrays(
    np.float64,
    st.integers(1, 400),
    elements=st.floats(allow_nan=False) | st.integers(-50, 50).map(float) | st.floats(0, 1),
).map(np.unique)
values = arrays.arrays(
    np.float64, st.integers(0, 50), elements=st.floats() | st.floats(-1, 2) | st.integers(-60, 60).map(float)
)


@given(thresholds, values)
def test_a_rank_is_the_number_of_thresholds_below(limits, asked):
    with np.errstate(over="ignore"):
        asked = np.concatenate([asked, limits, np.nextafter(limits, np.inf), np.nextafter(limits, -np.inf)])
    asked = asked[~np.isnan(asked)]
    np.testing.assert_array_equal(ThresholdRanks(limits).of(asked), np.searchsorted(limits, asked))


def test_nan_among_values_to_rank_is_no_error():
    for limits in (np.arange(3.0), np.arange(100.0), np.geomspace(1e-300, 1e300, 200)):
        assert len(ThresholdRanks(limits).of(np.array([np.nan, 1.0]))) == 2


def test_bits_are_asked_of_no_rows_too():
    matrix, signal = rows(7)
    (node,) = [
        node
        for node in onnx.load_from_string(core(grown(matrix, signal).model_to_string())).graph.node
        if node.op_type == "TreeEnsemble"
    ]
    assert BitTrees(_flat_trees(node)).sums(np.empty((0, 5))).shape == (0, 1)
