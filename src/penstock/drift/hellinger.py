"""The Hellinger distance."""

from __future__ import annotations

import numpy as np

from penstock.drift.detector import SummaryKind, shares
from penstock.drift.summary import ColumnSummary


class Hellinger:
    """√(½ Σ (√p − √q)²)."""

    name = "hellinger"
    doc = (
        "Hellinger distance: √(½ Σ (√p − √q)²) over the bins. From 0 (the same) to 1 (nothing in common); it "
        "weighs rare values more than a difference of shares does (Hellinger, Journal für die reine und "
        "angewandte Mathematik 136, 1909)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"numeric", "category"})
    symmetric = True

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the distance, or None for an empty side."""
        pair = shares(reference, current)
        if pair is None:
            return None
        p, q = pair
        return float(np.sqrt(np.sum(np.square(np.sqrt(p) - np.sqrt(q))) / 2))
