"""The measures that a search can look for, each as a number of which more is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.metrics import classification_metrics, regression_metrics
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class SearchMetric:
    """`value` is the measure under its own name; `of` (target (n,), scores (n, k) or (n, 1), weights) gives it.

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
    if scores.shape[1] != 2 or weights is not None:
        return classification_metrics(target, scores)["roc_auc"]
    # The Mann-Whitney statistic: the share of pairs that stand in their right order, ties by half.
    order = np.argsort(scores[:, 1], kind="stable")
    ranked = scores[order, 1]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    lengths = np.diff(np.r_[starts, len(ranked)])
    ranks = np.repeat(starts + (lengths + 1) / 2.0, lengths)
    positive = target[order] == 1
    count = int(positive.sum())
    if not 0 < count < len(target):
        return np.nan
    return float((ranks[positive].sum() - count * (count + 1) / 2.0) / (count * (len(target) - count)))


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


def _of_classes(name: str) -> Callable[[Floats, Floats, Floats | None], float]:
    def measured(target: Floats, scores: Floats, weights: Floats | None) -> float:  # noqa: ARG001
        return classification_metrics(target, scores)[name]

    return measured


def _r2(target: Floats, scores: Floats, weights: Floats | None) -> float:  # noqa: ARG001
    return regression_metrics(target, scores[:, 0])["r2_score"]


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
            SearchMetric("accuracy", _of_classes("accuracy"), _LOSS, more_is_better=True),
            SearchMetric("f1_score", _of_classes("f1_score"), _LOSS, more_is_better=True),
        )
    },
}
