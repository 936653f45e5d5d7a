"""Candidates that read texts and nothing else: a line through all their n-grams, the mean of all folds' one model.

What the words of a text say of many classes is no column that a tree could split: each word has a weight for each class
(Wang & Manning 2012, "Baselines and bigrams", on how far this goes).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.automl.candidate import TEXTS, Candidate, Value
from penstock.learn.automl.derived_feature import rows_at_once
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.ngram_model import solved
from penstock.learn.automl.ngram_reading import NgramReading, NgramRows, TextColumn, Unit, readings_of, text_columns
from penstock.learn.automl.quasi_newton import least
from penstock.learn.automl.text_line import TextLine, TextWeights
from penstock.learn.learner import FittedModel, TrainingData
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
# In a row: words, and letters.
_WORDS, _LETTERS = (1, 2), (2, 3, 4)
# So many n-grams of a reading have weights, the most frequent, of many classes fewer; each stands in so many rows.
_MOST_WORDS, _MOST_WEIGHTS, _LEAST_ROWS = 40_000, 2_000_000, 3
# So many words or letters are cut up in one go, each some ten times eight bytes.
_MOST_PIECES, _LETTERS_OF_WORD = 10_000_000, 5
# What cutting up takes of each letter, as measured, and the share of the time that it may take.
_SECONDS_OF_LETTER, _SHARE = {Unit.WORDS: 3e-7, Unit.LETTERS: 1.5e-6}, 0.25
_MOST_TEXTS = 6
# A round that gains less than this share of the loss is the last one.
_MOST_ROUNDS, _LEAST_GAIN = 100, 1e-4


@dataclass(frozen=True)
class FittedText:
    """The weights of one fold for the columns that were read, (width + 1, outputs), the intercept last, and what they
    say of the rows that judge. `scoring` is in how many milliseconds they say something of 1,000 rows.
    """

    unit: str
    solution: Floats
    raw: Floats
    scoring: float
    folds: int

    @property
    def size(self) -> int:
        """The fold's share of the bytes of the weights in the graph, which are float32 and of all folds together."""
        return 4 * self.solution.size // self.folds


