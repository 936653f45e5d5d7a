"""The rows that findings are made of: all of them, and as many as are looked at value by value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.learn.feature_column import numbers, rows_of, strings
from penstock.learn.leakage import looked_at
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, FeatureType

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
# What a text means is asked of so many rows.
MOST_ROWS = 20_000
# Of fewer rows a value of its own each, or one value for all, may be chance.
LEAST_ROWS = 100


@dataclass(frozen=True)
class Sample:
    """`data` holds the rows of training, all of them; `label` is the label's name. What is said of single values is
    said of `columns`: as many of them as leaks are looked for in, evenly spread.
    """

    data: TrainingData
    label: str

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The numbers of the rows that are looked at, ascending."""
        rows = len(self.data.target)
        most = looked_at(rows, len(self.data.features))
        return np.unique(np.linspace(0, rows - 1, most).astype(np.int64))

    @cached_property
    def columns(self) -> pa.Table:
        rows = self.data.columns
        return rows if rows.num_rows == len(self.places) else rows_of(rows, self.places)

    @cached_property
    def target(self) -> Floats:
        return self.data.target[self.places]

    @cached_property
    def texts(self) -> dict[str, pa.Array]:
        """The columns of texts as plain strings, by name; what is blank is NULL."""
        return {
            feature.name: plain_texts(self.columns.column(feature.name)) for feature in self.of_type(FeatureType.STRING)
        }

    @cached_property
    def numbers(self) -> dict[str, Floats]:
        """The columns of numbers, by name, NaN for NULL."""
        return {feature.name: floats(self.columns.column(feature.name)) for feature in self.of_type(FeatureType.NUMBER)}

    def of_type(self, *types: FeatureType) -> Sequence[Feature]:
        return [feature for feature in self.data.features if feature.type in types]

    def filled(self, feature: Feature) -> Mask:
        """Return which of the rows looked at have a value: not NULL, not NaN, not blank."""
        if feature.type is FeatureType.STRING:
            return mask_of(self.texts[feature.name].is_valid())
        if feature.type is FeatureType.NUMBER:
            return ~np.isnan(self.numbers[feature.name])
        return mask_of(self.columns.column(feature.name).is_valid())


def floats(column: pa.ChunkedArray) -> Floats:
    """Return a column of any type but texts and lists, NaN for NULL."""
    return np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])


def mask_of(values: pa.Array | pa.ChunkedArray) -> Mask:
    """Return booleans as NumPy has them, NULL as false."""
    found: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(np.bool_)
    return found


def plain_texts(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of texts as plain strings, (n,); what is blank is NULL."""
    texts = pa.chunked_array([strings(chunk) for chunk in column.chunks], column.type).combine_chunks()
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks)
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(texts.type.value_type)
    texts = texts.cast(pa.large_string())
    blank = pc.equal(pc.utf8_trim_whitespace(texts), "")
    return pc.if_else(blank, pa.scalar(None, pa.large_string()), texts)


def quoted_name(name: str) -> str:
    """Return a column's name as SQL has it, between double quotes."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def counted(rows: int, thing: str = "row") -> str:
    """Return a number of things in words."""
    return f"{rows:,} {thing}{'' if rows == 1 else 's'}"


def figure(value: float) -> str:
    """Return a number as people write it, of six digits or without its fraction."""
    return f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:,.6g}"


def share(part: int, whole: int) -> str:
    """Return a part of a whole as a percentage that is neither 0 nor 100 unless it is."""
    percent = 100.0 * part / whole if whole else 0.0
    if 0 < percent < 0.1:
        return "less than 0.1 %"
    if 99.9 < percent < 100:
        return "more than 99.9 %"
    return f"{percent:.1f} %"
