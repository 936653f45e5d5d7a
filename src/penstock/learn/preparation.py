"""From a table to what a learner is fitted on: label, columns that options name, split and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.errors import BadData, UnknownName, UntrainableModel
from penstock.core.options import OptionValue
from penstock.learn.feature_column import code_texts, features_of, numbers
from penstock.learn.feature_warning import feature_warnings
from penstock.learn.label import Label, class_weights, label_name, read_label
from penstock.learn.learner import Learner, TrainingData
from penstock.learn.splitting import held_out_rows, split_column

Floats = NDArray[np.float64]
# BigQuery ML's limits.
MOST_CLASSES = {"logistic_reg": 50}
MOST_CLASSES_ELSE = 1000
# What an error calls the column of an option.
_SPOKEN = {"instance_weight_col": "weight", "kmeans_init_col": "initial"}


@dataclass(frozen=True)
class PreparedRows:
    """`label` is None for a task that learns from none."""

    label: Label | None
    data: TrainingData
    warnings: tuple[Diagnostic, ...]


def prepare(
    table: pa.Table, learner: Learner, options: Mapping[str, OptionValue], seed: int, threads: int
) -> PreparedRows:
    """Return the rows of a flattened table, ready to fit on.

    Raises UnknownName for a column that is not there, UntrainableModel for a label or features that teach nothing.
    """
    label = _label(table, learner, options)
    named = _named_columns(table, learner, options)
    special = {*(name for names in named.values() for name in names), *((label.name,) if label else ())}
    weights = class_weights(label, options) if label else None
    if label and options["data_split_col"] is not None:
        special.add(split_column(table, options))
    if "instance_weight_col" in named:
        of_rows = _instance_weights(table, named["instance_weight_col"][0])
        weights = of_rows if weights is None else weights * of_rows
    columns = table.select([name for name in table.column_names if name not in special])
    if not columns.num_columns and learner.task.scores_rows:
        beside = "columns beside the label" if label else "columns to learn from"
        raise UntrainableModel.of("The training query gives no feature.", hint=f"Select {beside}.")
    features = features_of(columns)
    columns = code_texts(columns, threads)
    for name in columns.column_names:
        table = table.set_column(table.column_names.index(name), name, columns.column(name))
    held_out, moved = _held_out(table, options, label)
    if weights is not None and not weights[~held_out].any():
        message = f"The weight column {options['instance_weight_col']!r} is 0 in every row that is trained on."
        raise BadData.of(message, hint="A row is learned from as often as its weight says: give some more than 0.")
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
    return PreparedRows(label, data, (*moved, *feature_warnings(data)))


def _label(table: pa.Table, learner: Learner, options: Mapping[str, OptionValue]) -> Label | None:
    if not learner.task.learns_from_label:
        return None
    named = options["input_label_cols"]
    assert isinstance(named, list)
    most = MOST_CLASSES.get(learner.model_type, MOST_CLASSES_ELSE)
    return read_label(table, label_name(table, named), learner.task, most)


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
                raise UnknownName.among(f"{_SPOKEN.get(spec.name, spec.name)} column", str(word), table.column_names)
            named.setdefault(spec.name, []).append(str(name))
    return named


def _held_out(
    table: pa.Table, options: Mapping[str, OptionValue], label: Label | None
) -> tuple[NDArray[np.bool_], tuple[Diagnostic, ...]]:
    if label is None:
        return np.zeros(table.num_rows, np.bool_), ()
    return _with_every_class(held_out_rows(table, options), label)


def _instance_weights(table: pa.Table, name: str) -> Floats:
    column = table.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        raise UntrainableModel.of(f"The weight column {name!r} has the type {column.type}, not a number.")
    weights = np.concatenate([numbers(chunk) for chunk in column.chunks])
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong)) + 1
        raise UntrainableModel.of(
            f"The weight column {name!r} is NULL, negative or not finite in {np.count_nonzero(wrong):,} "
            f"rows, "
            f"first in row {row:,}."
        )
    return weights


def _with_every_class(held_out: NDArray[np.bool_], label: Label) -> tuple[NDArray[np.bool_], tuple[Diagnostic, ...]]:
    """Return the held-out rows without those of classes that no training row has; nothing could be learned of
    these.
    """
    if not label.classes or not held_out.any():
        return held_out, ()
    codes = label.target.astype(np.int64)
    unseen = np.bincount(codes[~held_out], minlength=len(label.classes)) == 0
    if not unseen.any():
        return held_out, ()
    names = ", ".join(repr(label.classes[code]) for code in np.flatnonzero(unseen))
    message = f"All rows of class {names} were to be held out; they are trained on instead."
    warning = Diagnostic("split", message, None, "Its metrics say nothing of them.", Severity.WARNING)
    return held_out & ~unseen[codes], (warning,)
