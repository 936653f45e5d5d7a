"""ML.ROC_CURVE: what a binary classifier gets right and wrong at each threshold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.judging import check_judging, judgement
from penstock.lake.database import ArrowRows
from penstock.learn.metrics import RocCurve, roc_curve
from penstock.learn.schema import Task

COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")
SCHEMA = pa.schema(
    [
        ("threshold", pa.float64()),
        ("recall", pa.float64()),
        ("false_positive_rate", pa.float64()),
        *((name, pa.int64()) for name in COUNTS),
    ]
)


def roc_curve_rows(call: Call) -> ArrowRows:
    """Return one row a threshold, in the order given, or by falling percentiles of the scores."""
    manifest = call.fitted.manifest
    if len(manifest.classes) != 2:
        raise InvalidOption.of(
            f"{call.name} is for binary classifiers; {call.model_name} has {len(manifest.classes)} classes.",
            span=call.span,
        )
    thresholds = _thresholds(call)
    check_judging(call)

    def batches() -> Iterator[pa.RecordBatch]:
        found = judgement(call)
        yield _rows(roc_curve(found.target == 1, found.scores[:, 1], thresholds))

    return ArrowRows(SCHEMA, batches)


def _thresholds(call: Call) -> NDArray[np.float64] | None:
    if not call.arguments:
        return None
    given = call.arguments[0]
    numbers = given if isinstance(given, list) else [given]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InvalidOption.of(
                f"The thresholds of {call.name} are numbers, not {number!r}.",
                span=call.span,
                hint="For example [0.1, 0.5, 0.9] or GENERATE_ARRAY(0.1, 0.9, 0.1).",
            )
    return np.array(numbers, np.float64)


def _rows(curve: RocCurve) -> pa.RecordBatch:
    rates = (curve.threshold, curve.recall, curve.false_positive_rate)
    counts = (getattr(curve, name) for name in COUNTS)
    # A rate of nothing is NULL, as in ML.EVALUATE.
    columns = [pa.array(values, pa.float64(), from_pandas=True) for values in rates]
    columns += [pa.array(values, pa.int64()) for values in counts]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


ROC_CURVE = FunctionSpec(
    name="ML.ROC_CURVE",
    summary="Shows what a binary classifier gets right and wrong at each threshold.",
    run=roc_curve_rows,
    trials="one",
    input="optional",
    argument="The thresholds are a list of numbers or `GENERATE_ARRAY(first, last, step)`; without them they "
    "are the percentiles of the scores.",
    tasks=(Task.CLASSIFICATION,),
    output=(
        OutputColumn("threshold", "FLOAT64", "A row is predicted positive when its probability is above this."),
        OutputColumn("recall", "FLOAT64", "The share of the positive rows that are predicted positive."),
        OutputColumn("false_positive_rate", "FLOAT64", "The share of the negative rows that are."),
        OutputColumn("true_positives", "INT64", "Positive rows predicted positive."),
        OutputColumn("false_positives", "INT64", "Negative rows predicted positive."),
        OutputColumn("true_negatives", "INT64", "Negative rows predicted negative."),
        OutputColumn("false_negatives", "INT64", "Positive rows predicted negative."),
    ),
    example="SELECT threshold, recall FROM ML.ROC_CURVE(MODEL churn, [0.2, 0.4, 0.6, 0.8])",
    notes=(
        "Without data: the held-out rows, or the training rows when none were held out.",
        "Of more than 200,000 such rows an even sample is kept.",
        "A label that is none of the model's classes is refused; ML.CONFUSION_MATRIX counts such rows.",
    ),
)
