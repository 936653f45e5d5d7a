"""Which rows judge which models of a search: folds, once or several times over, or one part of many rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.cross_part import CrossParts, drawn_parts, forward_parts
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


@dataclass(frozen=True)
class Folding:
    """Which rows judge which models, and the parts of the rows that may tell of each other's labels: what the folds
    keep together no part takes apart. Going `forward` in time, each fold is judged by what came next, the newest first.
    """

    folds: tuple[Fold, ...]
    parts: CrossParts
    forward: bool = False


def folding_of(data: TrainingData, method: str, column: pa.Table | None, count: int | None = None) -> Folding:
    """Return the folds of rows without any held out: 'K_FOLD', 'GROUPED' or 'TIME', the last two by the one column;
    so many as are asked for, or as are usual.

    Of a classification each drawn fold has its share of every class, as far as its rows go round. Raises
    UntrainableModel where the column has not two values, or the rows are too few for the folds.
    """
    if method == "K_FOLD":
        return _drawn_folding(data, count)
    assert column is not None
    name = column.column_names[0]
    number = _parts(column, method) if count is None else count
    options = {"data_split_method": method, "data_split_folds": number, "data_split_col": name}
    turns = partition_of(column, options, None, tuned=False).turns
    folds = tuple(Fold(turn.fitted, turn.judged) for turn in turns)
    if method == "TIME":
        stretch = np.zeros(len(data.target), np.int64)
        for place, fold in enumerate(folds, 1):
            stretch[fold.judged] = place
        return Folding(folds[::-1], forward_parts(stretch, data.seed), forward=True)
    group = np.unique(row_prints(column, apart=False), return_inverse=True)[1].astype(np.int64)
    return Folding(folds, drawn_parts(len(group), data.seed, group))


def folds_of(data: TrainingData, method: str, column: pa.Table | None, count: int | None = None) -> tuple[Fold, ...]:
    """Return the folds of `folding_of` alone."""
    return folding_of(data, method, column, count).folds


def _drawn_folding(data: TrainingData, asked: int | None) -> Folding:
    rows = len(data.target)
    if asked is not None and rows < asked:
        message = f"{rows:,} row{'s' * (rows > 1)} cannot be parted into {asked} folds."
        raise UntrainableModel.of(message, hint="Ask for fewer with data_split_folds.", option="data_split_folds")
    classes = data.target if data.task is Task.CLASSIFICATION else None
    prints, copy_of, classes = _alike(data.columns, classes)
    parts = drawn_parts(rows, data.seed, copy_of if len(prints) < rows else None)
    if rows > MOST_FOLDED_ROWS and asked is None:
        judged = (prints % np.uint64(round(1 / HELD_OUT_SHARE)) == 0)[copy_of]
        return Folding((Fold(~judged, judged),), parts)
    repeats = 1 if asked else next((times for most, times in _REPEATS if rows < most), 1)
    number = asked or min(FOLDS, max(rows, 2))
    found = []
    for draw in range(repeats):
        fold = _drawn(prints, classes, number, np.random.default_rng([data.seed, draw]))[copy_of]
        found += [Fold(fold != place, fold == place) for place in range(number)]
    return Folding(tuple(fold for fold in found if fold.judged.any() and fold.fitted.any()), parts)


def judged_by_folds(folds: Sequence[Fold], raws: Sequence[Floats], shape: tuple[int, int], most: float) -> Floats:
    """Return what folds' models say of the rows that judge them, of shape (n, outputs), NaN where none does: of a row
    that several judge it is the mean, of the first `most` of them.
    """
    total, times = np.zeros(shape), np.zeros(shape[0])
    for fold, raw in zip(folds, raws, strict=False):
        own = times[fold.judged] < most
        rows = np.flatnonzero(fold.judged)[own]
        total[rows] += raw[own]
        times[rows] += 1
    with np.errstate(invalid="ignore"):
        return np.where(times[:, None] > 0, total / times[:, None], np.nan)


def rows_of_waves(folds: Sequence[Fold], wave: int) -> list[int]:
    """Return the most rows that any fold is fitted on of each so many folds, which are fitted side by side."""
    rows = [int(np.count_nonzero(fold.fitted)) for fold in folds]
    return [max(rows[begin : begin + wave]) for begin in range(0, len(rows), wave)]


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
