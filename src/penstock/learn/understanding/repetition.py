"""Rows that stand in a table more than once, and rows of training that stand among those that judge."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.splitting import row_fingerprints
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, counted, share

# From such a share on copies are to be looked at.
_MANY = 0.01


def repetition_findings(sample: Sample, judging: pa.Table | None) -> Iterator[TableFinding]:
    """Yield what is to be said of copies among the rows of training, and of those among the rows that judge.

    Rows are alike when all features are; those that have another label beside are counted too.
    """
    prints = row_fingerprints(sample.data.columns)
    rows = len(prints)
    if rows < 2 or not sample.data.columns.num_columns:
        return
    distinct, first = np.unique(prints, return_inverse=True)
    copies = rows - len(distinct)
    # A table of few possible rows repeats them by nature.
    if copies and len(distinct) >= rows / 2:
        yield _of_copies(sample, distinct, first, copies)
    if judging is not None and judging.num_rows:
        known = np.isin(row_fingerprints(judging), distinct)
        count = int(np.count_nonzero(known))
        if count and len(distinct) >= rows / 2:
            message = (
                f"{counted(count)} of those held out ({share(count, judging.num_rows)}) "
                f"stand{'s' if count == 1 else ''} among the rows of training too."
            )
            weight = Weight.WARNING if count >= _MANY * judging.num_rows else Weight.INFO
            yield TableFinding("row on both sides", (), weight, message, "Kept as the split has it. Metrics flatter.")


def _of_copies(
    sample: Sample,
    distinct: NDArray[np.uint64],
    first: NDArray[np.int64],
    copies: int,
) -> TableFinding:
    target = sample.data.target
    rows = len(target)
    least, most = np.full(len(distinct), np.inf), np.full(len(distinct), -np.inf)
    np.minimum.at(least, first, target)
    np.maximum.at(most, first, target)
    torn = int(np.count_nonzero((least != most)[first]))
    verb = "repeats" if copies == 1 else "repeat"
    message = f"{counted(copies)} ({share(copies, rows)}) {verb} the features of another row"
    message += f"; {counted(torn)} have copies with another label." if torn else "."
    weight = Weight.WARNING if copies >= _MANY * rows and rows >= LEAST_ROWS else Weight.INFO
    done = "Kept. Folds at random keep copies together, so that no model is judged by rows that it has seen."
    return TableFinding("duplicate rows", (), weight, message, done)
