"""What BREACH WHEN and ACCEPT WHEN may ask for: every measure with its meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from penstock.core.errors import UnknownName
from penstock.core.names import Kind, with_article
from penstock.drift.registry import detectors
from penstock.graph.topology import Graph
from penstock.learn.registry import model_type_of
from penstock.learn.schema import Task
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.resource import Resource

# A column whose population stability index exceeds this has drifted.
DRIFTED_PSI = 0.2
# Before the name of a metric: what it was when the version was trained.
BASELINE = "baseline_"

METRICS: Mapping[Task, Mapping[str, str]] = {
    Task.REGRESSION: {
        "mean_absolute_error": "mean of |prediction − label|",
        "mean_squared_error": "mean of (prediction − label)²",
        "mean_squared_log_error": "mean of (ln(1 + prediction) − ln(1 + label))²",
        "median_absolute_error": "lower median of |prediction − label|",
        "r2_score": "1 − Σ (label − prediction)² / Σ (label − mean label)²",
        "explained_variance": "1 − variance of (label − prediction) / variance of the label",
    },
    Task.CLASSIFICATION: {
        "precision": "share of the rows predicted positive that are; over more than two classes, the mean",
        "recall": "share of the positive rows that were predicted so; over more than two classes, the mean",
        "accuracy": "share of the rows predicted right",
        "f1_score": "harmonic mean of precision and recall; over more than two classes, the mean",
        "log_loss": "mean of −ln(probability given to the class that it was)",
        "roc_auc": "chance that a positive row has a higher score than a negative one; over more than two "
        "classes, the mean of each against the rest",
    },
    Task.CLUSTERING: {
        "davies_bouldin_index": "mean over the clusters of how alike each is to the one most like it; less is better",
        "mean_squared_distance": "mean of distance² to the nearest centroid",
    },
    Task.FORECASTING: {
        "mean_absolute_error": "mean of |forecast − value|; the mean over the series, as of all of these",
        "mean_squared_error": "mean of (forecast − value)²",
        "root_mean_squared_error": "its root",
        "mean_absolute_percentage_error": "100 × mean of |forecast − value| / |value|",
        "symmetric_mean_absolute_percentage_error": "100 × mean of 2 |forecast − value| / (|value| + |forecast|)",
        "mean_absolute_scaled_error": "mean absolute error over that of saying that nothing changes",
        "variance": "variance of the innovations",
        "aic": "Akaike's information criterion",
        "backtest_error": "the metric of an automl_forecaster, of forecasts from earlier origins; the mean over series",
    },
    Task.DIMENSION_REDUCTION: {
        "total_explained_variance_ratio": "share of the rows' variance that the components keep",
    },
    Task.AUTOENCODING: {
        "mean_absolute_error": "mean over the rows of Σ |error| / features, of what comes back of each",
        "mean_squared_error": "the same of error²",
        "mean_squared_log_error": "the same of the logarithms of 1 + value",
    },
    Task.RECOMMENDATION: {
        "mean_absolute_error": "mean of |prediction − label|",
        "mean_squared_error": "mean of (prediction − label)²; of implicit feedback the label is 1 or 0",
        "mean_squared_log_error": "mean of (ln(1 + prediction) − ln(1 + label))²",
        "median_absolute_error": "lower median of |prediction − label|",
        "r2_score": "1 − Σ (label − prediction)² / Σ (label − mean label)²",
        "explained_variance": "1 − variance of (label − prediction) / variance of the label",
        "mean_average_precision": "how far in front of all items stands what a user turned to; in training only",
        "normalized_discounted_cumulative_gain": "the same, weighted by the feedback; in training only",
        "average_rank": "mean place of what users turned to, from 0 (first) to 1; in training only",
    },
    Task.CONTRIBUTION: {
        "difference": "change of the metric over all rows, from control to test",
        "relative_difference": "the same, divided by the metric of the control rows",
        "insights": "number of segments found, all rows among them",
    },
    Task.IMPORTED: {},
    Task.REMOTE: {},
}

_BOTH = frozenset({Kind.ENDPOINT, Kind.TABLE})
_ENDPOINT = frozenset({Kind.ENDPOINT})


@dataclass(frozen=True)
class Measure:
    """A number that a monitor can be asked for. `watched` says of what: endpoints, tables."""

    name: str
    doc: str
    watched: frozenset[Kind]


_FIXED = (
    Measure("row_count", "Rows in the window; of an endpoint, the answers of every version.", _BOTH),
    Measure(
        "measured_rows",
        "Rows that the measures below look at; of an endpoint, the answers of the version that serves now. "
        "Where they "
        "are fewer than min_rows, the measures below are NULL.",
        _BOTH,
    ),
    Measure("label_count", "Measured rows whose true outcome has arrived.", _ENDPOINT),
    Measure("label_coverage", "label_count divided by measured_rows.", _ENDPOINT),
    Measure(
        "unusable_labels",
        "Outcomes that arrived but are not of the label's type, or of a class that the model does not know; "
        "the metrics "
        "leave them out.",
        _ENDPOINT,
    ),
    Measure("null_rate", "Highest share of missing values (NULL or NaN) of any column.", _BOTH),
    Measure("null_rate_increase", "Greatest rise of a column's share of missing values over the reference.", _BOTH),
    Measure("missing_columns", "Columns of the reference that hold no value at all in the window.", _BOTH),
    Measure(
        "unseen_rate",
        "Highest share of values that the reference never held, of any column of categories.",
        _BOTH,
    ),
    Measure(
        "drifted_columns",
        f"Columns whose population stability index exceeds {DRIFTED_PSI}. Dates and timestamps do not count "
        "here, nor in the max_ and mean_ measures: time always moves on.",
        _BOTH,
    ),
    Measure("drifted_share", "drifted_columns divided by the number of columns compared.", _BOTH),
    Measure(
        "prediction_mean",
        "Mean prediction; of two classes, the mean probability of the greater one; of more, NULL; without a label, "
        "how strange rows are on average, as ML.DETECT_ANOMALIES measures it.",
        _ENDPOINT,
    ),
    Measure("reference_prediction_mean", "The same in the reference.", _ENDPOINT),
)


@cache
def measures() -> Mapping[str, Measure]:
    """Return every measure of a monitor by name: fixed ones, three a detector, the metrics of all tasks."""
    found = {measure.name: measure for measure in _FIXED}
    for name, detector in detectors().items():
        for prefix, words, watched in (
            ("max", "Greatest over the columns", _BOTH),
            ("mean", "Mean over the columns", _BOTH),
            ("prediction", "Of the predictions", _ENDPOINT),
        ):
            full = f"{prefix}_{name}"
            found[full] = Measure(full, f"{words}: {detector.doc}", watched)
    for task, metrics in METRICS.items():
        if not task.scores_rows:
            # No endpoint serves such a model, so there is nothing to watch.
            continue
        for name, doc in metrics.items():
            if name in found:
                # A recommendation of ratings is measured as a regression is.
                continue
            rows = "labelled" if task.learns_from_label else "measured"
            others = f"{found[name].doc} " if name in found else ""
            text = f"{others}Of {with_article(task)} model, over the {rows} rows: {doc}."
            found[name] = Measure(name, text, _ENDPOINT)
            baseline = f"{BASELINE}{name}"
            found[baseline] = Measure(baseline, f"The {name} that the version had when it was trained.", _ENDPOINT)
    return found


def measures_in(graph: Graph) -> Callable[[Resource], tuple[str, ...] | None]:
    """Return what gives the names that the predicate of a monitor or a goal may use, None for another kind.

    A goal may name the metrics of its model's task; all of them, when the model is none of the graph's. A monitor of an
    imported model has no baselines: nothing was measured here when it was made.
    """

    def known(resource: Resource) -> tuple[str, ...] | None:
        match resource.spec:
            case MonitorSpec(watched_kind=watched):
                names = tuple(measure.name for measure in measures().values() if watched in measure.watched)
                imported = Task.IMPORTED in _watched_tasks(graph, resource)
                return tuple(name for name in names if not (imported and name.startswith(BASELINE)))
            case GoalSpec():
                models = [graph.resources[parent].spec for parent in graph.parents[resource.name]]
                metrics = [name for task in _tasks(models) for name in METRICS[task]]
                return (*metrics, *(f"{side}.{name}" for side in ("champion", "candidate") for name in metrics))
            case _:
                return None

    return known


def _watched_tasks(graph: Graph, monitor: Resource) -> Sequence[Task]:
    """Return the task of the model behind the endpoint that a monitor watches; nothing for a table's."""
    endpoints = [parent for parent in graph.parents[monitor.name] if parent.kind is Kind.ENDPOINT]
    models = [model for endpoint in endpoints for model in graph.parents[endpoint] if model.kind is Kind.MODEL]
    return _tasks([graph.resources[model].spec for model in models]) if models else ()


def _tasks(specs: Sequence[object]) -> Sequence[Task]:
    types = [spec.model_type for spec in specs if isinstance(spec, ModelSpec)]
    try:
        return [model_type_of(model_type).task for model_type in types] or list(METRICS)
    except UnknownName:
        # The model's own statement is told of that.
        return list(METRICS)
