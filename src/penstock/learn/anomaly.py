"""How strange a row is to a model that was trained without a label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.artifact import LoadedModel
from penstock.learn.autoencoder import LOSSES
from penstock.learn.k_means import normalized_distances
from penstock.learn.manifest import Manifest
from penstock.learn.principal_components import reconstruction
from penstock.learn.schema import Task

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Strangeness:
    """`values` (n,), greater is stranger; `centroids` (n,), of clusters the one that each value is of."""

    values: Floats
    centroids: NDArray[np.int64] | None = None


def strangeness(manifest: Manifest, columns: pa.RecordBatch | pa.Table, scores: Floats) -> Strangeness:
    """Return how strange rows are, of their features and what the model's graph gave for them.

    Of clusters it is the distance to a centroid over its cluster's radius; of principal components and autoencoders
    the squared reconstruction error over the number of features.
    """
    if manifest.task is Task.CLUSTERING:
        return Strangeness(*normalized_distances(manifest.details, scores))
    if manifest.task is Task.AUTOENCODING:
        return Strangeness(scores[:, -len(LOSSES) + LOSSES.index("mean_squared_error")])
    lost, _ = reconstruction(manifest.details, columns, scores)
    return Strangeness(lost / len(manifest.features))


def training_strangeness(model: LoadedModel) -> Floats:
    """Return how strange the training rows are, or 200,000 of them evenly spread, in ascending order."""
    values: Floats = model.evaluation()["strangeness"].to_numpy()
    return values
