"""What weight each method has in the forecast of each series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.backtest import losses

Floats = NDArray[np.float64]
STEPS = 12
TRUST = 8.0
"""With k origins a series' own choice counts k / (k + TRUST); the rest is what holds for all series."""
NEAR = 1.15
"""A method whose loss over all series is within this factor of the best one's has a part in the equal weights."""


def forecast_weights(
    forecasts: Floats, actual: Floats, scale: Floats, metric: str, present: NDArray[np.bool_]
) -> Floats:
    """Return the weights (s, m), each row summing to 1.

    `forecasts` (m, k, s, h) is what each method said at each origin, `actual` (k, s, h) what came, NaN where nothing is
    judged; `present` (s, m) says which methods a series has. A series' own weights are chosen greedily (Caruana et al.
    2004); few origins tell little, so they are drawn to those of all series together and to equal ones.
    """
    count = len(forecasts)
    judged = (~np.isnan(actual)).any(axis=2).sum(axis=0)

    def loss(forecast: Floats) -> Floats:
        return losses(metric, forecast, actual, scale)

    apart = np.array([np.where(present[:, m], loss(forecasts[m]), np.inf) for m in range(count)])
    for_all = _of_all(forecasts, loss, present & (judged > 0)[:, None])
    own = _greedy(forecasts, loss, present) if actual.shape[0] else np.tile(for_all, (len(scale), 1))
    with np.errstate(invalid="ignore"):
        near = np.array([_typical(apart[m], present[:, m] & (judged > 0)) for m in range(count)])
    equal = (near <= NEAR * near.min()).astype(np.float64) if np.isfinite(near).any() else np.ones(count)
    rest = (for_all + equal / equal.sum()) / 2
    trust = (judged / (judged + TRUST))[:, None]
    weights = (trust * own + (1 - trust) * rest) * present
    weights = np.where(weights < 0.02, 0.0, weights)
    bare = weights.sum(axis=1) <= 0
    weights[bare] = present[bare].astype(np.float64)
    found: Floats = weights / weights.sum(axis=1, keepdims=True)
    return found


def _typical(loss: Floats, known: NDArray[np.bool_]) -> float:
    return float(np.mean(loss[known])) if known.any() else np.inf


def _greedy(forecasts: Floats, loss: Callable[[Floats], Floats], present: NDArray[np.bool_]) -> Floats:
    """Return for each series by itself how often each method is taken, as shares (s, m)."""
    count, series = len(forecasts), forecasts.shape[2]
    total = np.zeros(forecasts.shape[1:])
    taken = np.zeros((series, count))
    best, lowest = taken.copy(), np.full(series, np.inf)
    rows = np.arange(series)
    for step in range(1, STEPS + 1):
        tried = np.array([np.where(present[:, m], loss((total + forecasts[m]) / step), np.inf) for m in range(count)])
        tried = np.where(np.isnan(tried), np.inf, tried)
        chosen = np.argmin(tried, axis=0)
        taken[rows, chosen] += 1
        total = total + forecasts[chosen, :, rows].transpose(1, 0, 2)
        found = tried[chosen, rows]
        better = found < lowest
        lowest[better], best[better] = found[better], taken[better]
    best[best.sum(axis=1) <= 0] = 1.0
    shares: Floats = best / best.sum(axis=1, keepdims=True)
    return shares


def _of_all(forecasts: Floats, loss: Callable[[Floats], Floats], present: NDArray[np.bool_]) -> Floats:
    """Return the weights (m,) that are best for all series together that have every method that any has."""
    methods = np.flatnonzero(present.any(axis=0))
    rows = np.flatnonzero(present[:, methods].all(axis=1)) if len(methods) else methods
    taken = np.zeros(len(forecasts))
    if not len(rows):
        return np.full(len(forecasts), 1 / len(forecasts))
    total, best, lowest = np.zeros(forecasts.shape[1:]), taken.copy(), np.inf
    for step in range(1, STEPS + 1):
        tried = [float(np.mean(loss((total + forecasts[m]) / step)[rows])) for m in methods]
        place = int(np.argmin(tried))
        taken[methods[place]] += 1
        total = total + forecasts[methods[place]]
        if tried[place] < lowest:
            lowest, best = tried[place], taken.copy()
    found: Floats = best / max(best.sum(), 1.0) if best.any() else np.full(len(taken), 1 / len(taken))
    return found
