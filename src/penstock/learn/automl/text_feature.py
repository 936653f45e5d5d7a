"""Derived features of texts: their length, words and digits, and what their words or letters say of the label."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl import row_expression as sql
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.automl.ngram_model import always, ridge
from penstock.learn.automl.ngram_reading import FREE_WORDS, NgramReading, Unit, readings_of, text_columns
from penstock.learn.cross_part import drawn_parts
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
TEXT = "text"
# What explains less of the label is noise; of fewer rows one reading of a text is enough.
_LEAST_EXPLAINED, _MANY_ROWS = 0.005, 2_000
# Rows that the weights are fitted on, evenly spread; of all others, none of them kin, the weights speak as they are.
_MOST_ROWS = 20_000
# So many n-grams have a weight, the most frequent; each stands in so many rows at least.
_MOST_WORDS, _LEAST_ROWS = 10_000, 3
# Of more classes each would get a column of its own.
_MOST_CLASSES, _MOST_TEXTS = 10, 6
_IN_A_ROW = {Unit.WORDS: (1, 2), Unit.LETTERS: (2, 3)}
_CALLED = {Unit.WORDS: "says", Unit.LETTERS: "spells"}
_DIGIT = "[0-9]"


def text_features(
    data: TrainingData, goes_on: Callable[[], bool] = always, *, every: bool = False
) -> Iterator[DerivedFeature]:
    """Yield the features of the texts that are no categories: fitted on the labels, and out of fold for training; with
    `every` reading of a text, for who knows which to keep. Those that are made when it no longer `goes_on` are of no
    use.
    """
    for text in islice(text_columns(data), _MOST_TEXTS):
        if not goes_on():
            return
        of, name = sql.column(text.feature), text.feature.name
        length, digits = sql.pattern_count(of, sql.CHARACTER), sql.pattern_count(of, _DIGIT)
        yield DerivedFeature(f"{name}_length", TEXT, length)
        yield DerivedFeature(f"{name}_digits", TEXT, sql.ratio(digits, length))
        if text.words >= FREE_WORDS:
            yield DerivedFeature(f"{name}_words", TEXT, sql.pattern_count(of, sql.WORD))
        yield from _said(readings_of(text, _IN_A_ROW[Unit.WORDS], _IN_A_ROW[Unit.LETTERS]), data, goes_on, every)


def _said(
    readings: Sequence[NgramReading], data: TrainingData, goes_on: Callable[[], bool], every: bool
) -> Iterator[DerivedFeature]:
    """Yield what the n-grams of a text say of the label, one column, or one a class of more than two: of the readings
    that say anything of other rows; of few rows of the one that says most, unless `every` one is wanted.
    """
    parts = data.parts or drawn_parts(len(data.target), data.seed)
    fitted_on = parts.some(_MOST_ROWS)
    part = data if fitted_on.all() else data.of_rows(fitted_on)
    targets = _targets(part)
    if targets is None:
        return
    found: list[tuple[float, list[DerivedFeature]]] = []
    for reading in readings:
        if not goes_on():
            return
        rows = reading.rows(part.columns, _MOST_WORDS, _LEAST_ROWS)
        if not rows.forms:
            continue
        fitted = ridge(rows, targets, part.weights, parts.of_rows(fitted_on), goes_on)
        words, table = rows.table(fitted.weights)
        expressions = sql.weighed(reading.expression, words, table, fitted.base)
        columns = []
        for label, expression, said in zip(_called(reading, data), expressions, fitted.out_of_fold.T, strict=True):
            cross_fitted = np.full(len(data.target), np.nan)
            cross_fitted[fitted_on] = said
            columns.append(DerivedFeature(label, TEXT, expression, cross_fitted))
        if every or fitted.explained >= _LEAST_EXPLAINED:
            found.append((fitted.explained, columns))
    found.sort(key=lambda pair: -pair[0])
    for _, columns in found if every or len(data.target) >= _MANY_ROWS else found[:1]:
        yield from columns


def _called(reading: NgramReading, data: TrainingData) -> Sequence[str]:
    name = f"{reading.feature.name}_{_CALLED[reading.unit]}"
    if data.task is Task.REGRESSION or len(data.classes) <= 2:
        return [name]
    return [f"{name}_{label}" for label in data.classes]


def _targets(data: TrainingData) -> Floats | None:
    """Return what the texts are to say, (n, 1), or one column a class; None where there is nothing, or too much."""
    if data.task is Task.REGRESSION or len(data.classes) == 2:
        return data.target[:, None]
    if not 2 < len(data.classes) <= _MOST_CLASSES:
        return None
    of_class: Floats = (data.target[:, None] == np.arange(len(data.classes))).astype(np.float64)
    return of_class
