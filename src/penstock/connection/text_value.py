"""Values as people read them, column by column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# Timestamps count as int64 values; DuckDB's infinities are the outermost ones.
INFINITY = (1 << 63) - 1


def value_texts(column: pa.ChunkedArray | pa.Array) -> list[str | None]:
    """Return each value of a column as short text: six digits of a number, moments with a zone to the second.

    NULL stays None. Dates that Python's calendar does not have, infinities and nested values are ordinary values here.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = moment_texts(column)
        if kind.tz is not None:
            column = pc.replace_substring_regex(column, r"(:\d\d)\.\d+", r"\1")
    elif pa.types.is_time(kind):
        column = _without_zeros(column.cast(pa.string()))
    shown = _number if pa.types.is_floating(kind) else value_text
    return [None if value is None else shown(value) for value in column.to_pylist(maps_as_pydicts="strict")]


def value_text(value: Any) -> str:
    """Return one value as text, a struct as `{name: value}` and a list as `[value, value]`."""
    readers: tuple[tuple[type, Callable[[Any], str]], ...] = (
        (str, str),
        (bool, lambda found: "true" if found else "false"),
        (float, _number),
        (bytes, lambda found: f"\\x{found.hex()}"),
        (dict, lambda found: "{" + ", ".join(f"{key}: {_inner(item)}" for key, item in found.items()) + "}"),
        (list, lambda found: "[" + ", ".join(_inner(item) for item in found) + "]"),
        (pa.MonthDayNano, _interval),
    )
    return next((read(value) for kind, read in readers if isinstance(value, kind)), str(value))


def moment_texts(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return timestamps as texts like `2026-01-01 09:00:00.5+00:00`, without a fraction where it is zero."""
    count = column.cast(pa.int64())
    texts = _without_zeros(column.cast(pa.string()))
    texts = pc.replace_substring_regex(texts, r"(:\d\d(?:\.\d+)?)([+-]\d\d)(\d\d)$", r"\1\2:\3")
    texts = pc.replace_substring_regex(texts, r"Z$", "+00:00")
    texts = pc.if_else(pc.equal(count, INFINITY), "infinity", texts)
    return pc.if_else(pc.equal(count, -INFINITY), "-infinity", texts)


def is_number(kind: pa.DataType) -> bool:
    """Return whether values of a type are numbers, which stand to the right of their column."""
    return any(check(kind) for check in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal))


def _without_zeros(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return times without the zeros that end their fraction."""
    texts = pc.replace_substring_regex(texts, r"(\.\d*[1-9])0+(\D|$)", r"\1\2")
    return pc.replace_substring_regex(texts, r"\.0+(\D|$)", r"\1")


def _inner(value: Any) -> str:
    return "NULL" if value is None else value_text(value)


def _number(value: float) -> str:
    """Return six digits, or all of those before the point when there are more."""
    return f"{value:.1f}".removesuffix(".0") if 1e6 <= abs(value) < 1e15 else f"{value:.6g}"


def _interval(value: pa.MonthDayNano) -> str:
    parts = [
        (value.months // 12, "year"),
        (value.months % 12, "month"),
        (value.days, "day"),
        (value.nanoseconds / 1e9, "second"),
    ]
    words = [f"{count:g} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(words) or "0 seconds"
