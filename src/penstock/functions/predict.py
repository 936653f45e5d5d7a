"""ML.PREDICT: every row of the data with the model's prediction in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import BadData, InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.label import class_labels, label_type
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import predicted_classes
from penstock.learn.schema import Task

DEFAULT_THRESHOLD = 0.5
THRESHOLD = OptionSpec(
    "threshold",
    "number",
    DEFAULT_THRESHOLD,
    "Binary classifiers: the greater label is predicted when its probability is above this.",
    minimum=0,
    maximum=1,
)
KEEP_ORIGINAL_COLUMNS = OptionSpec(
    "keep_original_columns",
    "boolean",
    False,
    "For BigQuery ML scripts; the model types here keep every column of the data either way.",
)


def predict(call: Call) -> ArrowRows:
    """Return the predictions followed by every column of the data, as a stream."""
    manifest = call.fitted.manifest
    check_threshold(call, manifest)
    check_inputs(call)
    outputs = _outputs(manifest)
    check_collisions(call, outputs)
    schema = pa.schema([*outputs, *call.rows.schema])
    classes = class_labels(manifest) if manifest.task is Task.CLASSIFICATION else None
    threshold = cast("float", call.options["threshold"])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call):
            made = (
                [pa.array(batch.scores)]
                if classes is None
                else [
                    predicted_labels(batch.scores, classes, threshold),
                    _probabilities(batch.scores, classes),
                ]
            )
            yield pa.RecordBatch.from_arrays([*made, *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


def predicted_field(manifest: Manifest) -> pa.Field:
    """Return the column of the predicted value: FLOAT64 for regression, else of the label's own type."""
    kind = label_type(manifest) if manifest.task is Task.CLASSIFICATION else pa.float64()
    return pa.field(f"predicted_{manifest.label}", kind)


def check_threshold(call: Call, manifest: Manifest) -> None:
    """Raise InvalidOption for a threshold that the user gives to anything but a binary classifier."""
    if "threshold" in call.given and len(manifest.classes) != 2:
        kind = f"has {len(manifest.classes)} classes" if manifest.classes else "predicts a number"
        raise InvalidOption.of(
            f"The threshold of {call.name} is for binary classifiers; model {call.model_name} {kind}.",
            span=call.span,
            hint="Leave the threshold out.",
        )


def check_collisions(call: Call, outputs: list[pa.Field]) -> None:
    """Raise BadData when the data has a column of the name of an output."""
    taken = {name.casefold(): name for name in call.rows.schema.names}
    for field in outputs:
        name = taken.get(field.name.casefold())
        if name is not None:
            raise BadData.of(
                f"The data of {call.name} has a column {name!r}, which is the name of one of its outputs.",
                span=call.span,
                hint=f"Rename it or leave it out, for example with SELECT * EXCLUDE ({name}).",
            )


def predicted_labels(scores: NDArray[np.float64], classes: pa.Array, threshold: float) -> pa.Array:
    """Return the predicted class of each row, in the label's own type."""
    return classes.take(pa.array(predicted_classes(scores, threshold)))


def _outputs(manifest: Manifest) -> list[pa.Field]:
    fields = [predicted_field(manifest)]
    if manifest.task is Task.CLASSIFICATION:
        fields.append(pa.field(f"predicted_{manifest.label}_probs", pa.list_(_probability(manifest))))
    return fields


def _probability(manifest: Manifest) -> pa.DataType:
    return pa.struct([pa.field("label", label_type(manifest)), pa.field("prob", pa.float64())])


def _probabilities(scores: NDArray[np.float64], classes: pa.Array) -> pa.ListArray:
    """Return each row's classes and probabilities: the positive class first of two, the most probable first
    of more.
    """
    rows, count = scores.shape
    order = np.tile(np.array([1, 0]), (rows, 1)) if count == 2 else np.argsort(-scores, axis=1, kind="stable")
    pairs = pa.StructArray.from_arrays(
        [classes.take(pa.array(order.ravel())), pa.array(np.take_along_axis(scores, order, axis=1).ravel())],
        names=["label", "prob"],
    )
    offsets = np.arange(0, (rows + 1) * count, count, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pairs)


PREDICT = FunctionSpec(
    name="ML.PREDICT",
    summary="Predicts the label of every row of the data.",
    run=predict,
    input="required",
    options=(THRESHOLD, KEEP_ORIGINAL_COLUMNS),
    output=(
        OutputColumn(
            "predicted_<label>",
            "FLOAT64 or the label's type",
            "The predicted number, or the predicted class.",
        ),
        OutputColumn(
            "predicted_<label>_probs",
            "ARRAY<STRUCT<label, prob FLOAT64>>",
            "Classification only: every class with its probability.",
        ),
    ),
    passes_input=True,
    example="SELECT * FROM ML.PREDICT(MODEL churn, TABLE customers, STRUCT(0.3 AS threshold))",
    notes=(
        "Among the probabilities the greater of two labels comes first, of more the most probable.",
        "A column that the model needs and the data lacks is an error; other columns pass through.",
        "Rows are scored as they stream by, so memory does not grow with their number.",
    ),
)
