"""Labels that may be wrong: rows of which models that were not fitted on them are sure that they are something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.feature_column import rows_of
from penstock.learn.splitting import row_fingerprints
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, counted, share

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SUSPECTS = "suspect_labels"
_MANY, _SHOWN, _MOST_SUSPECTS = 0.01, 3, 500
# Where models are so sure of a row's own class on average, other answers are more likely wrong labels than hard rows.
_SURE = 0.9


@dataclass(frozen=True)
class Suspects:
    """Rows whose labels may be wrong, those that models are surest of first: their places, the codes of the class that
    each has and of the likely one, and the probabilities of both. `judged` rows were looked at, of whose own class
    models are `sure` on average.
    """

    rows: Whole
    given: Whole
    likely: Whole
    of_given: Floats
    of_likely: Floats
    judged: int
    sure: float


def suspects_of(probabilities: Floats, target: Floats) -> Suspects | None:
    """Return the rows that are probably labelled wrong, by out-of-fold probabilities (n, k); rows without any are NaN.

    As many of each pair of classes as the confident joint says, scaled to all rows of the class that they have, those
    of the greatest margin (Northcutt, Jiang and Chuang 2021, "Confident learning", pruning by noise rate). None of few
    rows.
    """
    known = np.flatnonzero(np.isfinite(probabilities[:, 0]))
    given = target[known].astype(np.int64)
    if len(given) < LEAST_ROWS:
        return None
    said = probabilities[known]
    joint, sure = confident_joint(said, given)
    places, likely = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for one, of_class in enumerate(_by_class(given, len(joint))):
        others = np.flatnonzero(joint[one])
        others = others[others != one]
        margins = said[of_class, one][:, None] - said[of_class][:, others]
        for other, margin in zip(others.tolist(), margins.T, strict=True):
            rows = np.flatnonzero(margin < 0)
            count = round(joint[one, other] / joint[one].sum() * len(of_class))
            places.append(of_class[rows[np.argsort(margin[rows], kind="stable")[:count]]])
            likely.append(np.full(len(places[-1]), other))
    at, other = np.concatenate(places), np.concatenate(likely)
    order = np.argsort(said[at, given[at]] - said[at, other], kind="stable")
    # Of two pairs that a row stands in, the surer one counts.
    first = np.sort(np.unique(at[order], return_index=True)[1])
    at, other = at[order][first], other[order][first]
    return Suspects(known[at], given[at], other, said[at, given[at]], said[at, other], len(given), sure)


def _by_class(given: Whole, classes: int) -> list[Whole]:
    """Return the rows of each class, ascending."""
    order = np.argsort(given, kind="stable")
    return np.split(order, np.searchsorted(given[order], np.arange(1, classes)))


def noise_findings(found: Suspects | None, classes: Sequence[Any], label: str) -> Iterator[TableFinding]:
    """Yield how many labels are probably wrong."""
    if found is None or not len(found.rows):
        return
    count = len(found.rows)
    pairs = Counter(zip(found.given.tolist(), found.likely.tolist(), strict=True)).most_common(_SHOWN)
    shown = ", ".join(f"{classes[of]!r} rather {classes[to]!r} {rows:,}" for (of, to), rows in pairs)
    message = (
        f"{counted(count)} ({share(count, found.judged)}) {'is' if count == 1 else 'are'} labelled {label!r} otherwise "
        f"than models that were not fitted on {'it' if count == 1 else 'them'} are sure of: {shown}."
    )
    weight = Weight.WARNING if count >= _MANY * found.judged and found.sure >= _SURE else Weight.INFO
    done = (
        "Kept. A hard row and a wrong label look alike; of a row's own class the models are "
        f"{100 * found.sure:.0f} % sure on average. ML.SUSPECT_LABELS(MODEL …, TABLE …) shows the rows."
    )
    yield TableFinding("label noise", (label,), weight, message, done)


def suspect_labels(found: Suspects | None, columns: pa.Table, classes: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """Return the first 500 of the rows that the finding counts: a row's fingerprint in hexadecimal digits, the class
    that it has, the one that is likely, and the probabilities of both.
    """
    if found is None:
        return ()
    first = found.rows[:_MOST_SUSPECTS]
    ascending = np.sort(first)
    prints = row_fingerprints(rows_of(columns, ascending))[np.searchsorted(ascending, first)]
    told = zip(found.given, found.likely, found.of_given, found.of_likely, strict=True)
    return tuple(
        {
            "row": f"{int(mark):016x}",
            "label": classes[one],
            "likely": classes[other],
            "of_label": float(low),
            "of_likely": float(high),
        }
        for mark, (one, other, low, high) in zip(prints, told, strict=False)
    )


def confident_joint(probabilities: Floats, given: Whole) -> tuple[Whole, float]:
    """Return how many rows of each given class (rows) are confidently of each class (columns), (k, k), and the mean
    of the thresholds: a row counts for the likeliest of the classes whose probability reaches the mean that it has
    among the rows labelled so (Northcutt, Jiang and Chuang 2021, "Confident learning").
    """
    k = probabilities.shape[1]
    thresholds = np.array(
        [probabilities[rows, code].mean() if len(rows) else np.inf for code, rows in enumerate(_by_class(given, k))]
    )
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    told = np.argmax(reached, axis=1)
    counted_rows = reached[np.arange(len(given)), told] >= 0
    joint = np.zeros((k, k), np.int64)
    np.add.at(joint, (given[counted_rows], told[counted_rows]), 1)
    return joint, float(thresholds[np.isfinite(thresholds)].mean())
