"""From a table to a trained model: label, split, leakage, fit, judgement, artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.options import GivenOption, OptionValue
from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.artifact import EVALUATION, MANIFEST, MODEL, NATIVE, SERVED, LoadedModel
from penstock.learn.feature_column import array_of, flatten, rows_of
from penstock.learn.feature_info import feature_info
from penstock.learn.global_explanation import global_attributions
from penstock.learn.graph_value import NotCompiled
from penstock.learn.judgement import evaluation_file, measured
from penstock.learn.label import Label
from penstock.learn.leakage import leaks
from penstock.learn.learner import FittedModel, Learner, Progress, TrainingData
from penstock.learn.manifest import RAW_INPUT, Manifest, Transform
from penstock.learn.preparation import prepare
from penstock.learn.registry import learner_of
from penstock.learn.served_graph import served_graph
from penstock.learn.shared_options import resolve_options

# So many rows of the training are scored by both graphs, before and after TRANSFORM.
CHECKED_ROWS = 2_000


@dataclass(frozen=True)
class TrainedModel:
    """What a training makes: the artifact's files, and what the next step needs to know.

    `held_out` holds features and label of the rows that judged the model: the training rows when none were
    held out.
    """

    files: Mapping[str, bytes]
    manifest: Manifest
    held_out: pa.Table
    warnings: tuple[Diagnostic, ...]


def train(
    table: pa.Table,
    given: Mapping[str, GivenOption],
    *,
    seed: int,
    threads: int,
    progress: Progress,
    transform: Transform | None = None,
    warm_start: LoadedModel | None = None,
    expressions: Mapping[str, ScalarExpression] | None = None,
) -> TrainedModel:
    """Train the model that the options ask for.

    `table` holds the columns after TRANSFORM: features, label, and split and weight columns; and, under RAW_INPUT and
    their names, those before it, which are only described. `warm_start` is
    the version to go on from, read when the option asks for it. `expressions` are the outputs of the TRANSFORM by name,
    to be computed by the graph that an endpoint runs. Raises UnknownName, InvalidOption or
    UntrainableModel, which say what is wrong with the options or the data.
    """
    learner, options = _options(given)
    raw, table = _parted(table)
    table = flatten(table)
    if not table.num_rows:
        raise UntrainableModel.of("The training query gives no rows.", hint="Look at its tables and its filter.")
    rows = prepare(table, learner, options, seed, threads)
    data, label, warnings = rows.data, rows.label, rows.warnings
    earlier = _earlier(warm_start, learner, data, label) if options.get("warm_start") else None
    if label:
        warnings += leaks(data, label.name)
    fitted = learner.fit(data, options, progress, earlier)
    manifest = replace(
        _manifest(learner, label, data, options, fitted, transform),
        feature_info=_described(data, raw, transform, threads),
    )
    if fitted.graph is None:
        return _unscored(replace(manifest, metrics=dict(fitted.metrics or {})), fitted, data, warnings)
    model, judged, columns = _judged(manifest, fitted, data)
    scores = model.score(columns, threads)
    target = label.target[judged] if label else data.target
    manifest = replace(
        manifest,
        metrics=measured(manifest, target, columns, scores) if fitted.metrics is None else dict(fitted.metrics),
        global_attributions=global_attributions(model, columns, scores)
        if options.get("enable_global_explain")
        else None,
    )
    served, notes = _served(fitted.graph, manifest, expressions, raw, table)
    manifest = replace(manifest, notes=(*manifest.notes, *notes))
    labels = None
    if label:
        labels = label.column if judged.all() else label.column.filter(pa.array(judged))
    files = {
        MANIFEST: manifest.as_json().encode(),
        EVALUATION: evaluation_file(manifest, labels, columns, scores),
        **_files(fitted),
        **served,
    }
    held_out = columns.append_column(label.name, labels) if label else columns
    return TrainedModel(files, manifest, held_out, warnings)


def _served(
    graph: bytes,
    manifest: Manifest,
    expressions: Mapping[str, ScalarExpression] | None,
    raw: pa.Table,
    table: pa.Table,
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the graph that begins with TRANSFORM, as a file of the artifact, or what the user is told instead.

    It is kept only if it gives what SQL gave on rows of the training.
    """
    if manifest.transform is None or expressions is None:
        return {}, ()
    try:
        served = served_graph(graph, manifest.features, expressions, manifest.inputs)
    except NotCompiled as problem:
        return {}, (f"Its endpoint asks DuckDB for TRANSFORM, since a graph does not compute {problem}.",)
    held = {name.casefold(): column for part in (table, raw) for name, column in _named(part)}
    picked = np.unique(np.linspace(0, table.num_rows - 1, min(table.num_rows, CHECKED_ROWS)).astype(np.int64))
    rows = rows_of(pa.table({feature.name: held[feature.name.casefold()] for feature in manifest.inputs}), picked)
    model = LoadedModel(manifest, {MODEL: graph, SERVED: served})
    scores, doubtful = model.score_raw(rows)
    wanted = model.score(rows_of(table, picked))
    if not np.allclose(scores[~doubtful], wanted[~doubtful], rtol=1e-9, atol=1e-9, equal_nan=True):
        return {}, ("Its endpoint asks DuckDB for TRANSFORM, since a graph computed it otherwise for a row.",)
    return {SERVED: served}, ()


