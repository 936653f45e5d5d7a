"""The contract of a detector: two summaries of one column in, one distance out."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.drift.summary import CategorySummary, ColumnSummary, NumericSummary

Shares = NDArray[np.float64]
SummaryKind = Literal["numeric", "category"]

# A window is small: spread over a thousand categories it would look unlike its reference without being so.
CATEGORY_BINS = 20


class Detector(Protocol):
    """A measure of how far a window has moved from its reference. Implementations are stateless.

    DETECTORS in `registry.py` holds the built-ins; a monitor sees each as `max_<name>`, `mean_<name>`,
    `prediction_<name>`.
    """

    @property
    def name(self) -> str:
        """The word in the measures' names: lower case, letters and underscores."""
        ...

    @property
    def doc(self) -> str:
        """One or two sentences for the documentation: the formula, its range, its source."""
        ...

    @property
    def applies_to(self) -> frozenset[SummaryKind]:
        """The kinds of summary that it compares."""
        ...

    @property
    def symmetric(self) -> bool:
        """Whether exchanging the two sides leaves the distance as it is."""
        ...

    def distance(self, reference: ColumnSummary, current: ColumnSummary) -> float | None:
        """Return the distance, finite and at least 0; None for a kind not compared or an empty side."""
        ...


def shares(reference: ColumnSummary, current: ColumnSummary) -> tuple[Shares, Shares] | None:
    """Return both sides' shares in the same bins, each summing up to 1, or None when a side has no value.

    Numbers: the bins of the reference. Categories: its 20 most frequent values, and one bin for all the rest,
    where values land that the reference never held. Raises ValueError for summaries that do not belong
    together.
    """
    counts = _counts(reference, current, CATEGORY_BINS)
    return _as_shares(*counts)


def all_shares(reference: ColumnSummary, current: ColumnSummary) -> tuple[Shares, Shares] | None:
    """Return the same as `shares`, with a bin for every category that either side lists."""
    return _as_shares(*_counts(reference, current, None))


def _as_shares(reference: Shares, current: Shares) -> tuple[Shares, Shares] | None:
    if reference.sum() == 0 or current.sum() == 0:
        return None
    return reference / reference.sum(), current / current.sum()


def _counts(reference: ColumnSummary, current: ColumnSummary, limit: int | None) -> tuple[Shares, Shares]:
    if isinstance(reference, NumericSummary) and isinstance(current, NumericSummary):
        if reference.edges != current.edges:
            raise ValueError("The window is not summarised in the bins of its reference.")
        return np.array(reference.counts, dtype=np.float64), np.array(current.counts, dtype=np.float64)
    if isinstance(reference, CategorySummary) and isinstance(current, CategorySummary):
        return _category_counts(reference, current, limit)
    raise ValueError("A numeric summary and one of categories have no distance.")


def _category_counts(reference: CategorySummary, current: CategorySummary, limit: int | None) -> tuple[Shares, Shares]:
    before = dict(zip(reference.values, reference.counts, strict=True))
    now = dict(zip(current.values, current.counts, strict=True))
    known = sorted(before, key=lambda value: (-before[value], value))
    listed = known + [value for value in now if value not in before] if limit is None else known[:limit]
    sides = []
    for counts, total in ((before, reference.present), (now, current.present)):
        own = [counts.get(value, 0) for value in listed]
        sides.append(np.array([*own, total - sum(own)], dtype=np.float64))
    return sides[0], sides[1]
