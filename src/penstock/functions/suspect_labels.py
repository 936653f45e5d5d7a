"""ML.SUSPECT_LABELS: the rows of the data whose labels may be wrong, as AutoML's folds have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.label import class_labels, find_column, label_codes, label_values
from penstock.functions.predict import check_collisions
from penstock.functions.scoring import check_inputs, read_features
from penstock.lake.database import ArrowRows
from penstock.learn.feature_column import flatten, select_features
from penstock.learn.schema import Task
from penstock.learn.splitting import row_fingerprints
from penstock.learn.understanding.label_noise import SUSPECTS


@dataclass(frozen=True)
class _Suspects:
    """What an artifact says of suspect rows, by ascending fingerprints; `own` and `likely` are codes of classes."""

    marks: NDArray[np.uint64]
    own: NDArray[np.int64]
    likely: NDArray[np.int64]
    of_label: NDArray[np.float64]
    of_likely: NDArray[np.float64]

    @classmethod
    def of(cls, told: Sequence[Mapping[str, Any]], classes: Sequence[Any]) -> _Suspects:
        place = {value: code for code, value in enumerate(classes)}
        rows = sorted(told, key=lambda each: int(each["row"], 16))
        own, likely = (np.array([place[each[name]] for each in rows], np.int64) for name in ("label", "likely"))
        low, high = (np.array([each[name] for each in rows], np.float64) for name in ("of_label", "of_likely"))
        return cls(np.array([int(each["row"], 16) for each in rows], np.uint64), own, likely, low, high)

    def places(self, features: pa.Table) -> NDArray[np.int64]:
        """Return for each row its place among the suspects, -1 for one that is none."""
        if not len(self.marks):
            return np.full(features.num_rows, -1)
        prints = row_fingerprints(features)
        at = np.minimum(np.searchsorted(self.marks, prints), len(self.marks) - 1)
        return np.where(self.marks[at] == prints, at, -1)


def suspect_labels(call: Call) -> ArrowRows:
    """Return the rows of the data that a search found to be labelled otherwise than it is sure of, each with the
    likely class and the probabilities of that and of its own in front, as a stream.

    Where the data has the label, only rows that still have the one in question are given.
    """
    check_inputs(call)
    manifest = call.fitted.manifest
    told = call.fitted.details.get(SUSPECTS)
    if told is None:
        only = "only AutoML classifiers judge every row."
        call.environment.notice(f"Model {call.model_name} tells nothing of labels: {only}")
    suspects, classes = _Suspects.of(told or (), manifest.classes), class_labels(manifest)
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
            at = suspects.places(select_features(flatten(pa.Table.from_batches([features])), manifest.features))
            rows = np.flatnonzero(at >= 0)
            if label is not None:
                codes = label_codes(label_values(columns.column(label), manifest, call.span), classes)
                rows = rows[codes[rows] == suspects.own[at[rows]]]
            at = at[rows]
            front = [classes.take(pa.array(suspects.likely[at]))]
            front += [pa.array(suspects.of_likely[at]), pa.array(suspects.of_label[at])]
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
