"""Which of the candidates stand in the ensemble, and with what weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
MOST_STEPS = 25
# How many draws of the rows, and how many rows they may have together.
_MOST_DRAWS, _DRAWN_CELLS = 20, 60_000
# A step that gains less than this share of the gain so far is noise.
_WORTH = 1e-6


def drawn_weights(
    raws: Sequence[Floats],
    gain: Callable[[Rows], Callable[[Floats], float]],
    rows: int,
    seed: int,
    share: float = 1.0,
) -> Floats:
    """Return the mean weights of several greedy selections, each on its own draw of the rows, shape (m,), summing to 1.

    Of few rows one selection follows their noise; the mean of many does so less (Caruana et al. 2004, section 2.3, who
    draw models; here rows are drawn, of which the noise is). `gain` gives for some of the rows what is to be greatest.
    There are no more draws than a `share` of the usual ones.
    """
    random = np.random.default_rng(seed)
    draws = max(1, round(share * min(_MOST_DRAWS, _DRAWN_CELLS // max(raws[0].size, 1))))
    if draws == 1:
        return greedy_weights(raws, gain(np.arange(rows)))
    total = np.zeros(len(raws))
    for _ in range(draws):
        some = np.sort(random.choice(rows, size=max(rows // 2, 1), replace=False))
        part = [raw[some] for raw in raws]
        total += greedy_weights(part, gain(some))
    weights: Floats = total / draws
    return weights


def greedy_weights(raws: Sequence[Floats], gain: Callable[[Floats], float], steps: int = MOST_STEPS) -> Floats:
    """Return the weight of each candidate, shape (m,), summing to 1.

    `raws` are the raw outputs (n, outputs) of the candidates on the same rows, `gain` of their weighted mean is to be
    greatest. In each step the candidate is added, again if need be, that helps most; the ensemble of the best step
    is kept (Caruana et al. 2004, "Ensemble selection from libraries of models").
    """
    counts = np.zeros(len(raws))
    total = np.zeros_like(raws[0])
    best, best_gain = counts, -np.inf
    for step in range(1, steps + 1):
        gains = [gain((total + raw) / step) for raw in raws]
        chosen = int(np.argmax(gains))
        counts = counts + (np.arange(len(raws)) == chosen)
        total = total + raws[chosen]
        if gains[chosen] > best_gain + _WORTH * abs(best_gain if np.isfinite(best_gain) else 0.0):
            best, best_gain = counts, gains[chosen]
        elif step - best.sum() >= 8:
            break
    if not best.any():
        # No candidate has a measure at all: the first is as good as any.
        best = (np.arange(len(raws)) == 0).astype(np.float64)
    weights: Floats = best / best.sum()
    return weights
