"""ML.FEATURE_INFO: what the input columns looked like in training."""

from __future__ import annotations

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.schema import TRAINED

SCHEMA = pa.schema(
    [
        ("input", pa.string()),
        ("min", pa.float64()),
        ("max", pa.float64()),
        ("mean", pa.float64()),
        ("median", pa.float64()),
        ("stddev", pa.float64()),
        ("category_count", pa.int64()),
        ("null_count", pa.int64()),
        ("dimension", pa.int64()),
    ]
)


def feature_info(call: Call) -> ArrowRows:
    """Return one row a feature with its statistics over the training rows."""
    rows = [dict(row) for row in call.fitted.manifest.feature_info]
    return fixed_rows(pa.Table.from_pylist(rows, schema=SCHEMA))


FEATURE_INFO = FunctionSpec(
    name="ML.FEATURE_INFO",
    summary="Shows what each input column looked like in training.",
    run=feature_info,
    tasks=TRAINED,
    output=(
        OutputColumn("input", "STRING", "The column; with TRANSFORM, one of those that it reads."),
        OutputColumn("min", "FLOAT64", "The least value; NULL for a column without numbers."),
        OutputColumn("max", "FLOAT64", "The greatest value."),
        OutputColumn("mean", "FLOAT64", "The mean of the values that are not NULL."),
        OutputColumn("median", "FLOAT64", "The median."),
        OutputColumn("stddev", "FLOAT64", "The standard deviation of the sample."),
        OutputColumn("category_count", "INT64", "The number of categories; NULL for a column of numbers."),
        OutputColumn("null_count", "INT64", "The number of NULLs."),
        OutputColumn("dimension", "INT64", "The length of a list of numbers; else NULL."),
    ),
    example="SELECT input, null_count FROM ML.FEATURE_INFO(MODEL churn)",
)
