"""Which candidates are best together, and what that is worth by rows that have chosen nothing of it.

Weights, calibration and threshold are chosen by what models say of rows that they were not fitted on; of the same rows
they look better than they are. So a measure is taken crosswise: what stands for a part of the rows was chosen by the
others (Stone 1974, «Cross-validatory choice and assessment of statistical predictions»).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.calibration import Stretch, calibration
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.selection import drawn_weights
from penstock.learn.learner import TrainingData
from penstock.learn.tree_graph import Link, TreeOutput

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Weights are chosen on at most so many rows, evenly spread: a sort of each candidate's scores is the price of a step.
_CHOOSING_ROWS = 30_000
# … and of many classes on fewer: the price is that of rows times outputs.
_CHOOSING_CELLS, _FEWEST_CHOOSING = 300_000, 500
# Members of less weight are left out: each costs time at every prediction.
_LEAST_WEIGHT = 0.04
# Of few rows each part is small, so that the others choose nearly as well as all do; of many, two parts are enough.
_MANY_ROWS, _PARTS, _PARTS_OF_MANY = 5_000, 5, 2


@dataclass(frozen=True)
class Asked:
    """The rows of a search, and what is to be greatest."""

    data: TrainingData
    metric: SearchMetric
    link: Link

    def best_together(self, raws: Sequence[Floats], rows: Rows, share: float = 1.0) -> tuple[Floats, float]:
        """Return the weights of the candidates that are best together, (m,), and what they gain, by their raw outputs
        (n, outputs) for some of the rows; in a share of the usual time.
        """
        cells = max(_FEWEST_CHOOSING, round(share * _CHOOSING_CELLS) // raws[0].shape[1])
        most = min(len(rows), max(_FEWEST_CHOOSING, round(share * _CHOOSING_ROWS)), cells)
        some = rows[np.unique(np.linspace(0, len(rows) - 1, most).astype(np.int64))]
        parts = [raw[some] for raw in raws]

        def gain(own: Rows) -> Callable[[Floats], float]:
            target = self.data.target[some[own]]
            weights = None if self.data.weights is None else self.data.weights[some[own]]
            return lambda raw: self.metric.gain(target, TreeOutput(self.link).scores(raw), weights)

        found = drawn_weights(parts, gain, len(some), self.data.seed, share)
        found = np.where(found < _LEAST_WEIGHT, 0.0, found)
        found /= found.sum()
        return found, gain(np.arange(len(some)))(np.tensordot(found, np.stack(parts), axes=1))

    def crossed(self, raws: Sequence[Floats], weights: Floats) -> Crossed:
        """Return the weights that all other parts of the rows choose for each part; where there are no other rows, the
        given ones. It takes about as long as to choose them once.
        """
        part = parts_of(len(self.data.target), self.data.seed)
        known = np.isfinite(raws[0][:, 0])
        of_parts = []
        for number in range(int(part.max(initial=0)) + 1):
            others = np.flatnonzero(known & (part != number))
            asked = len(raws) > 1 and len(others) > 0 and bool((known & (part == number)).any())
            share = 1.0 / (int(part.max(initial=0)) + 1)
            of_parts.append(self.best_together(raws, others, share)[0] if asked else weights)
        return Crossed(part, np.stack(of_parts))

    def crossed_scores(self, raw: Floats, part: Rows) -> Floats:
        """Return scores of raw outputs, each part of the rows calibrated as the others ask for; NaN stays."""
        known = np.isfinite(raw[:, 0])
        found = TreeOutput(self.link).scores(raw)
        if self.link is Link.IDENTITY:
            return found
        for number in np.unique(part[known]).tolist():
            own, others = known & (part == number), known & (part != number)
            stretch = self.stretch(raw, others)
            found[own] = TreeOutput(self.link).scores(stretch.base + stretch.scale * raw[own])
        return found

    def stretch(self, raw: Floats, rows: Mask) -> Stretch:
        """Return the calibration that some of the rows ask for."""
        if self.link is Link.IDENTITY or not rows.any():
            return Stretch()
        weights = None if self.data.weights is None else self.data.weights[rows]
        return calibration(raw[rows], self.data.target[rows], weights, self.link)


@dataclass(frozen=True)
class Crossed:
    """`part` (n,) is that of each row; `weights` (parts, m) are those of the candidates, as other parts chose them."""

    part: Rows
    weights: Floats

    def raw(self, raws: Sequence[Floats]) -> Floats:
        """Return the weighted sum of the candidates' raw outputs (n, outputs), in each row by those of its part."""
        found = np.empty_like(raws[0])
        for number, weights in enumerate(self.weights):
            own = self.part == number
            found[own] = np.tensordot(weights, np.stack([raw[own] for raw in raws]), axes=1)
        return found

    def among(self, weights: Floats) -> Crossed:
        """Return the same choice among the candidates that have a weight here, of those of any part the given one's."""
        left = np.where(weights > 0, self.weights, 0.0)
        total = left.sum(axis=1, keepdims=True)
        return Crossed(self.part, np.where(total > 0, left / np.where(total > 0, total, 1.0), weights))


def parts_of(rows: int, seed: int) -> Rows:
    """Return the part of each row, drawn: of few rows five, of many two."""
    parts = _PARTS_OF_MANY if rows >= _MANY_ROWS else _PARTS
    drawn: Rows = np.random.default_rng([seed, 43]).permutation(rows) % parts
    return drawn
