"""Columns that say the same as another in other words."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from penstock.learn.schema import Feature, FeatureType
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample

Codes = NDArray[np.int64]
# Columns of two values may pair by chance, of many values each row tells apart.
_FEWEST_VALUES, _ROWS_OF_VALUE = 3, 5


def likeness_findings(sample: Sample) -> Iterator[TableFinding]:
    """Yield a finding for each column of which every value stands beside one and the same value of another."""
    if sample.columns.num_rows < LEAST_ROWS:
        return
    seen: dict[bytes, Feature] = {}
    for feature in sample.data.features:
        if feature.type not in (FeatureType.STRING, FeatureType.NUMBER):
            continue
        codes = _codes(sample, feature)
        count = int(codes.max()) + 1
        if not _FEWEST_VALUES <= count <= len(codes) / _ROWS_OF_VALUE:
            continue
        other = seen.setdefault(_pattern(codes, count), feature)
        if other is feature:
            continue
        message = f"{feature.name!r} says what {other.name!r} does in other words: {count} values that go with {count}."
        done = "Kept. Importances are shared between the two; one of them would do."
        yield TableFinding("same in other words", (feature.name, other.name), Weight.INFO, message, done)


def _pattern(codes: Codes, count: int) -> bytes:
    """Return what two columns have in common whose values go together: the digest of their codes, numbered in the order
    in which they first occur.
    """
    first = np.full(count, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    number = np.empty(count, np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(count)
    return blake2b(number[codes].tobytes()).digest()


def _codes(sample: Sample, feature: Feature) -> Codes:
    """Return whole numbers from 0 on that are equal where the values are, what is missing being one of them."""
    if feature.type is FeatureType.STRING:
        coded = sample.texts[feature.name].dictionary_encode("encode")
        return np.asarray(coded.indices.to_numpy(zero_copy_only=False), np.int64)
    return np.unique(sample.numbers[feature.name], return_inverse=True)[1].astype(np.int64)
