"""The columns that a model's scores become in a result, by its task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InternalError
from penstock.functions.label import class_labels, label_type
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import predicted_classes
from penstock.learn.recommender import is_implicit
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
# BigQuery ML names no more than so many centroids a row.
NEAREST_CENTROIDS = 5


@dataclass(frozen=True)
class Prediction:
    """`columns` makes the arrays of `fields` out of a batch's scores, as `LoadedModel.score` gives them."""

    fields: tuple[pa.Field, ...]
    columns: Callable[[Floats], Sequence[pa.Array]]


def prediction_of(manifest: Manifest, threshold: float) -> Prediction:
    """Return the columns of a model's predictions; `threshold` is that of binary classifiers."""
    match manifest.task:
        case Task.REGRESSION:
            return Prediction((predicted_field(manifest),), lambda scores: [pa.array(scores)])
        case Task.CLASSIFICATION:
            return _classes(manifest, threshold)
        case Task.CLUSTERING:
            return _clusters()
        case Task.DIMENSION_REDUCTION:
            return _components(manifest)
        case Task.AUTOENCODING:
            return _latent(manifest)
        case _:
            raise InternalError(f"A model of {manifest.task} was asked for the scores of rows, which it has not.")


def predicted_field(manifest: Manifest) -> pa.Field:
    """Return the column of the predicted value: FLOAT64 for regression, else of the label's own type."""
    kind = label_type(manifest) if manifest.task is Task.CLASSIFICATION else pa.float64()
    return pa.field(f"predicted_{manifest.label}{'_confidence' if is_implicit(manifest) else ''}", kind)


def predicted_labels(scores: Floats, classes: pa.Array, threshold: float) -> pa.Array:
    """Return the predicted class of each row, in the label's own type."""
    return classes.take(pa.array(predicted_classes(scores, threshold)))


def _classes(manifest: Manifest, threshold: float) -> Prediction:
    probability = pa.struct([pa.field("label", label_type(manifest)), pa.field("prob", pa.float64())])
    probabilities = pa.field(f"predicted_{manifest.label}_probs", pa.list_(probability))
    classes = class_labels(manifest)
    return Prediction(
        (predicted_field(manifest), probabilities),
        lambda scores: [predicted_labels(scores, classes, threshold), _probabilities(scores, classes)],
    )


def _probabilities(scores: Floats, classes: pa.Array) -> pa.ListArray:
    """Return each row's classes and probabilities: the positive class first of two, the most probable first
    of more.
    """
    rows, count = scores.shape
    order = np.tile(np.array([1, 0]), (rows, 1)) if count == 2 else np.argsort(-scores, axis=1, kind="stable")
    return _pairs(order, classes, scores, ("label", "prob"))


def _clusters() -> Prediction:
    distance = pa.struct([pa.field("CENTROID_ID", pa.int64()), pa.field("DISTANCE", pa.float64())])
    fields = (pa.field("CENTROID_ID", pa.int64()), pa.field("NEAREST_CENTROIDS_DISTANCE", pa.list_(distance)))

    def columns(distances: Floats) -> list[pa.Array]:
        order = np.argsort(distances, axis=1, kind="stable")[:, :NEAREST_CENTROIDS]
        numbers = pa.array(np.arange(1, distances.shape[1] + 1))
        return [pa.array(order[:, 0] + 1), _pairs(order, numbers, distances, ("CENTROID_ID", "DISTANCE"))]

    return Prediction(fields, columns)


def _components(manifest: Manifest) -> Prediction:
    fields = tuple(pa.field(f"principal_component_{number + 1}", pa.float64()) for number in range(manifest.width))
    return Prediction(fields, lambda scores: [pa.array(np.ascontiguousarray(column)) for column in scores.T])


def _latent(manifest: Manifest) -> Prediction:
    count = manifest.details["latent_columns"]
    fields = tuple(pa.field(f"latent_col_{number + 1}", pa.float64()) for number in range(count))
    return Prediction(fields, lambda scores: [pa.array(np.ascontiguousarray(scores[:, at])) for at in range(count)])


def _pairs(order: NDArray[np.int64], keys: pa.Array, scores: Floats, names: tuple[str, str]) -> pa.ListArray:
    """Return for each row the keys and scores at the places that `order` (n, m) names, as a list of pairs."""
    rows, count = order.shape
    pairs = pa.StructArray.from_arrays(
        [keys.take(pa.array(order.ravel())), pa.array(np.take_along_axis(scores, order, axis=1).ravel())],
        names=list(names),
    )
    offsets = np.arange(0, rows * count + 1, count, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pairs)
