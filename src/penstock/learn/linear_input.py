"""What a linear model reads of each feature: numbers standardised, categories one-hot, moments as their
parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.parallel import each
from penstock.learn.calendar_part import PARTS_OF, calendar_parts
from penstock.learn.encoding import NULL_NUMBER, CodeKind, ColumnCode, codes_as_json, codes_from_json, is_null
from penstock.learn.feature_column import numbers
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import NULL_STRING, Feature, FeatureType

Floats = NDArray[np.float64]
Json = Any
NULL_CATEGORY = "_null_filler"
# BigQuery ML's names for the parts of a timestamp.
_PART_NAMES: Mapping[str, str] = {
    "year": "_TS_YEAR_",
    "month": "_TS_MOY_",
    "day": "_TS_DOM_",
    "day_of_week": "_TS_DOW_",
    "week": "_TS_WOY_",
    "hour": "_TS_HOD_",
    "minute": "_TS_MOH_",
}
_PIECE = 8_192
# Read as they are: whoever makes a list of numbers has chosen their scale.
_UNSCALED = (CodeKind.MULTI_HOT, CodeKind.VECTOR)


@dataclass(frozen=True)
class LinearInput:
    """The matrix of a linear model: first columns of numbers, then one column of category codes for each
    other code.

    A number is read as `(value - center) / scale`, and as if it were `fill` when it is NULL, NaN or infinite;
    `fill`, `center` and `scale` have one entry a column of numbers. What is then further from 0 than `bound` is read as
    if it were so far. A category's code 0 stands for what training never saw.
    """

    codes: tuple[ColumnCode, ...]
    fill: Floats
    center: Floats
    scale: Floats
    bound: float = math.inf

    @property
    def numbers(self) -> int:
        """The number of columns of numbers."""
        return len(self.fill)

    @property
    def categories(self) -> tuple[ColumnCode, ...]:
        """The codes whose column holds category codes."""
        return tuple(code for code in self.codes if code.kind is CodeKind.CATEGORY)

    @property
    def number_codes(self) -> tuple[ColumnCode, ...]:
        """The codes that make the columns of numbers."""
        return tuple(code for code in self.codes if code.kind is not CodeKind.CATEGORY)

    def standardised(self, matrix: Floats) -> Floats:
        """Return the columns of numbers as the model reads them, shape (n, numbers)."""
        read: Floats = np.empty((len(matrix), self.numbers))
        # Piece by piece, so that what is made on the way stays in the cache.
        for begin in range(0, len(matrix), _PIECE):
            piece = slice(begin, begin + _PIECE)
            values = read[piece]
            values[:] = matrix[piece, : self.numbers]
            known = np.isfinite(values)
            if not known.all():
                np.copyto(values, self.fill, where=~known)
            values -= self.center
            values /= self.scale
            if self.bound < math.inf:
                np.clip(values, -self.bound, self.bound, out=values)
        return read

    def as_json(self) -> Json:
        """Return the scales as JSON; the codes travel as the artifact's `encoding`."""
        scales = {"fill": self.fill.tolist(), "center": self.center.tolist(), "scale": self.scale.tolist()}
        return scales if self.bound == math.inf else {**scales, "bound": self.bound}


def input_from_json(encoding: Sequence[Json], raw: Mapping[str, Json]) -> LinearInput:
    """Return what `codes_as_json` and `as_json` wrote."""
    fill, center, scale = (np.array(raw[name], np.float64) for name in ("fill", "center", "scale"))
    return LinearInput(codes_from_json(encoding), fill, center, scale, float(raw.get("bound", math.inf)))


def encoding_of(read: LinearInput) -> Json:
    """Return the `encoding` of the artifact's details."""
    return codes_as_json(read.codes)


def linear_input(
    columns: pa.Table, features: Sequence[Feature], *, centred: bool = True, scaled: bool = True, threads: int = 1
) -> LinearInput:
    """Return how a linear model reads the features, learned from the training rows `columns`.

    Means and sample standard deviations are of the finite values; NULL is a category of its own where it
    occurs. Without `centred` the mean is not taken off, without `scaled` numbers keep their unit.
    """
    codes = [code for feature in features for code in _codes(columns.column(feature.name), feature)]
    codes.sort(key=lambda code: code.kind is CodeKind.CATEGORY)
    number_codes = [code for code in codes if code.kind is not CodeKind.CATEGORY]
    scales = each(lambda code: _scales(columns, features, code), number_codes, threads)
    fill, center, scale = (np.concatenate([of_code[at] for of_code in scales] or [np.empty(0)]) for at in range(3))
    return LinearInput(
        tuple(codes), fill, center if centred else np.zeros_like(center), scale if scaled else np.ones_like(scale)
    )


