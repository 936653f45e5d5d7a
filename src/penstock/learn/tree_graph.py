"""What a tree model makes of the sum of its trees, and the ONNX graph that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.encoding import ColumnCode
from penstock.learn.graph import GraphBuilder
from penstock.learn.schema import Feature, Task
from penstock.learn.tree_ensemble import TreeEnsemble, add_ensemble

Floats = NDArray[np.float64]
Json = Any
# Added to every class's share, so that shares of nothing are equal rather than 0 / 0.
_LEAST_SHARE = 1e-12


class Link(StrEnum):
    """How the raw output becomes a score: a value, a logistic or softmax probability, or a share of rows."""

    IDENTITY = "identity"
    LOGISTIC = "logistic"
    SOFTMAX = "softmax"
    SHARE = "share"


@dataclass(frozen=True)
class TreeOutput:
    """The raw output is base + scale · (sum or mean of the trees), one column, or one a class of more than
    two.
    """

    link: Link
    scale: float = 1.0
    base: float = 0.0

    def as_json(self) -> Json:
        return asdict(self)

    def scores(self, raw: Floats) -> Floats:
        """Return what the graph gives for raw outputs (n, outputs): values (n, 1) or probabilities (n, k)."""
        if self.link is Link.IDENTITY:
            return raw
        if raw.shape[1] == 1:
            positive = np.clip(raw, 0.0, 1.0) if self.link is Link.SHARE else 1.0 / (1.0 + np.exp(-raw))
            return np.hstack([1.0 - positive, positive])
        if self.link is Link.SHARE:
            shares = np.clip(raw, 0.0, 1.0) + _LEAST_SHARE
        else:
            shares = np.exp(raw - raw.max(axis=1, keepdims=True))
        scores: Floats = shares / shares.sum(axis=1, keepdims=True)
        return scores


def read_output(raw: Mapping[str, Json]) -> TreeOutput:
    """Return the output that `as_json` wrote."""
    return TreeOutput(Link(raw["link"]), float(raw["scale"]), float(raw["base"]))


def output_of(task: Task, classes: int, *, forest: bool) -> TreeOutput:
    """Return the output of a family.

    A forest for classes is one step of Newton's method from equal odds: its leaves hold 4 (share - 1/2) for
    two classes, and classes · share - 1 for more. Read back as shares, the forest's mean is a mean of class
    shares, as in Breiman's forests (2001), and not of odds.
    """
    if task is Task.REGRESSION:
        return TreeOutput(Link.IDENTITY)
    if not forest:
        return TreeOutput(Link.LOGISTIC if classes == 2 else Link.SOFTMAX)
    if classes == 2:
        return TreeOutput(Link.SHARE, scale=0.25, base=0.5)
    return TreeOutput(Link.SHARE, scale=1.0 / classes, base=1.0 / classes)


def tree_graph(
    features: Sequence[Feature], codes: Sequence[ColumnCode], ensemble: TreeEnsemble, output: TreeOutput
) -> bytes:
    """Return the serialised graph from raw columns to `score` or `probabilities`."""
    graph = GraphBuilder(features)
    raw = add_ensemble(graph, graph.matrix(codes), ensemble, output.scale, output.base)
    if output.link is Link.IDENTITY:
        return graph.finish(raw, "score", 1)
    width = max(2, ensemble.outputs)
    return graph.finish(probabilities(graph, raw, output, ensemble.outputs), "probabilities", width)


def probabilities(graph: GraphBuilder, raw: str, output: TreeOutput, outputs: int) -> str:
    """Append what turns raw outputs into probabilities and return its name, [n, max(2, outputs)]."""
    if output.link is Link.SOFTMAX:
        return graph.node("Softmax", [raw], axis=1)
    if output.link is Link.LOGISTIC:
        positive = graph.node("Sigmoid", [raw])
    else:
        positive = graph.node("Clip", [raw, graph.constant(0.0), graph.constant(1.0)])
    if outputs == 1:
        return graph.concatenate([graph.node("Sub", [graph.constant(1.0), positive]), positive])
    shares = graph.node("Add", [positive, graph.constant(_LEAST_SHARE)])
    axis = graph.constant(np.array([1], np.int64))
    return graph.node("Div", [shares, graph.node("ReduceSum", [shares, axis], keepdims=1)])
