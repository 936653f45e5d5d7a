"""Which class was taken for which, of the rows that judged a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.metrics import confusion_matrix

Floats = NDArray[np.float64]
Json = Any
# A matrix of more classes cannot be read: then the pairs tell that are mistaken most.
MOST_CLASSES, MOST_PAIRS = 12, 10


@dataclass(frozen=True)
class Mistake:
    """So many rows of one class were taken for another."""

    actual: Json
    predicted: Json
    rows: int


@dataclass(frozen=True)
class Confusion:
    """`counts`, a row an actual class and a column a predicted one, is empty for more than MOST_CLASSES classes.

    `mistakes` are the most frequent ones.
    """

    classes: tuple[Json, ...]
    counts: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]


def confusion_of(actual: NDArray[np.int64], predicted: NDArray[np.int64], classes: Sequence[Json]) -> Confusion | None:
    """Return the confusions of rows, indices of classes (n,) each; None without rows."""
    if not len(actual):
        return None
    matrix = confusion_matrix(actual, predicted, len(classes))
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    flat = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = ((int(place) // len(classes), int(place) % len(classes)) for place in flat)
    mistakes = tuple(Mistake(classes[a], classes[p], int(wrong[a, p])) for a, p in pairs if wrong[a, p])
    few = len(classes) <= MOST_CLASSES
    counts = tuple(tuple(row) for row in matrix.tolist()) if few else ()
    return Confusion(tuple(classes), counts, mistakes)
