"""How many of the rows a search looks at: as many as there is time and memory for."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.budget import Budget
from penstock.learn.automl.fold import FOLDS, MOST_FOLDED_ROWS, Fold
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.splitting import row_prints

Mask = NDArray[np.bool_]
# Values (of the matrix, times outputs) for each second that is left: 40 rounds of trees over so many take four tenths
# of it on two cores.
_VALUES_A_SECOND = 2_500_000
# The share of what is left in which rows are to be coded and binned: once, once more with derived columns, and in each
# fold.
_READING_SHARE, _READINGS = 0.35, 2
# Scores (rows times outputs) that each candidate keeps, and how many candidates' scores there is to be room for.
_MOST_SCORES, _CANDIDATES = 20_000_000, 50
# The bytes of a value, at most, while two folds are fitted, as measured: coded, copied for each fold, in bins, and as
# CatBoost has it; in bins for each further fold; and of a score.
_BYTES_OF_VALUE, _BYTES_OF_FOLD, _BYTES_OF_SCORE = 85, 2, 16
# The share of the free memory that a search may take.
_MEMORY_SHARE = 0.7
_FEWEST_ROWS, _FEWEST_OF_CLASS, _FEWEST_IN_MEMORY = 2_000, 10, 100
# In a table of more values a first part of the rows says what a row takes.
_FEW_VALUES, _PART_VALUES, _PART, _FEWEST_OF_PART, _FIRST_ROWS = 500_000, 2_000_000, 10, 500, 100
# A profile is recorded of all rows, in this share of the time in which they and so many more are coded and binned: each
# column takes something by itself.
_PROFILE, _ROWS_BESIDE = 0.15, 30_000


@dataclass(frozen=True)
class RowCost:
    """What each row of a table takes, by a first part of them: the seconds in which it is coded and binned, those in
    which it is binned for a fold, and the values that it has in the matrix. `folds` are those that are asked for, None
    for as many as are usual.
    """

    read: float = 0.0
    folded: float = 0.0
    values: float = 1.0
    folds: int | None = None

    def seconds(self, rows: int, threads: int) -> float:
        """Return how long so many rows are read before all folds have them."""
        folds = self.folds or (FOLDS if rows <= MOST_FOLDED_ROWS else 1)
        return rows * (_READINGS * self.read + folds / min(max(threads, 1), folds) * self.folded)

    @property
    def bytes(self) -> int:
        """The bytes that a row takes while candidates are fitted."""
        more = max((self.folds or FOLDS) - FOLDS, 0)
        return int((_BYTES_OF_VALUE + _BYTES_OF_FOLD * more) * self.values)

    def profile(self, rows: int) -> float:
        """Return how long the profile of so many rows takes, which is recorded in the end."""
        return _PROFILE * self.read * (rows + _ROWS_BESIDE)


@dataclass(frozen=True)
class SearchedRows:
    """The rows that a search looks at, (n,), and a sentence that says so where they are not all."""

    kept: Mask
    notes: tuple[str, ...] = ()


def cost_of(data: TrainingData) -> RowCost:
    """Return what a row takes: measured where there are many."""
    rows = np.flatnonzero(~data.held_out)
    width = sum(feature.dimension or 1 for feature in data.features)
    if len(rows) * width <= _FEW_VALUES or len(rows) <= _FEWEST_ROWS:
        return RowCost(values=width)
    count = min(max(_PART_VALUES // max(width, 1), _FEWEST_OF_PART), max(len(rows) // _PART, _FEWEST_OF_PART))
    kept = np.zeros(len(data.target), np.bool_)
    kept[rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]] = True
    part = data.of_rows(kept)
    # The first rows pay for what is loaded then.
    _read(part.of_rows(np.arange(count) < _FIRST_ROWS))
    return _read(part)


def _read(data: TrainingData) -> RowCost:
    rows = len(data.target)
    judged = np.arange(rows) % FOLDS == 0
    began = time.perf_counter()
    coded = TreeRows(data, (Fold(~judged, judged),))
    read = time.perf_counter()
    coded.bin(0)
    folded = time.perf_counter()
    return RowCost((read - began) / rows, (folded - read) / rows, coded.cells / rows)


def searched_rows(data: TrainingData, budget: Budget, cost: RowCost, memory: float | None) -> SearchedRows:
    """Return which rows a search looks at in the time that is left, with so many bytes of memory free (None where that
    is not known); all that are held out are among them.

    The same rows in whatever order they come, of each class its share and one row at least.
    """
    outputs = len(data.classes) if data.task is Task.CLASSIFICATION and len(data.classes) > 2 else 1
    rows = int(np.count_nonzero(~data.held_out))
    in_time = max(
        _rows_in_time(rows, outputs, budget.left, cost, data.threads), _FEWEST_ROWS, _FEWEST_OF_CLASS * outputs
    )
    in_memory = _MOST_SCORES // outputs
    if memory is not None:
        of_row = cost.bytes + _BYTES_OF_SCORE * _CANDIDATES * outputs
        in_memory = min(in_memory, max(int(_MEMORY_SHARE * memory / of_row), _FEWEST_IN_MEMORY))
    most = min(in_time, in_memory)
    if rows <= most:
        return SearchedRows(np.ones(len(data.target), np.bool_))
    kept = _drawn(data, most)
    why = (
        "there is memory for no more"
        if in_memory < in_time
        else f"for all of them {budget.seconds:.0f} seconds are too few"
    )
    some = np.count_nonzero(kept & ~data.held_out)
    return SearchedRows(kept, (f"The search looks at {some:,} of {rows:,} rows: {why}.",))


def _rows_in_time(rows: int, outputs: int, seconds: float, cost: RowCost, threads: int) -> int:
    left = max(seconds, 0.0)
    most = min(rows, int(_VALUES_A_SECOND * left / (max(cost.values, 1.0) * outputs)))
    # Fewer rows are parted into folds, of which there is one of many: what a number of rows takes does not only grow.
    taken = max(cost.seconds(most, threads), cost.seconds(min(most, MOST_FOLDED_ROWS), threads))
    return most if taken <= _READING_SHARE * left else int(most * _READING_SHARE * left / taken)


def _drawn(data: TrainingData, most: int) -> Mask:
    rows = np.flatnonzero(~data.held_out)
    kept: Mask = np.ones(len(data.target), np.bool_)
    kept[rows] = False
    prints = row_prints(data.columns)[rows]
    if data.task is not Task.CLASSIFICATION:
        kept[rows[np.argpartition(prints, most - 1)[:most]]] = True
        return kept
    target = data.target[rows]
    order = np.lexsort((prints, target))
    firsts = np.flatnonzero(np.r_[True, np.diff(target[order]) > 0])
    spread = np.linspace(0, len(rows) - 1, most).astype(np.int64)
    kept[rows[order[np.union1d(firsts, spread)]]] = True
    return kept
