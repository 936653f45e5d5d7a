"""ML.SUSPECT_LABELS: the rows of the data whose labels may be wrong, as AutoML's folds have it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.label import class_labels, find_column, label_codes, label_values
from penstock.functions.predict import check_collisions
from penstock.functions.scoring import check_inputs, read_features
from penstock.lake.database import ArrowRows
from penstock.learn.feature_column import flatten, select_features
from penstock.learn.schema import Task
from penstock.learn.splitting import row_fingerprints
from penstock.learn.understanding.label_noise import SUSPECTS


def suspect_labels(call: Call) -> ArrowRows:
    """Return the rows of the data that a search found to be labelled otherwise than it is sure of, each with the
    likely class and the probabilities of that and of its own in front, as a stream.

    Where the data has the label, only rows that still have the one in question are given.
    """
    check_inputs(call)
    manifest = call.fitted.manifest
    suspects = call.fitted.details.get(SUSPECTS)
    if suspects is None:
        call.environment.notice(
            f"Model {call.model_name} tells nothing of labels: only AutoML classifiers judge every row."
        )
        suspects = []
    marks = np.array([int(each["row"], 16) for each in suspects], np.uint64)
    order = np.argsort(marks, kind="stable")
    classes = class_labels(manifest)
    place = {value: code for code, value in enumerate(manifest.classes)}
    own, likely = (np.array([place[each[name]] for each in suspects], np.int64) for name in ("label", "likely"))
    of_label, of_likely = (
        np.array([each[name] for each in suspects], np.float64) for name in ("of_label", "of_likely")
    )
    made = [
        pa.field(f"likely_{manifest.label}", classes.type),
        pa.field("probability", pa.float64()),
        pa.field("probability_of_label", pa.float64()),
    ]
    kept = call.rows.given
    check_collisions(call, made, kept)
    schema = pa.schema([*made, *(call.rows.schema.field(name) for name in kept)])
    label = find_column(pa.schema([schema.field(name) for name in kept]), manifest.label)

    def batches() -> Iterator[pa.RecordBatch]:
        for features, columns in read_features(call, kept):
            table = select_features(flatten(pa.Table.from_batches([features])), manifest.features)
            prints = row_fingerprints(table)
            at = (
                order[np.minimum(np.searchsorted(marks[order], prints), max(len(marks) - 1, 0))] if len(marks) else None
            )
            if at is None:
                return
            found = marks[at] == prints
            if label is not None:
                found &= label_codes(label_values(columns.column(label), manifest, call.span), classes) == own[at]
            rows = np.flatnonzero(found)
            front = [
                classes.take(pa.array(likely[at[rows]])),
                pa.array(of_likely[at[rows]]),
                pa.array(of_label[at[rows]]),
            ]
            yield pa.RecordBatch.from_arrays([*front, *columns.take(pa.array(rows)).columns], schema=schema)

    return ArrowRows(schema, batches)


SUSPECT_LABELS = FunctionSpec(
    name="ML.SUSPECT_LABELS",
    summary="Shows the rows of the data that an AutoML classifier was trained on whose labels may be wrong.",
    run=suspect_labels,
    input="required",
    passes_input=True,
    tasks=(Task.CLASSIFICATION,),
    output=(
        OutputColumn(
            "likely_<label>", "the label's type", "The class that models which were not fitted on the row are sure of."
        ),
        OutputColumn("probability", "FLOAT64", "What they say of that class."),
        OutputColumn("probability_of_label", "FLOAT64", "What they say of the row's own label."),
    ),
    example="SELECT * FROM ML.SUSPECT_LABELS(MODEL churn, TABLE customers) ORDER BY probability_of_label",
    notes=(
        "Of a classifier that AutoML did not make there is no row, and that is told.",
        "The data is that of the training: rows are known again by the values of their features.",
        "Of more than 500 such rows those are given that the models were surest of.",
        "A hard row and a wrong label look alike; the surer the models are elsewhere, the likelier it is the label.",
    ),
)
