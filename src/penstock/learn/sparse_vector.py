"""Sparse vectors, lists of pairs of an index from 0 and a value: what encoders of words give, read as dense rows.

What a list does not name is 0; what it names twice is added up. An index that no row of training had is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData

Floats = NDArray[np.float64]
# So many cells are written out at most: four gigabytes.
MOST_CELLS = 500_000_000


def is_sparse(kind: pa.DataType) -> bool:
    """Return whether a type is a list of structs of a whole number and a number."""
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not lists or not pa.types.is_struct(kind.value_type) or kind.value_type.num_fields != 2:
        return False
    index, value = (field.type for field in kind.value_type)
    number = pa.types.is_integer(value) or pa.types.is_floating(value) or pa.types.is_decimal(value)
    return bool(pa.types.is_integer(index) and number)


def pairs(chunk: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return the row, the index and the value of every pair; NaN for a NULL value, -1 for a NULL index."""
    items = pc.list_flatten(chunk)
    index = pc.fill_null(pc.struct_field(items, [0]).cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    value = pc.struct_field(items, [1]).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return pc.list_parent_indices(chunk).to_numpy(zero_copy_only=False).astype(np.int64), index, value


def dimension_of(name: str, column: pa.ChunkedArray) -> tuple[int, str | None]:
    """Return how long the vectors are, one more than the greatest index, and what is wrong with them, if anything."""
    indices = [pairs(chunk)[1] for chunk in column.chunks]
    if any((index < 0).any() for index in indices):
        return 0, f"The sparse vectors of {name!r} have an index that is NULL or negative."
    dimension = 1 + max((int(index.max(initial=0)) for index in indices), default=0)
    if dimension * len(column) > MOST_CELLS:
        size = dimension * len(column) * 8 / 2**30
        return 0, f"The sparse vectors of {name!r} have {dimension:,} places in {len(column):,} rows, {size:,.0f} GiB."
    return dimension, None


def sparse_rows(chunk: pa.Array, name: str, dimension: int) -> Floats:
    """Return sparse vectors as float64 of shape (n, dimension), NaN for NULL; raises BadData for a negative index."""
    rows: Floats = np.zeros((len(chunk), dimension))
    if chunk.null_count:
        rows[chunk.is_null().to_numpy(zero_copy_only=False)] = np.nan
    if pa.types.is_null(chunk.type):
        return rows
    of_row, index, value = pairs(chunk)
    if (index < 0).any():
        raise BadData.of(f"A sparse vector in {name!r} has an index that is NULL or negative.")
    known = index < dimension
    np.add.at(rows, (of_row[known], index[known]), value[known])
    return rows


def sparse_row(value: object, dimension: int) -> list[float] | None:
    """Return one vector of Python values written out; None for what is none.

    A list of pairs, each a mapping of two values or two values in a row; or all `dimension` numbers.
    """
    if not isinstance(value, list | tuple | np.ndarray):
        return None
    items = [list(item.values()) if isinstance(item, Mapping) else item for item in value]
    if len(items) == dimension and all(_is_number(item) for item in items):
        return [_as_float(item) for item in items]
    row = [0.0] * dimension
    for item in items:
        if not isinstance(item, list | tuple) or len(item) != 2 or not _is_number(item[1]):
            return None
        index = item[0]
        if isinstance(index, bool) or not isinstance(index, int | np.integer) or index < 0:
            return None
        if index < dimension:
            row[int(index)] += _as_float(item[1])
    return row


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, float | int | Decimal | np.number) and not isinstance(value, bool))


def _as_float(value: object) -> float:
    return math.nan if value is None else float(value)  # type: ignore[arg-type]
