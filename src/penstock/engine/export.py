"""EXPORT MODEL: a version's files in a folder, with what a stranger needs to run the graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from penstock.core.errors import InvalidOption, StorageFailure
from penstock.core.names import name_key, with_article
from penstock.core.options import OptionSpec, read_options
from penstock.engine.loaded_model import load_version
from penstock.engine.result import Result, done
from penstock.engine.session import Session
from penstock.learn.artifact import MODEL, ORIGINAL, SERVED, LoadedModel
from penstock.learn.graph import input_name
from penstock.learn.imported_graph import INPUTS, OUTPUTS
from penstock.learn.manifest import Json, Manifest
from penstock.learn.schema import NULL_STRING, PAD_STRING, FeatureType, Task
from penstock.learn.served_graph import exported_graph
from penstock.learn.transform_in_graph import why_left_out
from penstock.learn.trial import is_tuned, model_of_trial
from penstock.sql.statement import ExportModel

OPTIONS = (
    OptionSpec("uri", "string", None, "The folder to write to, relative to the project."),
    OptionSpec("trial_id", "integer", None, "Of a tuned model, the trial; by default the optimal one.", minimum=1),
)
KEPT = (MODEL, "manifest.json", "profile.json")
WORDS = "inputs.json"


def export_model(session: Session, statement: ExportModel) -> Result:
    """Write `model.onnx`, `manifest.json`, `profile.json` and `inputs.json` into the folder that `uri` names."""
    values, findings = read_options(statement.options, OPTIONS, "EXPORT MODEL", statement.span)
    if findings:
        raise InvalidOption(*findings)
    uri = values["uri"]
    if not isinstance(uri, str):
        raise InvalidOption.of("EXPORT MODEL needs OPTIONS (uri = 'folder').", span=statement.span)
    if "://" in uri.removeprefix("file://"):
        message = f"EXPORT MODEL writes to a folder, not to {uri!r}."
        hint = "Give a folder, OPTIONS (uri = 'exported/model'), and copy it from there."
        raise InvalidOption.of(message, span=statement.span, hint=hint)
    folder = session.settings.root / uri.removeprefix("file://")
    trial = cast("int | None", values["trial_id"])
    try:
        return done(export_version(session, statement.name, statement.version, folder, trial))
    except InvalidOption as problem:
        raise problem.at(statement.span) from problem


def export_version(session: Session, model: str, version: str | None, folder: Path, trial: int | None = None) -> str:
    """Write a version's files into `folder`, which is made if need be, and return one line on it.

    An earlier export of the same model is replaced. Raises InvalidOption for a folder that holds anything else, and
    for a trial that there is not.
    """
    found, loaded = load_version(session.catalog, session.storage, session.models, model, version)
    if MODEL not in loaded.files:
        kind = with_article(loaded.manifest.model_type)
        raise InvalidOption.of(
            f"Model {model} cannot be exported: {kind} model is no graph from a row to a score.",
            hint="Ask it with its ML functions in a query instead.",
        )
    files = {name: content for name, content in loaded.files.items() if name in KEPT}
    if trial is not None:
        loaded = _trial(model, loaded, trial)
        files |= {name: content for name, content in loaded.files.items() if name in KEPT}
    if SERVED in loaded.files:
        files[MODEL] = exported_graph(loaded.files[SERVED])
    if ORIGINAL in loaded.files:
        files[MODEL] = loaded.files[ORIGINAL]
    # First what says whose export it is, so that one that is broken off can be done again.
    files = {WORDS: inputs_json(found.model, found.number, loaded).encode(), **files}
    replaced = _earlier(folder, found.model)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
    except OSError as problem:
        raise StorageFailure.of(f"{folder} cannot be written: {problem.strerror}.") from problem
    instead = f"; it replaces version {replaced} there" if replaced is not None else ""
    of_it = f"Trial {trial} of version" if trial is not None else "Version"
    return f"{of_it} {found.number} of {found.model} is in {folder}{instead}.{_before_the_graph(loaded)}"


def _before_the_graph(model: LoadedModel) -> str:
    """Return what a stranger must do before the graph can be run, and why."""
    if model.manifest.transform is None or model.has_transform_in_graph:
        return ""
    why = why_left_out(model.manifest)
    return f" Its graph takes what TRANSFORM gives, whose SQL is in {WORDS}{why}"


def _trial(name: str, model: LoadedModel, trial: int) -> LoadedModel:
    if not is_tuned(model):
        raise InvalidOption.of(
            f"Model {name} has no trials: it was made without num_trials.", hint="Leave trial_id out."
        )
    return model_of_trial(model, trial)


def _earlier(folder: Path, model: str) -> int | None:
    """Return which version of a model was exported into a folder before, None for a folder that holds nothing.

    Raises InvalidOption for one that holds anything else, StorageFailure for one that cannot be read.
    """
    hint = "Choose another folder, or empty this one."
    try:
        if folder.exists() and not folder.is_dir():
            raise InvalidOption.of(f"{folder} is a file, not a folder.", hint="Choose another name.")
        held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        if not held:
            return None
        strange = [name for name in held if name not in (*KEPT, WORDS)]
        if strange or WORDS not in held:
            message = f"{folder} holds something else already: {', '.join((strange or held)[:3])}."
            raise InvalidOption.of(message, hint=hint)
        held_words = json.loads(Path(folder, WORDS).read_bytes())
    except OSError as problem:
        raise StorageFailure.of(f"{folder} cannot be read: {problem.strerror}.") from problem
    except ValueError:
        held_words = None
    match held_words:
        case {"model": str(name), "version": int(version)} if name_key(name) == name_key(model):
            return version
    raise InvalidOption.of(f"{folder} holds something else already: no version of {model}.", hint=hint)


def inputs_json(name: str, version: int, model: LoadedModel) -> str:
    """Return which version it is and how to feed the graph: one tensor a column, and what stands for NULL.

    Its shape is [rows, 1]; of a list of numbers [rows, dimension]; of a list of texts [rows, longest], filled up with
    `pad`.
    """
    manifest = model.manifest
    if manifest.task is Task.IMPORTED:
        return json.dumps(_imported_words(name, version, manifest), ensure_ascii=False, indent=1)
    inputs = [
        {
            "column": feature.name,
            "input": input_name(feature.name),
            "tensor": "string" if feature.type in (FeatureType.STRING, FeatureType.STRING_LIST) else "float64",
            "holds": str(feature.type),
            "dimension": feature.dimension,
        }
        for feature in (manifest.inputs if model.has_transform_in_graph else manifest.features)
    ]
    words = {
        "model": name,
        "version": version,
        "inputs": inputs,
        "null": {"string": NULL_STRING, "float64": "NaN"},
        "pad": PAD_STRING,
        "moments": "seconds since 1970-01-01T00:00:00Z; a time of day is seconds since midnight; true is 1, false 0",
        "output": model.output,
        "classes": list(manifest.classes),
        "label": manifest.label,
        "transform": [{"name": c.name, "sql": c.sql} for c in manifest.transform.columns]
        if manifest.transform and not model.has_transform_in_graph
        else None,
    }
    if model.has_transform_in_graph:
        words["in_doubt"] = "every output of a row is NaN where SQL refuses it, or may compute what float64 does not"
    return json.dumps(words, ensure_ascii=False, indent=1)


def _imported_words(name: str, version: int, manifest: Manifest) -> Json:
    """Return how to feed a graph that was imported: its tensors have types and shapes of their own."""
    inputs = [
        {
            "column": feature.name,
            "input": tensor["tensor"],
            "tensor": "string" if tensor["dtype"] == "object" else tensor["dtype"],
            "shape": [tensor["batch"] or "rows", *("any" if width is None else width for width in tensor["shape"])],
        }
        for feature, tensor in zip(manifest.features, manifest.details[INPUTS], strict=True)
    ]
    outputs = [{"output": output["tensor"], "classes": output["classes"]} for output in manifest.details[OUTPUTS]]
    return {"model": name, "version": version, "inputs": inputs, "outputs": outputs}
