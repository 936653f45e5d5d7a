"""What a report needs of the rows that judged a model, recorded while they are at hand."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.artifact import LoadedModel
from penstock.learn.report.slice import SLICES, slices_of

Floats = NDArray[np.float64]
Json = Any
SCORING = "scoring"
# So many rows are scored to see how long they take, so often while it is quick.
_ROWS, _FEW_ROWS, _TIMES, _QUICK = 1_000, 100, 3, 0.05
# Slices of so many cells take a few tenths of a second; with fewer seconds left than `_LATE`, a tenth of that.
_MOST_CELLS, _FEW_CELLS, _LATE = 1_000_000, 100_000, 1.0


def recorded(
    model: LoadedModel, labels: pa.ChunkedArray | None, columns: pa.Table, scores: Floats, until: float | None
) -> dict[str, Json]:
    """Return what is added to the details of a version that was judged by these rows; nothing without a label. Near
    `until`, by the monotonic clock, few rows are looked at: a model on time is worth more.
    """
    if labels is None or not model.manifest.width:
        return {}
    late = until is not None and time.monotonic() > until - _LATE
    cells = _FEW_CELLS if late else _MOST_CELLS
    slices = slices_of(model.manifest, labels, columns, scores, model.manifest.threshold, cells)
    found: dict[str, Json] = {
        SCORING: {"ms_per_1000_rows": _milliseconds(model, columns.slice(0, _FEW_ROWS if late else _ROWS))}
    }
    return found if slices is None else {**found, SLICES: slices}


def _milliseconds(model: LoadedModel, rows: pa.Table) -> float | None:
    if not rows.num_rows:
        return None
    taken: list[float] = []
    while len(taken) < _TIMES and sum(taken) < _QUICK:
        began = time.perf_counter()
        model.score(rows)
        taken.append(time.perf_counter() - began)
    return round(1e6 * min(taken) / len(rows), 3)
