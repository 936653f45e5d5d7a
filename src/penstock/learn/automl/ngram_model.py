"""A linear model on the n-grams of texts, fitted so that no row tells its own label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.ngram_reading import NgramRows
from penstock.learn.cross_part import CrossParts

Floats = NDArray[np.float64]
# How much large weights are held down, in rows; the one that says most of other rows is taken.
_PENALTIES = (1.0, 4.0, 16.0)
_STEPS, _CLOSE, _TINY = 60, 1e-4, 1e-300


def always() -> bool:
    """Say that there is time without end."""
    return True


@dataclass(frozen=True)
class LinearFit:
    """base + matrix · weights, of shapes (t,) and (m, t); `out_of_fold` (n, t) is what the rows of other parts say of
    each, and `explained` the share of the targets' variance that this explains.
    """

    weights: Floats
    base: Floats
    out_of_fold: Floats
    explained: float


def ridge(
    rows: NgramRows,
    targets: Floats,
    weights: Floats | None,
    parts: CrossParts,
    goes_on: Callable[[], bool] = always,
) -> LinearFit:
    """Fit by least squares with the weights' squares held down (Hoerl & Kennard 1970, "Ridge regression"), each n-gram
    scaled by how rare it is: as near as may be while it `goes_on`.
    """
    count = len(targets)
    row_weights = np.ones(count) if weights is None else weights
    rarity = rows.rarity
    scaled = rows.matrix.multiply(rarity[None, :]).tocsr()

    def said(part: int, penalty: float) -> Floats:
        """Return what the rows of other parts say of a part's."""
        others = np.isin(parts.of_row, parts.tellers(part))
        parameters, base = solved(scaled[others], targets[others], row_weights[others], penalty, goes_on)
        found: Floats = scaled[parts.of_row == part] @ parameters + base
        return found

    asked = int(parts.of_row.min())

    def error(penalty: float) -> float:
        own = parts.of_row == asked
        return _squared(targets[own] - said(asked, penalty), row_weights[own])

    chosen = min(_PENALTIES, key=error)
    out_of_fold = np.zeros(targets.shape)
    for part in np.unique(parts.of_row).tolist():
        out_of_fold[parts.of_row == part] = said(part, chosen)
    parameters, base = solved(scaled, targets, row_weights, chosen, goes_on)
    variance = _squared(targets - base, row_weights)
    explained = 1.0 - _squared(targets - out_of_fold, row_weights) / variance if variance else 0.0
    return LinearFit(parameters * rarity[:, None], base, out_of_fold, explained)


def _squared(error: Floats, weights: Floats) -> float:
    # Rows that all weigh nothing have a mean too.
    return float(np.average((error**2).sum(axis=1), weights=weights + 1e-12))


def solved(
    matrix: Any, targets: Floats, weights: Floats, penalty: float, goes_on: Callable[[], bool] = always
) -> tuple[Floats, Floats]:
    """Return weights (m, t) and bases (t,), by conjugate gradients (Hestenes & Stiefel 1952) on the normal equations,
    as near as may be while it `goes_on`.

    All sums are NumPy's own: BLAS would share each out among threads, which stand in the way of others.
    """
    base = (weights[:, None] * targets).sum(axis=0) / (float(weights.sum()) or 1.0)
    root = np.sqrt(weights)[:, None]
    scaled = matrix.multiply(root).tocsr()
    turned = scaled.T.tocsr()
    left: Floats = turned @ (root * (targets - base))
    found, step = np.zeros_like(left), left
    size = first = (left * left).sum(axis=0)
    for _ in range(_STEPS):
        if (size <= _CLOSE**2 * first).all() or not goes_on():
            break
        moved = turned @ (scaled @ step) + penalty * step
        length = size / np.maximum((step * moved).sum(axis=0), _TINY)
        found, left = found + length * step, left - length * moved
        before, size = size, (left * left).sum(axis=0)
        step = left + size / np.maximum(before, _TINY) * step
    return found, base
