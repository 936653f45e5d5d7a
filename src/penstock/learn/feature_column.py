"""Raw Arrow columns as features: which type each has, structs flattened, values read as float64 or as
strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import BadData, UnknownName, UntrainableModel
from penstock.core.names import star_without
from penstock.core.parallel import each
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.sparse_vector import dimension_of, is_sparse

Floats = NDArray[np.float64]
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# What may stand in for what, as GoogleSQL coerces without being asked: a date is a timestamp at midnight UTC.
_ALSO_TAKEN = {FeatureType.TIMESTAMP: FeatureType.DATE}
# So few cells are read sooner by one thread than by several that wait for each other.
FEW_CELLS = 1_000_000
# Texts are dictionary-encoded from so many rows on, when they have at most so many words, also among the
# first of so many rows.
_MANY_ROWS, _FEW_WORDS, _LOOKED_AT = 100_000, 5_000, 10_000
_SAME_NAME = "Columns of a model are told apart without regard to case."


def flatten(table: pa.Table) -> pa.Table:
    """Return the table with every struct replaced by its fields, named `struct_field`; raises BadData when
    names collide.
    """
    columns = [
        part for name, column in zip(table.column_names, table.columns, strict=True) for part in _parts(name, column)
    ]
    names = [name for name, _ in columns]
    _refuse_duplicates(names)
    if names == table.column_names:
        return table
    return pa.table([column for _, column in columns], names=names)


def _parts(name: str, column: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    if not pa.types.is_struct(column.type):
        yield name, column
        return
    for index, field in enumerate(column.type):
        yield from _parts(f"{name}_{field.name}", pc.struct_field(column, [index]))


def _refuse_duplicates(names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other is not name:
            raise BadData.of(f"Two columns have the name {name!r}.", hint=f"{_SAME_NAME} Rename one with AS.")


def features_of(table: pa.Table) -> tuple[Feature, ...]:
    """Return the features of a flattened table; raises UntrainableModel naming every column that cannot be
    one.
    """
    findings: list[Diagnostic] = []
    features: list[Feature] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = feature_type(column.type)
        dimension = None
        problem = None if kind else f"The column {name!r} has the type {column.type}, which no model takes."
        if kind is FeatureType.NUMBER_LIST:
            dimension, problem = _dimension(name, column)
        elif kind is FeatureType.SPARSE_VECTOR:
            dimension, problem = dimension_of(name, column)
        if problem:
            told = f"make it a text, TO_BASE64({name})" if _is_bytes(column.type) else "turn it into a number or a text"
            hint = f"Leave it out with SELECT {star_without(name)}, or {told}."
            findings.append(Diagnostic(UntrainableModel.code, problem, None, hint))
        elif kind:
            features.append(Feature(name, kind, str(column.type), dimension))
    if findings:
        raise UntrainableModel(*findings)
    return tuple(features)


def _is_bytes(arrow: pa.DataType) -> bool:
    return bool(pa.types.is_binary(arrow) or pa.types.is_large_binary(arrow))


def _dimension(name: str, column: pa.ChunkedArray) -> tuple[int, str | None]:
    lengths = pc.unique(pc.drop_null(pc.list_value_length(column))).to_pylist()
    if len(lengths) > 1:
        return 0, f"The lists of {name!r} have different lengths: {min(lengths)} to {max(lengths)}."
    if lengths == [0]:
        return 0, f"The lists of {name!r} are all empty."
    return (lengths[0] if lengths else 1), None


def feature_type(arrow: pa.DataType) -> FeatureType | None:
    """Return how a column of this Arrow type is read, or None when it cannot be a feature."""
    if pa.types.is_dictionary(arrow):
        return feature_type(arrow.value_type)
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow) or pa.types.is_fixed_size_list(arrow):
        if is_sparse(arrow):
            return FeatureType.SPARSE_VECTOR
        item = feature_type(arrow.value_type)
        if item in (FeatureType.NUMBER, FeatureType.BOOLEAN):
            return FeatureType.NUMBER_LIST
        return FeatureType.STRING_LIST if item is FeatureType.STRING else None
    if pa.types.is_integer(arrow) or pa.types.is_floating(arrow) or pa.types.is_decimal(arrow):
        return FeatureType.NUMBER
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        return FeatureType.STRING
    if pa.types.is_boolean(arrow):
        return FeatureType.BOOLEAN
    if pa.types.is_date(arrow):
        return FeatureType.DATE
    if pa.types.is_timestamp(arrow):
        return FeatureType.TIMESTAMP
    if pa.types.is_time(arrow):
        return FeatureType.TIME
    return FeatureType.NUMBER if pa.types.is_null(arrow) else None


def code_texts(table: pa.Table, threads: int) -> pa.Table:
    """Return the table with its columns of few distinct texts dictionary-encoded, when it has many rows.

    Each of the many readers of a text then reads a number. Other columns stay as they are.
    """
    if table.num_rows < _MANY_ROWS:
        return table
    columns = each(_coded, table.columns, threads)
    return pa.table(columns, names=table.column_names)


def _coded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type) or feature_type(column.type) is not FeatureType.STRING:
        return column
    texts = pa.chunked_array([strings(chunk) for chunk in column.chunks])
    # A look at the first rows spares identifiers and prose.
    if pc.count_distinct(texts.slice(0, _LOOKED_AT)).as_py() > _FEW_WORDS:
        return column
    coded = texts.dictionary_encode().unify_dictionaries()
    return coded if len(coded.chunk(0).dictionary) <= _FEW_WORDS else column


def select_features(rows: pa.Table | pa.RecordBatch, features: Iterable[Feature]) -> pa.Table:
    """Return the features' columns, in their order and under their names, checked against their types.

    Names match without regard to case. Raises UnknownName for a missing column, BadData for one of another
    type.
    """
    table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
    features = tuple(features)
    places = _places(table)
    if any(feature.name.casefold() not in places for feature in features):
        table = flatten(table)
        places = _places(table)
    columns = []
    for feature in features:
        found = places.get(feature.name.casefold())
        if found is None:
            raise UnknownName.among("column", feature.name, table.column_names)
        if len(found) > 1:
            raise BadData.of(f"Two columns have the name {feature.name!r}.", hint=_SAME_NAME)
        column = table.column(found[0])
        _check_type(column, feature)
        columns.append(column)
    return pa.table(columns, names=[feature.name for feature in features])


def _places(table: pa.Table) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, name in enumerate(table.column_names):
        places.setdefault(name.casefold(), []).append(index)
    return places


def _check_type(column: pa.ChunkedArray, feature: Feature) -> None:
    kind = feature_type(column.type)
    if pa.types.is_null(column.type) or kind in (feature.type, _ALSO_TAKEN.get(feature.type)):
        return
    raise BadData.of(
        f"The column {feature.name!r} has the type {column.type}; the model was trained on {feature.arrow}.",
        hint=f"CAST it to a {feature.type}.",
    )


def array_of(values: NDArray[np.generic]) -> pa.Array:
    """Return numbers or a mask, shape (n,), as an Arrow array; contiguous numbers are not copied.

    `pyarrow.array` would import pandas first, where that is installed.
    """
    if values.dtype == np.bool_:
        bits = np.packbits(values.view(np.uint8), bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    content = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, content])


def rows_of(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return the rows with these ascending, distinct numbers, chunk by chunk.

    `take` would first put the chunks of each column together, which copies the table and overflows for long texts.
    """
    kept: NDArray[np.bool_] = np.zeros(table.num_rows, np.bool_)
    kept[rows] = True
    return table.filter(array_of(kept))


