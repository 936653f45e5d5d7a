"""Pearson's chi-square, as an effect size."""

from __future__ import annotations

import numpy as np

from penstock.drift.detector import SummaryKind, shares
from penstock.drift.summary import ColumnSummary


class ChiSquare:
    """Cramér's V of the table of both sides by bin, each side weighing the same."""

    name = "chi_square"
    doc = (
        "Chi-square of the two sides by bin, as Cramér's V: √(½ Σ (p − q)² / (p + q)), both sides weighing "
        "the same, so that it does not grow with the number of rows as the plain statistic does. From 0 to 1 "
        "(Cramér, Mathematical Methods of Statistics, 1946)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"numeric", "category"})
    symmetric = True

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return Cramér's V, or None for an empty side."""
        pair = shares(reference, current)
        if pair is None:
            return None
        p, q = pair
        some = p + q > 0
        return float(np.sqrt(np.sum(np.square(p[some] - q[some]) / (p[some] + q[some])) / 2))
