"""Derived features of what texts are about: a few numbers a text, learned from the texts alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.learn.automl import row_expression as sql
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.automl.ngram_model import always
from penstock.learn.automl.ngram_reading import (
    FREE_WORDS,
    MOST_LETTERS,
    NgramReading,
    TextColumn,
    Unit,
    plain,
    text_columns,
)
from penstock.learn.cross_part import evenly
from penstock.learn.learner import TrainingData

Floats = NDArray[np.float64]
TOPICS = "text embeddings"
_MOST_TEXTS, _MOST_ROWS = 3, 20_000
# So many n-grams, the most frequent, become so many numbers; of fewer n-grams fewer.
_MOST_WORDS, _LEAST_ROWS, _MOST_TOPICS, _WORDS_OF_TOPIC = 2_000, 3, 16, 8
# Directions beyond those wanted, and rounds, that make a drawn subspace all but the true one.
_MORE, _ROUNDS = 8, 4
# Digits of a weight, which stands in SQL.
_DIGITS = 6
# So many texts tell whether their language joins words.
_LOOKED_AT = 2_000
_WRITTEN_IN_SYLLABLES = r"[\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}]"


def topic_features(data: TrainingData, goes_on: Callable[[], bool] = always) -> Iterator[DerivedFeature]:
    """Yield for each text where it lies among others by its n-grams: latent semantic analysis (Deerwester et al. 1990,
    "Indexing by latent semantic analysis"). No label is in it. It ends where it no longer `goes_on`.
    """
    for text in islice(text_columns(data), _MOST_TEXTS):
        if not goes_on():
            return
        reading = _reading(text, data)
        if reading is None:
            continue
        some = evenly(len(data.target), _MOST_ROWS)
        columns = data.columns if some.all() else data.columns.filter(pa.array(some))
        rows = reading.rows(columns, _MOST_WORDS, _LEAST_ROWS)
        count = min(_MOST_TOPICS, len(rows.words) // _WORDS_OF_TOPIC)
        if count < 1 or not goes_on():
            continue
        scaled = rows.matrix.multiply(rows.rarity[None, :]).tocsr()
        directions = leading(scaled, count, data.seed) * rows.rarity[:, None]
        words, table = rows.table(_rounded(directions))
        for number, expression in enumerate(sql.weighed(reading.expression, words, table, np.zeros(count)), 1):
            yield DerivedFeature(f"{text.feature.name}_topic_{number}", TOPICS, expression)


def _reading(text: TextColumn, data: TrainingData) -> NgramReading | None:
    """Return how a text is cut up: into words, or into letters where it is short or its language joins words."""
    texts = plain(data.columns.column(text.feature.name).slice(0, _LOOKED_AT)).drop_null()
    joined = len(texts) > 0 and pc.mean(pc.match_substring_regex(texts, _WRITTEN_IN_SYLLABLES)).as_py() > 0.5
    if text.letters <= MOST_LETTERS and (joined or text.words < FREE_WORDS):
        return NgramReading(text.feature, Unit.LETTERS, (2, 3))
    return NgramReading(text.feature, Unit.WORDS, (1, 2)) if text.words >= FREE_WORDS else None


def leading(matrix: Any, count: int, seed: int) -> Floats:
    """Return the `count` right singular vectors (m, count) of a sparse matrix (n, m) that have the greatest singular
    values, greatest first, by randomised subspace iteration (Halko, Martinsson & Tropp 2011, "Finding structure with
    randomness"). The greatest entry of each is positive.
    """
    width = matrix.shape[1]
    turned = matrix.T.tocsr()
    drawn = np.random.default_rng(seed).normal(size=(width, min(count + _MORE, width)))
    for _ in range(_ROUNDS):
        drawn = turned @ (matrix @ np.linalg.qr(drawn)[0])
    basis = np.linalg.qr(drawn)[0]
    image = matrix @ basis
    _, vectors = np.linalg.eigh(np.einsum("ij,ik->jk", image, image))
    found: Floats = np.einsum("ij,jk->ik", basis, vectors[:, ::-1][:, :count])
    greatest = found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])]
    return found * np.where(greatest < 0, -1.0, 1.0)


def _rounded(values: Floats) -> Floats:
    """Return numbers with as many digits as are written: what a graph computes is then what the SQL says."""
    return np.array([float(f"{value:.{_DIGITS}g}") for value in values.ravel()]).reshape(values.shape)
