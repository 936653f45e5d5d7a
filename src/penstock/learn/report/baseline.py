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


def one_answer(actual: Floats, classes: Sequence[Json]) -> Floats:
    """Return the mean for every row, (n, 1), or of classes the share of each, (n, k)."""
    if not classes:
        return np.full((len(actual), 1), float(np.mean(actual)))
    shares = np.bincount(actual.astype(np.int64), minlength=len(classes)) / len(actual)
    return np.broadcast_to(shares, (len(actual), len(classes)))


def baseline_of(actual: Floats, classes: Sequence[Json]) -> Baseline | None:
    """Return what the mean, or of classes the most frequent one with every class's share, scores on these very rows.

    `actual` (n,) holds values, or indices of `classes` where there are any. The one answer is drawn from the rows
    themselves, which flatters it a little. None without rows.
    """
    if not len(actual):
        return None
    said = one_answer(actual, classes)
    if not classes:
        mean = float(said[0, 0])
        found = regression_metrics(actual, said[:, 0])
        told = f"{mean:,.0f}" if abs(mean) >= _LARGE else f"{mean:.4g}"
        return Baseline(f"the mean, {told}, for every row", _known(found))
    most = int(np.argmax(said[0]))
    found = classification_metrics(actual.astype(np.int64), said)
    return Baseline(f"the most frequent class, {classes[most]!r}, for every row", _known(found))


def _known(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if value == value else None for name, value in metrics.items()}
