"""How good predictions are: BigQuery ML's measures under its names, from NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

REGRESSION_METRICS = (
    "mean_absolute_error",
    "mean_squared_error",
    "mean_squared_log_error",
    "median_absolute_error",
    "r2_score",
    "explained_variance",
)
CLASSIFICATION_METRICS = ("precision", "recall", "accuracy", "f1_score", "log_loss", "roc_auc")


def regression_metrics(actual: Floats, predicted: Floats) -> dict[str, float]:
    """Return the measures of a regression from values of shape (n,); NaN where one is not defined.

    The median is the lower of the two middle errors. The logarithmic error is NaN when a value or a
    prediction is below -1; r2_score and explained_variance are NaN when all values are equal, or so nearly
    that the quotient is beyond every number. All are NaN without rows.
    """
    if not len(actual):
        return dict.fromkeys(REGRESSION_METRICS, np.nan)
    error = actual - predicted
    absolute = np.abs(error)
    middle = (len(error) - 1) // 2
    with np.errstate(invalid="ignore", divide="ignore"):
        log_error = np.log1p(actual) - np.log1p(predicted)
        spread = np.mean((actual - actual.mean()) ** 2)
        left_over = np.mean((error - error.mean()) ** 2)
    squared = np.mean(error**2)
    values = (
        np.mean(absolute),
        squared,
        np.mean(log_error**2),
        np.partition(absolute, middle)[middle],
        _explained(float(squared), float(spread)),
        _explained(float(left_over), float(spread)),
    )
    return {name: float(value) for name, value in zip(REGRESSION_METRICS, values, strict=True)}


def _explained(left_over: float, spread: float) -> float:
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        share = 1.0 - np.divide(left_over, spread)
    return float(share) if np.isfinite(share) else np.nan


def classification_metrics(
    actual: NDArray[np.integer] | Floats, probabilities: Floats, threshold: float | Floats = 0.5
) -> dict[str, float]:
    """Return the measures of a classification; `actual` (n,) indexes the columns of `probabilities` (n, k).

    With two classes precision, recall and f1_score are those of the second, predicted where its probability
    is above `threshold`, one or one a row; with more they are unweighted means over the classes that occur.
    Precision is NaN when nothing is predicted positive. roc_auc is the mean of each class against the rest. All are NaN
    without rows.
    """
    if not len(actual):
        return dict.fromkeys(CLASSIFICATION_METRICS, np.nan)
    codes = np.asarray(actual, np.int64)
    classes = probabilities.shape[1]
    matrix = confusion_matrix(codes, predicted_classes(probabilities, threshold), classes)
    precision, recall, f1 = _binary(matrix) if classes == 2 else _macro(matrix)
    own = probabilities[np.arange(len(codes)), codes]
    values = (
        precision,
        recall,
        np.trace(matrix) / len(codes),
        f1,
        -np.mean(np.log(np.clip(own, np.finfo(np.float64).eps, 1.0))),
        _multiclass_auc(codes, probabilities),
    )
    return {name: float(value) for name, value in zip(CLASSIFICATION_METRICS, values, strict=True)}


def predicted_classes(probabilities: Floats, threshold: float | Floats = 0.5) -> NDArray[np.int64]:
    """Return the index of the predicted class of each row: with two classes the second where it exceeds
    `threshold`.
    """
    if probabilities.shape[1] == 2:
        return np.asarray(probabilities[:, 1] > threshold, np.int64)
    return np.asarray(np.argmax(probabilities, axis=1), np.int64)


def confusion_matrix(actual: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> Counts:
    """Return how many rows of each class (row) were predicted as each class (column), shape (classes,
    classes).
    """
    counts: Counts = np.bincount(actual * classes + predicted, minlength=classes**2).reshape(classes, classes)
    return counts


def _binary(matrix: Counts) -> tuple[float, float, float]:
    (_, false_positive), (false_negative, true_positive) = matrix
    return (
        _share(true_positive, true_positive + false_positive),
        _share(true_positive, true_positive + false_negative),
        _share(2 * true_positive, 2 * true_positive + false_positive + false_negative),
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def _macro(matrix: Counts) -> tuple[float, float, float]:
    hit, actual, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    occurs = (actual + predicted) > 0
    parts = (
        hit / np.maximum(predicted, 1),
        hit / np.maximum(actual, 1),
        2 * hit / np.maximum(actual + predicted, 1),
    )
    precision, recall, f1 = (float(np.mean(part[occurs])) for part in parts)
    return precision, recall, f1


def _multiclass_auc(actual: NDArray[np.int64], probabilities: Floats) -> float:
    classes = probabilities.shape[1]
    if classes == 2:
        return roc_auc(actual == 1, probabilities[:, 1])
    areas = [roc_auc(actual == code, probabilities[:, code]) for code in range(classes)]
    known = [area for area in areas if area == area]
    return float(np.mean(known)) if known else np.nan


def roc_auc(positive: NDArray[np.bool_], scores: Floats) -> float:
    """Return the chance that a positive row scores above a negative one, ties half; NaN unless both kinds
    occur.

    By ranks (Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic
    curve", 1982).
    """
    positives = int(np.count_nonzero(positive))
    negatives = len(positive) - positives
    if not positives or not negatives:
        return np.nan
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank_of_value = np.cumsum(counts) - (counts - 1) / 2.0
    ranks = float(np.sum(rank_of_value[places[positive]]))
    return (ranks - positives * (positives + 1) / 2.0) / (positives * negatives)


@dataclass(frozen=True)
class RocCurve:
    """One entry for each threshold, each of shape (t,)."""

    threshold: Floats
    recall: Floats
    false_positive_rate: Floats
    true_positives: Counts
    false_positives: Counts
    true_negatives: Counts
    false_negatives: Counts


def roc_curve(positive: NDArray[np.bool_], scores: Floats, thresholds: Floats | None = None) -> RocCurve:
    """Return what would be right and wrong at each threshold, predicting positive above it.

    Without thresholds: the percentiles of the scores, from the greatest down, equal ones once. Rates are NaN
    when there is nothing to take the rate of.
    """
    if thresholds is None:
        wanted = np.percentile(scores, np.arange(101), method="lower") if len(scores) else np.empty(0)
        thresholds = np.unique(wanted)[::-1]
    ordered = np.sort(scores[positive]), np.sort(scores[~positive])
    above = [len(part) - np.searchsorted(part, thresholds, side="right") for part in ordered]
    positives, negatives = (len(part) for part in ordered)
    return RocCurve(
        thresholds,
        above[0] / positives if positives else np.full(len(thresholds), np.nan),
        above[1] / negatives if negatives else np.full(len(thresholds), np.nan),
        above[0],
        above[1],
        negatives - above[1],
        positives - above[0],
    )
