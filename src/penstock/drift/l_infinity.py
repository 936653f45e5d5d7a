"""The greatest difference of shares."""

from __future__ import annotations

import numpy as np

from penstock.drift.detector import SummaryKind, all_shares
from penstock.drift.summary import CategorySummary, ColumnSummary


class LInfinity:
    """max |p − q|."""

    name = "l_infinity"
    doc = (
        "L∞ distance of categories: the greatest |p − q| of a single value, every listed value by itself. "
        "From 0 to 1; what ML.VALIDATE_DATA_DRIFT uses for categories (TensorFlow Data Validation)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"category"})
    symmetric = True

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the greatest difference, or None for numbers and for an empty side."""
        if not isinstance(reference, CategorySummary):
            return None
        pair = all_shares(reference, current)
        if pair is None:
            return None
        p, q = pair
        return float(np.max(np.abs(p - q)))
