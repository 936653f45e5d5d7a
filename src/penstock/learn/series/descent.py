"""The minimum of a smooth function of a few numbers, each within the same reach of 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from penstock.learn.series.fitted_series import Floats

Loss = Callable[[Floats], float]
ROUNDS = 80
STEP = 1e-7
"""Of the differences that make the gradient."""
ENOUGH = 1e-10
"""A round that wins less than this share ends the search."""
HALVINGS = 20
SLOPE = 1e-4
"""The share of the slope that a step must win: Armijo's rule."""


def minimum(loss: Loss, start: Floats, reach: float) -> Floats:
    """Return where `loss` is least, near `start`, shape (k,): BFGS, projected onto [-reach, reach].

    Nocedal and Wright (2006), Numerical Optimization, algorithm 6.1. SciPy's minimizer does the same, but shares its
    tiny matrices out among BLAS threads, which takes ten times as long where several series are fitted at once.
    """
    at = np.clip(start, -reach, reach)
    value = loss(at)
    slope = _gradient(loss, at, value)
    inverse = np.eye(len(at))
    for _ in range(ROUNDS):
        inside = ~(((at <= -reach) & (slope > 0)) | ((at >= reach) & (slope < 0)))
        direction = np.where(inside, -(inverse * slope).sum(axis=1), 0.0)
        if not float(direction @ slope) < 0:
            inverse = np.eye(len(at))
            direction = np.where(inside, -slope, 0.0)
        found = _along(loss, at, value, slope, direction, reach)
        if found is None:
            break
        there, lower = found
        steeper = _gradient(loss, there, lower)
        inverse = _updated(inverse, there - at, steeper - slope)
        won = value - lower
        at, value, slope = there, lower, steeper
        if won <= ENOUGH * max(abs(value), 1.0):
            break
    return at


def _gradient(loss: Loss, at: Floats, value: float) -> Floats:
    slope = np.empty(len(at))
    for k in range(len(at)):
        moved = at.copy()
        moved[k] += STEP
        slope[k] = (loss(moved) - value) / STEP
    return slope


def _along(
    loss: Loss, at: Floats, value: float, slope: Floats, direction: Floats, reach: float
) -> tuple[Floats, float] | None:
    """Return a lower place in this direction and its value; None where there is none."""
    share = min(1.0, 1.0 / max(float(np.abs(direction).max()), 1e-300))
    for _ in range(HALVINGS):
        there = np.clip(at + share * direction, -reach, reach)
        lower = loss(there)
        if lower <= value + SLOPE * float(slope @ (there - at)) and lower < value:
            return there, lower
        share /= 2
    return None


def _updated(inverse: Floats, step: Floats, change: Floats) -> Floats:
    """Return the inverse of the curvature after a step that changed the slope so."""
    along = float(step @ change)
    if along <= 1e-12:
        return inverse
    turned = (inverse * change).sum(axis=1)
    scale = (along + float(change @ turned)) / along**2
    cross = np.outer(turned, step) / along
    updated: Floats = inverse + scale * np.outer(step, step) - cross - cross.T
    return updated
