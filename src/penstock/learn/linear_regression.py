"""Linear regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.learner import Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.linear_explainer import LinearExplainer
from penstock.learn.linear_fit import LinearTask, fit_linear
from penstock.learn.linear_model import Link
from penstock.learn.linear_option import AUTO, DESCENT, NORMAL, linear_options
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
Json = Any


class SquaredLoss:
    """Half the squared error; reported is the mean squared error."""

    def value(self, scores: Floats, target: Floats, weights: Floats | None) -> float:
        squares = np.sum((scores - target) ** 2, axis=1)
        return 0.5 * float(squares.sum() if weights is None else squares @ weights)

    def slope(self, scores: Floats, target: Floats, weights: Floats | None) -> Floats:
        error: Floats = scores - target
        return error if weights is None else error * weights[:, None]

    def reported(self, value: float, total: float) -> float:
        return 2.0 * value / total


class LinearRegression:
    """Least squares on standardised numbers and one-hot categories."""

    model_type = "linear_reg"
    task = Task.REGRESSION
    summary = (
        "Linear regression by least squares on standardised numbers and one-hot categories: the normal "
        "equation in NumPy, "
        "LSMR of SciPy for very wide tables, L-BFGS-B of SciPy with an L1 penalty."
    )
    options: tuple[OptionSpec, ...] = linear_options(
        (AUTO, DESCENT, NORMAL),
        "AUTO_STRATEGY solves the normal equation, and goes in rounds of L-BFGS with l1_reg or warm_start. Tables with "
        "less than 10 rows a category, or more than 10,000 categories, are solved too, where BigQuery ML stops on the "
        "way. BATCH_GRADIENT_DESCENT takes max_iterations steps down the slope, as AUTO_STRATEGY's rounds do where the "
        "rate of learning is set.",
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit by the strategy asked for; raises InvalidOption for the normal equation with an L1 penalty."""
        if options["optimize_strategy"] == NORMAL and options["l1_reg"]:
            raise InvalidOption.of(
                "The normal equation has no L1 penalty.",
                hint="Leave optimize_strategy or l1_reg out.",
                option="optimize_strategy",
            )
        kept = ~data.held_out
        weights = None if data.weights is None else data.weights[kept]
        start = np.array([np.average(data.target[kept], weights=weights)])
        task = LinearTask(SquaredLoss(), Link.IDENTITY, data.target[:, None], start, squared=True)
        return fit_linear(data, options, progress, warm_start, task)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        """Return the explainer of a fitted model."""
        return LinearExplainer(details)
