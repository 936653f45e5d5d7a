"""How the candidates of a search are compared, and what they are compared by."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.options import OptionValue, number_of
from penstock.learn.automl.metric import SearchMetric, metric_of
from penstock.learn.feature_column import feature_type
from penstock.learn.learner import TrainingData
from penstock.learn.schema import FeatureType, Task

VALIDATIONS = ("AUTO", "K_FOLD", "GROUPED", "TIME")
# BigQuery's words for what a search looks for, and the measure that each one means.
OBJECTIVES: Mapping[Task, Mapping[str, str]] = {
    Task.REGRESSION: {"MINIMIZE_RMSE": "rmse", "MINIMIZE_MAE": "mae", "MINIMIZE_RMSLE": "rmsle"},
    Task.CLASSIFICATION: {
        "MINIMIZE_LOG_LOSS": "log_loss",
        "MAXIMIZE_AU_ROC": "roc_auc",
        "MAXIMIZE_AU_PRC": "pr_auc",
    },
}
# How rows are held out, by a column, and how candidates are then compared.
_ORDERED = (FeatureType.NUMBER, FeatureType.STRING, FeatureType.DATE, FeatureType.TIMESTAMP)
_FOLLOWED = {"SEQ": "TIME", "TIME": "TIME", "GROUPED": "GROUPED"}


def validation_of(data: TrainingData, options: Mapping[str, OptionValue]) -> tuple[str, pa.Table | None]:
    """Return K_FOLD, or GROUPED or TIME with the one column that they go by.

    AUTO follows data_split_method: who holds out groups, or what came last, wants to know how the model does on others.
    Raises UntrainableModel for a column that has no order.
    """
    method = str(options["validation"])
    if method == "AUTO":
        method, named = _FOLLOWED.get(str(options["data_split_method"]), "K_FOLD"), "data_split_col"
    else:
        named = "validation_col"
    if method == "K_FOLD":
        return method, None
    column = data.named[named]
    if method == "TIME" and feature_type(column.column(0).type) not in _ORDERED:
        message = f"TIME goes by a number, text, date or timestamp; the column {column.column_names[0]!r} has the type "
        raise UntrainableModel.of(f"{message}{column.column(0).type}.", option=named)
    return method, column


def wanted_folds(options: Mapping[str, OptionValue]) -> int | None:
    """Return how many folds are asked for, None where as many as are usual will do."""
    return None if options["data_split_folds"] is None else int(number_of(options, "data_split_folds"))


def wanted_metric(data: TrainingData, options: Mapping[str, OptionValue]) -> SearchMetric:
    """Return the measure that is asked for, or the usual one; raises InvalidOption where the label has none of it."""
    option = "metric" if options["metric"] is not None else "optimization_objective"
    word = options[option]
    name = None if word is None else str(word)
    metric = metric_of(data.task, OBJECTIVES[data.task].get(name, name) if name else None, len(data.classes))
    if metric.name == "pr_auc" and len(data.classes) > 2:
        message = f"Option {option}: {name} is a measure of two classes; the label has {len(data.classes):,}."
        raise InvalidOption.of(message, hint="Use roc_auc or log_loss.", option=option)
    if metric.name == "rmsle" and (data.target <= -1).any():
        least = data.target.min()
        message = f"Option {option}: {name} takes the logarithm of 1 + label; the label goes down to {least:g}."
        raise InvalidOption.of(message, hint="Use rmse or mae.", option=option)
    return metric


def demand_rows(data: TrainingData) -> None:
    """Raise UntrainableModel where no row would be left to judge what is learned from the others."""
    if len(data.target) - int(data.held_out.sum()) < 2:
        message = "A search needs two rows at least: one to learn from, one to judge by."
        raise UntrainableModel.of(message, hint="Look at the training query's filter, and at what is held out.")
