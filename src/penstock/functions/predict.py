"""ML.PREDICT: every row of the data with the model's prediction in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption
from penstock.core.names import star_without, with_article
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.imported_prediction import imported_prediction
from penstock.functions.prediction import prediction_of
from penstock.functions.remote_prediction import remote_fields, remote_prediction
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.imported_graph import output_fields
from penstock.learn.manifest import USUAL_THRESHOLD, Manifest
from penstock.learn.schema import Task

THRESHOLD = OptionSpec(
    "threshold",
    "number",
    USUAL_THRESHOLD,
    "Binary classifiers: the greater label is predicted when its probability is above this; without it, above the "
    "model's own where AutoML found one.",
    minimum=0,
    maximum=1,
)
KEEP_ORIGINAL_COLUMNS = OptionSpec(
    "keep_original_columns",
    "boolean",
    False,
    "Dimension reduction: whether the columns that the model reads stand in the result too. Other model types keep "
    "every column of the data either way.",
)


def predict(call: Call) -> ArrowRows:
    """Return the predictions followed by every column of the data, as a stream.

    Of a dimension reduction the columns that the model reads are only kept with keep_original_columns.
    """
    manifest = call.fitted.manifest
    check_threshold(call, manifest)
    if manifest.task is Task.REMOTE:
        check_collisions(call, remote_fields(call))
    if manifest.task is Task.IMPORTED:
        check_collisions(call, output_fields(manifest))
        return imported_prediction(call)
    check_inputs(call)
    if manifest.task is Task.REMOTE:
        return remote_prediction(call)
    made = prediction_of(manifest, threshold_of(call))
    kept = _kept(call)
    check_collisions(call, list(made.fields), kept)
    schema = pa.schema([*made.fields, *(call.rows.schema.field(name) for name in kept)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call, kept):
            yield pa.RecordBatch.from_arrays([*made.columns(batch.scores), *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


def _kept(call: Call) -> list[str]:
    manifest = call.fitted.manifest
    names = call.rows.given
    if manifest.task is not Task.DIMENSION_REDUCTION or call.options["keep_original_columns"]:
        return names
    read = {feature.name.casefold() for feature in manifest.inputs}
    return [name for name in names if name.casefold() not in read]


def threshold_of(call: Call) -> float:
    """Return the threshold that the user gives, or the model's."""
    if "threshold" in call.given:
        return cast("float", call.options["threshold"])
    return call.fitted.manifest.threshold


def check_threshold(call: Call, manifest: Manifest) -> None:
    """Raise InvalidOption for a threshold that the user gives to anything but a binary classifier."""
    if "threshold" in call.given and len(manifest.classes) != 2:
        kind = (
            f"has {len(manifest.classes)} classes"
            if manifest.classes
            else f"is {with_article(manifest.model_type)} model"
        )
        raise InvalidOption.of(
            f"The threshold of {call.name} is for binary classifiers; model {call.model_name} {kind}.",
            span=call.span,
            hint="Leave the threshold out.",
        )


def check_collisions(call: Call, outputs: list[pa.Field], kept: Sequence[str] | None = None) -> None:
    """Raise BadData when a column of the data that is kept (by default all are) has the name of an output."""
    taken = {name.casefold(): name for name in (call.rows.schema.names if kept is None else kept)}
    for field in outputs:
        name = taken.get(field.name.casefold())
        if name is not None:
            raise BadData.of(
                f"The data of {call.name} has a column {name!r}, which is the name of one of its outputs.",
                span=call.span,
                hint=f"Rename it or leave it out, for example with SELECT {star_without(name)}.",
            )


# Ratings are the business of ML.RECOMMEND, and so on: those that give rows no scores have functions of their own.
_OTHERWISE = (Task.RECOMMENDATION, Task.FORECASTING, Task.CONTRIBUTION, Task.PREPROCESSING)
_PREDICTED = tuple(task for task in Task if task not in _OTHERWISE)
PREDICT = FunctionSpec(
    name="ML.PREDICT",
    summary="Predicts the label of every row of the data, its cluster, or its principal components.",
    run=predict,
    trials="one",
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
        OutputColumn("CENTROID_ID", "INT64", "Clustering only: the number of the nearest centroid, from 1."),
        OutputColumn(
            "NEAREST_CENTROIDS_DISTANCE",
            "ARRAY<STRUCT<CENTROID_ID INT64, DISTANCE FLOAT64>>",
            "Clustering only: the nearest five centroids, the nearest first.",
        ),
        OutputColumn(
            "principal_component_<i>", "FLOAT64", "Principal components only: the row in the direction of each, from 1."
        ),
        OutputColumn("latent_col_<i>", "FLOAT64", "Autoencoders only: what the middle layer makes of the row, from 1."),
        OutputColumn(
            "<output>",
            "the output's type; ARRAY of it for more than one value a row",
            "Imported models: each output of the graph under its own name; remote ones: each field of OUTPUT.",
        ),
        OutputColumn("remote_model_status", "STRING", "Remote models: empty, or why there is no prediction."),
    ),
    tasks=_PREDICTED,
    passes_input=True,
    example="SELECT * FROM ML.PREDICT(MODEL churn, TABLE customers, STRUCT(0.3 AS threshold))",
    notes=(
        "Among the probabilities the greater of two labels comes first, of more the most probable.",
        "A column that the model needs and the data lacks is an error; other columns pass through.",
        (
            "What relations of an AutoML model tell of a row is computed of their tables as they are now, up to the "
            "row's moment, or up to now where the data has no time_col."
        ),
        "Rows are scored as they stream by, so memory does not grow with their number.",
    ),
)
