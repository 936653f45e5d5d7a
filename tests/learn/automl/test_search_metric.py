"""The measures of a search against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.learn.automl.metric import METRICS, metric_of
from penstock.learn.schema import Task


def two_classes(seed: int, rows: int, ties: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    target = np.r_[0.0, 1.0, random.integers(0, 2, rows)]
    positive = random.integers(1, 5, rows + 2) / 5 if ties else random.uniform(0.01, 0.99, rows + 2)
    return target, np.stack([1 - positive, positive], axis=1), random.uniform(0.1, 2.0, rows + 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1_000), st.integers(0, 60), st.booleans())
def test_of_two_classes(seed, rows, ties):
    from sklearn.metrics import accuracy_score, average_precision_score, f1_score, log_loss, roc_auc_score

    target, scores, weights = two_classes(seed, rows, ties)
    known = METRICS[Task.CLASSIFICATION]
    cuts = [0.0, *np.unique(scores[:, 1])[-12:]] if ties or rows < 12 else []
    for given_weights in (None, weights):
        area = roc_auc_score(target, scores[:, 1], sample_weight=given_weights)
        assert known["roc_auc"].gain(target, scores, given_weights) == pytest.approx(area)
        # At the threshold that is best for it, which is what is served.
        for name, measure in (("f1_score", f1_score), ("accuracy", accuracy_score)) if cuts else ():
            best = max(measure(target, scores[:, 1] > cut, sample_weight=given_weights) for cut in cuts)
            assert known[name].gain(target, scores, given_weights) == pytest.approx(best)
        precision = average_precision_score(target, scores[:, 1], sample_weight=given_weights)
        assert known["pr_auc"].gain(target, scores, given_weights) == pytest.approx(precision)
        loss = log_loss(target, scores[:, 1], sample_weight=given_weights)
        assert -known["log_loss"].gain(target, scores, given_weights) == pytest.approx(loss)


@pytest.mark.parametrize("weighed", [False, True])
def test_of_three_classes(weighed):
    from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

    random = np.random.default_rng(0)
    target, scores = random.integers(0, 3, 50).astype(float), random.dirichlet([1, 1, 1], 50)
    weights = random.uniform(0.1, 2.0, 50) if weighed else None
    known, said = METRICS[Task.CLASSIFICATION], scores.argmax(axis=1)
    assert -known["log_loss"].gain(target, scores, weights) == pytest.approx(
        log_loss(target, scores, sample_weight=weights)
    )
    areas = [roc_auc_score(target == code, scores[:, code], sample_weight=weights) for code in range(3)]
    assert known["roc_auc"].gain(target, scores, weights) == pytest.approx(np.mean(areas))
    assert known["accuracy"].gain(target, scores, weights) == pytest.approx(
        accuracy_score(target, said, sample_weight=weights)
    )
    f1 = f1_score(target, said, average="macro", sample_weight=weights)
    assert known["f1_score"].gain(target, scores, weights) == pytest.approx(f1)


def test_of_numbers():
    target, scores = np.array([1.0, 2.0, 4.0]), np.array([[1.0], [3.0], [2.0]])
    known = METRICS[Task.REGRESSION]
    assert -known["rmse"].gain(target, scores) == pytest.approx(np.sqrt(5 / 3))
    assert -known["mae"].gain(target, scores) == pytest.approx(1.0)
    assert -known["rmse"].gain(target, scores, np.array([1.0, 3.0, 0.0])) == pytest.approx(np.sqrt(3 / 4))
    from sklearn.metrics import r2_score

    for weights in (None, np.array([1.0, 3.0, 0.5])):
        explained = r2_score(target, scores[:, 0], sample_weight=weights)
        assert known["r2"].gain(target, scores, weights) == pytest.approx(explained)
    assert known["r2"].gain(np.ones(3), scores) == -np.inf


@pytest.mark.parametrize(
    ("target", "weights"),
    [(np.zeros(3), None), (np.array([0.0, 1.0, 1.0]), np.zeros(3))],
    ids=["of one class", "of no weight"],
)
def test_what_has_no_measure_gains_least(target, weights):
    scores = np.full((3, 2), 0.5)
    assert METRICS[Task.CLASSIFICATION]["roc_auc"].gain(target, scores, weights) == -np.inf


@pytest.mark.parametrize(
    ("task", "classes", "name"),
    [(Task.REGRESSION, 0, "rmse"), (Task.CLASSIFICATION, 2, "roc_auc"), (Task.CLASSIFICATION, 3, "log_loss")],
)
def test_the_usual_measure(task, classes, name):
    assert metric_of(task, None, classes).name == name
