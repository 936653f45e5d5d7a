"""Columns that say nothing, or nothing that another does not say: empty, constant, nearly constant, copies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.schema import Feature, FeatureType
from penstock.learn.splitting import row_fingerprints
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, floats, plain_texts, share

# A value that so many rows have leaves little to learn from the others.
_NEARLY_ALL = 0.995
_LISTS = (FeatureType.STRING_LIST, FeatureType.NUMBER_LIST, FeatureType.SPARSE_VECTOR)


def constancy_findings(sample: Sample) -> Iterator[TableFinding]:
    """Yield a finding for each column that is empty, constant, nearly so, or a copy of one before it."""
    telling: list[Feature] = []
    for feature in sample.data.features:
        found = None if feature.type in _LISTS else _of_column(sample, feature)
        if found is not None:
            yield found
        if found is None or not found.drops:
            telling.append(feature)
    yield from _copies(sample, telling)


def _of_column(sample: Sample, feature: Feature) -> TableFinding | None:
    name = (feature.name,)
    whole = sample.data.columns.column(feature.name)
    if not sample.filled(feature).any() and _is_empty(whole, feature):
        message = f"{feature.name!r} has no value in any row."
        return TableFinding("empty column", name, Weight.WARNING, message, "Left out. It teaches nothing.", drops=True)
    counts = np.unique(_codes(sample, feature), return_counts=True)[1]
    rows = int(counts.sum())
    if len(counts) == 1 and _is_constant(whole):
        message = f"{feature.name!r} has the same value in every row."
        return TableFinding("constant", name, Weight.WARNING, message, "Left out. It teaches nothing.", drops=True)
    most = int(counts.max())
    if rows >= LEAST_ROWS and most >= _NEARLY_ALL * rows and len(counts) > 1:
        message = f"{share(most, rows)} of the rows have the same value of {feature.name!r}."
        return TableFinding("nearly constant", name, Weight.INFO, message, "Kept. The few others may tell.")
    return None


def _codes(sample: Sample, feature: Feature) -> NDArray[np.uint64]:
    """Return numbers that are equal where the values are, NULL and NaN being one value."""
    return row_fingerprints(sample.columns.select([feature.name]))


def _is_empty(column: pa.ChunkedArray, feature: Feature) -> bool:
    if column.null_count == len(column):
        return True
    if feature.type is FeatureType.STRING:
        return not len(plain_texts(column).drop_null())
    return pa.types.is_floating(column.type) and bool(np.isnan(floats(column)).all())


def _is_constant(whole: pa.ChunkedArray) -> bool:
    prints = row_fingerprints(pa.table({"value": whole}))
    return bool((prints == prints[0]).all())


def _copies(sample: Sample, features: list[Feature]) -> Iterator[TableFinding]:
    """Columns of the same values as one before them; by fingerprints of the rows looked at, then by those of all."""
    first: dict[bytes, Feature] = {}
    for feature in features:
        if feature.type in _LISTS:
            continue
        key = _content(sample.columns.column(feature.name), feature)
        other = first.setdefault(key, feature)
        if other is feature:
            continue
        columns = sample.data.columns
        if _content(columns.column(feature.name), feature) != _content(columns.column(other.name), other):
            continue
        message = f"{feature.name!r} holds in every row what {other.name!r} does."
        yield TableFinding(
            "copy", (feature.name,), Weight.WARNING, message, f"Left out. {other.name!r} stands for both.", drops=True
        )


def _content(column: pa.ChunkedArray, feature: Feature) -> bytes:
    prints = row_fingerprints(pa.table({"value": column}))
    return str(feature.type).encode() + prints.tobytes()
