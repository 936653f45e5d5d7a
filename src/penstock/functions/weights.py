"""ML.WEIGHTS: what a linear model multiplies its inputs by."""

from __future__ import annotations

import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows

CATEGORY_WEIGHTS = pa.list_(pa.struct([("category", pa.string()), ("weight", pa.float64())]))
COLUMNS = (
    ("processed_input", pa.string()),
    ("weight", pa.float64()),
    ("category_weights", CATEGORY_WEIGHTS),
)
CLASS_LABEL = ("class_label", pa.string())


def weights(call: Call) -> ArrowRows:
    """Return one row an input of the model, and one for each class and input of a model of more than two
    classes.
    """
    manifest = call.fitted.manifest
    columns = (*COLUMNS, CLASS_LABEL) if len(manifest.classes) > 2 else COLUMNS
    kept = "standardized_weights" if call.options["standardize"] else "weights"
    rows = [_row(row) for row in manifest.details[kept]]
    return fixed_rows(pa.Table.from_pylist(rows, schema=pa.schema(list(columns))))


def _row(row: dict[str, object]) -> dict[str, object]:
    """Return a row of the details with an empty array, not NULL, for an input without categories."""
    return {**row, "category_weights": row.get("category_weights") or []}


WEIGHTS = FunctionSpec(
    name="ML.WEIGHTS",
    summary="Shows the weights of a linear model.",
    run=weights,
    detail="weights",
    families="linear and logistic regression",
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
        OutputColumn("weight", "FLOAT64", "The weight of a number; NULL for a column of categories."),
        OutputColumn(
            "category_weights",
            "ARRAY<STRUCT<category STRING, weight FLOAT64>>",
            "The weight of each category; empty for a number.",
        ),
        OutputColumn("class_label", "STRING", "The class that the weights are of; only with more than two classes."),
    ),
    example="SELECT processed_input, weight FROM ML.WEIGHTS(MODEL fares)",
)
