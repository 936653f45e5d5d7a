"""A window measured against its reference: the row that BREACH WHEN sees.

Pure, and the same for live monitors and for backtests.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData
from penstock.drift.detector import Detector
from penstock.drift.registry import detectors as installed_detectors
from penstock.drift.summary import (
    ColumnSummary,
    NumericSummary,
    Profile,
    summarise,
    summarise_against,
    unseen_rate,
)
from penstock.engine.measure import DRIFTED_PSI, METRICS
from penstock.learn.anomaly import strangeness
from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import numbers
from penstock.learn.label import class_indices
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import classification_metrics, predicted_classes, regression_metrics
from penstock.learn.recommender import is_implicit
from penstock.learn.schema import Task
from penstock.learn.unlabelled_metrics import unlabelled_metrics

Floats = NDArray[np.float64]
Json = Any


@dataclass(frozen=True)
class WindowMeasures:
    """What was measured: `measures` by name, None where nothing was to see, and a dict for each column."""

    measures: Mapping[str, float | None]
    columns: tuple[Mapping[str, Json], ...]


def measure_window(
    reference: Profile | None,
    inputs: pa.Table,
    predictions: Floats,
    actuals: pa.Array | pa.ChunkedArray | None,
    manifest: Manifest,
    detectors: Mapping[str, Detector] | None = None,
    reference_predictions: ColumnSummary | None = None,
    unlogged: Collection[str] = (),
) -> WindowMeasures:
    """Return the measures of a window of an endpoint's answers by one version.

    `reference` is the profile that the inputs are compared with, None for nothing; `inputs` holds the
    version's features, n typed columns; `predictions` has shape (n,) for regression, else the (n, k) of the model's
    graph; `actuals` are the true outcomes in the label's type (float64 for regression), NULL where none has
    arrived, or None for a window without any. `detectors` are all that are installed unless told;
    `reference_predictions` comes from `prediction_summary`. Of the features in `unlogged` the values are not known:
    they are left out, and so is all that cannot be told without them. Raises BadData when a column's type does not fit
    the reference.
    """
    detectors = installed_detectors() if detectors is None else detectors
    found = measure_columns(reference, inputs.select([n for n in inputs.column_names if n not in unlogged]), detectors)
    # How much of a row its principal components keep is told by the row.
    blind = bool(unlogged) and manifest.task is Task.DIMENSION_REDUCTION
    judged = (
        _label_measures(predictions, actuals, manifest)
        if manifest.task.learns_from_label
        else _unlabelled_measures(predictions[:0] if blind else predictions, inputs, manifest)
    )
    column = pa.nulls(len(predictions), pa.float64()) if blind else _prediction_column(predictions, inputs, manifest)
    measures = {
        **found.measures,
        **_prediction_measures(column, detectors, reference_predictions),
        **judged,
    }
    return WindowMeasures(measures, found.columns)


def measure_columns(
    reference: Profile | None, table: pa.Table, detectors: Mapping[str, Detector] | None = None
) -> WindowMeasures:
    """Return the measures of columns alone: those of the reference that the table has, or all without one.

    Raises BadData when a column's type does not fit the reference.
    """
    detectors = installed_detectors() if detectors is None else detectors
    names = [name for name in (table.column_names if reference is None else reference) if name in table.column_names]
    before = {name: None if reference is None else reference[name] for name in names}
    windows = {name: _window_of(table, name, before[name]) for name in names}
    rows = tuple(_column_row(name, before[name], window, detectors) for name, window in windows.items())
    moving = [row for row in rows if not row["moment"]]
    compared = [row["drifted"] for row in moving if row["drifted"] is not None]
    missing = sum(window.present == 0 for window in windows.values())
    measures: dict[str, float | None] = {
        "measured_rows": float(table.num_rows),
        "null_rate": _greatest(row["null_rate"] for row in rows),
        "null_rate_increase": _greatest(row["null_rate_increase"] for row in rows),
        "missing_columns": float(missing) if table.num_rows else None,
        "unseen_rate": _greatest(row["unseen_rate"] for row in rows),
        "drifted_columns": float(sum(compared)) if compared else None,
        "drifted_share": sum(compared) / len(compared) if compared else None,
    }
    for name in detectors:
        distances = [row[name] for row in moving if row[name] is not None]
        measures[f"max_{name}"] = max(distances, default=None)
        measures[f"mean_{name}"] = sum(distances) / len(distances) if distances else None
    return WindowMeasures(measures, rows)


def prediction_summary(predictions: Floats, manifest: Manifest, inputs: pa.Table) -> ColumnSummary:
    """Return the summary of predictions by themselves, to compare a window's with.

    Numbers for regression; of two classes, the probability of the greater one; of more, the predicted
    classes; without a label, how strange each row is to the model.
    """
    return summarise(_prediction_column(predictions, inputs, manifest))


def judged_predictions(model: LoadedModel) -> ColumnSummary:
    """Return the summary of what a version predicted for the rows that judged it when it was trained."""
    kept, manifest = model.evaluation(), model.manifest
    match manifest.task:
        case Task.REGRESSION | Task.RECOMMENDATION:
            return summarise(kept.column("score"))
        case Task.CLASSIFICATION:
            flat = pc.list_flatten(kept.column("probabilities")).to_numpy()
            return summarise(_class_column(flat.reshape(kept.num_rows, -1), manifest))
        case _:
            return summarise(kept.column("strangeness"))


def _prediction_column(predictions: Floats, inputs: pa.Table, manifest: Manifest) -> pa.Array:
    match manifest.task:
        case Task.REGRESSION | Task.RECOMMENDATION:
            return pa.array(predictions)
        case Task.CLASSIFICATION:
            return _class_column(predictions, manifest)
        case Task.IMPORTED:
            return pa.nulls(inputs.num_rows, pa.float64())
        case _:
            return pa.array(strangeness(manifest, inputs, predictions).values)


def _class_column(probabilities: Floats, manifest: Manifest) -> pa.Array:
    if len(manifest.classes) == 2:
        return pa.array(probabilities[:, 1])
    names = pa.array([str(label) for label in manifest.classes])
    return names.take(pa.array(predicted_classes(probabilities)))


def _window_of(table: pa.Table, name: str, reference: ColumnSummary | None) -> ColumnSummary:
    column = table.column(name)
    try:
        return summarise(column) if reference is None else summarise_against(column, reference)
    except BadData as problem:
        raise BadData.of(f"Column {name!r}: {problem.diagnostics[0].message}") from None


def _column_row(
    name: str, reference: ColumnSummary | None, window: ColumnSummary, detectors: Mapping[str, Detector]
) -> dict[str, Json]:
    """Return what is known of one column: shares, means, and the distance by each detector."""
    distances = {
        key: None if reference is None else detector.distance(reference, window) for key, detector in detectors.items()
    }
    null_rate = _missing_rate(window)
    before = None if reference is None else _missing_rate(reference)
    psi = distances.get("psi")
    return {
        "column": name,
        "kind": window.kind,
        "moment": isinstance(window, NumericSummary) and window.measured == "moment",
        "null_rate": null_rate,
        "null_rate_increase": None if null_rate is None or before is None else null_rate - before,
        "unseen_rate": None if reference is None else unseen_rate(reference, window),
        "mean": _mean(window),
        "reference_mean": None if reference is None else _mean(reference),
        "drifted": None if psi is None else psi > DRIFTED_PSI,
        **distances,
    }


def _mean(summary: ColumnSummary) -> float | None:
    return summary.mean if isinstance(summary, NumericSummary) else None


def _missing_rate(summary: ColumnSummary) -> float | None:
    return summary.missing / summary.rows if summary.rows else None


def _greatest(values: Any) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _prediction_measures(
    column: pa.Array, detectors: Mapping[str, Detector], reference: ColumnSummary | None
) -> dict[str, float | None]:
    window = summarise(column) if reference is None else summarise_against(column, reference)
    measures: dict[str, float | None] = {
        "prediction_mean": _mean(window),
        "reference_prediction_mean": None if reference is None else _mean(reference),
    }
    for name, detector in detectors.items():
        distance = None if reference is None else detector.distance(reference, window)
        measures[f"prediction_{name}"] = distance
    return measures


def _label_measures(
    predictions: Floats, actuals: pa.Array | pa.ChunkedArray | None, manifest: Manifest
) -> dict[str, float | None]:
    rows = len(predictions)
    labels = _chunked(pa.nulls(rows) if actuals is None else actuals)
    given = rows - labels.null_count
    target = _targets(labels, manifest)
    usable = np.isfinite(target)
    measures: dict[str, float | None] = {
        "label_count": float(given),
        "label_coverage": given / rows if rows else None,
        "unusable_labels": float(given - int(usable.sum())),
    }
    scored = usable & np.isfinite(predictions.reshape(rows, -1)).all(axis=1) if rows else usable
    metrics = _metrics(target[scored], predictions[scored], manifest)
    for name in METRICS[manifest.task]:
        measures[name] = _finite(metrics.get(name, math.nan))
        measures[f"baseline_{name}"] = manifest.metrics.get(name)
    return measures


def _unlabelled_measures(predictions: Floats, inputs: pa.Table, manifest: Manifest) -> dict[str, float | None]:
    """Return the metrics of a model that learns from no label; they need none."""
    measures: dict[str, float | None] = {"label_count": 0.0, "label_coverage": None, "unusable_labels": 0.0}
    if not METRICS[manifest.task]:
        # Of an imported model whose outputs are neither a number nor a class.
        return measures
    metrics = unlabelled_metrics(manifest)
    if len(predictions):
        metrics.add(inputs, predictions)
    found = metrics.result()
    for name in METRICS[manifest.task]:
        measures[name] = _finite(found[name])
        measures[f"baseline_{name}"] = manifest.metrics.get(name)
    return measures


def _chunked(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _targets(labels: pa.ChunkedArray, manifest: Manifest) -> Floats:
    """Return the labels as float64, or their classes' indices; NaN for none and for an unusable one."""
    if labels.null_count == len(labels):
        return np.full(len(labels), np.nan)
    if manifest.task is Task.CLASSIFICATION:
        return class_indices(labels, manifest.classes)
    return np.concatenate([numbers(chunk) for chunk in labels.chunks])


def _metrics(target: Floats, predictions: Floats, manifest: Manifest) -> Mapping[str, float]:
    if is_implicit(manifest):
        # How items rank asks for all of them; an answer is of one.
        return {"mean_squared_error": float(np.mean(((target > 0) - predictions) ** 2)) if len(target) else math.nan}
    if manifest.task.predicts_number:
        return regression_metrics(target, predictions)
    return classification_metrics(target, predictions, manifest.threshold)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
