"""Derived features of texts: their length, words and digits, and what their words or letters say of the label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.automl import row_expression as sql
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.automl.ngram_model import NgramRows, ridge
from penstock.learn.feature_column import strings
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, FeatureType, Task

Floats = NDArray[np.float64]
TEXT = "text"
# Words are read of a text that has so many on average; letters of one that has no more. Languages such as Korean write
# many forms of a word, whose letters tell more than the whole.
_FREE_WORDS, _MOST_LETTERS = 2.5, 300
# A column of fewer distinct texts is one of categories.
_LEAST_DISTINCT, _LEAST_SHARE = 30, 0.02
# What explains less of the label is noise; of fewer rows one reading of a text is enough.
_LEAST_EXPLAINED, _MANY_ROWS = 0.005, 2_000
# Rows that the weights are fitted on, evenly spread; of all others the weights speak as they are.
_MOST_ROWS = 20_000
# Of more classes each would get a column of its own.
_MOST_CLASSES, _MOST_TEXTS = 10, 6
_DIGIT = "[0-9]"
_BEGIN = "^"


@dataclass(frozen=True)
class _Reading:
    """How a text is cut up: the matches of a pattern, so many in a row. `name` is that of what they say."""

    name: str
    text: ScalarExpression
    pattern: str
    sizes: tuple[int, ...]
    joiner: str

    @property
    def ngrams(self) -> ScalarExpression:
        return sql.ngrams(self.text, self.pattern, self.sizes, self.joiner)


def text_features(data: TrainingData) -> Iterator[DerivedFeature]:
    """Yield the features of the texts that are no categories: fitted on the labels, and out of fold for training."""
    found = 0
    for feature in data.features:
        means = _means(feature, data)
        if means is None or found == _MOST_TEXTS:
            continue
        found += 1
        of, name = sql.column(feature), feature.name
        length, digits = sql.pattern_count(of, sql.CHARACTER), sql.pattern_count(of, _DIGIT)
        yield DerivedFeature(f"{name}_length", TEXT, length)
        yield DerivedFeature(f"{name}_digits", TEXT, sql.ratio(digits, length))
        words, letters = means
        readings = []
        if words >= _FREE_WORDS:
            yield DerivedFeature(f"{name}_words", TEXT, sql.pattern_count(of, sql.WORD))
            readings.append(_Reading(f"{name}_says", of, sql.WORD, (1, 2), " "))
        if letters <= _MOST_LETTERS:
            begun = sql.concatenated(sql.constant(_BEGIN), of)
            readings.append(_Reading(f"{name}_spells", begun, sql.CHARACTER, (2, 3), ""))
        yield from _said(readings, data)


def _means(feature: Feature, data: TrainingData) -> tuple[float, float] | None:
    """Return the words and the letters of a text on average; None for what is a category or no text at all."""
    if feature.type is not FeatureType.STRING:
        return None
    chunks = [strings(chunk) for chunk in data.columns.column(feature.name).chunks]
    texts = pa.chunked_array(chunks) if chunks else pa.chunked_array([], pa.string())
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(texts.type.value_type)
    texts = texts.drop_null()
    if len(pc.unique(texts)) < max(_LEAST_DISTINCT, _LEAST_SHARE * len(texts)):
        return None
    counts = pc.count_substring_regex(texts, sql.WORD), pc.utf8_length(texts)
    words, letters = (float(pc.mean(count).as_py()) for count in counts)
    return words, letters


def _said(readings: Sequence[_Reading], data: TrainingData) -> Iterator[DerivedFeature]:
    """Yield what the n-grams of a text say of the label, one column, or one a class of more than two: of the readings
    that say anything of other rows; of few rows of the one that says most.
    """
    fitted_on = np.zeros(len(data.target), np.bool_)
    fitted_on[np.unique(np.linspace(0, len(data.target) - 1, min(len(data.target), _MOST_ROWS)).astype(np.int64))] = (
        True
    )
    part = data if fitted_on.all() else data.of_rows(fitted_on)
    targets = _targets(part)
    if targets is None:
        return
    found: list[tuple[float, list[DerivedFeature]]] = []
    for reading in readings:
        rows = NgramRows.of(reading.ngrams, part)
        if not rows.words:
            continue
        fitted = ridge(rows, targets, part.weights, part.seed)
        columns = []
        for at, label in enumerate(_called(reading.name, data)):
            weights = {word: weight for word, weight in rows.by_word(fitted.weights[:, at]) if weight}
            expression = sql.weighed(reading.ngrams, weights, float(fitted.base[at]))
            cross_fitted = np.full(len(data.target), np.nan)
            cross_fitted[fitted_on] = fitted.out_of_fold[:, at]
            columns.append(DerivedFeature(label, TEXT, expression, cross_fitted))
        if fitted.explained >= _LEAST_EXPLAINED:
            found.append((fitted.explained, columns))
    found.sort(key=lambda pair: -pair[0])
    for _, columns in found if len(data.target) >= _MANY_ROWS else found[:1]:
        yield from columns


def _called(name: str, data: TrainingData) -> Sequence[str]:
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
