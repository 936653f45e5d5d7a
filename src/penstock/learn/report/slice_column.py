"""A column cut into slices: its categories, its few values or its quartiles, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.feature_column import numbers, strings
from penstock.learn.schema import Feature, FeatureType

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
MISSING = "NULL"
# Of a column of many categories the most frequent ones are looked at.
MOST_CATEGORIES = 12
# So few different numbers stand for themselves; of more there are quartiles.
_FEW_VALUES = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Farther from 1970 than this, in seconds, Python has no date.
_FARTHEST = 60_000_000_000.0


@dataclass(frozen=True)
class SliceColumn:
    """`codes` (n,) names the slice of each row by its place in `names`; -1 for none. `is_category` says that its slices
    are the column's own values rather than ranges of them.
    """

    column: str
    codes: Codes
    names: tuple[str, ...]
    is_category: bool


def sliced(column: pa.ChunkedArray, feature: Feature) -> SliceColumn | None:
    """Return the slices of a feature's column; None for lists and vectors, which have none."""
    match feature.type:
        case FeatureType.STRING:
            return _of_categories(column, feature.name)
        case FeatureType.STRING_LIST | FeatureType.NUMBER_LIST | FeatureType.SPARSE_VECTOR:
            return None
        case _:
            values = np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])
            return _of_numbers(values, feature)


def _of_categories(column: pa.ChunkedArray, name: str) -> SliceColumn:
    coded = pa.chunked_array([strings(chunk) for chunk in column.chunks], column.type)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    coded = coded.combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().chunk(0) if coded.num_chunks else pa.array([], pa.string())
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=len(coded.dictionary))
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_CATEGORIES])
    place = np.full(len(counts) + 1, -1, np.int64)
    place[kept] = np.arange(len(kept))
    place[-1] = len(kept)
    words = coded.dictionary.take(pa.array(kept)).to_pylist()
    names = (*("" if word is None else str(word) for word in words), MISSING)
    return SliceColumn(name, place[codes], names, is_category=True)


def _of_numbers(values: Floats, feature: Feature) -> SliceColumn:
    known = np.isfinite(values)
    distinct = np.unique(values[known])
    if len(distinct) <= _FEW_VALUES:
        codes = np.searchsorted(distinct, values)
        names = tuple(_word(value, feature) for value in distinct.tolist())
    else:
        edges = np.unique(np.quantile(values[known], (0.25, 0.5, 0.75)))
        codes = np.searchsorted(edges, values, side="left")
        words = [_word(edge, feature) for edge in edges.tolist()]
        names = _ranges(words, begins=words[0] if edges[0] == distinct[0] else f"to {words[0]}")
    codes = np.where(known, codes, -1)
    codes = np.where(np.isnan(values), len(names), codes)
    few = len(distinct) <= _FEW_VALUES and feature.type in (FeatureType.NUMBER, FeatureType.BOOLEAN)
    return SliceColumn(feature.name, codes.astype(np.int64), (*names, MISSING), is_category=few)


def _ranges(edges: Sequence[str], begins: str) -> tuple[str, ...]:
    between = (f"over {low}, to {high}" for low, high in pairwise(edges))
    return (begins, *between, f"over {edges[-1]}")


def _word(value: float, feature: Feature) -> str:
    """Return a number as people write it: a moment as a date, a truth as a word."""
    match feature.type:
        case FeatureType.BOOLEAN:
            return "true" if value else "false"
        case FeatureType.DATE | FeatureType.TIMESTAMP if abs(value) < _FARTHEST:
            moment = _EPOCH + timedelta(seconds=value)
            return f"{moment:%Y-%m-%d}" if feature.type is FeatureType.DATE else f"{moment:%Y-%m-%d %H:%M}"
        case FeatureType.TIME:
            return f"{int(value // 3600):02}:{int(value // 60 % 60):02}"
        case _:
            return f"{value:.6g}"
