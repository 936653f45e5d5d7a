"""ML.PRINCIPAL_COMPONENTS and ML.PRINCIPAL_COMPONENT_INFO: the directions that a PCA found, and what each explains."""

from __future__ import annotations

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.schema import Task

COMPONENTS = pa.schema(
    [
        ("principal_component_id", pa.int64()),
        ("feature", pa.string()),
        ("numerical_value", pa.float64()),
        ("categorical_value", pa.list_(pa.struct([("category", pa.string()), ("value", pa.float64())]))),
    ]
)
INFO = pa.schema(
    [
        ("principal_component_id", pa.int64()),
        ("eigenvalue", pa.float64()),
        ("explained_variance_ratio", pa.float64()),
        ("cumulative_explained_variance_ratio", pa.float64()),
    ]
)


def principal_components(call: Call) -> ArrowRows:
    """Return one row a component and feature."""
    return fixed_rows(pa.Table.from_pylist(call.fitted.manifest.details["principal_components"], schema=COMPONENTS))


def principal_component_info(call: Call) -> ArrowRows:
    """Return one row a component."""
    return fixed_rows(pa.Table.from_pylist(call.fitted.manifest.details["principal_component_info"], schema=INFO))


_NUMBER = OutputColumn("principal_component_id", "INT64", "The number of the component, from 0, the widest first.")

PRINCIPAL_COMPONENTS = FunctionSpec(
    name="ML.PRINCIPAL_COMPONENTS",
    summary="Shows how much each feature counts in each principal component.",
    run=principal_components,
    tasks=(Task.DIMENSION_REDUCTION,),
    detail="principal_components",
    families="PCA",
    output=(
        _NUMBER,
        OutputColumn("feature", "STRING", "The feature."),
        OutputColumn("numerical_value", "FLOAT64", "Its weight; NULL for a column of categories."),
        OutputColumn(
            "categorical_value",
            "ARRAY<STRUCT<category STRING, value FLOAT64>>",
            "The weight of each category; empty for a number.",
        ),
    ),
    example="SELECT * FROM ML.PRINCIPAL_COMPONENTS(MODEL shape) WHERE principal_component_id = 0",
)

PRINCIPAL_COMPONENT_INFO = FunctionSpec(
    name="ML.PRINCIPAL_COMPONENT_INFO",
    summary="Shows how much of the variance each principal component explains.",
    run=principal_component_info,
    tasks=(Task.DIMENSION_REDUCTION,),
    detail="principal_component_info",
    families="PCA",
    output=(
        _NUMBER,
        OutputColumn("eigenvalue", "FLOAT64", "The variance of the rows in its direction."),
        OutputColumn("explained_variance_ratio", "FLOAT64", "The same as a share of the total variance."),
        OutputColumn("cumulative_explained_variance_ratio", "FLOAT64", "The sum of the shares up to this component."),
    ),
    example="SELECT * FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL shape)",
)
