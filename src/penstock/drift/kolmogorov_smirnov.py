"""The Kolmogorov–Smirnov statistic."""

from __future__ import annotations

import numpy as np

from penstock.drift.detector import SummaryKind, shares
from penstock.drift.summary import ColumnSummary, NumericSummary


class KolmogorovSmirnov:
    """max |F − G| over the edges of the bins."""

    name = "ks"
    doc = (
        "Kolmogorov–Smirnov statistic of numbers: the greatest |F(x) − G(x)| of the two cumulative shares, "
        "looked at on the edges of the reference's bins, so never more than the exact one. From 0 to 1 "
        "(Smirnov, Annals of Mathematical Statistics 19, 1948)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"numeric"})
    symmetric = True

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the statistic, or None for categories and for an empty side."""
        if not isinstance(reference, NumericSummary):
            return None
        pair = shares(reference, current)
        if pair is None:
            return None
        p, q = pair
        return float(np.max(np.abs(np.cumsum(p) - np.cumsum(q))))
