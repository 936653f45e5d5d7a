"""Which rows judge which models of a search: folds, once or several times over, or one part of many rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.learner import TrainingData
from penstock.learn.partition import partition_of
from penstock.learn.schema import Task
from penstock.learn.splitting import ranked_rows, row_prints

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
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


def folds_of(data: TrainingData, method: str, column: pa.Table | None) -> tuple[Fold, ...]:
    """Return the folds of rows without any held out: 'K_FOLD', 'GROUPED' or 'TIME', the last two by the one column.

    Of a classification each drawn fold has its share of every class, as far as its rows go round. Raises
    UntrainableModel where the column has not two values.
    """
    rows = len(data.target)
    if method != "K_FOLD":
        assert column is not None
        name = column.column_names[0]
        options = {"data_split_method": method, "data_split_folds": _parts(column, method), "data_split_col": name}
        turns = partition_of(column, options, None, tuned=False).turns
        return tuple(Fold(turn.fitted, turn.judged) for turn in turns)
    classes = data.target if data.task is Task.CLASSIFICATION else None
    prints, copy_of, classes = _alike(data.columns, classes)
    if rows > MOST_FOLDED_ROWS:
        judged = (prints % np.uint64(round(1 / HELD_OUT_SHARE)) == 0)[copy_of]
        return (Fold(~judged, judged),)
    repeats = next((times for most, times in _REPEATS if rows < most), 1)
    count = min(FOLDS, max(rows, 2))
    found = []
    for draw in range(repeats):
        fold = _drawn(prints, classes, count, np.random.default_rng([data.seed, draw]))[copy_of]
        found += [Fold(fold != number, fold == number) for number in range(count)]
    return tuple(fold for fold in found if fold.judged.any() and fold.fitted.any())


def _parts(column: pa.Table, method: str) -> int:
    """Return how many folds a column allows: as many as it has groups, one less than it has times."""
    if method == "GROUPED":
        values = len(np.unique(row_prints(column, apart=False)))
        most = values
    else:
        before, known = ranked_rows(column.column(0), method)
        values = len(np.unique(before[known]))
        most = values - 1
    if values < 2:
        message = (
            f"The column {column.column_names[0]!r} has {values} value{'s' * (values != 1)}; {method} compares two."
        )
        raise UntrainableModel.of(message, hint="Go by another column, or leave validation and the column out.")
    return min(FOLDS, most)


def _alike(columns: pa.Table, classes: Floats | None) -> tuple[NDArray[np.uint64], Whole, Floats | None]:
    """Return a fingerprint and a class for each kind of row, and the place of each row's among them: copies stay in one
    fold, so that no model is judged by a row that it has seen.

    A table of few kinds of rows would be parted by kinds instead of by rows; there, and where a class would have but
    one kind, each row is one of its own.
    """
    prints = row_prints(columns, apart=False)
    kinds, copy_of = np.unique(prints, return_inverse=True)
    if 2 * len(kinds) >= len(prints):
        if classes is None:
            return kinds, copy_of, None
        of_kind = np.full(len(kinds), np.inf)
        np.minimum.at(of_kind, copy_of, classes)
        rows = np.bincount(classes.astype(np.int64))
        if not ((np.bincount(of_kind.astype(np.int64), minlength=len(rows)) < 2) & (rows > 1)).any():
            return kinds, copy_of, of_kind
    return row_prints(columns), np.arange(len(prints)), classes


def _drawn(prints: NDArray[np.uint64], classes: Floats | None, count: int, random: np.random.Generator) -> Whole:
    """Return the fold of each row, in whatever order the rows come."""
    by_print = np.argsort(prints, kind="stable")
    shuffled = np.empty(len(prints), np.int64)
    shuffled[by_print] = random.permutation(len(prints))
    order = np.argsort(shuffled) if classes is None else np.lexsort((shuffled, classes))
    fold = np.empty(len(prints), np.int64)
    fold[order] = np.arange(len(prints)) % count
    return fold
