"""One model fitted, judged and written as an artifact; in turns where the rows are parted so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic
from penstock.core.options import OptionValue
from penstock.learn.artifact import EVALUATION, MANIFEST, MODEL, NATIVE, LoadedModel
from penstock.learn.feature_column import array_of
from penstock.learn.global_explanation import few_explained, global_attributions
from penstock.learn.judgement import evaluation_file, measured, strangeness_file
from penstock.learn.learner import FittedModel, Learner, Progress, TrainingData, WarmStart
from penstock.learn.manifest import FOLDS, OUT_OF_FOLD, Manifest, Transform
from penstock.learn.partition import Turn
from penstock.learn.preparation import PreparedRows
from penstock.learn.report.record import recorded

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Metrics = Mapping[str, float | None]


@dataclass(frozen=True)
class TrainedModel:
    """What a training makes: the artifact's files, and what the next step needs to know.

    `held_out` holds features and label of the rows that judged the model: the training rows when none were
    held out. A feature that the model does not take stands there too, for an earlier version that does.
    """

    files: Mapping[str, bytes]
    manifest: Manifest
    held_out: pa.Table
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Made:
    """An artifact's files and manifest, and the rows that judged it with their label. `chosen_by` are the metrics that
    a tuning compares: on rows that do not judge, where there are such.
    """

    files: Mapping[str, bytes]
    manifest: Manifest
    held_out: pa.Table
    chosen_by: Metrics


@dataclass(frozen=True)
class _Judged:
    """The rows that judge: their features, label and scores, and the metrics."""

    columns: pa.Table
    labels: pa.ChunkedArray | None
    scores: Floats
    metrics: Metrics


@dataclass(frozen=True)
class Fitting:
    """What all fits of one training have in common, whatever the options' values."""

    learner: Learner
    rows: PreparedRows
    transform: Transform | None
    feature_info: tuple[Mapping[str, Any], ...]

    def made(
        self,
        options: Mapping[str, OptionValue],
        threads: int,
        progress: Progress,
        earlier: WarmStart | None = None,
    ) -> Made:
        """Fit with these options, judge, and return the artifact."""
        data, parts = replace(self.rows.data, threads=threads), self.rows.parts
        fits = len(parts.turns) + 1
        turns = [
            self._turn(data, turn, options, _part_of(progress, number, fits)) for number, turn in enumerate(parts.turns)
        ]
        seen = data.of_rows(~parts.tested) if parts.tested.any() else data
        fitted = self.learner.fit(seen, options, _part_of(progress, len(turns), fits) if turns else progress, earlier)
        manifest = self._manifest(options, fitted, turns)
        files = artifact_files(fitted)
        if fitted.graph is None:
            manifest = replace(manifest, metrics=dict(fitted.metrics or {}))
            return Made(_with_manifest(files, manifest), manifest, self.judging_rows(), manifest.metrics)
        if fitted.strangeness is not None:
            manifest = replace(manifest, metrics=dict(fitted.metrics or {}))
            files[EVALUATION] = strangeness_file(fitted.strangeness)
            return Made(_with_manifest(files, manifest), manifest, self.judging_rows(), manifest.metrics)
        model = LoadedModel(manifest, files)
        if turns:
            judged = self._in_turns(turns)
        elif fitted.out_of_fold is not None:
            judged = self._out_of_fold(model, data, fitted.out_of_fold, fitted.thresholds)
        else:
            judged = self._judged(model, data, _judging(data, parts.tested), fitted)
        told = recorded(model, judged.labels, judged.columns, judged.scores, fitted.until)
        manifest = replace(manifest, details={**manifest.details, **told})
        attributions = None
        if options.get("enable_global_explain"):
            attributions = global_attributions(model, judged.columns, judged.scores, fitted.until, data.threads)
            manifest = replace(manifest, notes=(*manifest.notes, *few_explained(attributions, len(judged.scores))))
        manifest = replace(
            manifest,
            metrics=judged.metrics,
            global_attributions=attributions,
        )
        chosen_by = judged.metrics
        if parts.tested.any() and data.held_out.any():
            chosen_by = self._judged(model, data, data.held_out, fitted).metrics
        files[EVALUATION] = evaluation_file(manifest, judged.labels, judged.columns, judged.scores)
        # Models in turns judge in another order than that of the rows.
        rows = self.judging_rows() if turns else self._with_label(judged)
        return Made(_with_manifest(files, manifest), manifest, rows, chosen_by)

    def judging_rows(self) -> pa.Table:
        """Return the rows that judge, in their own order, features and label."""
        data, label, turns = self.rows.data, self.rows.label, self.rows.parts.turns
        rows = (
            np.logical_or.reduce([turn.judged for turn in turns]) if turns else _judging(data, self.rows.parts.tested)
        )
        columns = data.columns if label is None else data.columns.append_column(label.name, label.column)
        return columns if rows.all() else columns.filter(array_of(rows))

    def _with_label(self, judged: _Judged) -> pa.Table:
        label = self.rows.label
        return judged.columns if label is None else judged.columns.append_column(label.name, judged.labels)

    def _turn(
        self, data: TrainingData, turn: Turn, options: Mapping[str, OptionValue], progress: Progress
    ) -> tuple[Turn, _Judged]:
        """Return what a model of a turn's rows says of the rows that judge it. It is stopped as the whole one is."""
        fitted = self.learner.fit(data.of_rows(turn.fitted), options, progress)
        model = LoadedModel(self._manifest(options, fitted, ()), artifact_files(fitted))
        return turn, self._judged(model, data, turn.judged, fitted)

    def _judged(self, model: LoadedModel, data: TrainingData, rows: Mask, fitted: FittedModel) -> _Judged:
        label = self.rows.label
        kept = array_of(rows)
        columns = data.columns if rows.all() else data.columns.filter(kept)
        labels = None if label is None else label.column if rows.all() else label.column.filter(kept)
        scores = model.score(columns, data.threads)
        target = label.target[rows] if label else data.target
        metrics = fitted.metrics
        if metrics is None:
            metrics = measured(model, target, columns, scores, data.threads)
        return _Judged(columns, labels, scores, dict(metrics))

    def _out_of_fold(
        self, model: LoadedModel, data: TrainingData, scores: Floats, thresholds: Floats | None
    ) -> _Judged:
        """Return the rows that some fold judged, each as models said that were not fitted on it."""
        known = np.isfinite(scores[:, 0])
        kept, label = array_of(known), self.rows.label
        columns = data.columns if known.all() else data.columns.filter(kept)
        labels = label.column.filter(kept) if label else None
        shaped = scores[known, 0] if data.task.predicts_number else scores[known]
        of_rows = None if thresholds is None else thresholds[known, 0]
        metrics = measured(model, data.target[known], columns, shaped, data.threads, of_rows)
        return _Judged(columns, labels, shaped, dict(metrics))

    def _in_turns(self, turns: Sequence[tuple[Turn, _Judged]]) -> _Judged:
        """Return all rows that judged, each as the model said that was not fitted on it; metrics are means."""
        columns = pa.concat_tables([judged.columns for _, judged in turns])
        labels = pa.chunked_array([chunk for _, judged in turns if judged.labels for chunk in judged.labels.chunks])
        scores = np.concatenate([judged.scores for _, judged in turns])
        return _Judged(columns, labels, scores, mean_metrics([judged.metrics for _, judged in turns]))

    def _manifest(
        self,
        options: Mapping[str, OptionValue],
        fitted: FittedModel,
        turns: Sequence[tuple[Turn, _Judged]],
    ) -> Manifest:
        data, label, parts = self.rows.data, self.rows.label, self.rows.parts
        held_out = int(np.count_nonzero(data.held_out | parts.tested))
        details = dict(fitted.details)
        features = data.features if fitted.features is None else fitted.features
        # Times, numbers and ids of series are no features, and are told of all the same.
        left = {feature.name for feature in data.features} - {feature.name for feature in features}
        if turns:
            details[FOLDS] = [_told(number, turn, judged) for number, (turn, judged) in enumerate(turns, 1)]
        return Manifest(
            model_type=self.learner.model_type,
            task=data.task,
            label=label.name if label else "",
            label_arrow=str(label.column.type) if label else "",
            classes=data.classes,
            features=features,
            transform=self.transform,
            options={name: value for name, value in options.items() if value is not None},
            seed=data.seed,
            train_rows=data.columns.num_rows - held_out,
            held_out_rows=held_out,
            judged_on=OUT_OF_FOLD if fitted.out_of_fold is not None else _judged_on(held_out, len(turns)),
            metrics={},
            feature_info=tuple(row for row in self.feature_info if self.transform or row["input"] not in left),
            iterations=fitted.iterations,
            global_attributions=None,
            details=details,
            notes=fitted.notes,
        )


