"""Spikes and dips: single points far from where their neighbours and their season put them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.frequency import Step
from penstock.learn.series.rough import NORMAL, deviation, rough, running_median

FAR = 6.0
"""How many robust standard deviations away a point is a spike or a dip."""
LONGEST = 2
"""How many points in a row may be one spike: more of them are another level."""
LEAST_POINTS = 12
MOST = 0.05
"""Where more of the points are far out than this share, that is how the series is: none is cleaned."""


def cleaned(values: Floats, step: Step, kept: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats | None]:
    """Return the series without its spikes and dips, and what was taken off, each (n,); None where there is none.

    A cleaned point gets the level and the season of its place. `kept` marks points that are never cleaned:
    the days around holidays, whose effect is estimated after.
    """
    n = len(values)
    if n < LEAST_POINTS:
        return values, None
    parts = rough(values, step)
    scale = max(deviation(parts.noise), 1e-9 * float(np.abs(values).max()))
    # What varies more in some years than in others is judged by its own years.
    local = NORMAL * running_median(np.abs(parts.noise), 61)
    far = np.abs(parts.noise) > FAR * np.maximum(scale, local)
    if kept is not None:
        far &= ~kept
    far &= _short_runs(far)
    if not far.any() or far.mean() > MOST:
        return values, None
    off = np.where(far, parts.rest, 0.0)
    return values - off, off


def _short_runs(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the marked points stand in runs of at most LONGEST, shape (n,)."""
    edges = np.diff(np.concatenate([[0], marked.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    short = (stops - starts) <= LONGEST
    keep = np.zeros(len(marked), np.bool_)
    for start, stop in zip(starts[short], stops[short], strict=True):
        keep[start:stop] = True
    return keep
