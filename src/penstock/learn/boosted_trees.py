"""Gradient-boosted trees, for values and for classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.learner import Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.schema import Task
from penstock.learn.tree_explainer import TreeExplainer
from penstock.learn.tree_growth import grow
from penstock.learn.tree_options import BOOSTED_OPTIONS

Json = Any


class BoostedTreeRegressor:
    """Trees that each lessen the squared error of those before."""

    model_type = "boosted_tree_regressor"
    task = Task.REGRESSION
    summary = (
        "Gradient-boosted trees for the squared error, grown by LightGBM on histograms, with native "
        "categories (Ke et al. 2017, «LightGBM: A Highly Efficient Gradient Boosting Decision Tree»)."
    )
    options: tuple[OptionSpec, ...] = BOOSTED_OPTIONS

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        return grow(data, options, progress, warm_start, forest=False)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        return TreeExplainer(details, native)


class BoostedTreeClassifier:
    """Trees that each lessen the log loss of those before, one a class and round."""

    model_type = "boosted_tree_classifier"
    task = Task.CLASSIFICATION
    summary = (
        "Gradient-boosted trees for the log loss (logistic for two classes, softmax for more), grown by "
        "LightGBM on histograms, with native categories (Ke et al. 2017, «LightGBM: A Highly Efficient "
        "Gradient Boosting Decision Tree»)."
    )
    options: tuple[OptionSpec, ...] = BOOSTED_OPTIONS

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        return grow(data, options, progress, warm_start, forest=False)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        return TreeExplainer(details, native)
