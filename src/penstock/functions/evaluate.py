"""ML.EVALUATE: how good a model is, on its held-out rows or on given data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from penstock.functions import forecast_evaluation, text_evaluation
from penstock.functions.arima_inspection import EVALUATION_COLUMNS
from penstock.functions.confusion_matrix import check_data_for_threshold
from penstock.functions.forecast import ID, refuse_misplaced
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.judging import check_judging, judgement
from penstock.functions.label import label_column
from penstock.functions.predict import THRESHOLD, check_threshold, threshold_of
from penstock.functions.scoring import check_inputs, scored
from penstock.lake.database import ArrowRows
from penstock.learn.autoencoder import LOSSES
from penstock.learn.feature_column import numbers
from penstock.learn.metrics import (
    CLASSIFICATION_METRICS,
    REGRESSION_METRICS,
    classification_metrics,
    regression_metrics,
)
from penstock.learn.ranking import RANKING_METRICS
from penstock.learn.recommender import is_implicit, ranked, recommender_of
from penstock.learn.schema import Task
from penstock.learn.unlabelled_metrics import CLUSTERING_METRICS, DIMENSION_REDUCTION_METRICS, unlabelled_metrics

METRICS: Mapping[Task, tuple[str, ...]] = {
    Task.REGRESSION: REGRESSION_METRICS,
    Task.CLASSIFICATION: CLASSIFICATION_METRICS,
    Task.CLUSTERING: CLUSTERING_METRICS,
    Task.DIMENSION_REDUCTION: DIMENSION_REDUCTION_METRICS,
    Task.AUTOENCODING: LOSSES,
    Task.RECOMMENDATION: REGRESSION_METRICS,
}


def evaluate(call: Call) -> ArrowRows:
    """Return a row of metrics: those measured in training, or those of the data."""
    manifest = call.fitted.manifest
    if manifest.task is Task.REMOTE:
        return text_evaluation.evaluate_texts(call)
    text_evaluation.refuse_text_options(call)
    refuse_misplaced(call, forecast_evaluation.OPTIONS)
    if manifest.task is Task.FORECASTING:
        return forecast_evaluation.evaluate_forecast(call)
    check_data_for_threshold(call)
    check_threshold(call, manifest)
    if manifest.task.learns_from_label:
        check_judging(call)
    elif call.input is not None:
        check_inputs(call)
    names = RANKING_METRICS if is_implicit(manifest) else METRICS[manifest.task]
    schema = pa.schema([(name, pa.float64()) for name in names])

    def batches() -> Iterator[pa.RecordBatch]:
        metrics = manifest.metrics if call.input is None else _measured(call)
        columns = [pa.array([_defined(metrics.get(name))], pa.float64()) for name in names]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return ArrowRows(schema, batches)


def _measured(call: Call) -> Mapping[str, float]:
    manifest = call.fitted.manifest
    if not manifest.task.learns_from_label:
        metrics = unlabelled_metrics(manifest)
        for batch in scored(call, []):
            metrics.add(batch.features, batch.scores)
        return metrics.result()
    if is_implicit(manifest):
        return _ranked(call)
    found = judgement(call)
    if manifest.task.predicts_number:
        return regression_metrics(found.target, found.scores)
    return classification_metrics(found.target, found.scores, threshold_of(call))


def _ranked(call: Call) -> Mapping[str, float]:
    """Return the metrics of implicit feedback; where it is NULL nothing was observed."""
    schema = call.rows.schema
    label = schema.names[label_column(schema, call.fitted.manifest, call.name, call.span)]
    features, values, scores = [], [np.empty(0)], [np.empty(0)]
    for batch in scored(call, [label]):
        features.append(batch.features)
        values.append(np.nan_to_num(numbers(batch.columns.column(0)), nan=0.0))
        scores.append(batch.scores)
    if not features:
        return dict.fromkeys(RANKING_METRICS, math.nan)
    recommender, table = recommender_of(call.fitted), pa.Table.from_batches(features)
    return ranked(recommender, table, np.concatenate(values), np.concatenate(scores), call.environment.threads)


def _defined(value: float | None) -> float | None:
    """Return None for NaN: DuckDB holds NaN for greater than any number, so that it would pass every bar."""
    return None if value is None or math.isnan(value) else value


EVALUATE = FunctionSpec(
    name="ML.EVALUATE",
    summary="Measures how good a model is.",
    run=evaluate,
    trials="each",
    input="optional",
    options=(THRESHOLD, *forecast_evaluation.OPTIONS, *text_evaluation.OPTIONS),
    tasks=(*METRICS, Task.FORECASTING, Task.REMOTE),
    output=(
        ID,
        OutputColumn("mean_absolute_error", "FLOAT64", "Regression and time series: the mean size of the errors."),
        OutputColumn(
            "mean_squared_error",
            "FLOAT64",
            "Regression: the mean of the squared errors; implicit feedback is 1.",
        ),
        OutputColumn("mean_squared_log_error", "FLOAT64", "Regression: the same of the logarithms of 1 + value."),
        OutputColumn("median_absolute_error", "FLOAT64", "Regression: the middle error, the lower one of two."),
        OutputColumn("r2_score", "FLOAT64", "Regression: the share of the variance that is explained."),
        OutputColumn("explained_variance", "FLOAT64", "Regression: the same, a constant error being forgiven."),
        OutputColumn(
            "mean_average_precision",
            "FLOAT64",
            "Implicit feedback: how far in front of all items stands what the user turned to, mean over the users.",
        ),
        OutputColumn(
            "normalized_discounted_cumulative_gain",
            "FLOAT64",
            "Implicit feedback: the same, weighted by the feedback; 1 is the best order that there is.",
        ),
        OutputColumn(
            "average_rank", "FLOAT64", "Implicit feedback: the mean place of what users turned to, from 0 (first) to 1."
        ),
        *forecast_evaluation.OUTPUT,
        OutputColumn("precision", "FLOAT64", "Classification: how many of the predicted positives are positive."),
        OutputColumn("recall", "FLOAT64", "Classification: how many of the positives are predicted."),
        OutputColumn("accuracy", "FLOAT64", "Classification: the share of the rows predicted rightly."),
        OutputColumn("f1_score", "FLOAT64", "Classification: the harmonic mean of precision and recall."),
        OutputColumn("log_loss", "FLOAT64", "Classification: the mean of -ln of the true class's probability."),
        OutputColumn("roc_auc", "FLOAT64", "Classification: how often a positive row scores above a negative one."),
        OutputColumn(
            "davies_bouldin_index",
            "FLOAT64",
            "Clustering: how alike each cluster is to the one most like it, on average; less is better.",
        ),
        OutputColumn("mean_squared_distance", "FLOAT64", "Clustering: the mean of distance² to the nearest centroid."),
        OutputColumn(
            "total_explained_variance_ratio",
            "FLOAT64",
            "Principal components: the share of the variance that they keep.",
        ),
        *forecast_evaluation.PAIR_COLUMNS,
        *EVALUATION_COLUMNS,
        *text_evaluation.OUTPUT,
    ),
    example="SELECT roc_auc FROM ML.EVALUATE(MODEL churn, (SELECT * FROM customers WHERE year = 2024))",
    notes=(
        "Without data: what was measured in training, on the held-out rows or, without any, on all.",
        "Of two classes the greater label is the positive one.",
        "With more classes precision, recall, f1_score and roc_auc are means over the classes.",
        "Of an autoencoder the first three are of what it gives back: see ML.RECONSTRUCTION_LOSS.",
        "A metric that is not defined is NULL, for example the precision when nothing is predicted positive.",
        "A label that is none of the model's classes is refused; ML.CONFUSION_MATRIX counts such rows.",
        "Rows whose label is NULL are left out, and their number is told.",
        "Of time series: with the data that came since, metrics of each series, or its forecasts beside what came.",
        "Of time series without data: what ML.ARIMA_EVALUATE gives; BigQuery has given that up as well.",
        *text_evaluation.NOTES,
    ),
)
