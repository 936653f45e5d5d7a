"""Target encoding: a word as the mean label of its rows, fitted so that no row tells its own label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.learner import TrainingData
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature, FeatureType, Task

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Every word gets so many rows of the mean label (Micci-Barreca 2001, "A preprocessing scheme for
# high-cardinality categorical attributes"), and is fitted for each of so many parts of the rows on all the
# others.
PRIOR_ROWS, FOLDS = 10.0, 5
_MOST_COLUMNS = 2_000


def target_code(feature: Feature, words: tuple[str, ...], data: TrainingData) -> ColumnCode:
    """Return the code that reads a word as the mean label of its rows of training, and any other as the mean
    of all; for more than two classes as one share a class.
    """
    train = ~data.held_out
    codes = _word_codes(feature, words, data)[train]
    shares = _shares(codes, len(words) + 1, _targets(data)[train], _weights(data)[train])
    rows = tuple(tuple(float(value) for value in row) for row in shares)
    return ColumnCode(feature.name, CodeKind.TABLE, vocabulary=words, table=rows)


def cross_fit_columns(train: Floats, data: TrainingData, codes: Sequence[ColumnCode]) -> None:
    """Overwrite the target-encoded columns of the encoded rows of training by what the other folds say."""
    rows = ~data.held_out
    fold = np.random.default_rng(data.seed).permutation(len(train)) % FOLDS
    targets, weights = _targets(data)[rows], _weights(data)[rows]
    features = {feature.name: feature for feature in data.features}
    start = 0
    for code in codes:
        if code.kind is CodeKind.TABLE:
            words = tuple(str(word) for word in code.vocabulary)
            category = _word_codes(features[code.feature], words, data)[rows]
            places = fold * (len(words) + 1) + category
            for column, target in enumerate(targets.T, start):
                train[:, column] = _of_others(fold, len(words) + 1, places, target, weights)[places]
        start += code.width


def refuse_too_many_columns(data: TrainingData) -> None:
    """Raise UntrainableModel when the texts of the data make too many target-encoded columns."""
    texts = sum(feature.type is FeatureType.STRING for feature in data.features)
    columns = texts * (len(data.classes) if len(data.classes) > 2 else 1)
    if columns > _MOST_COLUMNS:
        raise UntrainableModel.of(
            f"Target encoding of {texts} texts for {len(data.classes)} classes makes {columns:,} columns; "
            f"at most {_MOST_COLUMNS:,} are possible.",
            hint="Leave category_encoding_method out: categories are then split as they are.",
        )


def _word_codes(feature: Feature, words: tuple[str, ...], data: TrainingData) -> Codes:
    code = ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words)
    codes: Codes = MatrixEncoder((feature,), (code,)).encode(data.columns)[:, 0].astype(np.int64)
    return codes


def _shares(codes: Codes, words: int, targets: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of each target column by word, drawn towards the mean of all, shape (words,
    t).
    """
    return _drawn(len(codes), *_sums(codes, words, targets, weights))


def _of_others(fold: Codes, words: int, places: Codes, target: Floats, weights: Floats) -> Floats:
    """Return for each fold the shares of the words on the rows of all others, one after another; `places` are
    fold and word of each row in that order, shape (n,).

    Each fold is summed once. The sums of the others never hold the fold's own, so not even by rounding does a
    row tell its label.
    """
    rows, total = _sums(places, FOLDS * words, target[:, None], weights)
    rows, total = rows.reshape(FOLDS, words, 1), total.reshape(FOLDS, words, 1)
    counts = np.bincount(fold, minlength=FOLDS)
    tables = []
    for part in range(FOLDS):
        others = [other for other in range(FOLDS) if other != part]
        tables.append(_drawn(int(counts[others].sum()), rows[others].sum(axis=0), total[others].sum(axis=0)))
    return np.concatenate(tables)[:, 0]


def _sums(places: Codes, length: int, targets: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weights, shape (length, 1), and the weighted targets, (length, t), summed by place."""
    sums = [np.bincount(places, weights * column, length) for column in targets.T]
    rows = np.bincount(places, weights, length)[:, None]
    return rows.astype(np.float64, copy=False), np.stack(sums, axis=1).astype(np.float64, copy=False)


def _drawn(count: int, rows: Floats, total: Floats) -> Floats:
    """Return the means by word, drawn towards the mean of all, of so many rows; 0 where all weigh nothing."""
    weight = float(rows.sum())
    if not weight:
        return np.zeros(total.shape)
    # Scaled so that they average 1, weights are counted against the prior's rows.
    scale = count / weight
    overall = total.sum(axis=0) / weight
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
