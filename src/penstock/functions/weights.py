"""ML.WEIGHTS: what a linear model multiplies its inputs by, and the vectors of a matrix factorization."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.names import with_article
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.functions.label import arrow_type
from penstock.lake.database import ArrowRows
from penstock.learn.recommender import Side, recommender_of
from penstock.learn.schema import FeatureType, Task

CATEGORY_WEIGHTS = pa.list_(pa.struct([("category", pa.string()), ("weight", pa.float64())]))
COLUMNS = (
    ("processed_input", pa.string()),
    ("weight", pa.float64()),
    ("category_weights", CATEGORY_WEIGHTS),
)
CLASS_LABEL = ("class_label", pa.string())
FACTOR = pa.struct([pa.field("factor", pa.int64()), pa.field("weight", pa.float64())])
FACTORS = pa.schema(
    [
        ("processed_input", pa.string()),
        ("feature", pa.string()),
        ("factor_weights", pa.list_(FACTOR)),
        ("intercept", pa.float64()),
    ]
)
# What BigQuery ML calls the intercept of all scores.
GLOBAL_INTERCEPT = "global__intercept__"


def weights(call: Call) -> ArrowRows:
    """Return one row an input of the model, and one for each class and input of a model of more than two
    classes.
    """
    manifest = call.fitted.manifest
    if manifest.task is Task.RECOMMENDATION:
        return _factors(call)
    columns = (*COLUMNS, CLASS_LABEL) if len(manifest.classes) > 2 else COLUMNS
    kept = "standardized_weights" if call.options["standardize"] else "weights"
    rows = [_row(row) for row in manifest.details[kept]]
    return fixed_rows(pa.Table.from_pylist(rows, schema=pa.schema(list(columns))))


def _factors(call: Call) -> ArrowRows:
    """Return one row a user and item with its vector and intercept, and one for the intercept of all."""
    if "standardize" in call.given:
        raise InvalidOption.of(
            f"The option standardize of {call.name} is for linear models; {call.model_name} is "
            f"{with_article(call.fitted.manifest.model_type)} model.",
            span=call.span,
            hint="Leave it out.",
        )
    model = recommender_of(call.fitted)
    parts = [_side(side) for side in (model.users, model.items)]
    whole: tuple[list[object], ...] = ([None], [GLOBAL_INTERCEPT], [[]], [model.intercept])
    parts.append(
        pa.table([pa.array(values, field.type) for values, field in zip(whole, FACTORS, strict=True)], FACTORS)
    )
    return fixed_rows(pa.concat_tables(parts))


def _side(side: Side) -> pa.Table:
    known, count = side.factors[1:], side.factors.shape[1]
    pairs = pa.StructArray.from_arrays(
        [pa.array(np.tile(np.arange(1, count + 1), len(known))), pa.array(known.reshape(-1))], fields=list(FACTOR)
    )
    names = pa.array(side.words, pa.string() if side.feature.type is FeatureType.STRING else pa.float64())
    return pa.table(
        [
            pa.repeat(side.feature.name, len(known)),
            names.cast(arrow_type(side.feature.arrow)).cast(pa.string()),
            pa.ListArray.from_arrays(np.arange(0, known.size + 1, count, dtype=np.int32), pairs, type=pa.list_(FACTOR)),
            pa.array(side.intercepts[1:]),
        ],
        FACTORS,
    )


def _row(row: dict[str, object]) -> dict[str, object]:
    """Return a row of the details with an empty array, not NULL, for an input without categories."""
    return {**row, "category_weights": row.get("category_weights") or []}


WEIGHTS = FunctionSpec(
    name="ML.WEIGHTS",
    summary="Shows the weights of a linear model, or the vectors of a matrix factorization.",
    run=weights,
    trials="each",
    detail="weights",
    families="linear and logistic regression and matrix factorization",
    tasks=(Task.REGRESSION, Task.CLASSIFICATION, Task.RECOMMENDATION),
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
        OutputColumn("feature", "STRING", "Matrix factorization: the user or the item; `global__intercept__` for all."),
        OutputColumn(
            "factor_weights",
            "ARRAY<STRUCT<factor INT64, weight FLOAT64>>",
            "Matrix factorization: the vector, factors counted from 1.",
        ),
        OutputColumn("intercept", "FLOAT64", "Matrix factorization: what is added for it; 0 with implicit feedback."),
    ),
    example="SELECT processed_input, weight FROM ML.WEIGHTS(MODEL fares)",
)
