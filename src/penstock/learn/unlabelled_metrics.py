"""How good a model without a label is: what ML.EVALUATE shows of clusters, components and autoencoders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.autoencoder import LOSSES
from penstock.learn.manifest import Manifest
from penstock.learn.principal_components import EXPLAINED, reconstruction
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
CLUSTERING_METRICS = ("davies_bouldin_index", "mean_squared_distance")
DIMENSION_REDUCTION_METRICS = (EXPLAINED,)


class UnlabelledMetrics(Protocol):
    """Takes in the rows batch by batch; nothing of them is kept but sums."""

    def add(self, columns: pa.RecordBatch | pa.Table, scores: Floats) -> None:
        """Take in rows with their features and what the model's graph gave for them."""
        ...

    def result(self) -> Mapping[str, float]:
        """Return the metrics of all rows; NaN where they are not defined."""
        ...


def unlabelled_metrics(manifest: Manifest) -> UnlabelledMetrics:
    """Return an empty measurement for a model of a task without a label."""
    match manifest.task:
        case Task.CLUSTERING:
            return ClusteringMetrics(np.array(manifest.details["clusters"]["apart"]))
        case Task.AUTOENCODING:
            return _Autoencoding()
        case _:
            return _DimensionReduction(manifest)


class ClusteringMetrics:
    """The Davies–Bouldin index (D. Davies, D. Bouldin, 1979) with the model's own centroids, and the mean squared
    distance to the nearest one. Clusters without rows do not count. `apart` (k, k) are the distances between centroids.

    A cluster spreads by the root of its mean square, q = 2 of the paper, as in BigQuery; scikit-learn has q = 1.
    """

    def __init__(self, apart: Floats) -> None:
        self._apart = apart
        self._counts = np.zeros(len(self._apart), np.int64)
        self._squares = np.zeros(len(self._apart))

    def add(self, columns: pa.RecordBatch | pa.Table, scores: Floats) -> None:  # noqa: ARG002
        self.add_distances(scores)

    def add_distances(self, scores: Floats) -> None:
        """Take in rows by their distances to the centroids, shape (n, k)."""
        nearest = np.argmin(scores, axis=1)
        squares = scores[np.arange(len(scores)), nearest] ** 2
        self._counts += np.bincount(nearest, minlength=len(self._counts))
        self._squares += np.bincount(nearest, weights=squares, minlength=len(self._counts))

    def merge(self, others: ClusteringMetrics) -> None:
        """Take in the rows that another measurement of the same clusters has taken in."""
        self._counts += others._counts
        self._squares += others._squares

    def result(self) -> Mapping[str, float]:
        rows = int(self._counts.sum())
        squared = float(self._squares.sum()) / rows if rows else np.nan
        return dict(zip(CLUSTERING_METRICS, (self._davies_bouldin(), squared), strict=True))

    def _davies_bouldin(self) -> float:
        used = np.flatnonzero(self._counts)
        if len(used) < 2:
            return float("nan")
        spread = np.sqrt(self._squares[used] / self._counts[used])
        apart = self._apart[np.ix_(used, used)]
        np.fill_diagonal(apart, np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            likeness = (spread[:, None] + spread[None, :]) / apart
        return float(likeness.max(axis=1).mean())


class _DimensionReduction:
    """The share of the rows' squared lengths, after centring and scaling, that the components keep. On the rows that
    the model was trained on that is the share of the variance.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._details = manifest.details
        self._lost = self._whole = 0.0

    def add(self, columns: pa.RecordBatch | pa.Table, scores: Floats) -> None:
        lost, whole = reconstruction(self._details, columns, scores)
        self._lost += float(lost.sum())
        self._whole += float(whole.sum())

    def result(self) -> Mapping[str, float]:
        kept = 1.0 - self._lost / self._whole if self._whole else float("nan")
        return {DIMENSION_REDUCTION_METRICS[0]: kept}


class _Autoencoding:
    """The means of the losses that the graph gives with each row."""

    def __init__(self) -> None:
        self._rows, self._sums = 0, np.zeros(len(LOSSES))

    def add(self, columns: pa.RecordBatch | pa.Table, scores: Floats) -> None:  # noqa: ARG002
        self._rows += len(scores)
        self._sums += scores[:, -len(LOSSES) :].sum(axis=0)

    def result(self) -> Mapping[str, float]:
        means = self._sums / self._rows if self._rows else np.full(len(LOSSES), np.nan)
        return dict(zip(LOSSES, means.tolist(), strict=True))
