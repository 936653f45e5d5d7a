"""The population stability index."""

from __future__ import annotations

import numpy as np

from penstock.drift.detector import SummaryKind, shares
from penstock.drift.summary import ColumnSummary

# An empty bin would make the index infinite; it counts as one row in ten thousand.
LEAST_SHARE = 1e-4


class PopulationStability:
    """Σ (q − p) · ln(q / p)."""

    name = "psi"
    doc = (
        "Population stability index: Σ (q − p) · ln(q / p) over the bins, where p and q are the reference's "
        "and the window's shares, no less than 0.0001 each. From 0 up; by custom, above 0.1 is a small shift "
        "and above 0.2 a large one (Siddiqi, Credit Risk Scorecards, 2006)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"numeric", "category"})
    symmetric = True

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the index, or None for an empty side."""
        pair = shares(reference, current)
        if pair is None:
            return None
        p, q = (np.maximum(side, LEAST_SHARE) for side in pair)
        return float(np.sum((q - p) * np.log(q / p)))
