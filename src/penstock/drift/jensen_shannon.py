"""The Jensen–Shannon divergence."""

from __future__ import annotations

import numpy as np

from penstock.drift.detector import Shares, SummaryKind, shares
from penstock.drift.summary import ColumnSummary


class JensenShannon:
    """½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q) / 2, in bits."""

    name = "js"
    doc = (
        "Jensen–Shannon divergence: ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2 and logarithms to base 2, "
        "over the bins. From 0 (the same) to 1 (nothing in common). It is the divergence, the square of what "
        "some libraries call the Jensen–Shannon distance (Lin, IEEE Transactions on Information Theory 37, "
        "1991)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"numeric", "category"})
    symmetric = True

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the divergence, or None for an empty side."""
        pair = shares(reference, current)
        if pair is None:
            return None
        p, q = pair
        middle = (p + q) / 2
        return max(0.0, (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2)


def _relative_entropy(p: Shares, q: Shares) -> float:
    """Return KL(p ‖ q) in bits; q is positive wherever p is."""
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))
