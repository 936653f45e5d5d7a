"""How the values of a column are spread, as statistics from anywhere tell it, and how far two such spreads lie apart.

Unlike the summaries of `summary.py`, two distributions need not share their bins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bins:
    """Numbers in bins from `lows` to `highs`, ascending and apart, each of shape (n,) like `counts`.

    A bin whose ends are one number holds that number only. `nans` and `infinities` are in no bin.
    """

    lows: Floats
    highs: Floats
    counts: Floats
    nans: float = 0.0
    infinities: float = 0.0


@dataclass(frozen=True)
class Categories:
    """Values with their counts."""

    counts: Mapping[str, float]


Distribution = Bins | Categories


def greatest_difference(first: Categories, second: Categories) -> tuple[float, str] | None:
    """Return the greatest difference of a value's shares, from 0 to 1, and that value; None when a side is empty."""
    values = sorted(set(first.counts) | set(second.counts))
    shares = [_shares(np.array([side.counts.get(value, 0.0) for value in values])) for side in (first, second)]
    if shares[0] is None or shares[1] is None:
        return None
    apart = np.abs(shares[0] - shares[1])
    place = int(np.argmax(apart))
    return float(apart[place]), values[place]


def jensen_shannon(first: Distribution, second: Distribution) -> float | None:
    """Return the Jensen-Shannon divergence in bits, from 0 to 1 (Lin 1991); None when a side is empty.

    Bins are cut where either side has an edge, their counts spread evenly over the pieces, as TensorFlow Data
    Validation does. NaN is a value of its own, and so are infinities. Raises ValueError for numbers against categories.
    """
    if isinstance(first, Categories) and isinstance(second, Categories):
        values = sorted(set(first.counts) | set(second.counts))
        sides = [np.array([side.counts.get(value, 0.0) for value in values]) for side in (first, second)]
    elif isinstance(first, Bins) and isinstance(second, Bins):
        sides = _aligned(first, second)
    else:
        raise ValueError("Numbers and categories have no distance.")
    p, q = (_shares(side) for side in sides)
    if p is None or q is None:
        return None
    middle = (p + q) / 2
    return max(0.0, (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2)


def _shares(counts: Floats) -> Floats | None:
    total = counts.sum()
    return counts / total if total > 0 else None


def _relative_entropy(p: Floats, q: Floats) -> float:
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))


def _aligned(first: Bins, second: Bins) -> list[Floats]:
    """Return both sides' counts over the same pieces, of which the last two are of NaN and of infinities."""
    points = [side.lows[side.lows == side.highs] for side in (first, second)]
    wide = [np.concatenate((side.lows[_wide(side)], side.highs[_wide(side)])) for side in (first, second)]
    edges = np.unique(np.concatenate(wide))
    # A lone number belongs to the piece that it lies in; outside of all it is a piece of its own.
    inside = [(p >= edges[0]) & (p <= edges[-1]) if edges.size else np.zeros(p.size, bool) for p in points]
    alone = np.unique(np.concatenate([p[~within] for p, within in zip(points, inside, strict=True)]))
    return [_spread(side, edges, alone) for side in (first, second)]


def _wide(side: Bins) -> NDArray[np.bool_]:
    return side.lows < side.highs


def _spread(side: Bins, edges: Floats, alone: Floats) -> Floats:
    pieces = max(edges.size - 1, 0)
    counts = np.zeros(pieces + alone.size + 2)
    for low, high, count in zip(side.lows, side.highs, side.counts, strict=True):
        if low < high:
            begin, end = np.searchsorted(edges, (low, high))
            counts[begin:end] += count * np.diff(edges[begin : end + 1]) / (high - low)
        elif pieces and edges[0] <= low <= edges[-1]:
            counts[min(int(np.searchsorted(edges, low, side="right")), pieces) - 1] += count
        else:
            counts[pieces + int(np.searchsorted(alone, low))] += count
    counts[-2:] = side.nans, side.infinities
    return counts
