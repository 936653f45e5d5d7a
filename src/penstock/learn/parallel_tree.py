"""Boosting by several trees a round: each on its own draw of rows and columns, and their mean the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.learn.learner import TrainingData
from penstock.learn.tree_graph import TreeOutput
from penstock.learn.tree_loss import Judges, derivatives, mean_loss, start

Floats = NDArray[np.float64]


class Watch(Protocol):
    """Called after each round as LightGBM calls its callbacks; ends the training by EarlyStopException.

    `kept` is then the number of rounds to keep, -1 for all.
    """

    kept: int

    def __call__(self, environment: Any) -> None: ...


def grow_side_by_side(
    data: TrainingData,
    parameters: Mapping[str, Any],
    train_set: Any,
    judges: Mapping[str, Judges],
    output: TreeOutput,
    watch: Watch,
    *,
    rounds: int,
    trees: int,
) -> tuple[Any, int]:
    """Return a booster with `trees` LightGBM iterations a round, and how many of them to keep, -1 for all.

    All trees of a round are fitted to the derivatives at its beginning, and their leaf values divided by their number,
    as in XGBoost (its manual on `num_parallel_tree`). A tree that finds no split is left out.
    """
    import lightgbm
    from lightgbm.callback import CallbackEnv, EarlyStopException

    step = {**parameters, "learning_rate": parameters["learning_rate"] / trees, "metric": "None"}
    booster = lightgbm.Booster(step, train_set)
    judged = {
        train_set.create_valid(of.matrix, of.target, weight=of.weights, params=step): of for of in judges.values()
    }
    for name, rows in zip(judges, judged, strict=True):
        booster.add_valid(rows, name)
    kept = ~data.held_out
    slopes = _Slopes(data.target[kept], None if data.weights is None else data.weights[kept], output, trees)

    def loss(raw: Floats, rows: Any) -> tuple[str, float, bool]:
        return "loss", mean_loss(raw, judged[rows], output), False

    ends: list[int] = []
    for done in range(rounds):
        for tree in range(trees):
            # LightGBM's own first tree carries the raw output that all rows begin with.
            booster.update(fobj=None if done == tree == 0 else slopes)
        ends.append(booster.current_iteration())
        try:
            watch(CallbackEnv(booster, step, done, 0, rounds, booster.eval_valid(feval=loss)))
        except EarlyStopException:
            break
    return booster, -1 if watch.kept < 0 else ends[watch.kept - 1]


class _Slopes:
    """Gives LightGBM the derivatives at the beginning of a round, the same ones for each of its trees."""

    def __init__(self, target: Floats, weights: Floats | None, output: TreeOutput, trees: int) -> None:
        self._target, self._weights, self._output, self._trees = target, weights, output, trees
        first = np.tile(start(target, weights, output.link), (len(target), 1))
        self._now = derivatives(first, target, weights, output)
        # The first tree of the first round is LightGBM's own.
        self._grown = 1

    def __call__(self, raw: Floats, _: Any) -> tuple[Floats, Floats]:
        if self._grown % self._trees == 0:
            self._now = derivatives(raw, self._target, self._weights, self._output)
        self._grown += 1
        slope, curve = self._now
        return slope.reshape(raw.shape), curve.reshape(raw.shape)