def _named(table: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    return list(zip(table.column_names, table.columns, strict=True))


def _unscored(
    manifest: Manifest, fitted: FittedModel, data: TrainingData, warnings: tuple[Diagnostic, ...]
) -> TrainedModel:
    """Return a model that gives rows no scores of its own: its files are what its family left."""
    files = {MANIFEST: manifest.as_json().encode(), **_files(fitted)}
    return TrainedModel(files, manifest, data.columns, warnings)


def _files(fitted: FittedModel) -> dict[str, bytes]:
    graph = {} if fitted.graph is None else {MODEL: fitted.graph}
    native = {} if fitted.native is None else {NATIVE: fitted.native.encode()}
    return {**graph, **native, **fitted.files}


def _options(given: Mapping[str, GivenOption]) -> tuple[Learner, dict[str, OptionValue]]:
    named = next((option for key, option in given.items() if key.lower() == "model_type"), None)
    if named is None or not isinstance(named.value, str):
        raise InvalidOption.of("The model has no model_type.", hint="Give OPTIONS (model_type = '…').")
    learner = learner_of(named.value)
    values, findings = resolve_options(given, learner)
    if findings:
        raise InvalidOption(*findings)
    return learner, values


def _parted(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the raw columns under their own names, and the others."""
    raw = [name for name in table.column_names if name.startswith(RAW_INPUT)]
    others = [name for name in table.column_names if not name.startswith(RAW_INPUT)]
    return table.select(raw).rename_columns([name.removeprefix(RAW_INPUT) for name in raw]), table.select(others)


def _described(
    data: TrainingData, raw: pa.Table, transform: Transform | None, threads: int
) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of ML.FEATURE_INFO: of the columns before TRANSFORM, where the table brings them.

    It passes some of them on as they are.
    """
    found = {name.casefold(): data.columns.column(name) for name in data.columns.column_names}
    found |= {name.casefold(): raw.column(name) for name in raw.column_names}
    names = [feature.name for feature in transform.inputs] if transform else []
    if transform is None or any(name.casefold() not in found for name in names):
        return feature_info(data.train_columns, data.features, threads)
    columns = pa.table([found[name.casefold()] for name in names], names=names)
    if data.held_out.any():
        columns = columns.filter(array_of(~data.held_out))
    return feature_info(columns, transform.inputs, threads)


def _earlier(model: LoadedModel | None, learner: Learner, data: TrainingData, label: Label | None) -> LoadedModel:
    if model is None:
        raise InvalidOption.of(
            "Option warm_start: there is no earlier version to go on from.", hint="Leave it out at first."
        )
    earlier = model.manifest
    same = (
        earlier.model_type == learner.model_type
        and earlier.label.casefold() == (label.name.casefold() if label else "")
        and earlier.classes == data.classes
        and [(feature.name, feature.type, feature.dimension) for feature in earlier.features]
        == [(feature.name, feature.type, feature.dimension) for feature in data.features]
    )
    if not same:
        raise InvalidOption.of(
            "Option warm_start: the earlier version has another type, label, classes or features.",
            hint="Train without warm_start.",
        )
    return model


def _manifest(
    learner: Learner,
    label: Label | None,
    data: TrainingData,
    options: Mapping[str, OptionValue],
    fitted: FittedModel,
    transform: Transform | None,
) -> Manifest:
    held_out = int(np.count_nonzero(data.held_out))
    return Manifest(
        model_type=learner.model_type,
        task=data.task,
        label=label.name if label else "",
        label_arrow=str(label.column.type) if label else "",
        classes=data.classes,
        features=data.features,
        transform=transform,
        options={name: value for name, value in options.items() if value is not None},
        seed=data.seed,
        train_rows=data.columns.num_rows - held_out,
        held_out_rows=held_out,
        judged_on="held-out rows" if held_out else "training rows",
        metrics={},
        feature_info=(),
        iterations=fitted.iterations,
        global_attributions=None,
        details=fitted.details,
        notes=fitted.notes,
    )


def _judged(
    manifest: Manifest, fitted: FittedModel, data: TrainingData
) -> tuple[LoadedModel, NDArray[np.bool_], pa.Table]:
    """Return the model, which rows judge it, and their features."""
    model = LoadedModel(manifest, _files(fitted))
    if not data.held_out.any():
        return model, ~data.held_out, data.columns
    return model, data.held_out, data.columns.filter(pa.array(data.held_out))
