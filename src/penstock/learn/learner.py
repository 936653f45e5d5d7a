"""The contract between the training pipeline and a model family: what a learner gets and what it must give
back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.cross_part import CrossParts
from penstock.learn.feature_column import array_of
from penstock.learn.related_feature import RelatedFeatures
from penstock.learn.schema import Feature, Task

Floats = NDArray[np.float64]
Json = Any
# The key of the details that says how many steps an explanation by integrated gradients takes.
NUM_STEPS = "integrated_gradients_num_steps"
# Told how far a fit has come: rounds done, rounds at most, and a word on the loss so far.
Progress = Callable[[int, int, str], None]


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Watch:
    """When a training began, by time.monotonic, and whether it is asked to end with the best that it has."""

    began: float = field(default_factory=time.monotonic)
    stopped: Callable[[], bool] = _never


@dataclass(frozen=True)
class TrainingData:
    """What a learner is fitted on.

    `columns` holds the features only, in the order of `features`, train rows and held-out rows alike.
    `target` is float64, of shape (n,): the label's value, or the index of the class in `classes` (ascending); of
    shape (0,) for a task without a label. `held_out` marks the rows that judge and are never fitted on; none may
    be. `weights` are row weights (class weights included), or None. `named` holds the columns that an option of
    the learner names (`OptionSpec.names_column`), one or several, by that option's name; they are no features.
    `holidays` is what a `custom_holiday` query gave, for time series. `watch` is for a learner with a time to keep to.
    `related` says which features were made of other tables, and by which columns. `parts` are those of the rows that
    may tell of each other's labels, None where that makes no difference.
    """

    columns: pa.Table
    features: tuple[Feature, ...]
    target: Floats
    held_out: NDArray[np.bool_]
    weights: Floats | None
    classes: tuple[Json, ...]
    task: Task
    seed: int
    threads: int
    named: Mapping[str, pa.Table] = field(default_factory=dict)
    holidays: pa.Table | None = None
    watch: Watch = field(default_factory=Watch)
    related: RelatedFeatures | None = None
    parts: CrossParts | None = None

    @cached_property
    def train_columns(self) -> pa.Table:
        """The columns of the rows of training, taken out once for all who read them."""
        if not self.held_out.any():
            return self.columns
        return self.columns.filter(array_of(~self.held_out))

    def of_rows(self, kept: NDArray[np.bool_]) -> TrainingData:
        """Return a part of the rows, as training data of its own."""
        keep = array_of(kept)
        return replace(
            self,
            columns=self.columns.filter(keep),
            target=self.target[kept] if len(self.target) else self.target,
            held_out=self.held_out[kept],
            weights=None if self.weights is None else self.weights[kept],
            named={option: columns.filter(keep) for option, columns in self.named.items()},
            parts=None if self.parts is None else self.parts.of_rows(kept),
        )

    @cached_property
    def train_target(self) -> Floats:
        """The target of the rows of training."""
        return self.target[~self.held_out]

    @cached_property
    def train_weights(self) -> Floats | None:
        """The weights of the rows of training."""
        return None if self.weights is None else self.weights[~self.held_out]

    @cached_property
    def train_parts(self) -> CrossParts | None:
        """The parts of the rows of training."""
        return None if self.parts is None else self.parts.of_rows(~self.held_out)


@dataclass(frozen=True)
class Iteration:
    """One row of ML.TRAINING_INFO. `eval_loss` is None without held-out rows."""

    training_run: int
    iteration: int
    loss: float
    eval_loss: float | None
    learning_rate: float | None
    duration_ms: int


@dataclass(frozen=True)
class FittedModel:
    """What a fit leaves behind.

    `graph` is the serialised ONNX model from raw named columns (one [n, 1] input a feature, see FeatureType) to one
    float64 output: `score` of shape [n, 1] (a number), `probabilities` of shape [n, k] (classification, classes
    ascending), `distances` to the k centroids (clustering), k `components` (dimension reduction), or `autoencoded`,
    k latent columns and three losses (autoencoding); None for a task that scores no rows. `details` is the family's
    own JSON: weights, importances, whatever its inspection functions and `explain` read. `native` is an optional text
    in the training library's own format, for warm starts and attributions. `files` are further files of the
    artifact, by name, for what is too large for JSON. `metrics` are those of ML.EVALUATE where they are not measured
    row by row.
    `strangeness` (n,) says, without a label, how strange each row is to the model, where the fit knows it already; with
    it come `metrics`, and no row is scored again to judge the model. `out_of_fold`, of the shape of the graph's output,
    is what models that were not fitted on it say of each row, NaN where none does: so a learner that `judges_itself` is
    judged; `thresholds` (n, 1) says above what each of these rows has the greater of two classes, where that is not the
    model's own. `until`, by time.monotonic, is when the training is to have ended, where it has a time to keep to.
    `features` are those of the data's that the model takes, None for all of them.
    """

    graph: bytes | None
    iterations: tuple[Iteration, ...]
    details: Mapping[str, Json]
    native: str | None = None
    notes: tuple[str, ...] = field(default=())
    files: Mapping[str, bytes] = field(default_factory=dict)
    metrics: Mapping[str, float | None] | None = None
    strangeness: Floats | None = None
    out_of_fold: Floats | None = None
    thresholds: Floats | None = None
    until: float | None = None
    features: tuple[Feature, ...] | None = None


@dataclass(frozen=True)
class Attributions:
    """Why each row got its score, additive: baseline + Σ values = prediction, in the model's raw scale (logit
    for classes).

    `values` has shape (n, f) in the order of `features`; `baseline` and `prediction` have shape (n,). For
    classifiers all are of the predicted class. A method that only comes near the sum is not `exact`.
    """

    features: tuple[str, ...]
    values: Floats
    baseline: Floats
    prediction: Floats
    exact: bool = True


def joined(parts: Sequence[Attributions]) -> Attributions:
    """Return the attributions of parts of the rows as those of all, in their order."""
    if len(parts) == 1:
        return parts[0]
    values, baseline, prediction = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "baseline", "prediction")
    )
    return replace(parts[0], values=values, baseline=baseline, prediction=prediction)


class WarmStart(Protocol):
    """What a learner may read of the version it goes on from."""

    @property
    def details(self) -> Mapping[str, Json]: ...

    @property
    def options(self) -> Mapping[str, OptionValue]: ...

    @property
    def native(self) -> str | None: ...

    @property
    def files(self) -> Mapping[str, bytes]: ...

    @property
    def iterations(self) -> Sequence[Iteration]: ...


class Explainer(Protocol):
    """Built from a fitted model's details, native text and files; explains rows without the learner."""

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:
        """Return the attributions of each row; `scores` is what the graph gave for the same rows."""
        ...


