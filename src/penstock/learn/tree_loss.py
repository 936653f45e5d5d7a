"""What trees lessen: the loss of raw outputs, its derivatives, and the rows on which it is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.tree_graph import Link, TreeOutput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judges:
    """Rows on which losses are measured: encoded, with targets and weights (n,)."""

    columns: pa.Table
    target: Floats
    weights: Floats | None


def mean_loss(raw: Floats, judges: Judges, output: TreeOutput) -> float:
    """Return the mean squared error, or the mean log loss, of the outputs of the trees, (n,) or (n, outputs)."""
    scores = output.scores(output.base + output.scale * raw.reshape(len(judges.target), -1))
    if output.link is Link.IDENTITY:
        losses = (scores[:, 0] - judges.target) ** 2
    else:
        right = scores[np.arange(len(scores)), judges.target.astype(np.int64)]
        losses = -np.log(np.maximum(right, np.finfo(np.float64).eps))
    return float(np.average(losses, weights=judges.weights))


def start(target: Floats, weights: Floats | None, link: Link) -> Floats:
    """Return the raw output, (outputs,), that is best for all rows alike, where LightGBM begins too.

    `target` holds every class that there is.
    """
    if link is Link.IDENTITY:
        return np.array([np.average(target, weights=weights)])
    counts = np.bincount(target.astype(np.int64), weights=weights)
    shares = np.maximum(counts / counts.sum(), np.finfo(np.float32).tiny)
    return np.log(shares) if link is Link.SOFTMAX else np.array([np.log(shares[1] / shares[0])])


def derivatives(raw: Floats, target: Floats, weights: Floats | None, output: TreeOutput) -> tuple[Floats, Floats]:
    """Return the first and second derivatives of each row's loss by its raw outputs, of the shape of `raw`.

    As LightGBM has them: half the squared error; the log loss; for more than two classes the second derivative times
    classes / (classes - 1) (Friedman 2001, "Greedy function approximation", algorithm 6).
    """
    of_rows = raw.reshape(len(target), -1)
    if output.link is Link.IDENTITY:
        slope, curve = of_rows - target[:, None], np.ones_like(of_rows)
    else:
        shares = output.scores(of_rows)[:, -of_rows.shape[1] :]
        classes = np.arange(shares.shape[1]) if shares.shape[1] > 1 else np.array([1])
        slope = shares - (target[:, None] == classes)
        curve = shares * (1.0 - shares) * (len(classes) / (len(classes) - 1) if len(classes) > 1 else 1.0)
    if weights is not None:
        slope, curve = slope * weights[:, None], curve * weights[:, None]
    return slope.reshape(raw.shape), curve.reshape(raw.shape)
