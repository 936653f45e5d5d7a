"""Columns in which much is missing, or numbers have no end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import Sample, counted, share

_MUCH, _NEARLY_ALL = 0.3, 0.95
_INFINITE = "Kept. Trees read that as beyond every number, other candidates as missing."
_DONE = "Kept. Trees read what is missing as a value of its own."


def gap_findings(sample: Sample) -> Iterator[TableFinding]:
    """Yield a finding for each column that is missing in three rows of ten or more, of the rows looked at."""
    rows = sample.columns.num_rows
    for feature in sample.data.features:
        missing = rows - int(np.count_nonzero(sample.filled(feature)))
        if missing >= _MUCH * rows and missing:
            weight = Weight.WARNING if missing >= _NEARLY_ALL * rows else Weight.INFO
            message = f"{feature.name!r} is missing in {share(missing, rows)} of the rows."
            yield TableFinding("missing values", (feature.name,), weight, message, _DONE)
    for name, values in sample.numbers.items():
        infinite = int(np.count_nonzero(np.isinf(values)))
        if infinite:
            message = f"{name!r} is infinite in {counted(infinite)} of those looked at."
            yield TableFinding("infinite values", (name,), Weight.INFO, message, _INFINITE)
