"""From a table to a trained model: label, split, leakage, fit, judgement, artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.errors import BadData, InvalidOption, UnknownName, UntrainableModel
from penstock.core.options import GivenOption, OptionValue
from penstock.learn.artifact import EVALUATION, MANIFEST, MODEL, NATIVE, LoadedModel
from penstock.learn.feature_column import array_of, code_texts, features_of, flatten, numbers, rows_of
from penstock.learn.feature_info import feature_info
from penstock.learn.feature_warning import feature_warnings
from penstock.learn.global_explanation import global_attributions
from penstock.learn.label import Label, class_indices, class_weights, label_name, read_label
from penstock.learn.leakage import leaks
from penstock.learn.learner import FittedModel, Learner, Progress, TrainingData
from penstock.learn.manifest import RAW_INPUT, Manifest, Transform
from penstock.learn.metrics import classification_metrics, regression_metrics
from penstock.learn.registry import learner_of
from penstock.learn.schema import Task
from penstock.learn.shared_options import resolve_options
from penstock.learn.splitting import held_out_rows, split_column

Floats = NDArray[np.float64]
Json = Any
# BigQuery ML's limits.
MOST_CLASSES = {"logistic_reg": 50}
MOST_CLASSES_ELSE = 1000
# So many judged rows are kept with their scores, evenly spread; metrics are of all.
KEPT_ROWS = 200_000


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
) -> TrainedModel:
    """Train the model that the options ask for.

    `table` holds the columns after TRANSFORM: features, label, and split and weight columns; and, under RAW_INPUT and
    their names, those before it, which are only described. `warm_start` is
    the version to go on from, read when the option asks for it. Raises UnknownName, InvalidOption or
    UntrainableModel, which say what is wrong with the options or the data.
    """
    learner, options = _options(given)
    raw, table = _parted(table)
    table = flatten(table)
    if not table.num_rows:
        raise UntrainableModel.of("The training query gives no rows.", hint="Look at its tables and its filter.")
    label, data, warnings = _prepare(table, learner, options, seed, threads)
    earlier = _earlier(warm_start, learner, data, label.name) if options["warm_start"] else None
    warnings += leaks(data, label.name)
    fitted = learner.fit(data, options, progress, earlier)
    manifest = replace(
        _manifest(learner, label, data, options, fitted, transform),
        feature_info=_described(data, raw, transform, threads),
    )
    model, judged, columns = _judged(manifest, fitted, data)
    scores = model.score(columns, threads)
    manifest = replace(
        manifest,
        metrics=_measured(manifest.task, label.target[judged], scores),
        global_attributions=global_attributions(model, columns, scores) if options["enable_global_explain"] else None,
    )
    labels = label.column if judged.all() else label.column.filter(pa.array(judged))
    files = {
        MODEL: fitted.graph,
        MANIFEST: manifest.as_json().encode(),
        EVALUATION: _evaluation_file(labels, scores),
        **({NATIVE: fitted.native.encode()} if fitted.native is not None else {}),
    }
    return TrainedModel(files, manifest, columns.append_column(label.name, labels), warnings)


def evaluate(model: LoadedModel, rows: pa.Table, threads: int = 1) -> dict[str, float | None]:
    """Return the metrics of a model on rows with features and label, under the names of ML.EVALUATE; None for
    NaN.

    Rows whose label is NULL or, for a classifier, none of its classes are left out.
    """
    manifest = model.manifest
    flat = flatten(rows)
    column = flat.column(label_name(flat, [manifest.label]))
    if manifest.task is Task.REGRESSION:
        target = np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])
    else:
        target = class_indices(column, manifest.classes)
    known = np.isfinite(target)
    if not known.all():
        flat, target = flat.filter(pa.array(known)), target[known]
    return _measured(manifest.task, target, model.score(flat, threads))


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
) -> tuple[Mapping[str, Json], ...]:
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


def _prepare(
    table: pa.Table, learner: Learner, options: Mapping[str, OptionValue], seed: int, threads: int
) -> tuple[Label, TrainingData, tuple[Diagnostic, ...]]:
    named = options["input_label_cols"]
    assert isinstance(named, list)
    most = MOST_CLASSES.get(learner.model_type, MOST_CLASSES_ELSE)
    label = read_label(table, label_name(table, named), learner.task, most)
    special = {label.name}
    if options["data_split_col"] is not None:
        special.add(split_column(table, options))
    weights = class_weights(label, options)
    if options.get("instance_weight_col") is not None:
        name, of_rows = _instance_weights(table, str(options["instance_weight_col"]))
        special.add(name)
        weights = of_rows if weights is None else weights * of_rows
    columns = table.select([name for name in table.column_names if name not in special])
    if not columns.num_columns:
        raise UntrainableModel.of("The training query gives no feature.", hint="Select columns beside the label.")
    features = features_of(columns)
    columns = code_texts(columns, threads)
    for name in columns.column_names:
        table = table.set_column(table.column_names.index(name), name, columns.column(name))
    held_out, moved = _with_every_class(held_out_rows(table, options), label)
    if weights is not None and not weights[~held_out].any():
        message = f"The weight column {options['instance_weight_col']!r} is 0 in every row that is trained on."
        raise BadData.of(message, hint="A row is learned from as often as its weight says: give some more than 0.")
    data = TrainingData(columns, features, label.target, held_out, weights, label.classes, learner.task, seed, threads)
    return label, data, (*moved, *feature_warnings(data))


def _instance_weights(table: pa.Table, wanted: str) -> tuple[str, Floats]:
    name = next((name for name in table.column_names if name.casefold() == wanted.casefold()), None)
    if name is None:
        raise UnknownName.among("weight column", wanted, table.column_names)
    column = table.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        raise UntrainableModel.of(f"The weight column {name!r} has the type {column.type}, not a number.")
    weights = np.concatenate([numbers(chunk) for chunk in column.chunks])
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong)) + 1
        raise UntrainableModel.of(
            f"The weight column {name!r} is NULL, negative or not finite in {np.count_nonzero(wrong):,} "
            f"rows, "
            f"first in row {row:,}."
        )
    return name, weights


def _with_every_class(held_out: NDArray[np.bool_], label: Label) -> tuple[NDArray[np.bool_], tuple[Diagnostic, ...]]:
    """Return the held-out rows without those of classes that no training row has; nothing could be learned of
    these.
    """
    if not label.classes or not held_out.any():
        return held_out, ()
    codes = label.target.astype(np.int64)
    unseen = np.bincount(codes[~held_out], minlength=len(label.classes)) == 0
    if not unseen.any():
        return held_out, ()
    names = ", ".join(repr(label.classes[code]) for code in np.flatnonzero(unseen))
    message = f"All rows of class {names} were to be held out; they are trained on instead."
    warning = Diagnostic("split", message, None, "Its metrics say nothing of them.", Severity.WARNING)
    return held_out & ~unseen[codes], (warning,)


def _earlier(model: LoadedModel | None, learner: Learner, data: TrainingData, label: str) -> LoadedModel:
    if model is None:
        raise InvalidOption.of(
            "Option warm_start: there is no earlier version to go on from.", hint="Leave it out at first."
        )
    earlier = model.manifest
    same = (
        earlier.model_type == learner.model_type
        and earlier.label.casefold() == label.casefold()
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
    label: Label,
    data: TrainingData,
    options: Mapping[str, OptionValue],
    fitted: FittedModel,
    transform: Transform | None,
) -> Manifest:
    held_out = int(np.count_nonzero(data.held_out))
    return Manifest(
        model_type=learner.model_type,
        task=data.task,
        label=label.name,
        label_arrow=str(label.column.type),
        classes=label.classes,
        features=data.features,
        transform=transform,
        options={name: value for name, value in options.items() if value is not None},
        seed=data.seed,
        train_rows=len(data.target) - held_out,
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
    native = {} if fitted.native is None else {NATIVE: fitted.native.encode()}
    model = LoadedModel(manifest, {MODEL: fitted.graph, **native})
    if not data.held_out.any():
        return model, ~data.held_out, data.columns
    return model, data.held_out, data.columns.filter(pa.array(data.held_out))


def _measured(task: Task, target: Floats, scores: Floats) -> dict[str, float | None]:
    measure = regression_metrics if task is Task.REGRESSION else classification_metrics
    return {name: value if value == value else None for name, value in measure(target, scores).items()}


def _evaluation_file(labels: pa.ChunkedArray, scores: Floats) -> bytes:
    if len(scores) > KEPT_ROWS:
        rows = np.linspace(0, len(scores) - 1, KEPT_ROWS).astype(np.int64)
        labels, scores = rows_of(pa.table({"label": labels}), rows).column("label"), scores[rows]
    if scores.ndim == 1:
        name, values = "score", pa.array(scores)
    else:
        name = "probabilities"
        values = pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(scores).reshape(-1)), scores.shape[1])
    table = pa.table({"label": labels, name: values})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
