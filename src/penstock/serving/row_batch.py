"""Checked rows as Arrow, in the types that the columns had in training."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.row import CheckedRows

SPARSE_VECTORS = pa.list_(pa.struct([("index", pa.int64()), ("value", pa.float64())]))


def record_batch(rows: CheckedRows, features: Sequence[Feature]) -> pa.RecordBatch:
    """Return the rows' columns in the order of `features`.

    A column of whole numbers or decimals in which a row has another number is float64.
    """
    if rows.batch is not None:
        return rows.batch.select([feature.name for feature in features])
    columns = [arrow_column([row[feature.name] for row in rows.values], feature) for feature in features]
    return pa.RecordBatch.from_arrays(columns, names=[feature.name for feature in features])


def arrow_column(values: list[Any], feature: Feature) -> pa.Array:
    """Return values that fit a feature as a column."""
    match feature.type:
        case FeatureType.NUMBER:
            return _numbers(values, feature.arrow)
        case FeatureType.BOOLEAN:
            return pa.array(values, pa.bool_())
        case FeatureType.STRING:
            return pa.array(values, pa.string())
        case FeatureType.DATE:
            return pa.array(values, pa.date32())
        case FeatureType.TIMESTAMP:
            moments = pa.array(values, pa.timestamp("us", "UTC"))
            return moments if "tz=" in feature.arrow else moments.cast(pa.timestamp("us"))
        case FeatureType.TIME:
            return pa.array(values, pa.time64("us"))
        case FeatureType.STRING_LIST:
            return pa.array(values, pa.list_(pa.string()))
        case FeatureType.NUMBER_LIST:
            return pa.array(values, pa.list_(pa.float64()))
        case FeatureType.SPARSE_VECTOR:
            return pa.array(values, SPARSE_VECTORS)


def _numbers(values: list[Any], arrow: str) -> pa.Array:
    if arrow.startswith("decimal"):
        return _decimals(values, arrow)
    kind = pa.type_for_alias(arrow)
    if pa.types.is_integer(kind):
        whole = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
        if all(value is None or isinstance(value, int) for value in whole):
            try:
                return pa.array(whole, kind)
            except (pa.ArrowInvalid, OverflowError):
                # A number beyond what the column held in training.
                return _floats(whole)
    return _floats(values)


def _floats(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, OverflowError):
        # A whole number that float64 has not.
        return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _decimals(values: list[object], arrow: str) -> pa.Array:
    precision, _, scale = arrow.partition("(")[2].removesuffix(")").partition(",")
    kind = pa.decimal128(min(int(precision), 38), int(scale))
    try:
        return pa.array([None if value is None else Decimal(str(value)) for value in values], kind)
    except (pa.ArrowInvalid, InvalidOperation):
        return pa.array([None if value is None else float(str(value)) for value in values], pa.float64())
