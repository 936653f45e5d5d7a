"""Exponential smoothing of many series at once: level, damped trend, and a season that adds or multiplies.

Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, chapter 8, in the error correction form with
additive errors: ETS(A,N,N), (A,Ad,N), (A,N,A), (A,Ad,A), (A,N,M), (A,Ad,M). The weights are those of a grid with the
least squared one-step error; the form is that of the least AICc.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.panel import Panel, Said, Whole

NONE, ADDED, MULTIPLIED = "none", "added", "multiplied"
ALPHAS = (0.02, 0.08, 0.18, 0.32, 0.5, 0.7, 0.9, 0.999)
TRENDS = ((0.0, 0.0), *((beta, phi) for beta in (0.02, 0.1, 0.3) for phi in (0.85, 0.94, 0.98)))
"""The share of alpha that moves the slope, and what damps it; the first is no trend."""
GAMMAS = (0.001, 0.05, 0.15, 0.4, 0.8)
LEAST_SHARE = 0.02
"""A season multiplies only where the least value is at least this share of the mean."""
FIRST_CYCLES = 4
NEWEST, NEWEST_CYCLES = 400, 6
"""The weights are looked for on so many of the newest points, or so many cycles if these are more."""
CELLS = 40_000
"""How many states are moved at once: they stay in the processor's cache."""


@dataclass(frozen=True)
class Weights:
    """A number for each row and choice, or for each choice alone: every array of shape (s, g) or (1, g)."""

    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats

    @property
    def trended(self) -> Floats:
        return (self.phi > 0).astype(np.float64)

    def of(self, rows: Whole, chosen: Whole) -> Weights:
        """Return for each of some rows the choice of its own, (rows, 1)."""
        return Weights(
            *(
                np.broadcast_to(part, (len(rows), part.shape[1]))[np.arange(len(rows)), chosen][:, None]
                for part in (self.alpha, self.beta, self.phi, self.gamma)
            )
        )

    def of_rows(self, rows: Whole) -> Weights:
        """Return those of some rows."""
        return Weights(self.alpha[rows], self.beta[rows], self.phi[rows], self.gamma[rows])


@dataclass(frozen=True)
class Start:
    """Where smoothing begins: level without and with a trend, slope (s,), and a season for each phase (period, s)."""

    flat: Floats
    level: Floats
    slope: Floats
    season: Floats