class ModelType(Protocol):
    """What a statement may name as its model type, or mean without naming it."""

    @property
    def model_type(self) -> str:
        """The word in OPTIONS (model_type = …), lower case."""
        ...

    @property
    def task(self) -> Task: ...

    @property
    def summary(self) -> str:
        """One sentence for the documentation: method and library, with the source."""
        ...

    @property
    def options(self) -> tuple[OptionSpec, ...]:
        """The family's own options; the shared ones (label, split, class weights) are declared in
        `shared_options.py`.
        """
        ...


class Learner(ModelType, Protocol):
    """A model family that is trained here.

    Implementations are stateless; LEARNERS in `registry.py` holds one of each by model type.
    """

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit on the rows that are not held out; deterministic under `data.seed`."""
        ...


@runtime_checkable
class ExplainableLearner(Learner, Protocol):
    """A model family whose scores can be attributed to the features: every one that learns from a label."""

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:
        """Return the explainer of a fitted model from what its artifact holds."""
        ...


@runtime_checkable
class SelfJudgingLearner(Learner, Protocol):
    """A model family that fits on folds by itself: no rows need be held out to judge it."""

    @property
    def judges_itself(self) -> bool: ...


@runtime_checkable
class SeriesLearner(Learner, Protocol):
    """A model family of time series."""

    @property
    def reads_other_columns(self) -> bool:
        """Whether it reads columns beside times, numbers and ids."""
        ...
