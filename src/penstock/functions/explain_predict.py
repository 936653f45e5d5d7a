"""ML.EXPLAIN_PREDICT: predictions, and which features moved each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.core.names import with_article
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.label import class_labels
from penstock.functions.predict import THRESHOLD, check_collisions, check_threshold, threshold_of
from penstock.functions.prediction import predicted_field
from penstock.functions.scoring import ScoredBatch, check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.learner import NUM_STEPS, Attributions
from penstock.learn.metrics import predicted_classes
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
TOP_K_FEATURES = OptionSpec(
    "top_k_features", "integer", 5, "How many features to name for each row, strongest first.", minimum=1
)
APPROX_FEATURE_CONTRIB = OptionSpec(
    "approx_feature_contrib",
    "boolean",
    False,
    "Trees: attribute along the path that the row takes (Saabas), faster than TreeSHAP and less fair.",
)
GRADIENT_STEPS = OptionSpec(
    NUM_STEPS,
    "integer",
    None,
    "Neural networks: how many steps the explanation goes from the baseline to the row; by default as many as the "
    "model's option of this name says. More steps, less error.",
    minimum=1,
)
ATTRIBUTIONS = pa.list_(pa.struct([("feature", pa.string()), ("attribution", pa.float64())]))
NUMBERS = ("baseline_prediction_value", "prediction_value", "approximation_error")


# How close a prediction on the scale of probabilities is to the probability itself.
SAME = 1e-9


def explain_predict(call: Call) -> ArrowRows:
    """Return each prediction with its strongest attributions, followed by every column of the data, as a
    stream.
    """
    manifest = call.fitted.manifest
    check_threshold(call, manifest)
    _check_steps(call)
    check_inputs(call)
    classifies = manifest.task is Task.CLASSIFICATION
    outputs = [
        predicted_field(manifest),
        *([pa.field("probability", pa.float64())] if classifies else []),
        pa.field("top_feature_attributions", ATTRIBUTIONS),
        *(pa.field(name, pa.float64()) for name in NUMBERS),
    ]
    kept = call.rows.given
    check_collisions(call, outputs, kept)
    schema = pa.schema([*outputs, *(call.rows.schema.field(name) for name in kept)])
    classes = class_labels(manifest) if classifies else None

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call, kept):
            made = _explained(call, batch, classes)
            yield pa.RecordBatch.from_arrays([*made, *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


def _check_steps(call: Call) -> None:
    if call.options[NUM_STEPS] is not None and NUM_STEPS not in call.fitted.details:
        kind = with_article(call.fitted.manifest.model_type)
        raise InvalidOption.of(
            f"{NUM_STEPS} is for neural networks; {call.model_name} is {kind} model, explained exactly.",
            span=call.span,
            hint="Leave it out.",
        )


def _explained(call: Call, batch: ScoredBatch, classes: pa.Array | None) -> list[pa.Array]:
    approximate = bool(call.options["approx_feature_contrib"])
    steps = cast("int | None", call.options[NUM_STEPS])
    threads = call.environment.threads
    found = call.fitted.explain(batch.features, approximate=approximate, steps=steps, threads=threads)
    if classes is None:
        predicted = [pa.array(batch.scores)]
    else:
        codes = predicted_classes(batch.scores, threshold_of(call))
        found = _of_predicted_class(found, batch.scores, codes)
        predicted = [
            classes.take(pa.array(codes)),
            pa.array(np.take_along_axis(batch.scores, codes[:, None], 1)[:, 0]),
        ]
    top = _strongest(found, cast("int", call.options["top_k_features"]))
    numbers = (found.baseline, found.prediction, _approximation_error(found))
    return [*predicted, top, *(pa.array(values) for values in numbers)]


def _of_predicted_class(found: Attributions, scores: Floats, codes: NDArray[np.int64]) -> Attributions:
    """Return the attributions of the classes that are predicted under the user's threshold.

    They come for the more probable of two classes. Those of the other one have the opposite sign; its
    baseline and prediction do too on the scale of logits, and make up 1 on that of probabilities, which
    forests use.
    """
    if scores.shape[1] != 2:
        return found
    explained = (scores[:, 1] > scores[:, 0]).astype(np.int64)
    turned = explained != codes
    probability = np.abs(found.prediction - scores[np.arange(len(codes)), explained]) < SAME
    whole = np.where(turned & probability, 1.0, 0.0)
    sign = np.where(turned, -1.0, 1.0)
    return replace(
        found,
        values=found.values * sign[:, None],
        baseline=whole + found.baseline * sign,
        prediction=whole + found.prediction * sign,
    )


def _strongest(found: Attributions, count: int) -> pa.ListArray:
    """Return for each row its `count` features of the greatest attribution, whatever its sign."""
    rows, features = found.values.shape
    count = min(count, features)
    order = np.argsort(-np.abs(found.values), axis=1, kind="stable")[:, :count]
    names = pa.array(found.features, pa.string()).take(pa.array(order.ravel()))
    values = pa.array(np.take_along_axis(found.values, order, axis=1).ravel())
    offsets = np.arange(0, (rows + 1) * count, count, dtype=np.int32) if count else np.zeros(rows + 1, np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.StructArray.from_arrays([names, values], names=["feature", "attribution"])
    )


def _approximation_error(found: Attributions) -> Floats:
    """Return the share of each row's distance from the baseline that the attributions leave unexplained."""
    distance = np.abs(found.prediction - found.baseline)
    left = np.abs(found.prediction - found.baseline - found.values.sum(axis=1))
    error: Floats = np.divide(left, distance, out=np.zeros_like(left), where=distance > 0)
    return error


EXPLAIN_PREDICT = FunctionSpec(
    name="ML.EXPLAIN_PREDICT",
    summary="Predicts every row of the data and says which features moved the prediction, and by how much.",
    run=explain_predict,
    trials="one",
    input="required",
    options=(TOP_K_FEATURES, THRESHOLD, GRADIENT_STEPS, APPROX_FEATURE_CONTRIB),
    output=(
        OutputColumn(
            "predicted_<label>",
            "FLOAT64 or the label's type",
            "The predicted number, or the predicted class.",
        ),
        OutputColumn("probability", "FLOAT64", "Classification only: the probability of the predicted class."),
        OutputColumn(
            "top_feature_attributions",
            "ARRAY<STRUCT<feature STRING, attribution FLOAT64>>",
            "The strongest features of the row, the strongest first.",
        ),
        OutputColumn("baseline_prediction_value", "FLOAT64", "What the model gives before it has seen any feature."),
        OutputColumn(
            "prediction_value",
            "FLOAT64",
            "The predicted number, or the logit of the predicted class: baseline plus all attributions.",
        ),
        OutputColumn(
            "approximation_error",
            "FLOAT64",
            "The share of the way from baseline to prediction that the attributions leave open.",
        ),
    ),
    passes_input=True,
    example="SELECT * FROM ML.EXPLAIN_PREDICT(MODEL churn, TABLE customers, STRUCT(3 AS top_k_features))",
    notes=(
        "Linear models: an attribution is weight times standardised value. Trees: TreeSHAP (Lundberg 2018).",
        "Neural networks: integrated gradients (Sundararajan 2017), from numbers at their mean and no category.",
        "The attributions of a classifier are of the class that it predicts.",
    ),
)
