"""Whether a model's graph says what its members say by themselves: checked once, on the artifact that is served."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InternalError
from penstock.learn.automl.learner_candidate import graph_scores
from penstock.learn.feature_column import rows_of
from penstock.learn.learner import FittedModel, TrainingData
from penstock.learn.tree_graph import Link

Floats = NDArray[np.float64]
# So many rows are asked, and so far apart both may be: of probabilities, or as a share of a number above 1.
PARITY_ROWS, TOLERANCE = 100, 1e-6
# What says of a class that it is sure, or sure not, says so beyond this.
_SURE = 500.0


class NativeModel(Protocol):
    """What answers without the graph: by the libraries that trained the members, and by NumPy."""

    def predictions(self, columns: pa.Table, scores: Floats) -> Floats:
        """Return the raw output (n,) of each row, of classes for the one with the highest of `scores` (n, k)."""
        ...


def parity(fitted: FittedModel, native: NativeModel, data: TrainingData, link: Link) -> float:
    """Return how far apart graph and members are, at most, on rows of `data`, evenly spread.

    Raises InternalError where that is more than the rounding of a sum, and names the column that it comes of.
    """
    places = np.unique(np.linspace(0, len(data.target) - 1, PARITY_ROWS).astype(np.int64))
    columns = rows_of(data.columns.select([feature.name for feature in data.features]), places)
    apart = _apart(fitted, native, columns, data, link)
    worst = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
    if apart[worst] <= TOLERANCE:
        return float(apart[worst])
    blamed = _blamed(fitted, native, columns.slice(worst, 1), data, link)
    of = f"the column {blamed!r}" if blamed else "no column alone"
    raise InternalError(
        f"The model's graph and its members are {apart[worst]:.3g} apart in a row of training, by {of}: the graph is "
        "not what was trained."
    )


def _apart(fitted: FittedModel, native: NativeModel, columns: pa.Table, data: TrainingData, link: Link) -> Floats:
    """Return how far apart both are in each row, (n,): of more than two classes by the odds of the two likeliest."""
    scores = graph_scores(fitted, data, columns)
    said = native.predictions(columns, scores)
    apart: Floats
    if link is Link.IDENTITY:
        apart = np.abs(scores[:, 0] - said) / np.maximum(1.0, np.abs(said))
        return apart
    given = scores.max(axis=1)
    if scores.shape[1] > 2:
        first = np.argmax(scores, axis=1)
        others = scores.copy()
        others[np.arange(len(scores)), first] = -1.0
        said = said - native.predictions(columns, others)
        given = given / (given + others.max(axis=1))
    apart = np.abs(given - 1.0 / (1.0 + np.exp(-np.clip(said, -_SURE, _SURE))))
    return apart


def _blamed(fitted: FittedModel, native: NativeModel, row: pa.Table, data: TrainingData, link: Link) -> str | None:
    """Return the column without whose value both agree on a row."""
    names = row.column_names
    nothing = pa.array([0] * len(names))
    columns = {
        name: row.column(name).take(pa.array([None if at == place else 0 for at in range(len(names))], nothing.type))
        for place, name in enumerate(names)
    }
    apart = _apart(fitted, native, pa.table(columns), data, link)
    return next((name for name, distance in zip(names, apart, strict=True) if distance <= TOLERANCE), None)
