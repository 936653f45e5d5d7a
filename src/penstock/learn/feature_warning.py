"""Features that a model learns nothing good of: empty ones, infinite ones, identifiers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.names import star_without
from penstock.learn.feature_column import numbers, strings
from penstock.learn.learner import TrainingData
from penstock.learn.schema import FeatureType

# Fewer rows may well have a value each.
LEAST_ROWS = 100
# From such a share of distinct texts on they tell rows apart, or are mostly seen once.
_TELLS_ROWS_APART, _MOSTLY_ONCE = 0.9, 0.5
# Of a column with more rows than this, as many are looked at first.
_LOOKED_AT = 10_000
# Distinct whole numbers that lie this close number the rows, in whatever order or in ascending order; moments and
# amounts lie further apart.
_DENSE, _DENSE_IN_ORDER = 2, 20


def feature_warnings(data: TrainingData) -> tuple[Diagnostic, ...]:
    """Return a warning for each feature without a value, with infinite values, or with a value of its own a row."""
    found: list[Diagnostic] = []
    for feature in data.features:
        column = data.columns.column(feature.name)
        if _is_empty(column):
            nothing = "NULL" if column.null_count == len(column) else "NULL or NaN"
            message = f"The feature {feature.name!r} is {nothing} in every row; it teaches nothing."
            hint = "Leave it out of the query, or look at where it comes from."
            found.append(_warning("empty-feature", message, hint))
            continue
        found += _infinite(feature.name, column)
        if feature.type is FeatureType.STRING:
            found += _texts_seen_once(feature.name, column)
        elif feature.type is FeatureType.NUMBER and pa.types.is_integer(column.type) and numbers_the_rows(column):
            found.append(_identifier(feature.name, len(column), len(column)))
    return tuple(found)


def _warning(code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, message, None, hint, Severity.WARNING)


def _is_empty(column: pa.ChunkedArray) -> bool:
    """Say whether every row is NULL or NaN, which are read alike."""
    if column.null_count == len(column):
        return True
    return pa.types.is_floating(column.type) and all(np.isnan(numbers(chunk)).all() for chunk in column.chunks)


def _infinite(name: str, column: pa.ChunkedArray) -> Iterator[Diagnostic]:
    if not pa.types.is_floating(column.type):
        return
    rows = sum(int(np.count_nonzero(np.isinf(numbers(chunk)))) for chunk in column.chunks)
    if rows:
        message = f"The feature {name!r} is infinite in {rows:,} row{'s' if rows > 1 else ''}."
        yield _warning(
            "infinite-feature", message, "Trees read that as beyond every number, all other model types as NULL."
        )


def _texts_seen_once(name: str, column: pa.ChunkedArray) -> Iterator[Diagnostic]:
    rows = len(column) - column.null_count
    if rows < LEAST_ROWS:
        return
    texts = pa.chunked_array([strings(chunk) for chunk in column.chunks])
    first = texts.slice(0, _LOOKED_AT)
    if rows > _LOOKED_AT and _distinct(first) <= _MOSTLY_ONCE * (len(first) - first.null_count):
        return
    distinct = _distinct(texts)
    if distinct >= _TELLS_ROWS_APART * rows:
        yield _identifier(name, distinct, rows)
    elif distinct > _MOSTLY_ONCE * rows:
        message = f"The feature {name!r} has {distinct:,} different values in {rows:,} rows; most are seen once."
        yield _warning("rare-values", message, "Group them into fewer, or leave the column out of the query.")


def _distinct(texts: pa.ChunkedArray) -> int:
    if pa.types.is_dictionary(texts.type):
        texts = pc.unique(texts.unify_dictionaries()).cast(texts.type.value_type)
    count: int = pc.count_distinct(texts, mode="only_valid").as_py()
    return count


def _identifier(name: str, distinct: int, rows: int) -> Diagnostic:
    message = f"The feature {name!r} has {distinct:,} different values in {rows:,} rows; it looks like an identifier."
    return _warning("identifier", message, f"Leave it out of the query: SELECT {star_without(name)}.")


def numbers_the_rows(column: pa.ChunkedArray) -> bool:
    """Say whether whole numbers are distinct and leave so few out that they can hardly have been measured."""
    rows = len(column)
    if rows < LEAST_ROWS or column.null_count:
        return False
    ends = pc.min_max(column)
    least, range_ = ends["min"].as_py(), ends["max"].as_py() - ends["min"].as_py() + 1
    if not rows <= range_ <= _DENSE_IN_ORDER * rows:
        return False
    values = np.concatenate([chunk.to_numpy() for chunk in column.chunks])
    if bool(np.all(values[1:] > values[:-1])) or bool(np.all(values[1:] < values[:-1])):
        return True
    seen = np.bincount((values - least).astype(np.int64), minlength=1)
    return range_ <= _DENSE * rows and int(seen.max()) == 1
