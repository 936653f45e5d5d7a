"""What a tuning makes as good as it can: the objectives of each model type, BigQuery ML's default first."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.options import OptionValue
from penstock.learn.learner import ModelType
from penstock.learn.schema import Task

_OF_TASK: Mapping[Task, tuple[str, ...]] = {
    Task.REGRESSION: (
        "R2_SCORE",
        "EXPLAINED_VARIANCE",
        "MEDIAN_ABSOLUTE_ERROR",
        "MEAN_ABSOLUTE_ERROR",
        "MEAN_SQUARED_ERROR",
        "MEAN_SQUARED_LOG_ERROR",
    ),
    Task.CLASSIFICATION: ("ROC_AUC", "PRECISION", "RECALL", "ACCURACY", "F1_SCORE", "LOG_LOSS"),
    Task.CLUSTERING: ("DAVIES_BOULDIN_INDEX",),
}
_AUTOENCODER = ("MEAN_SQUARED_ERROR", "MEAN_ABSOLUTE_ERROR", "MEAN_SQUARED_LOG_ERROR")
_EXPLICIT = ("MEAN_SQUARED_ERROR",)
_IMPLICIT = (
    "MEAN_AVERAGE_PRECISION",
    "MEAN_SQUARED_ERROR",
    "NORMALIZED_DISCOUNTED_CUMULATIVE_GAIN",
    "AVERAGE_RANK",
)
# Of these less is better; of every other one more is.
_LESS = ("ERROR", "LOSS", "INDEX", "RANK")


def objectives_of(learner: ModelType, feedback: OptionValue = None) -> tuple[str, ...]:
    """Return the objectives that a tuning of a model type may have, the default first.

    `feedback` is the option feedback_type of a matrix factorization.
    """
    if learner.model_type == "autoencoder":
        return _AUTOENCODER
    if learner.model_type == "matrix_factorization":
        return _IMPLICIT if str(feedback).upper() == "IMPLICIT" else _EXPLICIT
    return _OF_TASK.get(learner.task, ())


def goodness(objective: str, value: float | None) -> float | None:
    """Return a measured objective so that greater is better; None for one that is not defined."""
    if value is None or value != value:
        return None
    return -value if objective.upper().endswith(_LESS) else value
