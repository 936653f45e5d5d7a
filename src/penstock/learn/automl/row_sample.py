"""How many of the rows a search looks at: as many as a few dozen rounds of trees have time for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.splitting import row_prints

Mask = NDArray[np.bool_]
# Values (rows times features times outputs) for each second that is left: 40 rounds of trees over so many take four
# tenths of it on two cores.
_VALUES_A_SECOND = 2_500_000
# Scores (rows times outputs) that each candidate keeps.
_MOST_SCORES = 20_000_000
_FEWEST_ROWS, _FEWEST_OF_CLASS = 2_000, 10


def searched_rows(data: TrainingData, seconds: float) -> Mask:
    """Return which rows a search of so many seconds looks at, (n,); all that are held out are among them.

    The same rows in whatever order they come, of each class its share and one row at least.
    """
    outputs = len(data.classes) if data.task is Task.CLASSIFICATION and len(data.classes) > 2 else 1
    rows = np.flatnonzero(~data.held_out)
    most = int(_VALUES_A_SECOND * max(seconds, 0.0)) // (max(len(data.features), 1) * outputs)
    most = max(min(most, _MOST_SCORES // outputs), _FEWEST_ROWS, _FEWEST_OF_CLASS * outputs)
    kept: Mask = np.ones(len(data.target), np.bool_)
    if len(rows) <= most:
        return kept
    prints = row_prints(data.columns)[rows]
    if data.task is not Task.CLASSIFICATION:
        kept[rows] = False
        kept[rows[np.argpartition(prints, most - 1)[:most]]] = True
        return kept
    target = data.target[rows]
    order = np.lexsort((prints, target))
    firsts = np.flatnonzero(np.r_[True, np.diff(target[order]) > 0])
    spread = np.linspace(0, len(rows) - 1, most).astype(np.int64)
    kept[rows] = False
    kept[rows[order[np.union1d(firsts, spread)]]] = True
    return kept
