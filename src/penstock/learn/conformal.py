"""How far off an answer may be, whatever the model: split conformal prediction.

Of rows that the model was not fitted on it is known how strange what happened was in the light of the answers. As
many of those to come are no stranger, where they are of the same kind (Vovk, Gammerman & Shafer 2005, «Algorithmic
Learning in a Random World»): for numbers by the distance (Lei et al. 2018, «Distribution-Free Predictive Inference for
Regression»), for classes by the probability of the true one (Sadinle, Lei & Wasserman 2019, «Least Ambiguous Set-Valued
Classifiers with Bounded Error Levels»).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.feature_column import numbers
from penstock.learn.label import class_indices
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Conformity:
    """`strangeness` (n,), ascending, is |actual − foretold| of a row, or 1 − the probability of its class."""

    strangeness: Floats

    def bound(self, level: float) -> float | None:
        """Return what the strangeness of a share `level` of rows stays within; None of too few rows for that."""
        place = _ceiling((len(self.strangeness) + 1) * level)
        return float(self.strangeness[place - 1]) if place <= len(self.strangeness) else None

    def least_rows(self, level: float) -> int:
        """Return of how many rows a level can be told."""
        return _ceiling(level / (1.0 - level))


def conformity_of(manifest: Manifest, evaluation: pa.Table) -> Conformity:
    """Return the strangeness of the rows that judged a regression or a classification."""
    labels = evaluation.column("label")
    if manifest.task is Task.CLASSIFICATION:
        codes = class_indices(labels, manifest.classes).astype(np.int64)
        lists = evaluation.column("probabilities").combine_chunks()
        chunk = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
        probabilities = chunk.flatten().to_numpy(zero_copy_only=False).reshape(len(codes), -1)
        return _ascending(1.0 - probabilities[np.arange(len(codes)), codes])
    actual = np.concatenate([numbers(chunk) for chunk in labels.chunks] or [np.empty(0)])
    return _ascending(np.abs(actual - evaluation.column("score").to_numpy()))


def _ceiling(value: float) -> int:
    # 0.9 / (1 - 0.9) is 9, whatever the last bit says.
    return math.ceil(round(value, 9))


def _ascending(values: Floats) -> Conformity:
    return Conformity(np.sort(values[np.isfinite(values)]))
