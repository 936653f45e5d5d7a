"""How far what comes may be from a forecast: by how far it was in the backtests, step by step (split conformal)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVELS = (0.8, 0.95)
PRIOR = 4.0
"""The one-step errors of the history count as so many backtests."""
FEW = 30
"""So many scores make the quantile of the backtests count half, that of the normal law the other half."""
LEAST_AT_STEP = 100
"""From so many scores on, a step ahead has a factor of its own."""


def standard_errors(errors: Floats, one_step: Floats, horizon: int) -> Floats:
    """Return a standard error for each series and step (s, horizon).

    `errors` (k, s, h) are those of the backtests, NaN where there is none; `one_step` (s,) the root mean squared
    one-step error in the history. A series' errors grow with a power of the step that is one for all. The factor makes
    intervals of the normal law at 80 and 95 per cent hold as many of the backtests' values, each scored by the origins
    beside its own (Lei et al. 2018, Distribution-free predictive inference for regression).
    """
    growth = _growth(errors)
    reach = errors.shape[2]
    steps = np.arange(1, horizon + 1, dtype=np.float64)
    even = errors / np.arange(1, reach + 1) ** growth
    power, count = np.nansum(even**2, axis=2), (~np.isnan(even)).sum(axis=2)
    origins = (count > 0).astype(np.float64)
    mean = np.divide(power, count, out=np.zeros_like(power), where=count > 0)
    ratio = _ratio(mean, origins, one_step)
    prior = PRIOR * ratio * one_step**2
    all_sum, all_count = mean.sum(axis=0), origins.sum(axis=0)
    scale = np.sqrt((all_sum + prior) / (all_count + PRIOR))
    beside = np.sqrt((all_sum - mean + prior) / (all_count - origins + PRIOR))
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.abs(even) / beside[:, :, None]
    scores = np.where(np.isfinite(scores), scores, np.nan)
    factors = np.full(horizon, _factor(scores[~np.isnan(scores)]))
    for step in range(min(reach, horizon)):
        own = scores[:, :, step]
        own = own[~np.isnan(own)]
        if len(own) >= LEAST_AT_STEP:
            factors[step] = _factor(own)
    found: Floats = scale[:, None] * steps**growth * factors
    return np.maximum.accumulate(found, axis=1)


def _growth(errors: Floats) -> float:
    """Return the power of the step by which errors grow, between 0 and 1."""
    judged = (~np.isnan(errors)).sum(axis=(0, 2), keepdims=True)
    size = np.nansum(np.abs(errors), axis=(0, 2), keepdims=True) / np.maximum(judged, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        even = np.abs(errors) / size
    count = (np.isfinite(even)).sum(axis=(0, 1)) if errors.size else np.empty(0)
    known = np.flatnonzero(count > 0)
    if len(known) < 3:
        return 0.5
    mean = np.array([np.nanmean(np.where(np.isfinite(even[:, :, step]), even[:, :, step], np.nan)) for step in known])
    at = np.log(known + 1.0)
    weight = count[known].astype(np.float64)
    at = at - np.average(at, weights=weight)
    slope = float((weight * at) @ np.log(np.maximum(mean, 1e-12)) / max(float((weight * at) @ at), 1e-12))
    # One series' errors are few: half of a random walk's growth is believed before they are.
    trust = weight.sum() / (weight.sum() + FEW)
    return float(np.clip(trust * slope + (1 - trust) * 0.5, 0.0, 1.0))


def _ratio(mean: Floats, origins: Floats, one_step: Floats) -> float:
    """Return how much larger the variance of backtests is than that of the history, in the middle of the series."""
    count = origins.sum(axis=0)
    known = (count > 0) & (one_step > 0)
    if not known.any():
        return 1.0
    found = mean.sum(axis=0)[known] / count[known] / one_step[known] ** 2
    return float(np.clip(np.median(found), 0.5, 10.0))


def _factor(scores: Floats) -> float:
    """Return what makes the normal law's intervals as wide as the scores ask."""
    from scipy.special import ndtri

    if not len(scores):
        return 1.0
    found = []
    for level in LEVELS:
        rank = min((len(scores) + 1) * level / len(scores), 1.0)
        found.append(float(np.quantile(scores, rank)) / float(ndtri((1 + level) / 2)))
    trust = len(scores) / (len(scores) + FEW)
    return float(trust * np.mean(found) + (1 - trust))
