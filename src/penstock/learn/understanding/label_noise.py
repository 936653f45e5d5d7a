"""Labels that may be wrong: rows of which models that were not fitted on them are sure that they are something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, counted, share

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_MANY, _SHOWN = 0.01, 3
# Where a class is told so surely on average, other answers are more likely wrong labels than hard rows.
_SURE = 0.9


def noise_findings(probabilities: Floats, target: Floats, classes: Sequence[Any], label: str) -> Iterator[TableFinding]:
    """Yield how many labels are probably wrong, by out-of-fold probabilities (n, k); rows without any are NaN."""
    known = np.isfinite(probabilities[:, 0])
    given = target[known].astype(np.int64)
    if len(given) < LEAST_ROWS:
        return
    joint, sure = confident_joint(probabilities[known], given)
    wrong = joint - np.diag(np.diag(joint))
    count, rows = int(wrong.sum()), len(given)
    if not count:
        return
    places = np.argsort(-wrong, axis=None, kind="stable")[:_SHOWN]
    pairs = [(int(at) // len(classes), int(at) % len(classes)) for at in places]
    shown = ", ".join(
        f"{classes[of]!r} rather {classes[to]!r} {int(wrong[of, to]):,}" for of, to in pairs if wrong[of, to]
    )
    message = (
        f"{counted(count)} ({share(count, rows)}) {'is' if count == 1 else 'are'} labelled {label!r} otherwise than "
        f"models that were not fitted on {'it' if count == 1 else 'them'} are sure of: {shown}."
    )
    weight = Weight.WARNING if count >= _MANY * rows and sure >= _SURE else Weight.INFO
    yield TableFinding("label noise", (label,), weight, message, "Kept. A hard row and a wrong label look alike.")


def confident_joint(probabilities: Floats, given: Whole) -> tuple[Whole, float]:
    """Return how many rows of each given class (rows) are confidently of each class (columns), (k, k), and the mean
    of the thresholds: a row counts for the likeliest of the classes whose probability reaches the mean that it has
    among the rows labelled so (Northcutt, Jiang and Chuang 2021, "Confident learning").
    """
    k = probabilities.shape[1]
    thresholds = np.array(
        [probabilities[given == code, code].mean() if (given == code).any() else np.inf for code in range(k)]
    )
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    told = np.argmax(reached, axis=1)
    counted_rows = reached[np.arange(len(given)), told] >= 0
    joint = np.zeros((k, k), np.int64)
    np.add.at(joint, (given[counted_rows], told[counted_rows]), 1)
    return joint, float(thresholds[np.isfinite(thresholds)].mean())