class TextRows:
    """The texts of a search, cut up once."""

    def __init__(self, data: TrainingData, folds: Sequence[Fold], seconds: float = math.inf) -> None:
        """`data` holds nothing out. Which n-grams there are, and how rare, is learned from all rows: they know nothing
        of the label. What would take too much of the `seconds`, with what was cut up before it, is not.
        """
        self._data, self._folds = data, folds
        classes = len(data.classes)
        self._outputs = classes if data.task is Task.CLASSIFICATION and classes > 2 else 1
        most = min(_MOST_WORDS, _MOST_WEIGHTS // self._outputs)
        self._readings: list[tuple[NgramReading, NgramRows]] = []
        spent = 0.0
        for text, reading in text_readings(data):
            takes = text.size * _SECONDS_OF_LETTER[reading.unit]
            if spent + takes > _SHARE * seconds:
                continue
            spent += takes
            rows = reading.rows(data.columns, most, _LEAST_ROWS)
            if rows.forms:
                self._readings.append((reading, rows))
        self._matrices: dict[str, Any] = {}
        for unit in Unit:
            of_unit = [_weighed(rows) for reading, rows in self._readings if reading.unit is unit]
            if of_unit:
                self._matrices[unit] = _side_by_side(of_unit)

    def fitted(self, number: int, values: Mapping[str, Value], goes_on: Callable[[], bool]) -> FittedText:
        """Return the weights of a fold: of least loss, or as near as there is time for."""
        unit = str(values["reads"])
        if unit not in self._matrices:
            raise UntrainableModel.of(f"there is no time to cut all texts up into {unit}, or none is in several rows")
        fold, data, matrix = self._folds[number], self._data, self._matrices[unit]
        rows = np.flatnonzero(fold.fitted)
        weights = None if data.weights is None else data.weights[rows]
        l2 = float(values["l2_reg"])
        if data.task is Task.REGRESSION:
            solution = _least_squares(matrix[rows], data.target[rows], weights, l2, goes_on)
        else:
            solution = _classified(matrix[rows], data.target[rows], weights, l2, len(data.classes), goes_on)
        judged = matrix[np.flatnonzero(fold.judged)]
        began = time.perf_counter()
        raw = judged @ solution[:-1] + solution[-1]
        taken = time.perf_counter() - began
        return FittedText(unit, solution, raw, 1e6 * taken / max(len(raw), 1), len(self._folds))

    def of_folds(self, folds: Sequence[Fold]) -> TextRows:
        """Return the same rows in other folds."""
        other = copy.copy(self)
        other._folds = folds
        return other

    def merged(self, lines: Sequence[tuple[FittedText, float]]) -> FittedModel:
        """Return the weighted sum of lines as one model, whose graph gives raw outputs."""
        intercept = np.zeros(self._outputs)
        summed: dict[str, Floats] = {}
        for line, weight in lines:
            intercept += weight * line.solution[-1]
            summed[line.unit] = summed.get(line.unit, 0.0) + weight * line.solution[:-1]
        parts, place = [], dict.fromkeys(Unit, 0)
        for reading, rows in self._readings:
            begin = place[reading.unit]
            place[reading.unit] += len(rows.words)
            if reading.unit in summed:
                own = summed[reading.unit][begin : place[reading.unit]] * rows.rarity[:, None]
                words, table = rows.table(own.astype(np.float32).astype(np.float64))
                parts.append(TextWeights(reading, tuple(words), table))
        features = [reading.feature for reading, _ in self._readings]
        at_once = rows_at_once(self._data.columns, features) // max(1, self._outputs // 8)
        return TextLine(tuple(parts), intercept).fitted(self._data.features, max(1, at_once))


def text_candidates(data: TrainingData) -> tuple[Candidate, ...]:
    """Return what a search of these rows tries of lines through texts; nothing where no text can be read."""
    units = {str(reading.unit) for _, reading in text_readings(data)}
    return tuple(candidate for candidate in TEXTS if candidate.values["reads"] in units)


def only_texts(data: TrainingData) -> bool:
    """Say whether a table has nothing else than texts that are no categories."""
    read = {text.feature.name for text in text_columns(data)}
    return all(feature.name in read for feature in data.features)


def text_readings(data: TrainingData) -> list[tuple[TextColumn, NgramReading]]:
    """Return how the texts of a search are cut up; those that are too many to be held are not."""
    return [
        (text, reading)
        for text in islice(text_columns(data), _MOST_TEXTS)
        for reading in readings_of(text, _WORDS, _LETTERS)
        if text.size / (_LETTERS_OF_WORD if reading.unit is Unit.WORDS else 1) <= _MOST_PIECES
    ]


def _weighed(rows: NgramRows) -> Any:
    return rows.matrix.multiply(rows.rarity[None, :]).tocsr().astype(np.float32)


def _side_by_side(matrices: Sequence[Any]) -> Any:
    from scipy.sparse import hstack

    return matrices[0] if len(matrices) == 1 else hstack(matrices).tocsr()


def _least_squares(
    matrix: Any, target: Floats, weights: Floats | None, l2: float, goes_on: Callable[[], bool]
) -> Floats:
    """Return the weights for the target in its own unit; the penalty is of those for the standardised target."""
    center, scale = float(target.mean()), float(target.std()) or 1.0
    of_rows = np.ones(len(target)) if weights is None else weights
    found, base = solved(matrix, ((target - center) / scale)[:, None], of_rows, l2, goes_on)
    return np.concatenate([found * scale, base[None, :] * scale + center])


def _classified(
    matrix: Any, target: Floats, weights: Floats | None, l2: float, classes: int, goes_on: Callable[[], bool]
) -> Floats:
    """Return the weights of least log loss, in float32, which takes a fraction of the time where classes are many.

    Each weight is counted in the unit in which the loss is about as curved as in any other (the diagonal of its second
    derivatives where all classes are as likely): a third of the rounds gets as far.
    """
    outputs = 1 if classes == 2 else classes
    own, rows = target.astype(np.int64), np.arange(len(target))
    of_rows = np.ones(len(own), np.float32) if weights is None else weights.astype(np.float32)
    total = float(of_rows.sum())
    curve = 1.0 / max(classes, 4)
    squares = matrix.multiply(matrix).T @ of_rows
    unit = np.append(np.sqrt((curve * squares + l2) / total), np.sqrt(curve)).astype(np.float32)[:, None]
    scaled = matrix.multiply(1.0 / unit[:-1].T).tocsr().astype(np.float32)
    turned = scaled.T.tocsr()
    penalty = np.float32(l2) / unit[:-1] ** 2

    def loss_and_slope(counted: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        scores = scaled @ counted[:-1]
        scores += counted[-1] / unit[-1]
        losses = _losses(scores, own, rows)
        scores *= of_rows[:, None]
        slope = np.empty_like(counted)
        held = penalty * counted[:-1]
        slope[:-1] = turned @ scores
        slope[:-1] += held
        slope[-1] = scores.sum(axis=0) / unit[-1]
        value = float(np.sum(of_rows * losses, dtype=np.float64)) + float(np.sum(held * counted[:-1])) / 2.0
        return value / total, slope / np.float32(total)

    counts = np.bincount(own, weights=weights, minlength=classes)
    logs = np.log(np.maximum(counts, 0.5))
    start = np.zeros((matrix.shape[1] + 1, outputs), np.float32)
    start[-1] = (np.diff(logs) if outputs == 1 else logs - logs.mean()) * unit[-1]
    found = least(loss_and_slope, start, most=_MOST_ROUNDS, gain=_LEAST_GAIN, goes_on=goes_on)
    return (found / unit).astype(np.float64)


def _losses(scores: NDArray[np.float32], own: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the log loss of each row, and put its slope by the scores in their place."""
    if scores.shape[1] == 1:
        odds = scores[:, 0]
        losses: NDArray[np.float32] = np.logaddexp(np.float32(0), odds) - own * odds
        small = np.exp(-np.abs(odds))
        scores[:, 0] = np.where(odds >= 0, np.float32(1), small) / (1 + small) - own
        return losses
    scores -= scores.max(axis=1, keepdims=True)
    of_own = scores[rows, own]
    np.exp(scores, out=scores)
    sums = scores.sum(axis=1, keepdims=True)
    scores /= sums
    scores[rows, own] -= 1
    found: NDArray[np.float32] = np.log(sums[:, 0]) - of_own
    return found
