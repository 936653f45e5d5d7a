"""The Theta method of many series at once (Assimakopoulos and Nikolopoulos 2000).

Simple exponential smoothing with half the slope of the line through the series as its drift, which is the same
(Hyndman and Billah 2003), of what is left when the season is taken off where it shows.
"""

from __future__ import annotations

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.panel import Panel, Said
from penstock.learn.series.seasonality import shows
from penstock.learn.series.smoothing import NONE, Weights, smoothed, squared_errors

NEWEST, NEWEST_CYCLES = 1_000, 6
"""So many of the newest points are read, or so many cycles if these are more: older ones bend line and season."""
ALPHAS = np.concatenate([[0.01, 0.03, 0.06], np.arange(0.1, 1.0, 0.05), [0.999]])


def theta(panel: Panel, horizon: int) -> Said:
    """Return what the method says of each series; nothing of points before the newest that it reads."""
    said = _of_newest(panel.newest(max(NEWEST, NEWEST_CYCLES * panel.period)), horizon)
    before = panel.values.shape[1] + horizon - said.path.shape[1]
    wide = ((0, 0), (before, 0))
    return Said(np.pad(said.path, wide, constant_values=np.nan), np.pad(said.season, wide))


def _of_newest(panel: Panel, horizon: int) -> Said:
    s, n = panel.values.shape
    index, multiplied = _indices(panel)
    phases = index[:, np.arange(n + horizon) % panel.period]
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(multiplied[:, None], panel.values / phases[:, :n], panel.values - phases[:, :n])
    bare = Panel(plain, panel.starts, panel.order, 1, 1)
    nothing = np.zeros((1, len(ALPHAS)))
    tried = Weights(ALPHAS[None, :], nothing, nothing, nothing)
    chosen = np.argmin(squared_errors(bare, NONE, tried), axis=1)
    weights = tried.of(np.arange(s), chosen)
    level = smoothed(bare, NONE, weights, horizon).path
    drift = _slopes(bare) / 2
    lengths = (n - panel.starts).astype(np.float64)
    alpha = weights.alpha[:, 0]
    ahead = np.arange(horizon) + (1 - (1 - alpha) ** lengths)[:, None] / alpha[:, None]
    level[:, n:] += drift[:, None] * ahead
    level[:, :n] += drift[:, None]
    path = np.where(multiplied[:, None], level * phases, level + phases)
    return Said(path, np.nan_to_num(path - level))


def _slopes(panel: Panel) -> Floats:
    """Return the slope of the least squares line through each row, (s,)."""
    found = np.zeros(len(panel.starts))
    for row, first in enumerate(panel.starts):
        own = panel.values[row, first:]
        at = np.arange(len(own)) - (len(own) - 1) / 2
        found[row] = float(at @ own / max(float(at @ at), 1.0))
    return found


def _indices(panel: Panel) -> tuple[Floats, np.ndarray]:
    """Return the season of each row by phase of the column, (s, period), and whether it multiplies.

    Classical decomposition: means of each phase over the centred moving average of a cycle.
    """
    s = len(panel.starts)
    index = np.zeros((s, panel.period))
    multiplied = np.zeros(s, np.bool_)
    for row, first in enumerate(panel.starts):
        own = panel.values[row, first:]
        if panel.period < 2 or len(own) < 2 * panel.period + 1 or not shows(own, panel.period):
            continue
        multiplied[row] = own.min() > 0
        phases = seasonal_indices(own, panel.period, multiplied=bool(multiplied[row]))
        index[row, (first + np.arange(panel.period)) % panel.period] = phases
    return index, multiplied


def seasonal_indices(values: Floats, period: int, *, multiplied: bool) -> Floats:
    """Return the index of each phase from the first value on, (period,), with mean 1, or 0 where it adds."""
    weights = np.ones(period) if period % 2 else np.concatenate([[0.5], np.ones(period - 1), [0.5]])
    middle = np.convolve(values, weights / period, mode="valid")
    before = (len(values) - len(middle)) // 2
    inner = values[before : before + len(middle)]
    left = inner / middle if multiplied else inner - middle
    phase = (before + np.arange(len(middle))) % period
    means = np.bincount(phase, left, period) / np.bincount(phase, minlength=period)
    found: Floats = means / means.mean() if multiplied else means - means.mean()
    return found
