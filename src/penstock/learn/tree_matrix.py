"""The matrix that trees are grown on: which columns it has, and how the rows of training fill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.calendar_part import PARTS_OF
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.feature_column import strings
from penstock.learn.learner import TrainingData
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import NULL_STRING, Feature, FeatureType, Task
from penstock.learn.tree_options import LABEL, TARGET

Floats = NDArray[np.float64]
# Words beyond the most frequent are read like words never seen.
MOST_WORDS, MOST_ITEMS = 50_000, 1_000
# Target encoding gives every category so many rows of the mean label (Micci-Barreca 2001), and is fitted for
# each of so many parts of the rows on all the others.
PRIOR_ROWS, FOLDS = 10.0, 5
_MOST_TARGET_COLUMNS = 2_000
# Rows encoded in one go.
_SLICE = 65_536


@dataclass(frozen=True)
class TreeRows:
    """The encoded rows: `train` has shape (n, m) and is written once, `held_out` (h, m)."""

    train: Floats
    held_out: Floats


def tree_codes(data: TrainingData, encoding: str) -> tuple[tuple[ColumnCode, ...], tuple[str, ...]]:
    """Return the codes of the matrix, feature by feature, and notes on words that were left out.

    Vocabularies hold what the rows of training hold, in alphabetical order. Raises UntrainableModel where
    target encoding would need too many columns.
    """
    if encoding == TARGET:
        _refuse_too_many_targets(data)
    codes: list[ColumnCode] = []
    notes: list[str] = []
    train = np.flatnonzero(~data.held_out) if data.held_out.any() else None
    for feature in data.features:
        column = data.columns.column(feature.name)
        match feature.type:
            case FeatureType.STRING:
                words = _words(column, train, feature, notes, null=encoding == TARGET)
                codes.append(_text_code(feature, words, encoding, data))
            case FeatureType.STRING_LIST:
                words = _words(column, train, feature, notes, null=True)
                codes.append(ColumnCode(feature.name, CodeKind.MULTI_HOT, vocabulary=words))
            case FeatureType.NUMBER_LIST:
                codes.append(ColumnCode(feature.name, CodeKind.VECTOR, dimension=feature.dimension or 0))
            case _:
                codes.append(ColumnCode(feature.name, CodeKind.NUMBER))
                parts = PARTS_OF.get(feature.type, ())
                codes += [ColumnCode(feature.name, CodeKind.NUMBER, part=part) for part in parts]
    return tuple(codes), tuple(notes)


def encode_rows(data: TrainingData, codes: Sequence[ColumnCode], *, cross_fit: bool) -> TreeRows:
    """Return the rows of training and the held-out rows as matrices.

    With `cross_fit` the target-encoded columns of the rows of training are those of the other folds.
    """
    encoder = MatrixEncoder(data.features, codes)
    held = int(data.held_out.sum())
    train = np.empty((data.columns.num_rows - held, encoder.width), np.float64)
    held_out = np.empty((held, encoder.width), np.float64)
    at_train = at_held = 0
    for begin in range(0, data.columns.num_rows, _SLICE):
        block = encoder.encode(data.columns.slice(begin, _SLICE))
        judged = data.held_out[begin : begin + _SLICE]
        some = int(judged.sum())
        held_out[at_held : at_held + some] = block[judged]
        train[at_train : at_train + len(block) - some] = block[~judged]
        at_held, at_train = at_held + some, at_train + len(block) - some
    if cross_fit:
        _cross_fit(train, data, codes)
    return TreeRows(train, held_out)


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


def _text_code(feature: Feature, words: tuple[str, ...], encoding: str, data: TrainingData) -> ColumnCode:
    if encoding != TARGET:
        return ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words)
    train = ~data.held_out
    codes = _category_codes(feature, words, data)[train]
    shares = _shares(codes, len(words) + 1, _targets(data)[train], _weights(data)[train])
    rows = tuple(tuple(float(value) for value in row) for row in shares)
    return ColumnCode(feature.name, CodeKind.TABLE, vocabulary=words, table=rows)


def _words(
    column: pa.ChunkedArray,
    train: NDArray[np.int64] | None,
    feature: Feature,
    notes: list[str],
    *,
    null: bool,
) -> tuple[str, ...]:
    """Return the distinct words of the rows of training, sorted; of too many the most frequent ones.

    With `null` NULL comes first where it occurs. It is the only word of a column that has no other, since a
    vocabulary must not be empty.
    """
    lists = feature.type is FeatureType.STRING_LIST
    texts = pa.chunked_array([strings(chunk) for chunk in column.chunks], column.type)
    if train is not None:
        texts = texts.take(pa.array(train))
    has_null = texts.null_count > 0
    if lists:
        texts = pc.list_flatten(texts)
        has_null = has_null or texts.null_count > 0
    counts = pc.drop_null(pc.value_counts(texts))
    words, rows = counts.field("values"), counts.field("counts")
    if pa.types.is_dictionary(words.type):
        words = words.cast(words.type.value_type)
    rows = rows.filter(words.is_valid())
    words = words.drop_null()
    most = MOST_ITEMS if lists else MOST_WORDS
    if len(words) > most:
        notes.append(
            f"{feature.name!r} holds {len(words):,} distinct texts; "
            f"all but the {most:,} most frequent are read as unseen."
        )
        by_rows = [("rows", "descending"), ("word", "ascending")]
        order = pc.sort_indices(pa.table({"word": words, "rows": rows}), sort_keys=by_rows)
        words = words.take(order[:most])
    known = sorted(words.to_pylist())
    return (NULL_STRING, *known) if not known or (null and has_null) else tuple(known)


def _cross_fit(train: Floats, data: TrainingData, codes: Sequence[ColumnCode]) -> None:
    """Overwrite the target-encoded columns of `train` by what the other folds say, so that no row tells its
    own label.
    """
    rows = ~data.held_out
    fold = np.random.default_rng(data.seed).permutation(len(train)) % FOLDS
    targets, weights = _targets(data)[rows], _weights(data)[rows]
    features = {feature.name: feature for feature in data.features}
    start = 0
    for code in codes:
        if code.kind is CodeKind.TABLE:
            words = tuple(str(word) for word in code.vocabulary)
            category = _category_codes(features[code.feature], words, data)[rows]
            for part in range(FOLDS):
                here, there = fold == part, fold != part
                shares = _shares(category[there], len(words) + 1, targets[there], weights[there])
                train[here, start : start + code.width] = shares[category[here]]
        start += code.width


def _category_codes(feature: Feature, words: tuple[str, ...], data: TrainingData) -> NDArray[np.int64]:
    code = ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words)
    return MatrixEncoder((feature,), (code,)).encode(data.columns)[:, 0].astype(np.int64)


def _shares(codes: NDArray[np.int64], categories: int, targets: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of each target column by category, drawn towards the mean of all,
    (categories, t).
    """
    rows = np.bincount(codes, weights, categories)[:, None]
    total = np.stack([np.bincount(codes, weights * column, categories) for column in targets.T], axis=1)
    # Weights are scaled so that they average 1: the prior then counts rows.
    scale = len(weights) / max(float(weights.sum()), np.finfo(np.float64).tiny)
    overall = (
        np.average(targets, axis=0, weights=weights)
        if len(targets) and weights.any()
        else np.zeros(targets.shape[1])
    )
    shares: Floats = (total * scale + PRIOR_ROWS * overall) / (rows * scale + PRIOR_ROWS)
    return shares


def _targets(data: TrainingData) -> Floats:
    """The label as one column, or as one column a class when there are more than two."""
    if data.task is Task.REGRESSION or len(data.classes) <= 2:
        return data.target[:, None]
    of_class: Floats = (data.target[:, None] == np.arange(len(data.classes))).astype(np.float64)
    return of_class


def _weights(data: TrainingData) -> Floats:
    return np.ones(len(data.target)) if data.weights is None else data.weights


def _refuse_too_many_targets(data: TrainingData) -> None:
    texts = sum(feature.type is FeatureType.STRING for feature in data.features)
    classes = len(data.classes) if len(data.classes) > 2 else 1
    if texts * classes > _MOST_TARGET_COLUMNS:
        raise UntrainableModel.of(
            f"Target encoding of {texts} texts for {classes} classes makes {texts * classes:,} columns; "
            f"at most {_MOST_TARGET_COLUMNS:,} are possible.",
            hint="Leave category_encoding_method out: categories are then split as they are.",
        )