def _codes(column: pa.ChunkedArray, feature: Feature) -> Iterator[ColumnCode]:
    name = feature.name
    match feature.type:
        case FeatureType.NUMBER:
            yield ColumnCode(name, CodeKind.NUMBER)
        case FeatureType.NUMBER_LIST | FeatureType.SPARSE_VECTOR:
            yield ColumnCode(name, CodeKind.VECTOR, dimension=feature.dimension or 0)
        case FeatureType.STRING:
            yield ColumnCode(name, CodeKind.CATEGORY, vocabulary=_words(column))
        case FeatureType.STRING_LIST:
            yield ColumnCode(name, CodeKind.MULTI_HOT, vocabulary=_list_words(column))
        case FeatureType.BOOLEAN:
            yield ColumnCode(name, CodeKind.CATEGORY, vocabulary=_levels(_values(column)))
        case _:
            yield ColumnCode(name, CodeKind.NUMBER)
            parts = calendar_parts(_values(column), np.floor)
            for part in PARTS_OF[feature.type]:
                yield ColumnCode(name, CodeKind.CATEGORY, part, _levels(parts[part]))


def _values(column: pa.ChunkedArray) -> Floats:
    return np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])


def _levels(values: Floats) -> tuple[float, ...]:
    levels = np.unique(values)
    known = tuple(levels[~np.isnan(levels)].tolist())
    return (*known, NULL_NUMBER) if len(known) < len(levels) else known


def _words(column: pa.ChunkedArray) -> tuple[str, ...]:
    if pa.types.is_null(column.type):
        return (NULL_STRING,)
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    found = pc.unique(column).to_pylist()
    known = sorted(word for word in found if word is not None)
    return (*known, NULL_STRING) if len(known) < len(found) else tuple(known)


def _list_words(column: pa.ChunkedArray) -> tuple[str, ...]:
    words = _words(pc.list_flatten(column))
    return (*words, NULL_STRING) if column.null_count and NULL_STRING not in words else words


def _scales(columns: pa.Table, features: Sequence[Feature], code: ColumnCode) -> tuple[Floats, Floats, Floats]:
    """Return fill, center and scale of the matrix columns of one code."""
    if code.kind is CodeKind.MULTI_HOT:
        return np.zeros(code.width), np.zeros(code.width), np.ones(code.width)
    values = MatrixEncoder(features, [code]).encode(columns)
    means, spreads = np.zeros(code.width), np.ones(code.width)
    for place in range(code.width):
        known = values[np.isfinite(values[:, place]), place]
        with np.errstate(over="ignore", invalid="ignore"):
            means[place] = known.mean() if len(known) else 0.0
            spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
        if not np.isfinite(spread):
            reach = float(np.abs(known).max())
            raise UntrainableModel.of(
                f"The feature {code.feature!r} reaches {reach:.3g}, whose square is no number here.",
                hint="Write it in another unit, or leave it out.",
            )
        spreads[place] = spread if spread > 0 else 1.0
    if code.kind in _UNSCALED:
        return means, np.zeros(code.width), np.ones(code.width)
    return means, means, spreads


def input_label(code: ColumnCode) -> str:
    """Return what ML.WEIGHTS calls the input of a code."""
    return code.feature if code.part is None else f"{_PART_NAMES[code.part]}{code.feature}"


def category_labels(code: ColumnCode, feature: Feature) -> list[str]:
    """Return what ML.WEIGHTS calls the categories of a code, in the order of its vocabulary."""
    if code.kind is CodeKind.VECTOR:
        return [str(place) for place in range(code.dimension)]
    return [_category(word, feature.type) for word in code.vocabulary]


def _category(word: str | float, kind: FeatureType) -> str:
    if is_null(word):
        return NULL_CATEGORY
    if isinstance(word, str):
        return word
    return str(bool(word)).lower() if kind is FeatureType.BOOLEAN else str(int(word))
