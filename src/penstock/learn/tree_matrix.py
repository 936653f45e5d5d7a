"""The matrix that trees are grown on: which columns it has, and how the rows of training fill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.booster import takes
from penstock.learn.calendar_part import PARTS_OF
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.feature_column import FEW_CELLS, array_of, numbers, strings
from penstock.learn.learner import TrainingData
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import NULL_STRING, Feature, FeatureType
from penstock.learn.target_encoding import CrossFit, refuse_too_many_columns, target_code
from penstock.learn.tree_options import LABEL, NATIVE, TARGET

Floats = NDArray[np.float64]
# Words beyond the most frequent are read like words never seen.
MOST_WORDS, MOST_ITEMS = 50_000, 1_000
# onnxruntime tests a set of categories by one bit mask as long as no category is above 30, else by a hash
# table at five times the cost of the whole node; and what hundreds of categories say is better summed up
# than split.
MOST_SPLIT_WORDS, MOST_SUMMED_CLASSES = 30, 20


@dataclass(frozen=True)
class TreeRows:
    """The encoded rows, each with the m columns of the matrix under their numbers."""

    train: pa.Table
    held_out: pa.Table


@dataclass(frozen=True)
class _Words:
    """The distinct words of a column's rows of training, sorted, and those of them that are most frequent."""

    known: tuple[str, ...]
    frequent: tuple[str, ...]
    has_null: bool

    @property
    def with_null(self) -> tuple[str, ...]:
        """The words, NULL first where it occurs."""
        return (NULL_STRING, *self.known) if self.has_null else self.known


def tree_codes(data: TrainingData, encoding: str) -> tuple[tuple[ColumnCode, ...], tuple[str, ...]]:
    """Return the codes of the matrix, feature by feature, and notes on words that were left out.

    Vocabularies hold what the rows of training hold, in alphabetical order. Native categories are the
    MOST_SPLIT_WORDS most frequent words; of more than that the mean label of each word stands beside them.
    Raises UntrainableModel where target encoding would need too many columns.
    """
    if encoding == TARGET:
        refuse_too_many_columns(data)

    def of_feature(feature: Feature) -> tuple[list[ColumnCode], list[str]]:
        notes: list[str] = []
        return _codes_of(feature, encoding, data, notes), notes

    found = each(of_feature, data.features, _threads(data, len(data.features)))
    return tuple(code for codes, _ in found for code in codes), tuple(note for _, notes in found for note in notes)


def encode_rows(data: TrainingData, codes: Sequence[ColumnCode], *, cross_fit: bool) -> TreeRows:
    """Return the rows of training and the held-out rows, column by column, NaN or NULL for NULL.

    With `cross_fit` the target-encoded columns of the rows of training are those of the other folds.
    """
    held_out = data.columns.filter(array_of(data.held_out)) if data.held_out.any() else data.columns.slice(0, 0)
    held = _encoded(held_out, data, codes, None)
    return TreeRows(_encoded(data.train_columns, data, codes, CrossFit(data) if cross_fit else None), held)


def matrix_of(columns: pa.Table) -> Floats:
    """Return encoded columns as one matrix, shape (n, m)."""
    matrix: Floats = np.empty((columns.num_rows, columns.num_columns))
    for place, column in enumerate(columns.columns):
        matrix[:, place] = np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])
    return matrix


def native_columns(codes: Sequence[ColumnCode], encoding: str) -> list[int]:
    """Return the matrix columns that LightGBM splits as categories."""
    starts = np.cumsum([0, *(code.width for code in codes)]).tolist()
    if encoding == LABEL:
        return []
    return [start for start, code in zip(starts, codes, strict=False) if code.kind is CodeKind.CATEGORY]


def feature_places(codes: Sequence[ColumnCode], features: Sequence[str]) -> NDArray[np.int64]:
    """Return for each matrix column the place of its feature in `features`."""
    place = {name: index for index, name in enumerate(features)}
    return np.array([place[code.feature] for code in codes for _ in range(code.width)], np.int64)


