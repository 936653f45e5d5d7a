"""The report of a version, made from its artifact alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import EVALUATION, MODEL
from penstock.learn.automl.metric import METRICS
from penstock.learn.feature_column import numbers
from penstock.learn.label import class_indices
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import predicted_classes
from penstock.learn.report.baseline import Baseline, baseline_of, one_answer
from penstock.learn.report.confusion import Confusion, confusion_of
from penstock.learn.report.record import SCORING
from penstock.learn.report.reliability import Calibration, calibration_of
from penstock.learn.report.residual import Residuals, residuals_of
from penstock.learn.report.slice import SLICES
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
Json = Any
SEARCH = "search"
# Less is better of these.
_LOSSES = ("error", "loss", "rmse", "mae")


@dataclass(frozen=True)
class Metric:
    """A metric of the version, and the same of one answer for every row."""

    name: str
    value: float | None
    baseline: float | None
    less_is_better: bool


@dataclass(frozen=True)
class Tried:
    """A candidate of the search: `score` on rows that it was not fitted on, `weight` in the ensemble, seconds to fit it
    on all folds, milliseconds in which all its models score 1,000 rows, and their bytes.
    """

    name: str
    family: str
    values: Mapping[str, Json]
    score: float | None
    weight: float
    fit_seconds: float | None
    score_ms: float | None
    size_bytes: int | None


@dataclass(frozen=True)
class Left:
    """A candidate that was given up, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Served:
    """What the version takes as it is served: milliseconds for 1,000 rows, and bytes of its graph."""

    score_ms: float | None
    size_bytes: int


@dataclass(frozen=True)
class ModelReport:
    """Everything that a report shows. A part that the model does not have is None or empty.

    `search` holds the metric and the seconds of a search; `findings`, `derived`, `serving`, `learning_curve` and
    `slices` are as the artifact has them (docs/automl.md tells their fields).
    """

    model: str
    version: int
    model_type: str
    task: str
    label: str
    created_at: datetime
    train_rows: int
    held_out_rows: int
    judged_rows: int
    judged_on: str
    features: int
    metrics: tuple[Metric, ...]
    baseline: str | None
    served: Served
    search: Mapping[str, Json] | None
    leaderboard: tuple[Tried, ...]
    skipped: tuple[Left, ...]
    findings: tuple[Mapping[str, Json], ...]
    derived: tuple[Mapping[str, Json], ...]
    serving: Mapping[str, Json] | None
    learning_curve: Mapping[str, Json] | None
    calibration: Calibration | None
    confusion: Confusion | None
    residuals: Residuals | None
    importance: tuple[Mapping[str, Json], ...]
    slices: Mapping[str, Json] | None
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Json]:
        """Return the report as plain dicts, lists, texts and numbers."""
        return {**asdict(self), "created_at": self.created_at.isoformat()}