def artifact_files(fitted: FittedModel) -> dict[str, bytes]:
    """Return what of an artifact's files a fit leaves."""
    graph = {} if fitted.graph is None else {MODEL: fitted.graph}
    native = {} if fitted.native is None else {NATIVE: fitted.native.encode()}
    return {**graph, **native, **fitted.files}


def mean_metrics(found: Sequence[Metrics]) -> dict[str, float | None]:
    """Return the mean of each metric over those that have it; None where none has."""
    means: dict[str, float | None] = {}
    for name in found[0]:
        values = [value for metrics in found if (value := metrics[name]) is not None]
        means[name] = float(np.mean(values)) if values else None
    return means


def _told(number: int, turn: Turn, judged: _Judged) -> dict[str, Any]:
    rows = int(np.count_nonzero(turn.fitted))
    return {"fold": number, "train_rows": rows, "judged_rows": len(judged.scores), "metrics": dict(judged.metrics)}


def _judged_on(held_out: int, turns: int) -> str:
    if turns:
        return f"{turns} folds, each by a model of other rows"
    return "held-out rows" if held_out else "training rows"


def _judging(data: TrainingData, tested: Mask) -> Mask:
    """Return which rows judge a model in the end."""
    if tested.any():
        return tested
    return data.held_out if data.held_out.any() else np.ones(data.columns.num_rows, np.bool_)


def _part_of(progress: Progress, number: int, parts: int) -> Progress:
    """Return what is told of one of several fits, as a part of the whole."""

    def tell(done: int, total: int, note: str) -> None:
        progress(number * total + done, parts * total, f"fit {number + 1} of {parts}: {note}")

    return tell


def _with_manifest(files: Mapping[str, bytes], manifest: Manifest) -> dict[str, bytes]:
    return {MANIFEST: manifest.as_json().encode(), **files}