def _encoded(
    columns: pa.Table, data: TrainingData, codes: Sequence[ColumnCode], cross_fit: CrossFit | None
) -> pa.Table:
    by_name = {feature.name: feature for feature in data.features}
    blocks = [(by_name[name], tuple(block)) for name, block in groupby(codes, lambda code: code.feature)]

    def of_block(block: tuple[Feature, tuple[ColumnCode, ...]]) -> list[pa.Array | pa.ChunkedArray]:
        return _block_columns(columns.column(block[0].name), *block, cross_fit)

    found = each(of_block, blocks, _threads(data, len(codes)))
    arrays = [array for block in found for array in block]
    return pa.table(arrays, names=[str(place) for place in range(len(arrays))])


def _block_columns(
    column: pa.ChunkedArray, feature: Feature, codes: Sequence[ColumnCode], cross_fit: CrossFit | None
) -> list[pa.Array | pa.ChunkedArray]:
    if [(code.kind, code.part) for code in codes] == [(CodeKind.NUMBER, None)] and takes(column.type):
        return [column]
    alone = pa.table([column], names=[feature.name])
    found: list[pa.Array] = []
    for fitted, some in groupby(codes, lambda code: cross_fit is not None and code.kind is CodeKind.TABLE):
        if fitted and cross_fit is not None:
            matrices = [cross_fit.columns(column, code) for code in some]
        else:
            matrices = [MatrixEncoder((feature,), tuple(some)).encode(alone, "F")]
        found += [array_of(column) for matrix in matrices for column in matrix.T]
    return found


def _threads(data: TrainingData, columns: int) -> int:
    return 1 if len(data.target) * columns < FEW_CELLS else data.threads


def _codes_of(feature: Feature, encoding: str, data: TrainingData, notes: list[str]) -> list[ColumnCode]:
    match feature.type:
        case FeatureType.STRING:
            return _text_codes(feature, _words(feature, data, MOST_WORDS, notes), encoding, data)
        case FeatureType.STRING_LIST:
            words = _words(feature, data, MOST_ITEMS, notes)
            return [ColumnCode(feature.name, CodeKind.MULTI_HOT, vocabulary=words.with_null)]
        case FeatureType.NUMBER_LIST | FeatureType.SPARSE_VECTOR:
            return [ColumnCode(feature.name, CodeKind.VECTOR, dimension=feature.dimension or 0)]
        case _:
            parts = PARTS_OF.get(feature.type, ())
            return [ColumnCode(feature.name, CodeKind.NUMBER, part=part) for part in (None, *parts)]


def _text_codes(feature: Feature, words: _Words, encoding: str, data: TrainingData) -> list[ColumnCode]:
    if encoding == TARGET:
        return [target_code(feature, words.with_null, data)]
    if encoding != NATIVE or len(words.known) <= MOST_SPLIT_WORDS or len(data.classes) > MOST_SUMMED_CLASSES:
        return [ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words.known)]
    split = ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words.frequent)
    return [split, target_code(feature, words.with_null, data)]


def _words(feature: Feature, data: TrainingData, most: int, notes: list[str]) -> _Words:
    """Return the words of a column of texts or of lists of texts.

    NULL is the only word of a column that has no other, since a vocabulary must not be empty.
    """
    column = data.train_columns.column(feature.name)
    texts = pa.chunked_array([strings(chunk) for chunk in column.chunks], column.type)
    has_null = texts.null_count > 0
    if feature.type is FeatureType.STRING_LIST:
        texts = pc.list_flatten(texts)
        has_null = has_null or texts.null_count > 0
    counts = pc.value_counts(texts)
    words, rows = counts.field("values"), counts.field("counts")
    if pa.types.is_dictionary(words.type):
        words = words.cast(words.type.value_type)
    rows, words = rows.filter(words.is_valid()), words.drop_null()
    if not len(words):
        return _Words((NULL_STRING,), (NULL_STRING,), has_null=False)
    if len(words) > most:
        notes.append(
            f"{feature.name!r} holds {len(words):,} distinct texts; "
            f"all but the {most:,} most frequent are read as unseen."
        )
    by_rows = [("rows", "descending"), ("word", "ascending")]
    order = pc.sort_indices(pa.table({"word": words, "rows": rows}), sort_keys=by_rows)
    known = words.take(order[:most]).to_pylist()
    return _Words(tuple(sorted(known)), tuple(sorted(known[:MOST_SPLIT_WORDS])), has_null)
