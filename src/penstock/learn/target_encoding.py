"""Target encoding: a word as the mean label of its rows, fitted so that no row tells its own label."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.cross_part import CrossParts, drawn_parts
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.feature_column import strings
from penstock.learn.learner import TrainingData
from penstock.learn.matrix import Vocabulary
from penstock.learn.schema import Feature, FeatureType, Task

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Every word gets so many rows of the mean label (Micci-Barreca 2001, "A preprocessing scheme for
# high-cardinality categorical attributes").
PRIOR_ROWS = 10.0
_MOST_COLUMNS = 2_000


def target_code(feature: Feature, words: tuple[str, ...], data: TrainingData) -> ColumnCode:
    """Return the code that reads a word as the mean label of its rows of training, and any other as the mean
    of all; for more than two classes as one share a class.
    """
    codes = _word_codes(data.train_columns.column(feature.name), words)
    shares = _drawn(len(codes), *_sums(codes, len(words) + 1, _targets(data), data.train_weights))
    rows = tuple(tuple(float(value) for value in row) for row in shares)
    return ColumnCode(feature.name, CodeKind.TABLE, vocabulary=words, table=rows)


class CrossFit:
    """Reads the words of the rows of training as what the rows of other parts say of them."""

    def __init__(self, data: TrainingData) -> None:
        """Rows go by the parts of the data, by drawn ones where it has none."""
        self._targets, self._weights = _targets(data), data.train_weights
        self._parts = data.train_parts or drawn_parts(len(self._targets), data.seed)

    def columns(self, column: pa.ChunkedArray, code: ColumnCode) -> Floats:
        """Return the columns of a TABLE code, shape (n, t), each contiguous."""
        words = len(code.vocabulary) + 1
        places = self._parts.of_row * words + _word_codes(column, tuple(map(str, code.vocabulary)))
        found = np.empty((len(places), self._targets.shape[1]), order="F")
        for at, target in enumerate(self._targets.T):
            found[:, at] = _of_others(self._parts, words, places, target, self._weights)[places]
        return found


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


def _word_codes(column: pa.ChunkedArray, words: tuple[str, ...]) -> Codes:
    vocabulary = Vocabulary(words)
    codes = [vocabulary.of_strings(strings(chunk)) for chunk in column.chunks]
    return np.concatenate(codes) if codes else np.zeros(0, np.int64)


def _of_others(parts: CrossParts, words: int, places: Codes, target: Floats, weights: Floats | None) -> Floats:
    """Return for each part the shares of the words on the rows of those that tell of it, one after another; `places`
    are part and word of each row in that order, shape (n,).

    Each part is summed once. The sums of the others never hold the part's own, so not even by rounding does a
    row tell its label.
    """
    rows, total = _sums(places, parts.count * words, target[:, None], weights)
    rows, total = rows.reshape(parts.count, words, 1), total.reshape(parts.count, words, 1)
    counts = np.bincount(parts.of_row, minlength=parts.count)
    tables = []
    for part in range(parts.count):
        others = parts.tellers(part)
        tables.append(_drawn(int(counts[others].sum()), rows[others].sum(axis=0), total[others].sum(axis=0)))
    return np.concatenate(tables)[:, 0]


def _sums(places: Codes, length: int, targets: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """Return the weights, shape (length, 1), and the weighted targets, (length, t), summed by place."""
    sums = [np.bincount(places, column if weights is None else weights * column, length) for column in targets.T]
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
    """The label of the rows of training as one column, or as one column a class when there are more than two."""
    target = data.train_target[:, None]
    if data.task is Task.REGRESSION or len(data.classes) <= 2:
        return target
    of_class: Floats = (target == np.arange(len(data.classes))).astype(np.float64)
    return of_class
