"""Probabilities that mean what they say: the raw outputs of an ensemble stretched and moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.tree_graph import Link, TreeOutput

Floats = NDArray[np.float64]
_STEPS, _LEAST_ROWS = 50, 100
# How far the outputs may be stretched; beyond it stands a table that can be told without a mistake.
_NARROWEST, _WIDEST = 0.1, 10.0
# One scale is found on so many values, of rows evenly spread: those of a thousand classes take seconds.
MOST_VALUES = 2_000_000


@dataclass(frozen=True)
class Stretch:
    """calibrated = base + scale · raw."""

    scale: float = 1.0
    base: float = 0.0


def calibration(raw: Floats, target: Floats, weights: Floats | None, link: Link) -> Stretch:
    """Return what lessens the log loss of raw outputs (n, 1) or (n, k) that no row's own model gave.

    For two classes a scale and a base (Platt 1999, "Probabilistic outputs for support vector machines", with its
    smoothed targets), for more a scale (Guo et al. 2017, "On calibration of modern neural networks"). Nothing is
    changed for a number, or where so few rows say little.
    """
    if link is Link.IDENTITY or len(target) < _LEAST_ROWS:
        return Stretch()
    weight = np.ones(len(target)) if weights is None else weights
    if raw.size > MOST_VALUES:
        some = np.linspace(0, len(raw) - 1, MOST_VALUES // raw.shape[1]).astype(np.int64)
        raw, target, weight = raw[some], target[some], weight[some]
    found = _platt(raw[:, 0], target, weight) if raw.shape[1] == 1 else _temperature(raw, target, weight)
    if not _NARROWEST <= found.scale <= _WIDEST or not np.isfinite(found.base):
        return Stretch()
    return found if _loss(raw, target, weight, found, link) < _loss(raw, target, weight, Stretch(), link) else Stretch()


def _loss(raw: Floats, target: Floats, weight: Floats, stretch: Stretch, link: Link) -> float:
    scores = TreeOutput(link).scores(stretch.base + stretch.scale * raw)
    own = scores[np.arange(len(target)), target.astype(np.int64)]
    return float(np.average(-np.log(np.maximum(own, np.finfo(np.float64).eps)), weights=weight))


def _platt(raw: Floats, target: Floats, weight: Floats) -> Stretch:
    positive = float(weight[target == 1].sum())
    negative = float(weight.sum()) - positive
    wanted = np.where(target == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.stack([raw, np.ones_like(raw)], axis=1)
    at = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        share = 1.0 / (1.0 + np.exp(-np.clip(design @ at, -500, 500)))
        slope = design.T @ (weight * (share - wanted))
        curve = (design * (weight * share * (1 - share))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        at = at - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-8:
            break
    return Stretch(float(at[0]), float(at[1]))


def _temperature(raw: Floats, target: Floats, weight: Floats) -> Stretch:
    """Newton's method for the one scale; the loss is convex in it."""
    own = np.arange(len(target)), target.astype(np.int64)
    scale = 1.0
    for _ in range(_STEPS):
        scores = TreeOutput(Link.SOFTMAX).scores(scale * raw)
        mean = (scores * raw).sum(axis=1)
        slope = float(weight @ (mean - raw[own]))
        curve = float(weight @ ((scores * raw**2).sum(axis=1) - mean**2)) + 1e-12
        step = float(np.clip(slope / curve, -0.5, 0.5))
        scale = max(scale - step, 1e-3)
        if abs(step) < 1e-8:
            break
    return Stretch(scale)
