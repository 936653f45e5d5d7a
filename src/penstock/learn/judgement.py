"""How good a model is on rows, and what its artifact keeps of the rows that judged it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.anomaly import strangeness
from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import array_of, flatten, numbers, rows_of
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
    return measured(model, target, flat, model.score(flat, threads), threads)


def measured(
    model: LoadedModel,
    target: Floats,
    columns: pa.Table,
    scores: Floats,
    threads: int,
    thresholds: Floats | None = None,
) -> dict[str, float | None]:
    """Return the metrics of scored rows; `target` is empty for a task without a label. None stands for NaN.

    `thresholds` (n,) are those of the rows, where they are not the model's own.
    """
    found: Mapping[str, float]
    manifest = model.manifest
    match manifest.task:
        case Task.RECOMMENDATION if is_implicit(manifest):
            found = ranked(recommender_of(model), columns, target, scores, threads)
        case Task.REGRESSION | Task.RECOMMENDATION:
            found = regression_metrics(target, scores)
        case Task.CLASSIFICATION:
            found = classification_metrics(target, scores, manifest.threshold if thresholds is None else thresholds)
        case _:
            metrics = unlabelled_metrics(manifest)
            metrics.add(columns, scores)
            found = metrics.result()
    return {name: value if value == value else None for name, value in found.items()}


def evaluation_file(manifest: Manifest, labels: pa.ChunkedArray | None, columns: pa.Table, scores: Floats) -> bytes:
    """Return as Arrow IPC the label and score of the rows that judged a model, evenly spread where they are very
    many; without a label how strange each of them is, in ascending order.
    """
    if labels is None:
        return strangeness_file(strangeness(manifest, columns, scores).values)
    if len(scores) > KEPT_ROWS:
        kept = _kept(len(scores))
        labels, scores = rows_of(pa.table({"label": labels}), kept).column("label"), scores[kept]
    return _written(pa.table({"label": labels, **_score_column(scores)}))


def strangeness_file(values: Floats) -> bytes:
    """Return as Arrow IPC how strange rows are, in ascending order, evenly spread where they are very many."""
    ascending = np.sort(values)
    return _written(pa.table({"strangeness": array_of(ascending[_kept(len(ascending))])}))


def _written(table: pa.Table) -> bytes:
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
