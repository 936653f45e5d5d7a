"""Logistic regression, for two classes and for more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.learner import Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.linear_explainer import LinearExplainer
from penstock.learn.linear_fit import LinearTask, fit_linear
from penstock.learn.linear_model import Link
from penstock.learn.linear_option import AUTO, DESCENT, linear_options
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
Json = Any


class LogLoss:
    """The log loss of the log odds of the second class, (n, 1); the target is 0 or 1."""

    def value(self, scores: Floats, target: Floats, weights: Floats | None) -> float:
        losses = (np.logaddexp(0.0, scores) - target * scores)[:, 0]
        return float(losses.sum() if weights is None else losses @ weights)

    def slope(self, scores: Floats, target: Floats, weights: Floats | None) -> Floats:
        # Both halves of the logistic function by the half that does not overflow.
        small = np.exp(-np.abs(scores))
        error: Floats = np.where(scores >= 0, 1.0, small) / (1.0 + small) - target
        return error if weights is None else error * weights[:, None]

    def reported(self, value: float, total: float) -> float:
        return value / total


class SoftmaxLoss:
    """The log loss of logits, (n, k); the target is 1 in the column of the row's class, else 0."""

    def value(self, scores: Floats, target: Floats, weights: Floats | None) -> float:
        top = scores.max(axis=1, keepdims=True)
        losses = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0] - np.sum(target * scores, axis=1)
        return float(losses.sum() if weights is None else losses @ weights)

    def slope(self, scores: Floats, target: Floats, weights: Floats | None) -> Floats:
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        error: Floats = powers / powers.sum(axis=1, keepdims=True) - target
        return error if weights is None else error * weights[:, None]

    def reported(self, value: float, total: float) -> float:
        return value / total


class LogisticRegression:
    """Log odds linear in standardised numbers and one-hot categories."""

    model_type = "logistic_reg"
    task = Task.CLASSIFICATION
    summary = (
        "Logistic regression on standardised numbers and one-hot categories, multinomial for more than two "
        "classes, by "
        "L-BFGS-B of SciPy."
    )
    options: tuple[OptionSpec, ...] = linear_options(
        (AUTO, DESCENT),
        "AUTO_STRATEGY goes in rounds of L-BFGS, of which each gets further than a step of gradient descent: "
        "max_iterations at most; to the least loss with early_stop = FALSE and many of them. "
        "BATCH_GRADIENT_DESCENT takes "
        "max_iterations steps down the slope, as AUTO_STRATEGY does where the rate of learning is set.",
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit by the strategy asked for."""
        kept = ~data.held_out
        codes = data.target.astype(np.int64)
        counts = np.bincount(
            codes[kept],
            weights=None if data.weights is None else data.weights[kept],
            minlength=len(data.classes),
        )
        logs = np.log(np.maximum(counts, 1e-9))
        if len(data.classes) == 2:
            task = LinearTask(LogLoss(), Link.LOGIT, data.target[:, None], np.diff(logs), squared=False)
        else:
            target = (codes[:, None] == np.arange(len(data.classes))).astype(np.float64)
            task = LinearTask(SoftmaxLoss(), Link.SOFTMAX, target, logs - logs.mean(), squared=False)
        return fit_linear(data, options, progress, warm_start, task)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        """Return the explainer of a fitted model."""
        return LinearExplainer(details)
