"""ML.DETECT_ANOMALIES: rows that are unlike those that the model was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.forecast import ID, refuse_misplaced
from penstock.functions.forecast_anomalies import OUTPUT, PROBABILITY_THRESHOLD, forecast_anomalies
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.predict import check_collisions
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.anomaly import strangeness, training_strangeness
from penstock.learn.schema import Task

CONTAMINATION = OptionSpec(
    "contamination",
    "number",
    0.1,
    "The share of the training rows that counts as anomalies; what is stranger than all others is one.",
    minimum=0,
    maximum=0.5,
)


def detect_anomalies(call: Call) -> ArrowRows:
    """Return whether each row is an anomaly and how strange it is, followed by every column of the data."""
    refuse_misplaced(call, (PROBABILITY_THRESHOLD,))
    if call.fitted.manifest.task is Task.FORECASTING:
        return forecast_anomalies(call)
    if call.input is None:
        raise InvalidOption.of(
            f"{call.name} needs data for {call.model_name}: a table or a query.",
            span=call.span,
            hint="Only a time series model can do without, since it keeps its history.",
        )
    check_inputs(call)
    manifest = call.fitted.manifest
    made = _fields(manifest.task)
    check_collisions(call, made)
    schema = pa.schema([*made, *call.rows.schema])
    contamination = cast("float", call.options["contamination"])
    limit = float(np.quantile(training_strangeness(call.fitted), 1.0 - contamination))

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scored(call):
            found = strangeness(manifest, batch.features, batch.scores)
            columns: Sequence[pa.Array] = [pa.array(found.values > limit), pa.array(found.values)]
            if found.centroids is not None:
                columns = [*columns, pa.array(found.centroids)]
            yield pa.RecordBatch.from_arrays([*columns, *batch.columns.columns], schema=schema)

    return ArrowRows(schema, batches)


def _fields(task: Task) -> list[pa.Field]:
    flag = pa.field("is_anomaly", pa.bool_())
    if task is Task.CLUSTERING:
        return [flag, pa.field("normalized_distance", pa.float64()), pa.field("centroid_id", pa.int64())]
    return [flag, pa.field("mean_squared_error", pa.float64())]


DETECT_ANOMALIES = FunctionSpec(
    name="ML.DETECT_ANOMALIES",
    summary="Finds rows that are unlike those that the model was trained on.",
    run=detect_anomalies,
    trials="one",
    input="optional",
    tasks=(Task.CLUSTERING, Task.DIMENSION_REDUCTION, Task.AUTOENCODING, Task.FORECASTING),
    families="k-means, PCA, autoencoders, ARIMA_PLUS and ARIMA_PLUS_XREG",
    options=(CONTAMINATION, PROBABILITY_THRESHOLD),
    output=(
        ID,
        OutputColumn("<timestamp>", "TIMESTAMP", "Time series: the time, under the name of its column."),
        OutputColumn("<data>", "FLOAT64", "Time series: the value, under the name of its column."),
        OutputColumn("is_anomaly", "BOOL", "Whether it is stranger than the training rows up to `contamination`."),
        OutputColumn(
            "normalized_distance",
            "FLOAT64",
            "Clustering: the least distance to a centroid over the radius of its cluster, which is the root mean "
            "squared distance of its training rows.",
        ),
        OutputColumn("centroid_id", "INT64", "Clustering: the centroid of that distance, from 1."),
        OutputColumn(
            "mean_squared_error",
            "FLOAT64",
            "Principal components and autoencoders: what they lose of the row, squared, over the number of features.",
        ),
        *OUTPUT,
    ),
    passes_input=True,
    example="SELECT * FROM ML.DETECT_ANOMALIES(MODEL customer_groups, STRUCT(0.02 AS contamination), TABLE customers)",
    notes=(
        "A row is an anomaly when it is stranger than the (1 − contamination) quantile of the training rows.",
        "Of a time series model a value is one when its anomaly probability exceeds anomaly_prob_threshold.",
        "Without data that judges the history; with data, the values that were forecast.",
        "Where the model says nothing (another time, an unknown series, a NULL) the result is NULL.",
        "Ids, time and value of a time series stand first, then the other columns of the data.",
    ),
)
