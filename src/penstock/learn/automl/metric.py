"""The measures that a search can look for, each as a number of which more is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.decision import worths
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class SearchMetric:
    """`value` is the measure under its own name; `of` (target (n,), scores (n, k) or (n, 1), weights) gives it.
    Accuracy and F1 score of two classes are those at the threshold that is best for them.

    `native` is what LightGBM calls the loss that its rounds are stopped by, for two classes and for more: of the few
    rows of a fold an area under a curve says too little.
    """

    name: str
    of: Callable[[Floats, Floats, Floats | None], float]
    native: tuple[str, str]
    more_is_better: bool

    def gain(self, target: Floats, scores: Floats, weights: Floats | None = None) -> float:
        """Return the measure with the sign by which more is better; minus infinity where it is not defined."""
        if weights is not None and not weights.any():
            return -np.inf
        value = self.of(target, scores, weights)
        if value != value:
            return -np.inf
        return value if self.more_is_better else -value

    def value(self, gain: float) -> float:
        """Return the measure itself of what `gain` returned."""
        return gain if self.more_is_better else -gain

    def loss(self, gain: float) -> float:
        """Return what is missing to the best there can be: the measure itself where less is better, else 1 minus it."""
        return 1.0 - gain if self.more_is_better else -gain


def metric_of(task: Task, name: str | None, classes: int) -> SearchMetric:
    """Return the measure of that name, or the usual one of the task.

    For a number the root of the mean squared error, for two classes the area under the ROC curve, for more the log
    loss.
    """
    known = METRICS[task]
    if name is not None:
        return known[name]
    return known["rmse" if task is Task.REGRESSION else "roc_auc" if classes <= 2 else "log_loss"]


def _squared(target: Floats, scores: Floats, weights: Floats | None) -> float:
    return float(np.average((target - scores[:, 0]) ** 2, weights=weights))


def _rmse(target: Floats, scores: Floats, weights: Floats | None) -> float:
    return float(np.sqrt(_squared(target, scores, weights)))


def _absolute(target: Floats, scores: Floats, weights: Floats | None) -> float:
    return float(np.average(np.abs(target - scores[:, 0]), weights=weights))


def _logarithmic(target: Floats, scores: Floats, weights: Floats | None) -> float:
    if (target <= -1).any():
        return np.nan
    error = np.log1p(target) - np.log1p(np.maximum(scores[:, 0], -1 + 1e-9))
    return float(np.sqrt(np.average(error**2, weights=weights)))


def _log_loss(target: Floats, scores: Floats, weights: Floats | None) -> float:
    own = scores[np.arange(len(target)), target.astype(np.int64)]
    return float(np.average(-np.log(np.clip(own, _EPSILON, 1.0)), weights=weights))


def _roc_auc(target: Floats, scores: Floats, weights: Floats | None) -> float:
    if scores.shape[1] == 2:
        return _area(target == 1, scores[:, 1], weights)
    areas = [_area(target == code, column, weights) for code, column in enumerate(scores.T)]
    known = [area for area in areas if area == area]
    return float(np.mean(known)) if known else np.nan


def _area(positive: NDArray[np.bool_], scores: Floats, weights: Floats | None) -> float:
    """The Mann-Whitney statistic: the share of pairs, by the weight of both, that stand in their right order, ties by
    half.
    """
    order = np.argsort(scores, kind="stable")
    weight = np.ones(len(scores)) if weights is None else weights[order]
    ranked, hit = scores[order], positive[order] * weight
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    found, passed = np.cumsum(hit)[last], np.cumsum(weight - hit)[last]
    pairs = found[-1] * passed[-1]
    if not pairs > 0:
        return np.nan
    hits, below = np.diff(np.r_[0.0, found]), np.r_[0.0, passed[:-1]]
    return float(np.sum(hits * (below + passed)) / 2.0 / pairs)


def _pr_auc(target: Floats, scores: Floats, weights: Floats | None) -> float:
    """The average precision: the mean of the precision at each positive row, from the highest score down."""
    if scores.shape[1] != 2 or not (target == 1).any():
        return np.nan
    order = np.argsort(-scores[:, 1], kind="stable")
    weight = np.ones(len(target)) if weights is None else weights[order]
    hit = (target[order] == 1) * weight
    ranked = scores[order, 1]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    found, seen = np.cumsum(hit)[last], np.cumsum(weight)[last]
    steps = np.diff(np.r_[0.0, found])
    return float(np.sum(steps * found / np.maximum(seen, _EPSILON)) / max(found[-1], _EPSILON))


def _accuracy(target: Floats, scores: Floats, weights: Floats | None) -> float:
    if scores.shape[1] == 2:
        total = float(len(target) if weights is None else weights.sum())
        return _at_best("accuracy", target, scores, weights) / total
    right = np.argmax(scores, axis=1) == target
    return float(np.average(right, weights=weights))


def _f1(target: Floats, scores: Floats, weights: Floats | None) -> float:
    if scores.shape[1] == 2:
        own = target == 1 if weights is None else weights[target == 1] > 0
        return _at_best("f1_score", target, scores, weights) if own.any() else np.nan
    classes = scores.shape[1]
    said = np.argmax(scores, axis=1)
    actual, predicted = (np.bincount(codes, weights, classes) for codes in (target.astype(np.int64), said))
    hit = np.bincount(said, np.where(said == target, 1.0 if weights is None else weights, 0.0), classes)
    occurs = actual + predicted > 0
    return float(np.mean(2 * hit[occurs] / (actual + predicted)[occurs]))


def _at_best(aim: str, target: Floats, scores: Floats, weights: Floats | None) -> float:
    """Return what the threshold that is best for a measure is worth: a model of two classes is served with it."""
    order = np.argsort(scores[:, 1], kind="stable")
    weight = np.ones(len(target)) if weights is None else weights[order]
    return float(worths(scores[order, 1], target[order] == 1, weight, aim).max())


def _r2(target: Floats, scores: Floats, weights: Floats | None) -> float:
    spread = np.average((target - np.average(target, weights=weights)) ** 2, weights=weights)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        found = 1.0 - np.divide(_squared(target, scores, weights), spread)
    return float(found) if np.isfinite(found) else np.nan


_LOSS = ("binary_logloss", "multi_logloss")
METRICS: Mapping[Task, Mapping[str, SearchMetric]] = {
    Task.REGRESSION: {
        each.name: each
        for each in (
            SearchMetric("rmse", _rmse, ("l2", "l2"), more_is_better=False),
            SearchMetric("mae", _absolute, ("l1", "l1"), more_is_better=False),
            SearchMetric("rmsle", _logarithmic, ("l2", "l2"), more_is_better=False),
            SearchMetric("r2", _r2, ("l2", "l2"), more_is_better=True),
        )
    },
    Task.CLASSIFICATION: {
        each.name: each
        for each in (
            SearchMetric("log_loss", _log_loss, _LOSS, more_is_better=False),
            SearchMetric("roc_auc", _roc_auc, _LOSS, more_is_better=True),
            SearchMetric("pr_auc", _pr_auc, _LOSS, more_is_better=True),
            SearchMetric("accuracy", _accuracy, _LOSS, more_is_better=True),
            SearchMetric("f1_score", _f1, _LOSS, more_is_better=True),
        )
    },
}
