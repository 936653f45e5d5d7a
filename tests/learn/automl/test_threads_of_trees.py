"""Trees answer by the threads that the project has, and no more."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from penstock.learn.automl import lag_tree
from penstock.learn.automl.distillation import Pupil
from penstock.learn.automl.lag_tree import ROUNDS, lag_trees
from penstock.learn.booster import Booster
from penstock.learn.series.panel import panel_of


class Told:
    """Trees of no value that remember the threads that they were told."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def grow(self) -> None:
        """Grow nothing."""

    def predict(self, matrix: np.ndarray, rounds: int | None = None, threads: int = 0) -> np.ndarray:
        assert rounds is None or rounds <= ROUNDS
        self.threads.append(threads)
        return np.zeros((len(matrix), 1))


def test_a_distilled_model_works_by_the_threads_of_its_training() -> None:
    trees = Told()
    Pupil(cast("Booster", trees), 3).raw(np.zeros((2, 1)), 5)
    assert trees.threads == [3]


def test_a_forecast_step_by_step_keeps_to_the_threads_that_the_trees_grew_by(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = Told()
    grown: list[int] = []

    def new_booster(parameters: dict[str, int], *_: object) -> Told:
        grown.append(parameters["num_threads"])
        return trees

    monkeypatch.setattr(lag_tree, "new_booster", new_booster)
    values = np.random.default_rng(1).normal(size=400)
    said = lag_trees(panel_of([values], 7, 7), np.arange(403)[None] * 86_400_000_000, 3, 1, 8, lambda _: True)
    assert said is not None
    assert trees.threads == grown * 3
    assert grown == [1]
