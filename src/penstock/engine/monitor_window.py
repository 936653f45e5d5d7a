"""A window measured against its reference: the row that BREACH WHEN sees.

Pure, and the same for live monitors and for backtests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import BadData
from penstock.drift.detector import Detector
from penstock.drift.summary import (
    ColumnSummary,
    NumericSummary,
    Profile,
    summarise,
    summarise_against,
    unseen_rate,
)
from penstock.engine.measure import DRIFTED_PSI, METRICS
from penstock.functions.label import UNSEEN_LABEL, class_labels, label_codes
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import classification_metrics, regression_metrics
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
Json = Any


@dataclass(frozen=True)
class WindowMeasures:
    """What was measured: `measures` by name, None where nothing was to see, and a dict for each column."""

    measures: Mapping[str, float | None]
    columns: tuple[Mapping[str, Json], ...]


def measure_window(
    reference: Profile,
    inputs: pa.Table,
    predictions: Floats,
    actuals: pa.Array | pa.ChunkedArray | None,
    manifest: Manifest,
    detectors: Mapping[str, Detector],
    reference_predictions: ColumnSummary | None = None,
) -> WindowMeasures:
    """Return the measures of a window of an endpoint's answers by one version.

    `reference` is the profile that the inputs are compared with; `inputs` holds the version's features, n
    typed columns; `predictions` has shape (n,) or, for a classifier, (n, k); `actuals` are the true outcomes
    in the label's type (float64 for regression), NULL where none has arrived, or None for a window without
    any. `reference_predictions` comes from `prediction_summary`. Raises BadData when a column's type does not
    fit the reference.
    """
    found = measure_columns(reference, inputs, detectors)
    measures = {
        **found.measures,
        **_prediction_measures(predictions, manifest, detectors, reference_predictions),
        **_label_measures(predictions, actuals, manifest),
    }
    return WindowMeasures(measures, found.columns)


def measure_columns(reference: Profile, table: pa.Table, detectors: Mapping[str, Detector]) -> WindowMeasures:
    """Return the measures of columns alone, those that the reference and the table have in common.

    Raises BadData when a column's type does not fit the reference.
    """
    windows = {
        name: _window_of(table, name, reference[name]) for name in reference if name in table.column_names
    }
    rows = tuple(_column_row(name, reference[name], window, detectors) for name, window in windows.items())
    moving = [row for row in rows if not row["moment"]]
    drifted = [row for row in moving if row["drifted"] is not None]
    measures: dict[str, float | None] = {
        "measured_rows": float(table.num_rows),
        "null_rate": _greatest(row["null_rate"] for row in rows),
        "null_rate_increase": _greatest(row["null_rate_increase"] for row in rows),
        "missing_columns": float(sum(window.present == 0 for window in windows.values()))
        if table.num_rows
        else None,
        "unseen_rate": _greatest(row["unseen_rate"] for row in rows),
        "drifted_columns": float(sum(row["drifted"] for row in drifted)) if drifted else None,
        "drifted_share": sum(row["drifted"] for row in drifted) / len(drifted) if drifted else None,
    }
    for name in detectors:
        distances = [row[name] for row in moving if row[name] is not None]
        measures[f"max_{name}"] = max(distances, default=None)
        measures[f"mean_{name}"] = sum(distances) / len(distances) if distances else None
    return WindowMeasures(measures, rows)


def prediction_summary(predictions: Floats, manifest: Manifest) -> ColumnSummary:
    """Return the summary of predictions by themselves, to compare a window's with.

    Numbers for regression; of two classes, the probability of the greater one; of more, the predicted
    classes.
    """
    return summarise(_prediction_column(predictions, manifest))


def _prediction_column(predictions: Floats, manifest: Manifest) -> pa.Array:
    if manifest.task is Task.REGRESSION:
        return pa.array(predictions)
    if len(manifest.classes) == 2:
        return pa.array(predictions[:, 1])
    labels = class_labels(manifest).cast(pa.string())
    return labels.take(pa.array(np.argmax(predictions, axis=1)))


def _window_of(table: pa.Table, name: str, reference: ColumnSummary) -> ColumnSummary:
    try:
        return summarise_against(table.column(name), reference)
    except BadData as problem:
        raise BadData.of(f"Column {name!r}: {problem.diagnostics[0].message}") from None


def _column_row(
    name: str, reference: ColumnSummary, window: ColumnSummary, detectors: Mapping[str, Detector]
) -> dict[str, Json]:
    """Return what is known of one column: shares, means, and the distance by each detector."""
    distances = {key: detector.distance(reference, window) for key, detector in detectors.items()}
    null_rate, before = _missing_rate(window), _missing_rate(reference)
    psi = distances.get("psi")
    return {
        "column": name,
        "kind": window.kind,
        "moment": isinstance(window, NumericSummary) and window.measured == "moment",
        "null_rate": null_rate,
        "null_rate_increase": None if null_rate is None or before is None else null_rate - before,
        "unseen_rate": unseen_rate(reference, window),
        "mean": _mean(window),
        "reference_mean": _mean(reference),
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
    predictions: Floats,
    manifest: Manifest,
    detectors: Mapping[str, Detector],
    reference: ColumnSummary | None,
) -> dict[str, float | None]:
    column = _prediction_column(predictions, manifest)
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
    target = np.full(rows, np.nan) if actuals is None else _targets(actuals, manifest)
    given = rows - (rows if actuals is None else actuals.null_count)
    usable = np.isfinite(target)
    scored = usable & np.isfinite(predictions.reshape(rows, -1)).all(axis=1) if rows else usable
    measures: dict[str, float | None] = {
        "label_count": float(given),
        "label_coverage": given / rows if rows else None,
        "unusable_labels": float(given - int(usable.sum())),
    }
    metrics = _metrics(target[scored], predictions[scored], manifest) if scored.any() else {}
    for name in METRICS[manifest.task]:
        measures[name] = metrics.get(name)
        measures[f"baseline_{name}"] = manifest.metrics.get(name)
    return measures


def _targets(actuals: pa.Array | pa.ChunkedArray, manifest: Manifest) -> Floats:
    """Return the labels as float64, or their classes' indices; NaN for none and for an unusable one."""
    if isinstance(actuals, pa.ChunkedArray):
        actuals = actuals.combine_chunks()
    if manifest.task is Task.REGRESSION:
        return np.asarray(actuals.cast(pa.float64()).fill_null(np.nan).to_numpy(), dtype=np.float64)
    classes = class_labels(manifest)
    codes = label_codes(actuals.cast(classes.type), classes).astype(np.float64)
    codes[codes == UNSEEN_LABEL] = np.nan
    return codes


def _metrics(target: Floats, predictions: Floats, manifest: Manifest) -> Mapping[str, float | None]:
    if manifest.task is Task.REGRESSION:
        return regression_metrics(target, predictions)
    return classification_metrics(target, predictions)
