"""What one answer for every row would have scored: the measure of how much there was to gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.metrics import classification_metrics, regression_metrics

Floats = NDArray[np.float64]
Json = Any
# Of numbers as large as this nobody reads the fraction.
_LARGE = 10_000


@dataclass(frozen=True)
class Baseline:
    """`answer` says in words what is said of every row; `metrics` are those of ML.EVALUATE, None for NaN."""

    answer: str
    metrics: Mapping[str, float | None]


def baseline_of(actual: Floats, classes: Sequence[Json]) -> Baseline | None:
    """Return what the mean, or of classes the most frequent one with every class's share, scores on these very rows.

    `actual` (n,) holds values, or indices of `classes` where there are any. The one answer is drawn from the rows
    themselves, which flatters it a little. None without rows.
    """
    if not len(actual):
        return None
    if not classes:
        mean = float(np.mean(actual))
        found = regression_metrics(actual, np.full(len(actual), mean))
        told = f"{mean:,.0f}" if abs(mean) >= _LARGE else f"{mean:.4g}"
        return Baseline(f"the mean, {told}, for every row", _known(found))
    codes = actual.astype(np.int64)
    shares = np.bincount(codes, minlength=len(classes)) / len(codes)
    most = int(np.argmax(shares))
    found = classification_metrics(codes, np.broadcast_to(shares, (len(codes), len(classes))))
    return Baseline(f"the most frequent class, {classes[most]!r}, for every row", _known(found))


def _known(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if value == value else None for name, value in metrics.items()}
