"""How good a model is on rows, and what its artifact keeps of the rows that judged it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.anomaly import strangeness
from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import flatten, numbers, rows_of
from penstock.learn.label import class_indices, label_name
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import classification_metrics, regression_metrics
from penstock.learn.recommender import is_implicit, ranked, recommender_of
from penstock.learn.schema import Task
from penstock.learn.unlabelled_metrics import unlabelled_metrics

Floats = NDArray[np.float64]
# So many judged rows are kept with their scores, evenly spread; metrics are of all.
KEPT_ROWS = 200_000


def evaluate(model: LoadedModel, rows: pa.Table, threads: int = 1) -> dict[str, float | None]:
    """Return the metrics of a model on rows with features and label, under the names of ML.EVALUATE; None for
    NaN.

    Rows whose label is NULL or, for a classifier, none of its classes are left out.
    """
    manifest = model.manifest
    flat = flatten(rows)
    target = _target(flat, manifest)
    known = np.isfinite(target)
    if not known.all():
        flat, target = flat.filter(pa.array(known)), target[known]
    scores = model.score(flat, threads)
    if is_implicit(manifest):
        return without_nan(ranked(recommender_of(model), flat, target, scores, threads))
    return measured(manifest, target, flat, scores)


def measured(manifest: Manifest, target: Floats, columns: pa.Table, scores: Floats) -> dict[str, float | None]:
    """Return the metrics of scored rows; `target` is empty for a task without a label. None stands for NaN."""
    found: Mapping[str, float]
    match manifest.task:
        case Task.REGRESSION | Task.RECOMMENDATION:
            found = regression_metrics(target, scores)
        case Task.CLASSIFICATION:
            found = classification_metrics(target, scores)
        case _:
            metrics = unlabelled_metrics(manifest)
            metrics.add(columns, scores)
            found = metrics.result()
    return without_nan(found)


def without_nan(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Return metrics with None for NaN."""
    return {name: value if value == value else None for name, value in metrics.items()}


def evaluation_file(manifest: Manifest, labels: pa.ChunkedArray | None, columns: pa.Table, scores: Floats) -> bytes:
    """Return as Arrow IPC the label and score of the rows that judged a model, evenly spread where they are very
    many; without a label how strange each of them is, in ascending order.
    """
    if labels is None:
        values = np.sort(strangeness(manifest, columns, scores).values)
        table = pa.table({"strangeness": values[_kept(len(values))]})
    else:
        if len(scores) > KEPT_ROWS:
            kept = _kept(len(scores))
            labels, scores = rows_of(pa.table({"label": labels}), kept).column("label"), scores[kept]
        table = pa.table({"label": labels, **_score_column(scores)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _kept(rows: int) -> NDArray[np.int64]:
    return np.linspace(0, rows - 1, min(rows, KEPT_ROWS)).astype(np.int64)


def _score_column(scores: Floats) -> dict[str, pa.Array]:
    if scores.ndim == 1:
        return {"score": pa.array(scores)}
    values = pa.array(np.ascontiguousarray(scores).reshape(-1))
    return {"probabilities": pa.FixedSizeListArray.from_arrays(values, scores.shape[1])}


def _target(rows: pa.Table, manifest: Manifest) -> Floats:
    if not manifest.task.learns_from_label:
        return np.zeros(rows.num_rows)
    column = rows.column(label_name(rows, [manifest.label]))
    if manifest.task is Task.CLASSIFICATION:
        return class_indices(column, manifest.classes)
    return np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])
