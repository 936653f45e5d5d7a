"""Derived features of categories: how often each occurs, pairs of them, and the mean of a number within each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.learn.automl import row_expression as sql
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.feature_column import numbers, strings
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, FeatureType

Floats = NDArray[np.float64]
CATEGORIES = "categories"
# A frozen table holds so many words at most, the most frequent; and one of fewer says nothing that a split does not.
_MOST_WORDS, _LEAST_COUNTED = 2_000, 8
_MOST_GROUPS, _MOST_MEANS, _MOST_PAIRS = 3, 3, 4
# Words of fewer rows on average make no category.
_ROWS_A_WORD = 2
# A pair has at most so many words, on average of at least so many rows each.
_MOST_PAIRED, _ROWS_A_PAIR = 3_000, 5


@dataclass(frozen=True)
class _Grouped:
    """A text's words, the most frequent first, with the rows of each and the word's place in each row, -1 for none;
    `distinct` counts all words, those that are left out too.
    """

    feature: Feature
    distinct: int
    words: tuple[str, ...]
    rows: Floats
    places: NDArray[np.int64]


def category_features(data: TrainingData, ranked: Sequence[str]) -> Iterator[DerivedFeature]:
    """Yield counts, pairs and group means of the texts that repeat; `ranked` are features, the greatest gain first."""
    texts = {feature.name: feature for feature in data.features if feature.type is FeatureType.STRING}
    groups = [_grouped(texts[name], data) for name in ranked if name in texts]
    groups = [group for group in groups if 2 <= group.distinct <= max(2, len(data.target) // _ROWS_A_WORD)]
    for group in groups:
        if len(group.words) >= _LEAST_COUNTED:
            counted = dict(zip(group.words, group.rows.tolist(), strict=True))
            expression = sql.looked_up(sql.column(group.feature), counted, 0.0)
            yield DerivedFeature(f"{group.feature.name}_count", CATEGORIES, expression)
    yield from _pairs(groups, len(data.target))
    values = {feature.name: feature for feature in data.features if feature.type is FeatureType.NUMBER}
    measured = [values[name] for name in ranked if name in values][:_MOST_MEANS]
    for group in groups[:_MOST_GROUPS]:
        for feature in measured:
            yield from _means(group, feature, data)


def _pairs(groups: Sequence[_Grouped], rows: int) -> Iterator[DerivedFeature]:
    fitting = [
        (first, second)
        for first, second in combinations(groups, 2)
        if len(first.words) * len(second.words) <= min(_MOST_PAIRED, max(rows // _ROWS_A_PAIR, 4))
    ]
    for first, second in fitting[:_MOST_PAIRS]:
        both = sql.concatenated(sql.column(first.feature), sql.constant(" | "), sql.column(second.feature))
        yield DerivedFeature(f"{first.feature.name}_and_{second.feature.name}", CATEGORIES, both)


def _means(group: _Grouped, feature: Feature, data: TrainingData) -> Iterator[DerivedFeature]:
    column = data.columns.column(feature.name)
    found = np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])
    known = np.isfinite(found) & (group.places >= 0)
    if not known.any():
        return
    places, held = group.places[known], found[known]
    count = np.bincount(places, minlength=len(group.words))
    total = np.bincount(places, held, len(group.words))
    overall = float(held.mean())
    means: Mapping[str, float] = {
        word: float(total[at] / count[at]) if count[at] else overall for at, word in enumerate(group.words)
    }
    mean = sql.looked_up(sql.column(group.feature), means, overall)
    name = f"{feature.name}_mean_by_{group.feature.name}"
    yield DerivedFeature(name, CATEGORIES, mean)
    beyond = sql.combined("subtract", "-", sql.number(feature), mean)
    yield DerivedFeature(f"{feature.name}_minus_mean_by_{group.feature.name}", CATEGORIES, beyond)


def _grouped(feature: Feature, data: TrainingData) -> _Grouped:
    column = data.columns.column(feature.name)
    chunks = [strings(chunk) for chunk in column.chunks]
    texts = pa.chunked_array(chunks) if chunks else pa.chunked_array([], pa.string())
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(texts.type.value_type)
    counts = pc.value_counts(texts)
    table = pa.table({"word": counts.field("values"), "rows": counts.field("counts")})
    table = table.filter(pc.is_valid(table.column("word")))
    table = table.sort_by([("rows", "descending"), ("word", "ascending")])
    words = [word for word in table.column("word").to_pylist()[:_MOST_WORDS] if "\0" not in word]
    places = pc.fill_null(pc.index_in(texts, pa.array(words, texts.type)), -1)
    at = np.asarray(places.to_numpy(), np.int64)
    return _Grouped(
        feature, table.num_rows, tuple(words), np.bincount(at[at >= 0], minlength=len(words)).astype(np.float64), at
    )
