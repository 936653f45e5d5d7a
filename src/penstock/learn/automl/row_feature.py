"""Derived features of one row's numbers and moments: cycles, days between, differences, ratios, sums."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.automl import row_expression as sql
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.schema import Feature, FeatureType

DATES, ARITHMETIC = "dates", "arithmetic"
# Only among so many numbers that say most are differences and ratios taken; so many sums of a stem's columns at least.
_MOST_NUMBERS, _LEAST_SUMMED = 6, 3
_MOMENTS = (FeatureType.DATE, FeatureType.TIMESTAMP)
_MOST_MOMENTS = 4
_DAY = 86_400.0
# The parts that come round, as DuckDB calls them, by what they are divided by.
_CYCLES = {"hour": ("hour", 24.0), "isodow": ("weekday", 7.0), "doy": ("year", 365.25)}


def moment_features(features: Sequence[Feature]) -> Iterator[DerivedFeature]:
    """Yield the cycles of each date and moment, whether it is a weekend, and the days between two of them."""
    moments = [feature for feature in features if feature.type in _MOMENTS][:_MOST_MOMENTS]
    for feature in moments:
        of, name = sql.column(feature), feature.name
        for part, (called, length) in _CYCLES.items():
            if part == "hour" and feature.type is FeatureType.DATE:
                continue
            turn = sql.combined("multiply", "*", sql.part(of, part), sql.constant(2.0 * math.pi / length))
            yield DerivedFeature(f"{name}_{called}_sin", DATES, sql.function("sine", "sin", turn))
            yield DerivedFeature(f"{name}_{called}_cos", DATES, sql.function("cosine", "cos", turn))
        yield DerivedFeature(f"{name}_weekend", DATES, sql.at_least(sql.part(of, "isodow"), 6.0))
    for first, second in combinations(moments, 2):
        seconds = sql.combined("subtract", "-", _epoch(first), _epoch(second))
        days = sql.combined("divide", "/", seconds, sql.constant(_DAY))
        yield DerivedFeature(f"{first.name}_days_since_{second.name}", DATES, days)


def number_features(features: Sequence[Feature], ranked: Sequence[str]) -> Iterator[DerivedFeature]:
    """Yield differences and ratios of the numbers that say most (`ranked`: the greatest gain first), and the sums of
    columns that are called alike.
    """
    by_name = {feature.name: feature for feature in features if feature.type is FeatureType.NUMBER}
    for stem, columns in _alike(by_name.values()):
        yield DerivedFeature(f"{stem}_sum", ARITHMETIC, sql.total([sql.number(column) for column in columns]))
    best = [name for name in ranked if name in by_name][:_MOST_NUMBERS]
    for first, second in combinations([by_name[name] for name in by_name if name in best], 2):
        one, other = sql.number(first), sql.number(second)
        minus = sql.combined("subtract", "-", one, other)
        yield DerivedFeature(f"{first.name}_minus_{second.name}", ARITHMETIC, minus)
        yield DerivedFeature(f"{first.name}_per_{second.name}", ARITHMETIC, sql.ratio(one, other))


def _epoch(feature: Feature) -> ScalarExpression:
    return sql.part(sql.column(feature), "epoch")


def _alike(numbers: Iterable[Feature]) -> Iterator[tuple[str, list[Feature]]]:
    """Yield the stem of names that differ in their digits only, and their columns."""
    stemmed = sorted(
        ((re.sub(r"_?\d+", "", feature.name), feature) for feature in numbers),
        key=lambda pair: pair[0],
    )
    for stem, pairs in groupby(stemmed, key=lambda pair: pair[0]):
        columns = [feature for _, feature in pairs]
        if stem and len(columns) >= _LEAST_SUMMED:
            yield stem, columns