def exponential_smoothing(panel: Panel, horizon: int) -> Said:
    """Return what the best form says of each series; every series has two points at least.

    Nothing is said of points before the newest that the weights are looked for on.
    """
    s, n = panel.values.shape
    newest = max(NEWEST, NEWEST_CYCLES * panel.period)
    path, season = np.full((s, n + horizon), np.nan), np.zeros((s, n + horizon))
    at_once = max(CELLS // (len(ALPHAS) * len(TRENDS) * len(GAMMAS)), 1)
    for first in range(0, s, at_once):
        rows = np.arange(first, min(first + at_once, s))
        part = panel.rows(rows).newest(newest)
        kinds, weights = _best(part)
        for kind in set(kinds.tolist()):
            own = np.flatnonzero(kinds == kind)
            said = smoothed(part.rows(own), kind, weights.of_rows(own), horizon)
            width = said.path.shape[1]
            path[rows[own], -width:], season[rows[own], -width:] = said.path, said.season
    return Said(path, season)


def _best(panel: Panel) -> tuple[np.ndarray, Weights]:
    """Return the form of each row, and its weights (s, 1)."""
    length = panel.values.shape[1] - panel.starts
    s = len(length)
    best = np.full(s, np.inf)
    kinds = np.full(s, NONE, dtype=object)
    found = [np.empty((s, 1)) for _ in range(4)]
    for kind in (NONE, ADDED, MULTIPLIED) if panel.period > 1 else (NONE,):
        weights = grid_of(kind)
        errors = squared_errors(panel, kind, weights)
        spent = 2 + 3 * weights.trended + (panel.period if kind != NONE else 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.maximum(length[:, None] - spent - 1, 0.5)
            fit = length[:, None] * np.log(np.maximum(errors, 1e-300) / length[:, None])
            aic = fit + 2 * spent + 2 * spent * (spent + 1) / room
        aic[~_fits(panel, kind)] = np.inf
        aic = np.where(np.isfinite(aic), aic, np.inf)
        chosen = np.argmin(aic, axis=1)
        lowest = aic[np.arange(s), chosen]
        better = lowest < best if kind != NONE else np.ones(s, np.bool_)
        best[better], kinds[better] = lowest[better], kind
        one = weights.of(np.arange(s), chosen)
        for into, values in zip(found, (one.alpha, one.beta, one.phi, one.gamma), strict=True):
            into[better] = values[better]
    return kinds, Weights(*found)


def _fits(panel: Panel, kind: str) -> np.ndarray:
    """Return which rows can have the season of a form: two cycles at least, all positive where it multiplies."""
    if kind == NONE:
        return np.ones(len(panel.starts), np.bool_)
    long = panel.values.shape[1] - panel.starts >= 2 * panel.period + 2
    if kind == ADDED:
        return np.asarray(long)
    return np.asarray(long & (np.nanmin(panel.values, axis=1) > LEAST_SHARE * np.abs(np.nanmean(panel.values, axis=1))))


def grid_of(kind: str) -> Weights:
    """Return the weights that are tried of a form, each of shape (1, g)."""
    gammas = GAMMAS if kind != NONE else (0.0,)
    rows = [(alpha, beta, phi, gamma) for alpha in ALPHAS for beta, phi in TRENDS for gamma in gammas]
    return Weights(*(np.array(part)[None, :] for part in zip(*rows, strict=True)))


def begin(panel: Panel, kind: str) -> Start:
    """Return where each row begins: a line through its first cycles, and what is left of each phase."""
    s = len(panel.starts)
    flat, level, slope = np.empty(s), np.empty(s), np.empty(s)
    season = np.full((panel.period, s), 1.0 if kind == MULTIPLIED else 0.0)
    for row in range(s):
        first = int(panel.starts[row])
        own = panel.values[row, first:]
        cycles = min(len(own) // panel.period, FIRST_CYCLES)
        seasonal = kind != NONE and cycles >= 2
        head = own[: cycles * panel.period] if seasonal else own[: max(min(10, len(own)), 2)]
        at = np.arange(len(head), dtype=np.float64)
        if seasonal:
            means = head.reshape(cycles, panel.period).mean(axis=1)
            slope[row] = (means[-1] - means[0]) / (panel.period * (cycles - 1))
        else:
            centred = at - at.mean()
            slope[row] = float(centred @ head / max(float(centred @ centred), 1.0))
        line = head.mean() + slope[row] * (at - at.mean())
        level[row] = line[0] - slope[row]
        flat[row] = head[: panel.period if seasonal else 5].mean()
        if seasonal:
            with np.errstate(divide="ignore", invalid="ignore"):
                left = head / line if kind == MULTIPLIED else head - line
            phases = left.reshape(cycles, panel.period).mean(axis=0)
            phases = phases / phases.mean() if kind == MULTIPLIED else phases - phases.mean()
            season[(first + np.arange(panel.period)) % panel.period, row] = phases
    return Start(flat, level, slope, season)


def squared_errors(panel: Panel, kind: str, weights: Weights) -> Floats:
    """Return the sum of the squared one-step errors of each row under each choice of weights, (s, g)."""
    errors, _ = passed(panel, kind, weights, begin(panel, kind), None)
    return errors


def smoothed(panel: Panel, kind: str, weights: Weights, horizon: int) -> Said:
    """Return what a form says of each row under its own weights (s, 1)."""
    s, n = panel.values.shape
    said = Said(np.full((s, n + horizon), np.nan), np.zeros((s, n + horizon)))
    _, (level, slope, season) = passed(panel, kind, weights, begin(panel, kind), said)
    damped = np.cumsum(weights.phi ** np.arange(1, horizon + 1), axis=1)
    base = level + slope * damped
    phases = season[(n + np.arange(horizon)) % panel.period, :, 0].T if panel.period > 1 else 0 * base
    coming = base * phases if kind == MULTIPLIED else base + phases if kind == ADDED else base
    said.path[:, n:] = coming
    said.season[:, n:] = coming - base
    return said


def passed(
    panel: Panel, kind: str, weights: Weights, start: Start, said: Said | None
) -> tuple[Floats, tuple[Floats, ...]]:
    """Go through the times once; return the squared errors (s, g), and level, slope (s, g) and season (period, s, g) at
    the end. `said`, for one choice of weights, is filled up to n.
    """
    s, n = panel.values.shape
    g = weights.alpha.shape[1]
    trended = weights.trended
    level = np.where(trended > 0, start.level[:, None], start.flat[:, None]) * np.ones((s, g))
    slope = start.slope[:, None] * trended * np.ones((s, g))
    season = np.repeat(start.season[:, :, None], g, axis=2)
    errors = np.zeros((s, g))
    full = [
        np.ascontiguousarray(np.broadcast_to(part, (s, g)))
        for part in (weights.alpha, weights.alpha * weights.beta, weights.phi, weights.gamma * (1 - weights.alpha))
    ]
    live = panel.live
    with np.errstate(all="ignore"):
        for t in range(n):
            k = int(live[t])
            if not k:
                continue
            alpha, beta, phi, gamma = (part[:k] for part in full)
            drift = phi * slope[:k]
            base = level[:k] + drift
            phase = season[t % panel.period, :k]
            expected = base * phase if kind == MULTIPLIED else base + phase if kind == ADDED else base
            off = panel.values[:k, t, None] - expected
            if said is not None:
                said.path[:k, t] = expected[:, 0]
                said.season[:k, t] = (expected - base)[:, 0]
            errors[:k] += off * off
            if kind == MULTIPLIED:
                moved = off / phase
                phase += gamma * off / base
                off = moved
            elif kind == ADDED:
                phase += gamma * off
            level[:k] = base + alpha * off
            slope[:k] = drift + beta * off
    return errors, (level, slope, season)
