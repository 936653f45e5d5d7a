"""Which rows judge which models of a search: folds, once or several times over, or one part of many rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.learner import TrainingData
from penstock.learn.partition import partition_of
from penstock.learn.schema import Task
from penstock.learn.splitting import row_prints

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]
# Above so many rows a part of them judges, once: the noise of so many is small, and five fits take too long.
MOST_FOLDED_ROWS = 200_000
FOLDS, HELD_OUT_SHARE = 5, 0.1
# Of few rows the folds are drawn anew, so often: one draw says little.
_REPEATS = ((300, 4), (1_000, 3), (3_000, 2))


@dataclass(frozen=True)
class Fold:
    """One fit of a candidate: the rows that it is fitted on, those that judge it, (n,) each."""

    fitted: Mask
    judged: Mask


def folds_of(data: TrainingData, method: str, column: pa.ChunkedArray | None) -> tuple[Fold, ...]:
    """Return the folds of rows without any held out: 'K_FOLD', 'GROUPED' or 'TIME', the last two by a column.

    Of a classification each fold has its share of every class, as far as its rows go round.
    """
    rows = len(data.target)
    if method != "K_FOLD":
        assert column is not None
        table = pa.table({"by": column})
        options = {"data_split_method": method, "data_split_folds": FOLDS, "data_split_col": "by"}
        turns = partition_of(table, options, None, tuned=False).turns
        return tuple(Fold(turn.fitted, turn.judged) for turn in turns)
    classes = data.target if data.task is Task.CLASSIFICATION else None
    prints = row_prints(data.columns)
    if rows > MOST_FOLDED_ROWS:
        judged = prints % np.uint64(round(1 / HELD_OUT_SHARE)) == 0
        return (Fold(~judged, judged),)
    repeats = next((times for most, times in _REPEATS if rows < most), 1)
    count = min(FOLDS, max(rows, 2))
    found = []
    for draw in range(repeats):
        fold = _drawn(prints, classes, count, np.random.default_rng([data.seed, draw]))
        found += [Fold(fold != number, fold == number) for number in range(count)]
    return tuple(fold for fold in found if fold.judged.any() and fold.fitted.any())


def _drawn(
    prints: NDArray[np.uint64], classes: NDArray[np.float64] | None, count: int, random: np.random.Generator
) -> Whole:
    """Return the fold of each row, in whatever order the rows come."""
    by_print = np.argsort(prints, kind="stable")
    shuffled = np.empty(len(prints), np.int64)
    shuffled[by_print] = random.permutation(len(prints))
    order = np.argsort(shuffled) if classes is None else np.lexsort((shuffled, classes))
    fold = np.empty(len(prints), np.int64)
    fold[order] = np.arange(len(prints)) % count
    return fold
