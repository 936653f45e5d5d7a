"""ML.ADVANCED_WEIGHTS: the weights of a linear model, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows

TEXTS = ("processed_input", "category")
NUMBERS = ("weight", "standard_error", "p_value")


def advanced_weights(call: Call) -> ArrowRows:
    """Return one row an input of the model and category of it.

    The error and p-value of the category that the others stand beside are NaN, as in BigQuery ML; those of an intercept
    that was not estimated are NULL.
    """
    kept = "standardized_advanced_weights" if call.options["standardize"] else "advanced_weights"
    rows = call.fitted.manifest.details[kept]
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in TEXTS}
    for name in NUMBERS:
        columns[name] = pa.array([_number(row, name) for row in rows], pa.float64())
    return fixed_rows(pa.table(columns))


def _number(row: Mapping[str, Any], name: str) -> float | None:
    # The artifact's JSON has no NaN.
    value: float | None = row[name]
    return math.nan if value is None and row["category"] is not None else value


ADVANCED_WEIGHTS = FunctionSpec(
    name="ML.ADVANCED_WEIGHTS",
    summary="Shows the weights of a linear model with their standard errors and p-values.",
    run=advanced_weights,
    detail="advanced_weights",
    families="linear and two-class logistic regression trained with calculate_p_values = TRUE",
    options=(
        OptionSpec(
            "standardize",
            "boolean",
            False,
            "Give the weights of the standardised inputs instead of those in the inputs' own units.",
        ),
    ),
    output=(
        OutputColumn("processed_input", "STRING", "The input after preprocessing; the intercept is `__INTERCEPT__`."),
        OutputColumn("category", "STRING", "The category that the weight is of; NULL for a number."),
        OutputColumn(
            "weight", "FLOAT64", "The weight; 0 for the most frequent category, which the others stand beside."
        ),
        OutputColumn(
            "standard_error",
            "FLOAT64",
            "The standard error of the weight; NaN for that category, NULL for the intercept without `standardize`.",
        ),
        OutputColumn(
            "p_value",
            "FLOAT64",
            "How likely so great a weight is by chance where the true one is 0, by the normal distribution.",
        ),
    ),
    example="SELECT processed_input, category, weight, p_value FROM ML.ADVANCED_WEIGHTS(MODEL fares) ORDER BY p_value",
)
