"""Findings about a table as it is, before any model: columns that none takes, rows without a label, and all others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import UntrainableModel
from penstock.learn.feature_column import array_of, code_texts, feature_type, features_of, flatten, numbers
from penstock.learn.label import label_name, read_label
from penstock.learn.learner import TrainingData
from penstock.learn.schema import FeatureType, Task
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import counted
from penstock.learn.understanding.survey import Question, findings_of

# A number of so few values names classes when it is whole and has no others.
_MOST_NUMBERED = 10
_MOST_CLASSES = 1_000


def findings_about(table: pa.Table, label: str, *, seed: int, threads: int) -> tuple[TableFinding, ...]:
    """Return what is found about a table whose column `label` is to be predicted from the others.

    Numbers of more than a few values are learned as numbers, all else as classes. Raises UnknownName, with the
    nearest, for a label that is no column.
    """
    found = _structs(table)
    table = flatten(table)
    name = label_name(table, [label])
    unlabelled = _without_label(table.column(name))
    if unlabelled.any():
        message = f"{name!r} has no value in {counted(int(np.count_nonzero(unlabelled)))} of {table.num_rows:,}."
        done = f'Refused. Such rows are left out with WHERE "{name}" IS NOT NULL. What follows is about the others.'
        found.append(TableFinding("unlabelled rows", (name,), Weight.ERROR, message, done))
        table = table.filter(array_of(~unlabelled))
    columns = table.drop_columns([name])
    odd = _refused(columns)
    found += odd
    columns = columns.drop_columns([column for finding in odd for column in finding.columns])
    if not table.num_rows or not columns.num_columns:
        message = "There is no row with a label." if not table.num_rows else "There is no column to learn from."
        return (*found, TableFinding("nothing to learn from", (), Weight.ERROR, message, "Refused."))
    task = task_of(table.column(name))
    try:
        read = read_label(table, name, task, _MOST_CLASSES)
    except UntrainableModel as problem:
        told = problem.diagnostics[0]
        refused = TableFinding("label", (name,), Weight.ERROR, told.message, f"Refused. {told.hint or ''}".strip())
        return (*found, refused)
    features = features_of(columns)
    data = TrainingData(
        code_texts(columns, threads),
        features,
        read.target,
        np.zeros(table.num_rows, np.bool_),
        None,
        read.classes,
        task,
        seed,
        threads,
    )
    return (*found, *findings_of(Question(data, name)))


def task_of(label: pa.ChunkedArray) -> Task:
    """Return what a label is learned as: a number of many values or of parts as a number, all else as classes."""
    if feature_type(label.type) is not FeatureType.NUMBER:
        return Task.CLASSIFICATION
    values = np.unique(np.concatenate([numbers(chunk) for chunk in label.chunks] or [np.empty(0)]))
    known = values[np.isfinite(values)]
    few = len(known) <= _MOST_NUMBERED and bool((known == np.round(known)).all())
    return Task.CLASSIFICATION if few else Task.REGRESSION


def _without_label(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    missing = column.is_null(nan_is_null=pa.types.is_floating(column.type))
    return np.asarray(pc.fill_null(missing, True).to_numpy(), np.bool_)


def _structs(table: pa.Table) -> list[TableFinding]:
    return [
        TableFinding(
            "nested",
            (field.name,),
            Weight.INFO,
            f"{field.name!r} holds structs of {counted(field.type.num_fields, 'field')}.",
            f"Unfolded. Each field is a column of its own: {field.name}_{field.type.field(0).name}, ….",
        )
        for field in table.schema
        if pa.types.is_struct(field.type) and field.type.num_fields
    ]


def _refused(columns: pa.Table) -> list[TableFinding]:
    """Return a finding for each column that no model takes."""
    found = []
    for name in columns.column_names:
        try:
            features_of(columns.select([name]))
        except UntrainableModel as problem:
            told = problem.diagnostics[0]
            done = f"Refused. {told.hint or ''}".strip()
            found.append(TableFinding("type", (name,), Weight.ERROR, told.message, done))
    return found
