"""The Wasserstein distance, in standard deviations."""

from __future__ import annotations

import math

import numpy as np

from penstock.drift.detector import Shares, SummaryKind, shares
from penstock.drift.summary import ColumnSummary, NumericSummary


class Wasserstein:
    """∫ |F − G| between the means of the bins, divided by the reference's standard deviation."""

    name = "wasserstein"
    doc = (
        "Wasserstein distance of numbers: how far the values would have to be carried, on average, to turn "
        "the reference into the window, ∫ |F(x) − G(x)| dx, with each bin's values standing at their mean; "
        "in standard deviations of the reference (of both sides together where the reference is constant). "
        "From 0 up (Villani, Optimal Transport, 2009)."
    )
    applies_to: frozenset[SummaryKind] = frozenset({"numeric"})
    symmetric = False

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the distance in standard deviations, or None for categories and for an empty side."""
        if not (isinstance(reference, NumericSummary) and isinstance(current, NumericSummary)):
            return None
        pair = shares(reference, current)
        if pair is None:
            return None
        p, q = pair
        places = np.concatenate((_bin_means(reference)[p > 0], _bin_means(current)[q > 0]))
        weights = np.concatenate((p[p > 0], -q[q > 0]))
        order = np.argsort(places, kind="stable")
        apart = np.abs(np.cumsum(weights[order])[:-1])
        carried = float(np.sum(apart * np.diff(places[order])))
        unit = _unit(reference, current)
        return carried / unit if unit > 0 else 0.0


def _bin_means(summary: NumericSummary) -> Shares:
    """Return the mean of each bin's values, 0 for an empty bin."""
    counts, sums = np.array(summary.counts, dtype=np.float64), np.array(summary.sums)
    means = np.zeros_like(sums)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _unit(reference: NumericSummary, current: NumericSummary) -> float:
    own = reference.deviation or 0.0
    if own > 0:
        return own
    # A constant has no scale of its own: the one of both sides in equal parts stands in.
    apart = (current.mean or 0.0) - (reference.mean or 0.0)
    return math.sqrt((current.deviation or 0.0) ** 2 / 2 + apart**2 / 4)
