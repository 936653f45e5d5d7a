"""ML.CONFUSION_MATRIX: how often each class was taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.judging import check_judging, judged
from penstock.functions.label import class_labels, label_type
from penstock.functions.predict import THRESHOLD, check_threshold, threshold_of
from penstock.lake.database import ArrowRows
from penstock.learn.metrics import predicted_classes
from penstock.learn.schema import Task

EXPECTED = "expected_label"


def confusion_matrix(call: Call) -> ArrowRows:
    """Return one row for each label in the data, ascending, with a count for each predicted class."""
    manifest = call.fitted.manifest
    check_data_for_threshold(call)
    check_threshold(call, manifest)
    check_judging(call)
    names = class_columns([_word(label) for label in class_labels(manifest).to_pylist()])
    schema = pa.schema([(EXPECTED, _expected_type(call)), *((name, pa.int64()) for name in names)])

    def batches() -> Iterator[pa.RecordBatch]:
        yield from _counted(call, schema).to_batches()

    return ArrowRows(schema, batches)


def check_data_for_threshold(call: Call) -> None:
    """Raise InvalidOption for a threshold without data: what was recorded in training is for one threshold
    only.
    """
    if "threshold" in call.given and call.input is None:
        raise InvalidOption.of(
            f"{call.name} takes a threshold only together with data.",
            span=call.span,
            hint="Give a table or a query after the model.",
        )


def class_columns(labels: Sequence[str]) -> list[str]:
    """Return a column name for each class: letters, digits and underscores, no digit first, each name once.

    >>> class_columns(["0", "a b", "a-b"])
    ['_0', 'a_b', 'a_b_1']
    """
    names: list[str] = []
    taken = {EXPECTED}
    for label in labels:
        plain = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in label)
        stem = plain if plain and not plain[0].isdigit() else f"_{plain}"
        name, repeat = stem, 0
        while name.casefold() in taken:
            repeat += 1
            name = f"{stem}_{repeat}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _word(label: object) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


def _expected_type(call: Call) -> pa.DataType:
    manifest = call.fitted.manifest
    if call.input is None:
        return label_type(manifest)
    key = manifest.label.casefold()
    found: pa.DataType = next(field.type for field in call.rows.schema if field.name.casefold() == key)
    return found.value_type if pa.types.is_dictionary(found) else found


def _counted(call: Call, schema: pa.Schema) -> pa.Table:
    threshold = threshold_of(call)
    expected = schema.field(EXPECTED).type
    counts = pa.table(
        {"label": pa.array([], expected), "code": pa.array([], pa.int64()), "rows": pa.array([], pa.int64())}
    )
    for batch in judged(call):
        labels = batch.labels
        if pa.types.is_dictionary(labels.type):
            labels = labels.dictionary_decode()
        part = pa.table({"label": labels.cast(expected), "code": predicted_classes(batch.scores, threshold)})
        part = part.group_by(["label", "code"]).aggregate([([], "count_all")]).rename_columns(counts.column_names)
        counts = pa.concat_tables([counts, part])
    totals = counts.group_by(["label", "code"]).aggregate([("rows", "sum")])
    labels = totals["label"].unique().sort()
    row = {label: at for at, label in enumerate(labels.to_pylist())}
    matrix = np.zeros((len(labels), len(schema) - 1), np.int64)
    for label, code, rows in zip(*(column.to_pylist() for column in totals.columns), strict=True):
        matrix[row[label], code] = rows
    return pa.table([labels, *(matrix[:, at] for at in range(matrix.shape[1]))], schema=schema)


CONFUSION_MATRIX = FunctionSpec(
    name="ML.CONFUSION_MATRIX",
    summary="Counts how often each class was taken for which.",
    run=confusion_matrix,
    trials="one",
    input="optional",
    tasks=(Task.CLASSIFICATION,),
    options=(THRESHOLD,),
    output=(
        OutputColumn(EXPECTED, "the label's type in the data", "The true label; one row for each."),
        OutputColumn("<class>", "INT64", "One column a class, ascending: the rows for which it was predicted."),
    ),
    example="SELECT * FROM ML.CONFUSION_MATRIX(MODEL churn)",
    notes=(
        "Without data: the held-out rows, or the training rows when none were held out.",
        "Of more than 200,000 such rows an even sample is kept.",
        "A label that is none of the model's classes has a row, and no column; ML.EVALUATE and ML.ROC_CURVE refuse it.",
        "A class that is no column name is altered to one: 0 becomes _0.",
    ),
)