def numbers(array: pa.Array) -> Floats:
    """Return a column of any type but strings and lists as float64 of shape (n,), NaN for NULL.

    Dates and timestamps are seconds since 1970 (UTC), times are seconds since midnight, booleans 0 and 1.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return numbers(array.cast(kind.value_type))
    if pa.types.is_null(kind):
        return np.full(len(array), np.nan)
    if pa.types.is_boolean(kind):
        array = array.cast(pa.uint8())
    elif pa.types.is_decimal(kind):
        array = array.cast(pa.float64())
    elif pa.types.is_date32(kind):
        return _floats(array.cast(pa.int32())) * 86400.0
    elif pa.types.is_date64(kind):
        return _floats(array.cast(pa.int64())) / 1000.0
    elif pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
        return _floats(array.cast(pa.int64())) / _PER_SECOND[kind.unit]
    elif pa.types.is_time32(kind):
        return _floats(array.cast(pa.int32())) / _PER_SECOND[kind.unit]
    return _floats(array)


def _floats(array: pa.Array) -> Floats:
    values: Floats = array.to_numpy(zero_copy_only=False)
    return values.astype(np.float64, copy=False)


def strings(array: pa.Array) -> pa.Array:
    """Return a column of texts as a plain or dictionary-encoded string array; a column without a type as
    NULLs.
    """
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_string_view(array.type):
        return array.cast(pa.string())
    return array