def report_of(
    name: str, version: int, created_at: datetime, manifest: Manifest, files: Mapping[str, bytes]
) -> ModelReport:
    """Return the report of a version with these artifact files.

    Raises InvalidOption for a model that learned from no label, which has nothing to be compared with.
    """
    if manifest.task not in (Task.REGRESSION, Task.CLASSIFICATION):
        raise InvalidOption.of(
            f"Model {name} is a {manifest.model_type} model; a report is about models that predict a label, and about "
            "forecasters that AutoML made.",
            hint=f"What is known of it: DESCRIBE MODEL {name}",
        )
    labels, scores = _evaluation(files[EVALUATION])
    actual = _actual(labels, manifest)
    baseline = baseline_of(actual, manifest.classes)
    search = manifest.details.get(SEARCH)
    attributions = (manifest.global_attributions or {}).get("overall", ())
    return ModelReport(
        model=name,
        version=version,
        model_type=manifest.model_type,
        task=str(manifest.task),
        label=manifest.label,
        created_at=created_at,
        train_rows=manifest.train_rows,
        held_out_rows=manifest.held_out_rows,
        judged_rows=len(actual),
        judged_on=manifest.judged_on,
        features=len(manifest.inputs),
        metrics=(*_searched(manifest, actual, scores), *_metrics(manifest, baseline)),
        baseline=baseline.answer if baseline else None,
        served=Served(manifest.details.get(SCORING, {}).get("ms_per_1000_rows"), len(files.get(MODEL, b""))),
        search={name: search.get(name) for name in ("metric", "seconds", "engine", "used")} if search else None,
        leaderboard=tuple(_tried(row) for row in search["leaderboard"] if not row["skipped"]) if search else (),
        skipped=tuple(Left(r["name"], r["skipped"]) for r in search["leaderboard"] if r["skipped"]) if search else (),
        findings=tuple(search.get("findings", ())) if search else (),
        derived=tuple(search.get("derived", ())) if search else (),
        serving=search.get("serving") if search else None,
        learning_curve=search.get("learning_curve") if search else None,
        calibration=_calibration(actual, scores, manifest),
        confusion=_confusion(actual, scores, manifest),
        residuals=residuals_of(actual, scores) if manifest.task is Task.REGRESSION else None,
        importance=tuple(attributions),
        slices=manifest.details.get(SLICES),
        notes=manifest.notes,
    )


def _evaluation(content: bytes) -> tuple[pa.ChunkedArray, Floats]:
    with pa.ipc.open_file(pa.BufferReader(content)) as reader:
        table = reader.read_all()
    if "score" in table.column_names:
        return table.column("label"), table.column("score").to_numpy()
    lists = table.column("probabilities").combine_chunks()
    chunk = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    return table.column("label"), chunk.flatten().to_numpy().reshape(len(chunk), -1)


def _actual(labels: pa.ChunkedArray, manifest: Manifest) -> Floats:
    if manifest.task is Task.CLASSIFICATION:
        return class_indices(labels, manifest.classes)
    return np.concatenate([numbers(chunk) for chunk in labels.chunks] or [np.empty(0)])


def _searched(manifest: Manifest, actual: Floats, scores: Floats) -> tuple[Metric, ...]:
    """Return what a search looked for, where it is none of the metrics that ML.EVALUATE has."""
    name = manifest.details.get(SEARCH, {}).get("metric")
    if name is None or name in manifest.metrics or not len(actual):
        return ()
    metric = METRICS[manifest.task][name]
    value, baseline = (
        metric.value(metric.gain(actual, said))
        for said in (scores.reshape(len(actual), -1), one_answer(actual, manifest.classes))
    )
    return (Metric(name, _finite(value), _finite(baseline), not metric.more_is_better),)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _metrics(manifest: Manifest, baseline: Baseline | None) -> tuple[Metric, ...]:
    beside = baseline.metrics if baseline else {}
    return tuple(
        Metric(name, value, beside.get(name), any(word in name for word in _LOSSES))
        for name, value in manifest.metrics.items()
    )


def _tried(row: Mapping[str, Json]) -> Tried:
    return Tried(
        row["name"],
        row["family"],
        row["values"],
        row["score"],
        row["weight"],
        row["seconds"],
        row.get("score_ms"),
        row.get("size_bytes"),
    )


def _calibration(actual: Floats, scores: Floats, manifest: Manifest) -> Calibration | None:
    if manifest.task is not Task.CLASSIFICATION or not len(actual):
        return None
    if len(manifest.classes) == 2:
        return calibration_of(actual == 1, scores[:, 1], f"of {manifest.label} = {manifest.classes[1]!r}")
    said = np.argmax(scores, axis=1)
    return calibration_of(said == actual, scores[np.arange(len(said)), said], "of the class that is predicted")


def _confusion(actual: Floats, scores: Floats, manifest: Manifest) -> Confusion | None:
    if manifest.task is not Task.CLASSIFICATION:
        return None
    return confusion_of(actual.astype(np.int64), predicted_classes(scores, manifest.threshold), manifest.classes)
