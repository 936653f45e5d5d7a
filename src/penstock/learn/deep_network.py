"""Neural networks of a label: deep ones, and wide and deep ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.activation import ACTIVATIONS
from penstock.learn.integrated_gradients import IntegratedGradients
from penstock.learn.learner import Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.neural_fit import fit_network
from penstock.learn.neural_option import gradient_option, neural_options, optimizer_options, part_options
from penstock.learn.schema import Task

Json = Any
_UNITS = (
    "The units of each hidden layer, the first one first: [64, 16]. By default one layer of rows / (10 × (columns + "
    "outputs)) units, at least 1 and at most 128; a category counts as a column."
)
_SOURCE = "trained with PyTorch on standardised numbers and one-hot categories"
DEEP_OPTIONS: tuple[OptionSpec, ...] = (
    *neural_options(ACTIVATIONS, _UNITS),
    *optimizer_options(),
    gradient_option(15, 30),
)
WIDE_AND_DEEP_OPTIONS: tuple[OptionSpec, ...] = (
    *neural_options(ACTIVATIONS, _UNITS),
    *part_options(),
    gradient_option(50, None),
)


class _Family:
    """What the four model types share."""

    model_type = ""
    wide = False

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit; raises MissingExtra without PyTorch, InvalidOption for penalties that the optimiser has not."""
        return fit_network(data, options, progress, warm_start, self.model_type, wide=self.wide)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        """Return the explainer of a fitted model."""
        return IntegratedGradients.of(details, files)


class DeepClassifier(_Family):
    model_type = "dnn_classifier"
    task = Task.CLASSIFICATION
    summary = f"A feed-forward neural network that gives the probability of each class, {_SOURCE}."
    options = DEEP_OPTIONS


class DeepRegressor(_Family):
    model_type = "dnn_regressor"
    task = Task.REGRESSION
    summary = f"A feed-forward neural network that gives a number, {_SOURCE}."
    options = DEEP_OPTIONS


class WideAndDeepClassifier(_Family):
    model_type = "dnn_linear_combined_classifier"
    task = Task.CLASSIFICATION
    summary = f"A linear model and a neural network side by side (Cheng and others 2016), for classes, {_SOURCE}."
    options = WIDE_AND_DEEP_OPTIONS
    wide = True


class WideAndDeepRegressor(_Family):
    model_type = "dnn_linear_combined_regressor"
    task = Task.REGRESSION
    summary = f"A linear model and a neural network side by side (Cheng and others 2016), for a number, {_SOURCE}."
    options = WIDE_AND_DEEP_OPTIONS
    wide = True
