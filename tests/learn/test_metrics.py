"""Metrics agree with scikit-learn's, and say NaN where nothing is defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from penstock.learn.metrics import (
    CLASSIFICATION_METRICS,
    REGRESSION_METRICS,
    classification_metrics,
    confusion_matrix,
    predicted_classes,
    regression_metrics,
    roc_auc,
    roc_curve,
)

VALUES = st.floats(-0.9, 1e6, allow_nan=False)


@settings(deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=40))
def test_regression_metrics_are_those_of_scikit_learn(pairs):
    actual, predicted = np.array(pairs).T
    found = regression_metrics(actual, predicted)
    assert tuple(found) == REGRESSION_METRICS
    assert found["mean_absolute_error"] == pytest.approx(oracle.mean_absolute_error(actual, predicted))
    assert found["mean_squared_error"] == pytest.approx(oracle.mean_squared_error(actual, predicted))
    assert found["mean_squared_log_error"] == pytest.approx(oracle.mean_squared_log_error(actual, predicted))
    assert found["median_absolute_error"] == sorted(abs(actual - predicted))[(len(actual) - 1) // 2]
    if np.mean((actual - actual.mean()) ** 2) > max(1e-9 * np.mean(actual**2), 1e-200):
        assert found["r2_score"] == pytest.approx(oracle.r2_score(actual, predicted), rel=1e-6, abs=1e-9)
        expected = oracle.explained_variance_score(actual, predicted)
        assert found["explained_variance"] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_regression_on_equal_values_or_below_minus_one_has_measures_without_a_value():
    assert math.isnan(regression_metrics(np.ones(3), np.arange(3.0))["r2_score"])
    assert math.isnan(regression_metrics(np.array([-2.0, 1.0]), np.zeros(2))["mean_squared_log_error"])
    assert math.isnan(regression_metrics(np.array([0.0, 4e-160]), np.ones(2))["r2_score"])


@st.composite
def scored_classes(draw):
    classes = draw(st.integers(2, 4))
    rows = draw(st.integers(2, 30))
    codes = draw(st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows))
    # Few distinct weights, so that ties are common.
    weights = draw(
        st.lists(st.lists(st.integers(1, 4), min_size=classes, max_size=classes), min_size=rows, max_size=rows)
    )
    probabilities = np.array(weights, float)
    return np.array(codes), probabilities / probabilities.sum(axis=1, keepdims=True)


@settings(deadline=None)
@given(scored_classes())
def test_classification_metrics_are_those_of_scikit_learn(data):
    codes, probabilities = data
    classes = probabilities.shape[1]
    found = classification_metrics(codes, probabilities)
    predicted = predicted_classes(probabilities)
    average = {"average": "binary" if classes == 2 else "macro", "zero_division": np.nan if classes == 2 else 0.0}
    assert tuple(found) == CLASSIFICATION_METRICS
    expected = {
        "precision": oracle.precision_score(codes, predicted, **average),
        "recall": oracle.recall_score(codes, predicted, **average),
        "f1_score": oracle.f1_score(codes, predicted, **average),
        "accuracy": oracle.accuracy_score(codes, predicted),
        "log_loss": oracle.log_loss(codes, probabilities, labels=range(classes)),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, nan_ok=True), name
    areas = [
        oracle.roc_auc_score(codes == code, probabilities[:, code])
        for code in (range(classes) if classes > 2 else [1])
        if 0 < np.sum(codes == code) < len(codes)
    ]
    assert found["roc_auc"] == pytest.approx(np.mean(areas) if areas else np.nan, nan_ok=True)
    expected_matrix = oracle.confusion_matrix(codes, predicted, labels=range(classes))
    np.testing.assert_array_equal(confusion_matrix(codes, predicted, classes), expected_matrix)


def test_precision_is_nan_when_nothing_is_predicted_positive():
    found = classification_metrics(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
    assert math.isnan(found["precision"])
    assert found["recall"] == 0


def test_the_threshold_moves_what_is_positive():
    probabilities = np.array([[0.6, 0.4], [0.5, 0.5], [0.2, 0.8]])
    assert predicted_classes(probabilities).tolist() == [0, 0, 1]
    assert predicted_classes(probabilities, 0.3).tolist() == [1, 1, 1]
    assert classification_metrics(np.array([1, 1, 1]), probabilities, 0.3)["recall"] == 1


def test_a_certain_and_wrong_prediction_costs_much_but_not_infinitely():
    found = classification_metrics(np.array([0]), np.array([[0.0, 1.0]]))
    assert 30 < found["log_loss"] < 40


def test_no_rows_give_nan_everywhere():
    assert all(math.isnan(value) for value in regression_metrics(np.empty(0), np.empty(0)).values())
    found = classification_metrics(np.empty(0, np.int64), np.empty((0, 2)))
    assert all(math.isnan(value) for value in found.values())


def test_roc_auc_of_ties_is_half():
    assert roc_auc(np.array([True, False]), np.array([0.5, 0.5])) == 0.5
    assert math.isnan(roc_auc(np.array([True, True]), np.array([0.5, 0.7])))


@settings(deadline=None)
@given(scored_classes(), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_the_roc_curve_counts_what_scikit_learn_counts(data, thresholds):
    codes, probabilities = data
    positive, scores = codes == 1, probabilities[:, 1]
    curve = roc_curve(positive, scores, np.array(thresholds))
    for index, threshold in enumerate(thresholds):
        counts = oracle.confusion_matrix(positive, scores > threshold, labels=[False, True]).ravel()
        assert counts.tolist() == [
            curve.true_negatives[index],
            curve.false_positives[index],
            curve.false_negatives[index],
            curve.true_positives[index],
        ]


def test_without_thresholds_the_curve_stands_at_the_percentiles_of_the_scores():
    scores = np.linspace(0, 1, 1001)
    curve = roc_curve(scores > 0.3, scores)
    assert len(curve.threshold) == 101
    assert (np.diff(curve.threshold) < 0).all()
    assert curve.recall[0] == 0
    assert curve.false_positive_rate[-1] == pytest.approx(1, abs=0.01)
