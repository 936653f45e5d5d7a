"""Attributions of trees: exact ones against Shapley's formula, and all of them additive."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import CorruptArtifact
from penstock.learn.artifact import load_model
from penstock.learn.booster import Booster
from penstock.learn.tree_ensemble import TreeEnsemble, read_ensemble
from penstock.learn.tree_explainer import TreeExplainer


def table(rows=700, seed=3) -> pa.Table:
    random = np.random.default_rng(seed)
    a, b = random.normal(size=rows), random.normal(size=rows)
    city = np.array(["서울", "부산", "대구"])[random.integers(0, 3, size=rows)]
    signal = 2 * a + a * b + 3.0 * (city == "서울")
    return pa.table(
        {
            "a": pa.array(a, mask=random.random(rows) < 0.1),
            "b": b,
            "city": city,
            "value": signal,
            "two": np.where(signal > 1, "yes", "no"),
            "three": np.digitize(signal, [0, 2]),
        }
    )


LABELS = ["value", "two", "three"]
FAMILIES = {"boosted_tree": {"max_iterations": 8}, "random_forest": {"num_parallel_tree": 8, "max_tree_depth": 5}}


def model_of(trained, family: str, label: str):
    rows = table().select(["a", "b", "city", label])
    task = "regressor" if label == "value" else "classifier"
    model = trained(rows, label=label, model_type=f"{family}_{task}", **FAMILIES[family])
    return load_model(model.files, None), rows


@pytest.mark.parametrize("approximate", [False, True], ids=["shapley", "path"])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("family", FAMILIES)
def test_baseline_and_attributions_add_up_to_the_prediction(trained, family, label, approximate):
    model, rows = model_of(trained, family, label)
    scores = model.score(rows)
    why = model.explain(rows, approximate=approximate)
    np.testing.assert_allclose(why.baseline + why.values.sum(axis=1), why.prediction, atol=1e-9)
    top = scores if label == "value" else scores.max(axis=1)
    if label == "value":
        np.testing.assert_allclose(why.prediction, top, atol=1e-9)
    elif family == "boosted_tree" and label == "two":
        np.testing.assert_allclose(1 / (1 + np.exp(-why.prediction)), top, atol=1e-9)
    elif family == "random_forest" and label == "two":
        np.testing.assert_allclose(why.prediction, top, atol=1e-9)
    else:
        assert np.corrcoef(why.prediction, top)[0, 1] > 0.5


def test_attributions_are_shapley_values(trained):
    """Against the definition: every order of features, a missing feature averaged over by the rows of training."""
    model, rows = model_of(trained, "boosted_tree", "value")
    ensemble = read_ensemble(model.native)
    few = rows.slice(0, 6)
    why = model.explain(few)
    words = sorted(set(rows["city"].to_pylist()))
    matrix = np.column_stack(
        [
            np.array(few["a"].to_pylist(), np.float64),
            few["b"].to_numpy(),
            [words.index(word) + 1 for word in few["city"].to_pylist()],
        ]
    )
    for row in range(len(matrix)):
        np.testing.assert_allclose(why.values[row], shapley(ensemble, matrix[row]), atol=1e-9)
        assert why.baseline[row] == pytest.approx(expectation(ensemble, matrix[row], frozenset()))


def shapley(ensemble: TreeEnsemble, row: np.ndarray) -> list[float]:
    columns = range(len(row))
    value = {
        frozenset(known): expectation(ensemble, row, frozenset(known))
        for size in range(len(row) + 1)
        for known in combinations(columns, size)
    }
    n = len(row)
    return [
        sum(
            factorial(len(known)) * factorial(n - len(known) - 1) / factorial(n) * (value[known | {at}] - value[known])
            for known in value
            if at not in known
        )
        for at in columns
    ]


def expectation(ensemble: TreeEnsemble, row: np.ndarray, known: frozenset[int]) -> float:
    def rows_below(node: int) -> float:
        if node < 0:
            return float(ensemble.leaf_count[-1 - node])
        return rows_below(ensemble.left[node]) + rows_below(ensemble.right[node])

    def of(node: int) -> float:
        if node < 0:
            return float(ensemble.leaf_value[-1 - node])
        left, right = ensemble.left[node], ensemble.right[node]
        column = int(ensemble.feature[node])
        if column in known:
            return of(left) if goes_left(ensemble, node, row[column]) else of(right)
        share = rows_below(left) / (rows_below(left) + rows_below(right))
        return share * of(left) + (1 - share) * of(right)

    return sum(of(root) for root in ensemble.node_start[:-1])


def goes_left(ensemble: TreeEnsemble, node: int, value: float) -> bool:
    if ensemble.decision[node] & 1:
        return int(value) in ensemble.members[ensemble.member_start[node] : ensemble.member_start[node + 1]]
    if np.isnan(value):
        return bool(ensemble.decision[node] & 2) if ensemble.decision[node] >> 2 == 2 else ensemble.threshold[node] >= 0
    return value <= ensemble.threshold[node]


def test_the_first_of_two_classes_is_explained_with_the_opposite_sign(trained):
    model, rows = model_of(trained, "boosted_tree", "two")
    explainer = TreeExplainer(model.details, model.native)
    columns = rows.select(["a", "b", "city"])
    first = explainer.attributions(columns, np.tile([0.9, 0.1], (700, 1)), approximate=False)
    second = explainer.attributions(columns, np.tile([0.1, 0.9], (700, 1)), approximate=False)
    np.testing.assert_allclose(first.values, -second.values)
    np.testing.assert_allclose(first.prediction, -second.prediction)


def test_what_the_label_hangs_on_is_credited_and_noise_is_not(trained):
    random = np.random.default_rng(1)
    when = np.datetime64("2024-01-01") + random.integers(0, 365, size=2000)
    rows = pa.table(
        {"noise": random.normal(size=2000), "day": when, "label": when.astype("datetime64[M]").astype(int) % 12}
    )
    model = load_model(trained(rows, model_type="boosted_tree_regressor").files, None)
    size = np.abs(model.explain(rows).values).mean(axis=0)
    assert model.explain(rows).features == ("noise", "day")
    assert size[1] > 100 * size[0]


def test_rows_are_explained_alike_however_they_are_cut(trained, monkeypatch):
    model, rows = model_of(trained, "boosted_tree", "three")
    whole = model.explain(rows)
    monkeypatch.setattr("penstock.learn.tree_explainer._MOST_NUMBERS", 100)
    np.testing.assert_array_equal(model.explain(rows).values, whole.values)


def test_no_rows_have_no_attributions(trained):
    model, rows = model_of(trained, "boosted_tree", "three")
    assert model.explain(rows.slice(0, 0)).values.shape == (0, 3)


def test_an_artifact_without_its_trees_cannot_be_explained(trained):
    model, _ = model_of(trained, "boosted_tree", "value")
    with pytest.raises(CorruptArtifact, match="no trees"):
        TreeExplainer(model.details, None)


def test_rows_are_explained_alike_by_any_number_of_threads_and_trees_by_one_each(trained, monkeypatch):
    model, rows = model_of(trained, "boosted_tree", "two")
    alone = model.explain(rows)
    told: list[int] = []
    whole = Booster.predict
    monkeypatch.setattr(
        Booster,
        "predict",
        lambda *given, threads=0, **named: told.append(threads) or whole(*given, threads=threads, **named),
    )
    shared = model.explain(rows, threads=3)
    assert told == [1, 1, 1]
    for name in ("values", "baseline", "prediction"):
        np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name))
    assert model.explain(rows.slice(0, 0), threads=3).values.shape == (0, 3)
