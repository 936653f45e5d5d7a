"""Arrow columns as the tensors that a whole graph takes, by input name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.feature_column import numbers, strings
from penstock.learn.graph import input_name
from penstock.learn.matrix import vectors
from penstock.learn.schema import NULL_STRING, PAD_STRING, Feature, FeatureType


def graph_input(columns: pa.Table, features: Sequence[Feature]) -> dict[str, NDArray[Any]]:
    """Return the graph's inputs for the rows of `columns`, which holds the features under their own names."""
    return {input_name(feature.name): _tensor(columns.column(feature.name), feature) for feature in features}


def _tensor(column: pa.ChunkedArray, feature: Feature) -> NDArray[Any]:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], column.type)
    match feature.type:
        case FeatureType.STRING:
            return _texts(array)[:, None]
        case FeatureType.STRING_LIST:
            return _padded(array)
        case FeatureType.NUMBER_LIST | FeatureType.SPARSE_VECTOR:
            return vectors(array, feature)
        case _:
            return numbers(array)[:, None]


def _texts(array: pa.Array) -> NDArray[np.object_]:
    plain = strings(array)
    if pa.types.is_dictionary(plain.type):
        plain = plain.cast(plain.type.value_type)
    texts: NDArray[np.object_] = plain.fill_null(NULL_STRING).to_numpy(zero_copy_only=False)
    return texts


def _padded(array: pa.Array) -> NDArray[np.object_]:
    rows = [[None] if items is None else items for items in array.to_pylist()]
    longest = max((len(items) for items in rows), default=0)
    padded = np.full((len(rows), max(longest, 1)), PAD_STRING, dtype=object)
    for row, items in zip(padded, rows, strict=True):
        row[: len(items)] = [NULL_STRING if item is None else item for item in items]
    return padded
