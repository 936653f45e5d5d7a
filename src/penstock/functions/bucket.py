"""Buckets of numbers as scalar SQL: which bucket a number falls in, and what the bucket is called."""

from __future__ import annotations

import json
from collections.abc import Sequence

from penstock.functions.literal import double_sql, text_sql


def bucket_sql(number: str, splits: Sequence[float], output_format: str) -> str:
    """Return DuckDB SQL for the bucket of a number of type DOUBLE; `splits` ascend.

    Bucket i reaches from split i - 1, included, to split i; the outer two have no end. NULL and NaN have no
    bucket.
    """
    names = bucket_names(splits, output_format)
    cases = [
        f"WHEN {number} < {double_sql(split)} THEN {text_sql(name)}" for split, name in zip(splits, names, strict=False)
    ]
    empty = f"WHEN {number} IS NULL OR isnan({number}) THEN CAST(NULL AS VARCHAR)"
    return f"(CASE {' '.join([empty, *cases])} ELSE {text_sql(names[-1])} END)"


def bucket_names(splits: Sequence[float], output_format: str) -> list[str]:
    """Return what the buckets between ascending splits are called, one more than there are splits.

    >>> bucket_names([1, 2.5], "bucket_ranges")
    ['(-inf, 1)', '[1, 2.5)', '[2.5, +inf)']
    """
    count = len(splits) + 1
    if output_format == "bucket_names":
        return [f"bin_{place}" for place in range(1, count + 1)]
    ends = [_short(split) for split in splits]
    if output_format == "bucket_ranges_json":
        bounds = ["-Infinity", *ends, "Infinity"]
        return [json.dumps({"start": bounds[at], "end": bounds[at + 1]}) for at in range(count)]
    starts = ["(-inf", *(f"[{end}" for end in ends)]
    return [f"{start}, {end})" for start, end in zip(starts, [*ends, "+inf"], strict=True)]


def _short(split: float) -> str:
    """Return a number as a person writes it: 2, not 2.0."""
    return f"{split:.0f}" if float(split).is_integer() and abs(split) < 1e15 else repr(float(split))
