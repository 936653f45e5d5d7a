"""What a model takes in and gives out, as values that travel in its manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Task(StrEnum):
    """What a model does; it decides the metrics and the shape of a prediction."""

    REGRESSION = "regression"
    CLASSIFICATION = "classification"
    CLUSTERING = "clustering"
    DIMENSION_REDUCTION = "dimension reduction"
    AUTOENCODING = "autoencoding"
    RECOMMENDATION = "recommendation"
    FORECASTING = "time series"
    CONTRIBUTION = "contribution analysis"
    PREPROCESSING = "preprocessing"
    IMPORTED = "imported"
    REMOTE = "remote"

    @property
    def learns_from_label(self) -> bool:
        """Whether there is a column to predict; without one nothing is held out and every row is fitted on."""
        return self in (Task.REGRESSION, Task.CLASSIFICATION, Task.RECOMMENDATION)

    @property
    def predicts_number(self) -> bool:
        """Whether a row's score is one number: of a regression, or what a user would think of an item."""
        return self in (Task.REGRESSION, Task.RECOMMENDATION)

    @property
    def scores_rows(self) -> bool:
        """Whether a model gives every row a score by itself, out of a graph that was made here."""
        return self not in (Task.FORECASTING, Task.CONTRIBUTION, Task.PREPROCESSING, Task.IMPORTED, Task.REMOTE)

    @property
    def can_be_served(self) -> bool:
        """Whether an endpoint can serve the model: it has a graph from a row to outputs, made here or elsewhere."""
        return self.scores_rows or self is Task.IMPORTED


# Those of models that learn from rows; what was made elsewhere has no training to tell of.
TRAINED = tuple(task for task in Task if task not in (Task.IMPORTED, Task.REMOTE))
# Those of them whose columns a TRANSFORM may make; the others say by their options which column is what.
TRANSFORMED = tuple(task for task in TRAINED if task not in (Task.RECOMMENDATION, Task.FORECASTING, Task.CONTRIBUTION))


class FeatureType(StrEnum):
    """How a raw column is read. Everything but strings enters a graph as float64, NaN for NULL.

    BOOLEAN is 0 and 1; DATE, TIMESTAMP and TIME are seconds (since 1970-01-01T00:00:00Z, or since midnight);
    STRING is a string tensor in which NULL_STRING stands for NULL. All of these have the shape [n, 1].
    STRING_LIST is a string tensor [n, longest], filled up with PAD_STRING; NUMBER_LIST is float64 [n,
    dimension], and so is a SPARSE_VECTOR, a list of pairs of an index and a value, written out.
    """

    NUMBER = "number"
    BOOLEAN = "boolean"
    STRING = "string"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    STRING_LIST = "string list"
    NUMBER_LIST = "number list"
    SPARSE_VECTOR = "sparse vector"


# ONNX strings have no NULL. U+FDD0 is no character and never will be: Unicode keeps it for a program's own use.
# (NUL would do as well, but Node hands texts to onnxruntime as C strings, which end at it.)
NULL_STRING = "\ufdd0null"
# Fills up the rows of a STRING_LIST input to the length of the longest.
PAD_STRING = "\ufdd0pad"


@dataclass(frozen=True)
class Feature:
    """A raw input column after structs are flattened (`struct_field`).

    `arrow` is the column's Arrow type as text, as it was in training; `dimension` is the fixed length of a
    NUMBER_LIST, and for a SPARSE_VECTOR one more than the greatest index.
    """

    name: str
    type: FeatureType
    arrow: str
    dimension: int | None = None


def features_from_json(raw: Sequence[Mapping[str, Any]]) -> tuple[Feature, ...]:
    """Return the features that `dataclasses.asdict` wrote; raises KeyError or ValueError for anything else."""
    return tuple(Feature(item["name"], FeatureType(item["type"]), item["arrow"], item["dimension"]) for item in raw)
