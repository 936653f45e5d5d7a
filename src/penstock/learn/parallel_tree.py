"""Boosting by several trees a round: each on its own draw of rows and columns, and their mean the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from penstock.learn.booster import BinnedRows, Booster, new_booster
from penstock.learn.learner import TrainingData
from penstock.learn.tree_graph import TreeOutput
from penstock.learn.tree_loss import Judges, derivatives, mean_loss, start


class Watch(Protocol):
    """Told of each round; `kept` is the number of rounds to keep in the end, None for all."""

    @property
    def kept(self) -> int | None: ...

    def __call__(self, done: int, losses: Sequence[float]) -> bool:
        """Say whether to go on after so many rounds."""
        ...


def grow_side_by_side(
    data: TrainingData,
    parameters: Mapping[str, Any],
    train: BinnedRows,
    judges: Sequence[tuple[BinnedRows, Judges]],
    output: TreeOutput,
    watch: Watch,
    *,
    rounds: int,
    trees: int,
) -> tuple[Booster, int | None]:
    """Return a booster with `trees` LightGBM iterations a round, and how many of them to keep, None for all.

    All trees of a round are fitted to the derivatives at its beginning, and their leaf values divided by their number,
    as in XGBoost (its manual on `num_parallel_tree`). A tree that finds no split is left out.
    """
    step = {**parameters, "learning_rate": parameters["learning_rate"] / trees, "metric": "None"}
    booster = new_booster(step, train, [rows for rows, _ in judges])
    target, weights = data.train_target, data.train_weights
    slopes = derivatives(np.tile(start(target, weights, output.link), (len(target), 1)), target, weights, output)
    # LightGBM's own first tree carries the raw output that all rows begin with.
    booster.grow()
    booster.forget_objective()
    grown = 1
    ends: list[int] = []
    for done in range(1, rounds + 1):
        if done > 1:
            slopes = derivatives(booster.raw(0), target, weights, output)
        for _ in range(grown, trees):
            booster.grow_by(*slopes)
        grown = 0
        ends.append(booster.rounds)
        losses = [mean_loss(booster.raw(place), of, output) for place, (_, of) in enumerate(judges, 1)]
        if not watch(done, losses):
            break
    return booster, None if watch.kept is None else ends[watch.kept - 1]
