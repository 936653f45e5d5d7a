"""Rows that every learner is tried on: NULLs, Korean names and words, and every type of column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.feature_column import features_of
from penstock.learn.learner import Learner, TrainingData
from penstock.learn.schema import Feature, Task

Floats = NDArray[np.float64]
ROWS = 600
_START = datetime(2024, 1, 1, tzinfo=UTC)


def sample_datasets(learner: Learner) -> list[TrainingData]:
    """Return rows with NULLs, Korean names and words, and a label that depends on them: of numbers, or of
    two and of three classes.
    """
    if learner.task is Task.RECOMMENDATION:
        return [_ratings(learner)]
    random = np.random.default_rng(5)
    x, price = random.normal(size=ROWS), random.normal(size=ROWS)
    city = random.integers(0, 4, size=ROWS)
    columns = pa.table(
        {
            "x": pa.array(x, mask=random.random(ROWS) < 0.05),
            "가격": price,
            "도시": pa.array(np.array(["서울", "부산", "대구", "제주"])[city], mask=random.random(ROWS) < 0.05),
            "flag": pa.array(random.random(ROWS) < 0.5, mask=random.random(ROWS) < 0.05),
        }
    )
    signal = x + 2.0 * (city % 2) + 0.1 * random.normal(size=ROWS)
    return [_training_data(learner, columns, signal, classes) for classes in _class_counts(learner)]


def sample_of_every_type(learner: Learner) -> TrainingData:
    """Return the first of the samples with a column of every type beside its own."""
    base = sample_datasets(learner)[0]
    moments = [_START + timedelta(hours=31 * row) for row in range(ROWS)]
    more: Mapping[str, Any] = {
        "whole": pa.array(range(ROWS), pa.int16()),
        "amount": pa.array(range(ROWS), pa.decimal128(12, 2)),
        "moment": pa.array(moments, pa.timestamp("us", "Asia/Seoul")),
        "day": pa.array([moment.date() for moment in moments], pa.date32()),
        "clock": pa.array([time(row % 24, row % 60) for row in range(ROWS)], pa.time64("us")),
        "coded": pa.array([f"c{row % 3}" for row in range(ROWS)]).dictionary_encode(),
        "tags": pa.array([[f"t{row % 5}", None] if row % 4 else None for row in range(ROWS)], pa.list_(pa.string())),
        "vector": pa.array([[float(row % 7), 1.0] for row in range(ROWS)], pa.list_(pa.float64())),
        "ancient": pa.array([date(1, 1, 1) if row % 2 else date(9999, 12, 31) for row in range(ROWS)]),
    }
    columns = base.columns
    for name, values in more.items():
        columns = columns.append_column(name, values)
    return replace(base, columns=columns, features=features_of(columns))


def _ratings(learner: Learner) -> TrainingData:
    """Return ratings by texts of things that are known by numbers, both with NULLs."""
    random = np.random.default_rng(5)
    city, thing = random.integers(0, 8, size=ROWS), random.integers(0, 12, size=ROWS)
    columns = pa.table(
        {
            "도시": pa.array([f"도시 {number}" for number in city], mask=random.random(ROWS) < 0.02),
            "x": pa.array(thing * 3, mask=random.random(ROWS) < 0.02),
        }
    )
    taste = np.where(city % 2 == 0, 1.0, -1.0) * np.where(thing % 3 == 0, 2.0, -1.0)
    return _training_data(learner, columns, 3.0 + taste + 0.1 * random.normal(size=ROWS), 0)


def _class_counts(learner: Learner) -> Sequence[int]:
    return (2, 3) if learner.task is Task.CLASSIFICATION else (0,)


def _training_data(learner: Learner, columns: pa.Table, signal: Floats, classes: int) -> TrainingData:
    features: tuple[Feature, ...] = features_of(columns)
    target = signal
    if classes:
        bounds = np.quantile(signal, np.linspace(0, 1, classes + 1)[1:-1])
        target = np.digitize(signal, bounds).astype(np.float64)
    names = tuple(f"등급 {number}" for number in range(classes))
    held_out = np.arange(ROWS) % 5 == 0
    if not learner.task.learns_from_label:
        target, held_out = np.empty(0), np.zeros(ROWS, np.bool_)
    return TrainingData(columns, features, target, held_out, None, names, learner.task, seed=7, threads=1)


def all_null(columns: pa.Table) -> pa.Table:
    """Return three rows of the same columns, all NULL."""
    return pa.table({field.name: pa.nulls(3, field.type) for field in columns.schema}, schema=columns.schema)
