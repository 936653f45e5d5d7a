"""Random forests, for values and for classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.learner import Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.schema import Task
from penstock.learn.tree_explainer import TreeExplainer
from penstock.learn.tree_growth import grow
from penstock.learn.tree_options import FOREST_OPTIONS

Json = Any
_SOURCE = (
    "grown side by side by LightGBM, each on its own draw of the rows, each split on its own draw of "
    "the columns (Breiman 2001, «Random Forests»)."
)


class RandomForestRegressor:
    """Trees side by side, whose mean is the value."""

    model_type = "random_forest_regressor"
    task = Task.REGRESSION
    summary = f"The mean of trees {_SOURCE}"
    options: tuple[OptionSpec, ...] = FOREST_OPTIONS

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        _refuse_warm_start(warm_start)
        return grow(data, options, progress, None, forest=True)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        return TreeExplainer(details, native)


class RandomForestClassifier:
    """Trees side by side, whose mean is the probability of each class."""

    model_type = "random_forest_classifier"
    task = Task.CLASSIFICATION
    summary = f"The mean class shares of trees {_SOURCE}"
    options: tuple[OptionSpec, ...] = FOREST_OPTIONS

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        _refuse_warm_start(warm_start)
        return grow(data, options, progress, None, forest=True)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        return TreeExplainer(details, native)


def _refuse_warm_start(warm_start: WarmStart | None) -> None:
    if warm_start is not None:
        raise InvalidOption.of(
            "A random forest has no warm start: its trees do not build on each other.", option="warm_start"
        )
