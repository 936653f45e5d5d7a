"""One JSON or Python value as a feature's value: checked, converted, and as it stands in the log."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from penstock.learn.schema import Feature, FeatureType

Json = Any
# The value as the model reads it, and as JSON for the log.
Converted = tuple[object, Json]
Converter = Callable[[object], Converted]
_INT64 = 2**63


def expectation(feature: Feature) -> str:
    """Return in words what a value of the feature must be."""
    match feature.type:
        case FeatureType.NUMBER:
            return "a number"
        case FeatureType.BOOLEAN:
            return "true or false"
        case FeatureType.STRING:
            return "a text"
        case FeatureType.DATE:
            return "a date such as 2026-03-31"
        case FeatureType.TIMESTAMP:
            return "a moment such as 2026-03-31T09:30:00Z"
        case FeatureType.TIME:
            return "a time such as 09:30:00"
        case FeatureType.STRING_LIST:
            return "a list of texts" if feature.dimension is None else f"a list of {feature.dimension} texts"
        case FeatureType.NUMBER_LIST:
            return "a list of numbers" if feature.dimension is None else f"a list of {feature.dimension} numbers"
        case FeatureType.SPARSE_VECTOR:
            return f'a list of pairs {{"index": i, "value": v}}, or of {feature.dimension} numbers'


def converter(feature: Feature) -> Converter:
    """Return the function that converts one value, not NULL; it raises ValueError for one that does not fit."""
    match feature.type:
        case FeatureType.NUMBER:
            return number
        case FeatureType.BOOLEAN:
            return _boolean
        case FeatureType.STRING:
            return _text
        case FeatureType.DATE:
            return _date
        case FeatureType.TIMESTAMP:
            return _moment
        case FeatureType.TIME:
            return _time
        case FeatureType.STRING_LIST:
            return lambda value: _texts(value, feature.dimension)
        case FeatureType.NUMBER_LIST:
            return lambda value: _numbers(value, feature.dimension)
        case FeatureType.SPARSE_VECTOR:
            return lambda value: _sparse(value, feature.dimension or 0)


def number(value: object) -> Converted:
    """Return a number twice; NaN is NULL, and an infinity is logged by its name, which JSON has not."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        try:
            value = float(value)
        except OverflowError as problem:
            raise ValueError("too large") from problem
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return None, None
        return value, "Infinity" if value > 0 else "-Infinity"
    return value, value


def _boolean(value: object) -> Converted:
    if not isinstance(value, bool | np.bool_):
        raise ValueError("no boolean")
    return bool(value), bool(value)


def _text(value: object) -> Converted:
    if not isinstance(value, str):
        raise ValueError("no text")
    # Half of a surrogate pair is no text that could be written down.
    value.encode()
    return str(value), str(value)


def _date(value: object) -> Converted:
    if isinstance(value, str):
        return dt.date.fromisoformat(value), value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value, value.isoformat()
    raise ValueError("no date")


def _moment(value: object) -> Converted:
    if isinstance(value, str):
        return _in_utc(dt.datetime.fromisoformat(value)), value
    if isinstance(value, dt.datetime):
        return _in_utc(value), value.isoformat()
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC), value.isoformat()
    raise ValueError("no moment")


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _time(value: object) -> Converted:
    found = dt.time.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, dt.time) or found.tzinfo is not None:
        raise ValueError("no time of day")
    return found, value if isinstance(value, str) else found.isoformat()


def _texts(value: object, dimension: int | None) -> Converted:
    items = [None if item is None else _text(item)[0] for item in _items(value)]
    if dimension is not None and len(items) != dimension:
        raise ValueError("another length")
    return items, items


def _numbers(value: object, dimension: int | None) -> Converted:
    items = [(None, None) if item is None else number(item) for item in _items(value)]
    if dimension is not None and len(items) != dimension:
        raise ValueError("another length")
    return [given for given, _ in items], [logged for _, logged in items]


def _sparse(value: object, dimension: int) -> Converted:
    """Return the pairs of a sparse vector, which may be written out, as tensors have it."""
    items = _items(value)
    written = len(items) == dimension and not any(isinstance(item, Mapping | list | tuple) for item in items)
    pairs = list(enumerate(items)) if written else [_pair(item) for item in items]
    values = [(None, None) if value is None else number(value) for _, value in pairs]
    given, logged = (
        [{"index": index, "value": each[side]} for (index, _), each in zip(pairs, values, strict=True)]
        for side in (0, 1)
    )
    return given, logged


def _pair(item: object) -> tuple[int, object]:
    values = list(item.values()) if isinstance(item, Mapping) else item
    if not isinstance(values, list | tuple) or len(values) != 2:
        raise ValueError("no pair")
    index, _ = number(values[0])
    if not isinstance(index, int) or index < 0:
        raise ValueError("no index")
    return index, values[1]


def _items(value: object) -> list[object]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        raise ValueError("no list")
    return list(value)
