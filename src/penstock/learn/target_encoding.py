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
            for part in range(FOLDS):
                here, there = fold == part, fold != part
                shares = _shares(category[there], len(words) + 1, targets[there], weights[there])
                train[here, start : start + code.width] = shares[category[here]]
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
    rows = np.bincount(codes, weights, words)[:, None]
    total = np.stack([np.bincount(codes, weights * column, words) for column in targets.T], axis=1)
    if not weights.any():
        return np.zeros(total.shape)
    # Scaled so that they average 1, weights are counted against the prior's rows.
    scale = len(weights) / float(weights.sum())
    overall = np.average(targets, axis=0, weights=weights)
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
