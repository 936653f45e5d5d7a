"""Local regression on a regular grid, where it is one linear filter inside and a small matrix at each end."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.fitted_series import Floats

WIDE = 801
"""A wider window looks at means of blocks: what it smooths does not change within one."""


def smooth(values: Floats, window: int, degree: int, beyond: int = 0) -> Floats:
    """Return the local regression of each column of `values`, shape (n + 2 · beyond, m), tricube weights.

    `window` is the number of nearest points (odd); `beyond` continues the smooth by so many steps at both ends.
    As in Cleveland et al. (1990), STL: A Seasonal-Trend Decomposition Procedure Based on Loess, section 2:
    where the window is longer than the series, the weights are those of the longer window.
    """
    from scipy.ndimage import correlate1d

    n = len(values)
    if min(window, n) > WIDE:
        return _of_blocks(values, window, degree, beyond)
    if window >= n:
        whole: Floats = _dense(n, window, degree, beyond) @ values
        return whole
    half = window // 2
    ends = _edges(window, degree, beyond)
    kernel = _weights(half, window, window, degree)
    head = ends @ values[:window]
    tail = (ends @ values[::-1][:window])[::-1]
    middle = correlate1d(values, kernel, axis=0, mode="nearest")[half : n - half]
    smoothed: Floats = np.concatenate([head, middle, tail])
    return smoothed


def _of_blocks(values: Floats, window: int, degree: int, beyond: int) -> Floats:
    """Return the smooth of the means of blocks, drawn in straight lines between their middles."""
    n, width = values.shape
    block = 2 * window // WIDE + 1
    starts = np.arange(0, n, block)
    sizes = np.diff(np.append(starts, n))
    means = np.add.reduceat(values, starts, axis=0) / sizes[:, None]
    short = window // block
    more = -(-beyond // block) + 1
    coarse = smooth(means, short + 1 - short % 2, degree, more)
    middles = (np.arange(len(coarse)) - more) * block + (block - 1) / 2
    places = np.arange(-beyond, n + beyond)
    lines = [np.interp(places, middles, coarse[:, k]) for k in range(width)]
    smoothed: Floats = np.column_stack(lines)
    return smoothed


def moving_average(values: Floats, window: int) -> Floats:
    """Return the means of `window` neighbours, shape (n - window + 1, …): no point is made up at the ends."""
    total = np.cumsum(np.concatenate([np.zeros_like(values[:1]), values]), axis=0)
    means: Floats = (total[window:] - total[:-window]) / window
    return means


def _weights(at: float, n: int, window: int, degree: int) -> Floats:
    """Return the weight of each of the points 0 … n - 1 in the local regression at `at`, shape (n,)."""
    index = np.arange(n, dtype=np.float64)
    distance = np.abs(index - at)
    reach = max(at - index[0], index[-1] - at)
    if window > n:
        reach += (window - n) // 2
    near = np.where(distance <= 0.001 * reach, 1.0, (1 - np.minimum(distance / max(reach, 1e-9), 1) ** 3) ** 3)
    near[distance > 0.999 * reach] = 0.0
    near /= near.sum()
    if degree == 0:
        return near
    centre = near @ index
    spread = near @ (index - centre) ** 2
    if np.sqrt(spread) <= 0.001 * (n - 1):
        return near
    weights: Floats = near * (1 + (at - centre) * (index - centre) / spread)
    return weights


@lru_cache(maxsize=16)
def _edges(window: int, degree: int, beyond: int) -> NDArray[np.float64]:
    """Return what makes the first window // 2 points, and those before, of the first `window`."""
    rows = [_weights(at, window, window, degree) for at in range(-beyond, window // 2)]
    return np.array(rows).reshape(len(rows), window)


@lru_cache(maxsize=64)
def _dense(n: int, window: int, degree: int, beyond: int) -> NDArray[np.float64]:
    return np.array([_weights(at, n, window, degree) for at in range(-beyond, n + beyond)])
