"""Candidates of any other family: its own learner, fitted fold by fold, its scores read back as raw outputs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.options import OptionValue
from penstock.learn.artifact import session_of
from penstock.learn.automl.candidate import Candidate
from penstock.learn.automl.fold import Fold
from penstock.learn.feature_column import array_of
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import FittedModel, Progress, TrainingData
from penstock.learn.registry import learner_of
from penstock.learn.schema import Task
from penstock.learn.shared_options import option_specs

Floats = NDArray[np.float64]
# A probability below this says no more than this does: one sure mistake must not outweigh the other members.
LEAST_PROBABILITY = 1e-7
_SLICE = 4_096


class OutOfTime(Exception):
    """A fit took longer than it was given; what there is of it is no model."""


@dataclass(frozen=True)
class FittedLearner:
    """The model of one fold, and what it says of the rows that judged it, (m, outputs): so many milliseconds for 1,000
    of them.
    """

    fitted: FittedModel
    raw: Floats
    scoring: float | None = None

    @property
    def size(self) -> int:
        """The bytes of the graph."""
        return len(self.fitted.graph or b"")


def fitted_on(data: TrainingData, fold: Fold, candidate: Candidate, goes_on: Callable[[], bool]) -> FittedLearner:
    """Fit a candidate's learner on a fold's rows. Raises OutOfTime."""
    learner = learner_of(candidate.family)
    options: dict[str, OptionValue] = {spec.name: spec.default for spec in option_specs(learner)}
    part = data.of_rows(fold.fitted)
    fitted = learner.fit(part, {**options, **candidate.values}, _until(goes_on))
    judged = data.columns.filter(array_of(fold.judged))
    began = time.perf_counter()
    raw = raw_of(graph_scores(fitted, data, judged), data.task)
    return FittedLearner(fitted, raw, 1e6 * (time.perf_counter() - began) / max(len(raw), 1))


def graph_scores(fitted: FittedModel, data: TrainingData, columns: pa.Table) -> Floats:
    """Return what a fitted model's graph gives for rows of features, (n, 1) or (n, k)."""
    assert fitted.graph is not None
    session = session_of(fitted.graph)
    size = min(_SLICE, fitted.details.get("rows_at_once", _SLICE))
    parts = [
        session.run(None, graph_input(columns.slice(begin, size), data.features))[0]
        for begin in range(0, columns.num_rows, size)
    ]
    width = len(data.classes) if data.task is Task.CLASSIFICATION else 1
    found: Floats = np.concatenate(parts) if parts else np.empty((0, width))
    return found


def raw_of(scores: Floats, task: Task) -> Floats:
    """Return values as they are, of two classes the log odds of the second, of more the log of each probability."""
    if task is Task.REGRESSION:
        return scores
    logs = np.log(np.maximum(scores, LEAST_PROBABILITY))
    return logs[:, 1:] - logs[:, :1] if scores.shape[1] == 2 else logs


def _until(goes_on: Callable[[], bool]) -> Progress:
    def tell(done: int, total: int, note: str) -> None:  # noqa: ARG001
        if not goes_on():
            raise OutOfTime

    return tell
