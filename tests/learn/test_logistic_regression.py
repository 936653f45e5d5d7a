"""Logistic regression finds the optimum that scikit-learn finds, for two classes and for more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.learn.artifact import load_model

OPTIMUM = {"data_split_method": "NO_SPLIT", "max_iterations": 1000, "early_stop": False}


def classes_table(classes=3, rows=600, seed=4):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, 4))
    logits = matrix @ rng.normal(size=(4, classes)) + rng.normal(size=classes)
    codes = np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)
    columns = {f"x{i}": matrix[:, i] for i in range(4)}
    return (
        matrix,
        codes,
        pa.table({**columns, "label": pa.array(np.array(["다", "가", "나"])[:classes][codes])}),
    )


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("l2", [0.0, 3.0])
def test_the_optimum_is_that_of_scikit_learn(trained, classes, l2):
    from sklearn.linear_model import LogisticRegression

    matrix, _, table = classes_table(classes)
    inputs = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0, ddof=1)
    # Half a sum of squares times l2 here is half a sum of squares over C there.
    oracle = LogisticRegression(C=1 / l2 if l2 else np.inf, tol=1e-10, max_iter=10_000)
    expected = oracle.fit(inputs, table["label"].to_numpy(zero_copy_only=False)).predict_proba(inputs)
    model = trained(table, model_type="logistic_reg", l2_reg=l2, **OPTIMUM)
    assert model.manifest.classes == tuple(sorted(set(table["label"].to_pylist())))
    np.testing.assert_allclose(load_model(model.files, None).score(table), expected, atol=2e-5)


def test_an_l1_penalty_is_that_of_scikit_learn(trained):
    from sklearn.linear_model import LogisticRegression

    matrix, _codes, table = classes_table(2)
    inputs = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0, ddof=1)
    oracle = LogisticRegression(C=1 / 9.0, l1_ratio=1.0, solver="saga", tol=1e-10, max_iter=20_000)
    expected = oracle.fit(inputs, table["label"].to_numpy(zero_copy_only=False)).predict_proba(inputs)
    model = trained(table, model_type="logistic_reg", l1_reg=9.0, **OPTIMUM)
    np.testing.assert_allclose(load_model(model.files, None).score(table), expected, atol=1e-4)


def test_class_weights_and_automatic_ones_are_those_of_scikit_learn(trained):
    from sklearn.linear_model import LogisticRegression

    matrix, _codes, table = classes_table(2)
    inputs = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0, ddof=1)
    labels = table["label"].to_numpy(zero_copy_only=False)
    given = [["가", 5.0], {"label": "다", "weight": 0.5}]
    for options, weight in (
        ({"auto_class_weights": True}, "balanced"),
        ({"class_weights": given}, {"가": 5.0, "다": 0.5}),
    ):
        oracle = LogisticRegression(C=np.inf, class_weight=weight, tol=1e-10, max_iter=10_000).fit(inputs, labels)
        model = trained(table, model_type="logistic_reg", **OPTIMUM, **options)
        np.testing.assert_allclose(load_model(model.files, None).score(table), oracle.predict_proba(inputs), atol=2e-5)


@pytest.mark.parametrize(
    ("weights", "problem"),
    [([["가", 1.0]], "'다' has no weight"), ([["가", 1], ["다", 1], ["나", 1]], "'나' is not")],
)
def test_class_weights_must_cover_the_classes(trained, weights, problem):
    with pytest.raises(InvalidOption, match=problem):
        trained(classes_table(2)[2], model_type="logistic_reg", class_weights=weights)


def test_probabilities_are_the_same_by_batch_row_and_exported_graph_and_sum_to_one(trained, penguins):
    for label in ("species", "sex"):
        rows = penguins.filter(penguins[label].is_valid())
        model = load_model(trained(rows, label=label, model_type="logistic_reg").files, None)
        scores = model.score(rows)
        np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-12)
        np.testing.assert_allclose(model.score_through_graph(rows), scores, rtol=0, atol=1e-12)
        for index, row in enumerate(rows.slice(0, 20).to_pylist()):
            np.testing.assert_allclose(model.score_row(row), scores[index], rtol=0, atol=1e-12)


def test_the_logit_of_the_predicted_class_is_explained(trained):
    for classes in (2, 3):
        _, _, table = classes_table(classes)
        model = load_model(trained(table, model_type="logistic_reg").files, None)
        scores = model.score(table)
        found = model.explain(table)
        np.testing.assert_allclose(found.baseline + found.values.sum(axis=1), found.prediction, atol=1e-10)
        if classes == 2:
            np.testing.assert_allclose(1 / (1 + np.exp(-found.prediction)), scores.max(axis=1), atol=1e-10)


def test_booleans_and_numbers_stay_classes_of_their_own_type_and_ascend(trained):
    rng = np.random.default_rng(1)
    x = rng.normal(size=80)
    for labels, classes in (
        (pa.array(x > 0), (False, True)),
        (pa.array(np.where(x > 0, 10, 9)), (9, 10)),
        (pa.array(np.where(x > 0, "b", "a")).dictionary_encode(), ("a", "b")),
    ):
        model = trained(pa.table({"x": x + rng.normal(size=80), "label": labels}), model_type="logistic_reg")
        assert model.manifest.classes == classes
        assert model.manifest.metrics["roc_auc"] > 0.7


def test_separable_classes_end_in_finite_weights(trained):
    table = pa.table({"x": np.linspace(-1, 1, 100), "label": np.linspace(-1, 1, 100) > 0})
    model = trained(table, model_type="logistic_reg")
    assert np.isfinite(load_model(model.files, None).score(table)).all()
    assert model.manifest.metrics["accuracy"] == 1.0


def test_more_than_fifty_classes_are_too_many(trained):
    table = pa.table({"x": np.arange(60.0), "label": [f"c{i}" for i in range(60)]})
    with pytest.raises(UntrainableModel, match="60 classes"):
        trained(table, model_type="logistic_reg")


def test_twenty_rounds_at_most_and_none_after_one_that_gains_too_little(trained):
    _, _, table = classes_table(3)
    stopped = trained(table, model_type="logistic_reg").manifest.iterations
    assert 1 < len(stopped) < 20
    gained = [1 - after.eval_loss / before.eval_loss for before, after in pairwise(stopped)]
    assert gained[-1] < 0.01 <= min(gained[:-1])
    x = np.linspace(-1, 1, 100)
    apart = pa.table({"x": x, "y": np.cos(9 * x), "label": x > 0})
    assert len(trained(apart, model_type="logistic_reg", early_stop=False).manifest.iterations) == 20


def test_the_published_counts_of_penguins_whose_sex_is_told(trained, penguins):
    rows = penguins.filter(penguins["sex"].is_valid())
    metrics = trained(rows, label="sex", model_type="logistic_reg", data_split_method="NO_SPLIT").manifest.metrics
    published = {"precision": 0.616753, "recall": 0.618615, "accuracy": 0.92515, "f1_score": 0.617681}
    assert {name: metrics[name] for name in published} == pytest.approx(published, abs=1e-6)
    assert metrics["roc_auc"] == pytest.approx(0.975807, abs=0.005)


def test_p_values_are_of_the_least_loss_whatever_the_rounds(trained):
    _, _, table = classes_table(2)
    sure = {"calculate_p_values": True, "category_encoding_method": "DUMMY_ENCODING", "data_split_method": "NO_SPLIT"}
    least = trained(table, model_type="logistic_reg", **OPTIMUM).manifest.details["weights"]
    found = trained(table, model_type="logistic_reg", max_iterations=1, **sure).manifest.details["weights"]
    np.testing.assert_allclose([row["weight"] for row in found], [row["weight"] for row in least], atol=1e-5)


def test_early_stopping_ends_before_the_optimum(trained):
    _, _, table = classes_table(3)
    full = trained(table, model_type="logistic_reg", max_iterations=1000, early_stop=False)
    early = trained(table, model_type="logistic_reg", early_stop=True, min_rel_progress=0.05)
    assert len(early.manifest.iterations) < len(full.manifest.iterations)
    assert all(row.eval_loss is not None for row in full.manifest.iterations)
