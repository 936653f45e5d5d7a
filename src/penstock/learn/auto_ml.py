"""Models whose shape is searched for: boosted trees of several sizes, the best of which is kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.learn.learner import Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.schema import Task
from penstock.learn.splitting import row_prints
from penstock.learn.tree_explainer import TreeExplainer
from penstock.learn.tree_growth import grow
from penstock.learn.tree_options import BOOSTED_OPTIONS

Json = Any
ROUNDS = 60
# Of every kind of size one: shallow and slow, as BigQuery's own trees, deep, and drawn from a part of rows and columns.
CANDIDATES: tuple[Mapping[str, OptionValue], ...] = (
    {"max_tree_depth": 6, "learn_rate": 0.3},
    {"max_tree_depth": 3, "learn_rate": 0.1},
    {"max_tree_depth": 6, "learn_rate": 0.1},
    {"max_tree_depth": 10, "learn_rate": 0.1, "min_tree_child_weight": 5},
    {"max_tree_depth": 6, "learn_rate": 0.1, "subsample": 0.8, "colsample_bytree": 0.7},
    {"max_tree_depth": 4, "learn_rate": 0.1, "l2_reg": 10.0},
)
# One of so many rows judges the candidates. Those that the statement holds out judge only what is kept.
_FIFTHS = 5
OBJECTIVES: Mapping[Task, tuple[str, ...]] = {
    Task.REGRESSION: ("MINIMIZE_RMSE", "MINIMIZE_MAE", "MINIMIZE_RMSLE"),
    Task.CLASSIFICATION: ("MINIMIZE_LOG_LOSS", "MAXIMIZE_AU_ROC", "MAXIMIZE_AU_PRC"),
}


class AutoMl:
    """Tries boosted trees of several sizes and keeps those that lose least on rows that they were not fitted on."""

    def __init__(self, model_type: str, task: Task) -> None:
        self.model_type = model_type
        self.task = task
        self.summary = (
            "Boosted trees of six sizes, each with as many rounds as lessen the loss on a fifth of the rows, of which "
            "the best is kept and fitted on all: what BigQuery leaves to a service of its own."
        )
        self.options: tuple[OptionSpec, ...] = (
            OptionSpec(
                "budget_hours",
                "number",
                1.0,
                "When this time is over, no further size is tried.",
                minimum=1,
                maximum=72,
            ),
            OptionSpec(
                "optimization_objective",
                "string",
                None,
                "Recorded: sizes are compared by the loss that they are fitted for, the squared error or the log loss.",
                choices=OBJECTIVES[task],
            ),
            OptionSpec("enable_global_explain", "boolean", True, "Compute what ML.GLOBAL_EXPLAIN shows."),
        )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Fit the candidates in turn, each judged on a fifth of the rows of training, then the best on all of these."""
        usual = {spec.name: spec.default for spec in BOOSTED_OPTIONS}
        common = {**usual, **options, "max_iterations": ROUNDS, "early_stop": False}
        judged = _apart(data)
        last = time.monotonic() + 3600 * number_of(options, "budget_hours")
        best: tuple[float, Mapping[str, OptionValue], int] | None = None
        rows = int(np.count_nonzero(~judged.held_out))
        for place, candidate in enumerate(CANDIDATES):
            if best is not None and time.monotonic() > last:
                break
            if "subsample" in candidate and rows < _FIFTHS:
                continue
            fitted = grow(judged, {**common, **candidate}, lambda *_: None, None, forest=False)
            losses = [_loss(round_.eval_loss, round_.loss) for round_ in fitted.iterations]
            rounds = int(np.argmin(losses)) + 1
            progress(place + 1, len(CANDIDATES) + 1, f"loss {losses[rounds - 1]:.6g}")
            if best is None or losses[rounds - 1] < best[0]:
                best = losses[rounds - 1], candidate, rounds
        assert best is not None
        chosen = {**common, **best[1], "max_iterations": best[2]}
        return grow(data, chosen, progress, None, forest=False)

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:  # noqa: ARG002
        return TreeExplainer(details, native)


def _loss(held_out: float | None, fitted: float) -> float:
    return fitted if held_out is None else held_out


def _apart(data: TrainingData) -> TrainingData:
    """Return the rows of training, some of them held out by their fingerprints: none where a class, or every row,
    would be among those.
    """
    columns, target = data.train_columns, data.train_target
    chosen: NDArray[np.bool_] = row_prints(columns) % np.uint64(_FIFTHS) == 0
    kept = target[~chosen]
    enough = len(kept) > 0 and (data.task is Task.REGRESSION or len(np.unique(kept)) == len(data.classes))
    held_out = chosen if enough else np.zeros(len(chosen), dtype=np.bool_)
    return replace(data, columns=columns, target=target, weights=data.train_weights, held_out=held_out, named={})
