"""Derived features of texts that hold a number, an amount of money or a date: what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyarrow as pa

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.automl import row_expression as sql
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.understanding.column_type import column_meaning
from penstock.learn.understanding.sample import MOST_ROWS, plain_texts
from penstock.learn.understanding.text_meaning import TextKind
from penstock.learn.understanding.text_reading import Reading

QUANTITIES = "quantities in texts"
_MOST_TEXTS, _MOST_TIMES, _DAY = 12, 4, 86_400.0
_CYCLES = {"isodow": ("weekday", 7.0), "doy": ("year", 365.25)}


def quantity_features(data: TrainingData) -> Iterator[DerivedFeature]:
    """Yield the number that a column's texts mean, or the time with its hour, weekday and place in the year, and the
    days between two of them.
    """
    found = 0
    times: list[tuple[str, ScalarExpression]] = []
    for feature in data.features:
        if feature.type is not FeatureType.STRING or found == _MOST_TEXTS:
            continue
        meaning = column_meaning(feature.name, plain_texts(_looked_at(data.columns.column(feature.name))))
        if meaning is None or meaning.reading is None:
            continue
        found += 1
        value = read(feature, meaning.reading)
        if meaning.kind is not TextKind.DATE:
            yield DerivedFeature(f"{feature.name}_number", QUANTITIES, value)
            continue
        time = sql.part(value, "epoch")
        times.append((feature.name, time))
        yield DerivedFeature(f"{feature.name}_time", QUANTITIES, time)
        yield DerivedFeature(f"{feature.name}_hour", QUANTITIES, sql.part(value, "hour"))
        for part, (called, length) in _CYCLES.items():
            turn = sql.combined("multiply", "*", sql.part(value, part), sql.constant(2.0 * math.pi / length))
            yield DerivedFeature(f"{feature.name}_{called}_sin", QUANTITIES, sql.function("sine", "sin", turn))
            yield DerivedFeature(f"{feature.name}_{called}_cos", QUANTITIES, sql.function("cosine", "cos", turn))
    for (first, later), (second, earlier) in combinations(times[:_MOST_TIMES], 2):
        days = sql.combined("divide", "/", sql.combined("subtract", "-", later, earlier), sql.constant(_DAY))
        yield DerivedFeature(f"{first}_days_since_{second}", QUANTITIES, days)


def _looked_at(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return so many of a column's values, evenly spread."""
    if len(column) <= MOST_ROWS:
        return column
    return column.take(pa.array(np.linspace(0, len(column) - 1, MOST_ROWS).astype(np.int64)))


def read(feature: Feature, reading: Reading) -> ScalarExpression:
    """Return what a text means, as a number or a moment."""
    of = sql.column(feature)
    made = reading.sql.format(of.sql)
    kind = "double" if reading.operation == "read_number" else "timestamp[us]"
    return ScalarExpression(reading.operation, (of,), reading.asked, made, kind)
