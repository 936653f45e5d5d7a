"""A column of any Arrow type as what its summary counts: float64 numbers, or strings."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData

# What the numbers of a numeric summary are: the values themselves, the seconds of a date or timestamp since
# 1970-01-01T00:00:00Z, the seconds of a time of day or of a duration, the number of characters of a text, or
# the Euclidean length of a list of numbers or of a sparse vector.
Measured = Literal["value", "moment", "seconds", "text length", "vector length"]

SECONDS_PER_DAY = 86_400.0
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def storage_of(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column in chunks, dictionaries decoded, extension types as they are stored."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], type=column.type.storage_type)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def is_sparse(kind: pa.DataType) -> bool:
    """Return whether a type is a list of pairs of an index and a number: a sparse vector."""
    if not is_list(kind) or not pa.types.is_struct(kind.value_type) or kind.value_type.num_fields != 2:
        return False
    index, value = (field.type for field in kind.value_type)
    return bool(pa.types.is_integer(index)) and _is_number(value)


def measured_as(kind: pa.DataType) -> Measured | None:
    """Return what numbers stand for a column of this type, or None when it is one of categories.

    Raises BadData for a type that has no summary (binary, map, struct, interval).
    """
    if is_text(kind) or pa.types.is_boolean(kind):
        return None
    if is_list(kind):
        item = kind.value_type
        if is_sparse(kind):
            return "vector length"
        if is_text(item):
            return None
        if _is_number(item) or pa.types.is_boolean(item):
            return "vector length"
    if _is_number(kind) or pa.types.is_null(kind):
        return "value"
    if _is_moment(kind):
        return "moment"
    if _is_time(kind):
        return "seconds"
    raise BadData.of(f"A column of type {kind} has no summary.", hint="Leave it out, or cast it to a number or a text.")


def has_summary(kind: pa.DataType) -> bool:
    """Return whether a column of this type can be summarised."""
    try:
        measured_as(storage_of(pa.nulls(0, kind)).type)
    except BadData:
        return False
    return True


def numbers_of(column: pa.ChunkedArray, measured: Measured) -> NDArray[np.float64]:
    """Return the numbers of the rows that are not NULL, float64 of shape (n,); NaN and infinities stay.

    Raises BadData when the column's type does not give what is measured.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.empty(0)
    present = column.drop_null()
    if measured == "text length" and is_text(kind):
        return _floats(pc.utf8_length(present.cast(pa.large_string())))
    if measured == "vector length" and is_list(kind):
        return _vector_lengths(present)
    if measured == "value" and (_is_number(kind) or pa.types.is_boolean(kind)):
        return _floats(present)
    if (measured == "moment" and _is_moment(kind)) or (measured == "seconds" and _is_time(kind)):
        return _seconds(present)
    raise BadData.of(f"A column of type {kind} cannot be compared with one measured by its {measured}.")


def words_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the categories of the rows that are not NULL, as large strings; of a list of texts, each item.

    Booleans are `true` and `false`, numbers and times as Arrow prints them. Raises BadData for any other
    type.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return pa.chunked_array([], type=pa.large_string())
    present = column.drop_null()
    if is_list(kind) and is_text(kind.value_type):
        present = pc.list_flatten(present).drop_null()
    elif not (is_text(kind) or pa.types.is_boolean(kind) or _is_number(kind) or pa.types.is_temporal(kind)):
        raise BadData.of(f"A column of type {kind} cannot be compared with one of categories.")
    return present.cast(pa.large_string())


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_time(kind) or pa.types.is_duration(kind))


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    # Unsafe, since a safe cast refuses integers beyond 2^53, which are as good as their neighbours in a
    # histogram.
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _seconds(column: pa.ChunkedArray) -> NDArray[np.float64]:
    kind = column.type
    if pa.types.is_date32(kind):
        return _floats(column.cast(pa.int32())) * SECONDS_PER_DAY
    if pa.types.is_date64(kind):
        return _floats(column.cast(pa.int64())) / _PER_SECOND["ms"]
    whole = pa.int32() if pa.types.is_time32(kind) else pa.int64()
    return _floats(column.cast(whole)) / _PER_SECOND[kind.unit]


def _vector_lengths(column: pa.ChunkedArray) -> NDArray[np.float64]:
    rows = len(column)
    if rows == 0:
        return np.empty(0)
    items = pc.list_flatten(column)
    items = (pc.struct_field(items, [1]) if pa.types.is_struct(items.type) else items).cast(pa.float64(), safe=False)
    squares = np.square(items.fill_null(np.nan).to_numpy())
    owners = pc.list_parent_indices(column).to_numpy()
    return np.sqrt(np.bincount(owners, weights=squares, minlength=rows))
