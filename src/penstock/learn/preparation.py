"""From a table to what a learner is fitted on: label, columns that options name, split and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.errors import BadData, UnknownName, UntrainableModel
from penstock.core.options import OptionValue
from penstock.learn.contribution_analysis import metric_columns
from penstock.learn.feature_column import code_texts, features_of, numbers
from penstock.learn.feature_warning import feature_warnings
from penstock.learn.interaction import RATING, ratings, users_and_items
from penstock.learn.label import Label, class_weights, label_name, read_label
from penstock.learn.learner import Learner, SelfJudgingLearner, SeriesLearner, TrainingData
from penstock.learn.partition import Partition, Turn, partition_of, whole
from penstock.learn.schema import Task
from penstock.learn.splitting import split_column

Floats = NDArray[np.float64]
# BigQuery ML's limits.
MOST_CLASSES = {"logistic_reg": 50}
MOST_CLASSES_ELSE = 1000
# What an error calls the column of an option.
_SPOKEN = {
    "instance_weight_col": "weight",
    "kmeans_init_col": "initial",
    "user_col": "user",
    "item_col": "item",
    "rating_col": "rating",
}


@dataclass(frozen=True)
class PreparedRows:
    """`label` is None for a task that learns from none. `data` holds all rows, and holds out those of `parts`."""

    label: Label | None
    data: TrainingData
    parts: Partition
    warnings: tuple[Diagnostic, ...]


def prepare(
    table: pa.Table,
    learner: Learner,
    options: Mapping[str, OptionValue],
    seed: int,
    threads: int,
    *,
    tuned: bool = False,
) -> PreparedRows:
    """Return the rows of a flattened table, ready to fit on; for a tuning, parted in three.

    Raises UnknownName for a column that is not there, UntrainableModel for a label or features that teach nothing.
    """
    named = _named_columns(table, learner, options)
    label = _label(table, learner, options, named)
    special = {*(name for names in named.values() for name in names), *((label.name,) if label else ())}
    weights = class_weights(label, options) if label else None
    if label and options["data_split_col"] is not None:
        named["data_split_col"] = [split_column(table, options)]
        special.update(named["data_split_col"])
    if "instance_weight_col" in named:
        of_rows = _instance_weights(table, named["instance_weight_col"][0])
        weights = of_rows if weights is None else weights * of_rows
    recommends = learner.task is Task.RECOMMENDATION
    columns = table.select([name for name in table.column_names if name not in special])
    if recommends:
        columns = users_and_items(table, named, columns.column_names)
    unread: tuple[Diagnostic, ...] = ()
    if isinstance(learner, SeriesLearner) and not learner.reads_other_columns:
        columns, unread = columns.select([]), _unread(columns, learner)
    if not columns.num_columns and learner.task.scores_rows:
        beside = "columns beside the label" if label else "columns to learn from"
        raise UntrainableModel.of("The training query gives no feature.", hint=f"Select {beside}.")
    features = features_of(columns)
    columns = code_texts(columns, threads)
    coded = dict(zip(columns.column_names, columns.columns, strict=True))
    table = pa.table(
        [coded.get(name, column) for name, column in zip(table.column_names, table.columns, strict=True)],
        names=table.column_names,
    )
    if isinstance(learner, SelfJudgingLearner) and _is_left_to_it(options):
        options = {**options, "data_split_method": "NO_SPLIT"}
    parts, moved = _parts(table, options, label, tuned=tuned)
    held_out = parts.held_out
    if weights is not None and not weights[~(held_out | parts.tested)].any():
        message = f"The weight column {options['instance_weight_col']!r} is 0 in every row that is trained on."
        raise BadData.of(
            message,
            hint="A row is learned from as often as its weight says: give some more than 0.",
            option="instance_weight_col",
        )
    data = TrainingData(
        columns,
        features,
        label.target if label else np.empty(0),
        held_out,
        weights,
        label.classes if label else (),
        learner.task,
        seed,
        threads,
        {option: table.select(names) for option, names in named.items()},
    )
    return PreparedRows(label, data, parts, (*moved, *unread, *_of_features(data, learner, options)))


def _is_left_to_it(options: Mapping[str, OptionValue]) -> bool:
    """Say whether rows judge in turns, or as is best, which a learner that judges itself does by itself."""
    method = options["data_split_method"]
    return method in ("AUTO_SPLIT", "K_FOLD", "TIME") or options["data_split_folds"] is not None


def _of_features(data: TrainingData, learner: Learner, options: Mapping[str, OptionValue]) -> tuple[Diagnostic, ...]:
    if isinstance(learner, SelfJudgingLearner):
        # It looks at its table itself.
        return ()
    # Users and items are identifiers; that is what they are for. What a metric counts is no feature.
    if data.task is Task.RECOMMENDATION:
        return ()
    counted = metric_columns(options) if data.task is Task.CONTRIBUTION else ()
    return feature_warnings(
        replace(data, features=tuple(each for each in data.features if each.name.casefold() not in counted))
    )


def _unread(columns: pa.Table, learner: Learner) -> tuple[Diagnostic, ...]:
    if not columns.num_columns:
        return ()
    names = ", ".join(repr(name) for name in columns.column_names)
    message = f"The columns {names} are not read: {learner.model_type} forecasts each series from its own past."
    hint = "ARIMA_PLUS_XREG reads other columns too; time_series_id_col tells series apart."
    return (Diagnostic("unread-column", message, None, hint, Severity.WARNING),)


def _label(
    table: pa.Table, learner: Learner, options: Mapping[str, OptionValue], named: Mapping[str, Sequence[str]]
) -> Label | None:
    if not learner.task.learns_from_label:
        return None
    if learner.task is Task.RECOMMENDATION:
        return ratings(table, named[RATING][0], options["feedback_type"])
    wanted = options["input_label_cols"]
    assert isinstance(wanted, list)
    most = MOST_CLASSES.get(learner.model_type, MOST_CLASSES_ELSE)
    return read_label(table, label_name(table, wanted), learner.task, most)


def _named_columns(table: pa.Table, learner: Learner, options: Mapping[str, OptionValue]) -> dict[str, list[str]]:
    """Return by option the columns that it names, as they are spelled in the table."""
    named: dict[str, list[str]] = {}
    for spec in learner.options:
        wanted = options[spec.name] if spec.names_column else None
        if wanted is None:
            continue
        for word in wanted if isinstance(wanted, list) else [wanted]:
            name = next((name for name in table.column_names if name.casefold() == str(word).casefold()), None)
            if name is None:
                called = f"{_SPOKEN.get(spec.name, spec.name)} column"
                raise UnknownName.among(called, str(word), table.column_names, option=spec.name)
            named.setdefault(spec.name, []).append(str(name))
    return named


def _parts(
    table: pa.Table, options: Mapping[str, OptionValue], label: Label | None, *, tuned: bool
) -> tuple[Partition, tuple[Diagnostic, ...]]:
    if label is None:
        return whole(table.num_rows), ()
    found = partition_of(table, options, label.target if label.classes else None, tuned=tuned)
    turns = tuple(Turn(turn.fitted, _of_known_classes(turn.judged, turn.fitted, label)) for turn in found.turns)
    fitted = ~(found.held_out | found.tested)
    held_out, tested = (_of_known_classes(rows, fitted, label) for rows in (found.held_out, found.tested))
    moved = (found.held_out | found.tested) & ~(held_out | tested)
    return Partition(held_out, tested, turns), _told(moved, label)


def _instance_weights(table: pa.Table, name: str) -> Floats:
    column = table.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        message = f"The weight column {name!r} has the type {column.type}, not a number."
        raise UntrainableModel.of(message, option="instance_weight_col")
    weights = np.concatenate([numbers(chunk) for chunk in column.chunks])
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong)) + 1
        raise UntrainableModel.of(
            f"The weight column {name!r} is NULL, negative or not finite in {np.count_nonzero(wrong):,} "
            f"rows, "
            f"first in row {row:,}.",
            option="instance_weight_col",
        )
    return weights


def _of_known_classes(judged: NDArray[np.bool_], fitted: NDArray[np.bool_], label: Label) -> NDArray[np.bool_]:
    """Return the rows that judge without those of classes that no row to fit on has; nothing could be learned of
    these.
    """
    if not label.classes or not judged.any():
        return judged
    codes = label.target.astype(np.int64)
    unseen = np.bincount(codes[fitted], minlength=len(label.classes)) == 0
    kept: NDArray[np.bool_] = judged & ~unseen[codes]
    return kept


def _told(moved: NDArray[np.bool_], label: Label) -> tuple[Diagnostic, ...]:
    if not moved.any():
        return ()
    names = ", ".join(repr(label.classes[code]) for code in np.unique(label.target[moved].astype(np.int64)))
    message = f"All rows of class {names} were to be held out; they are trained on instead."
    return (Diagnostic("split", message, None, "Its metrics say nothing of them.", Severity.WARNING),)
