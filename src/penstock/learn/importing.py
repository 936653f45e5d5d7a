"""From a model's file to an artifact: read by its format, loaded once to see that it runs, described."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pyarrow as pa

from penstock.core.errors import BadData, CorruptArtifact, InvalidOption
from penstock.core.options import GivenOption, OptionValue
from penstock.learn.artifact import MANIFEST, MODEL, ORIGINAL, LoadedModel
from penstock.learn.fitting import TrainedModel
from penstock.learn.imported_graph import graph_details
from penstock.learn.importer import Importer, ImportField, Json
from penstock.learn.learner import ModelType
from penstock.learn.manifest import Manifest
from penstock.learn.shared_options import resolve_options

# A protobuf, and so an ONNX file, cannot be larger; BigQuery ML's limit is 450 MB.
LARGEST = 2_000_000_000


def import_model(
    content: bytes,
    importer: Importer,
    given: Mapping[str, GivenOption],
    *,
    source: str,
    inputs: Sequence[ImportField],
    outputs: Sequence[ImportField],
    seed: int,
) -> TrainedModel:
    """Return the artifact of a model file; the same bytes and options give the same artifact.

    `source` names the file for people. Raises InvalidOption for wrong options or fields, BadData for a file that is
    not what its model type says, or that onnxruntime cannot run.
    """
    options = _resolved(given, importer)
    if not content:
        raise BadData.of(f"The file {source!r} is empty.")
    if len(content) > LARGEST:
        raise BadData.of(f"The file {source!r} is larger than {LARGEST:,} bytes.")
    read = importer.read(content, inputs, outputs)
    details = {
        **read.details,
        **graph_details(read.inputs, read.outputs),
        "source": {"path": source, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()},
    }
    manifest = elsewhere(importer, options, details, seed, read.notes)
    manifest = Manifest(**{**vars(manifest), "features": read.features})
    files = {MANIFEST: manifest.as_json().encode(), MODEL: read.graph}
    if read.original is not None:
        files[ORIGINAL] = read.original
    try:
        LoadedModel(manifest, files)
    except CorruptArtifact as problem:
        told = problem.diagnostics[0].message.partition(": ")[2]
        message = f"onnxruntime cannot run the model of {source!r}: {told}"
        hint = "Operators of one's own are not taken; export the model with the standard ones."
        raise BadData.of(message, hint=hint) from problem
    return TrainedModel(files, manifest, pa.table({}), ())


def elsewhere(
    kind: ModelType, options: Mapping[str, OptionValue], details: Mapping[str, Json], seed: int, notes: tuple[str, ...]
) -> Manifest:
    """Return the manifest of a model that was not trained here: nothing is known of rows that made it."""
    return Manifest(
        model_type=kind.model_type,
        task=kind.task,
        label="",
        label_arrow="",
        classes=(),
        features=(),
        transform=None,
        options={name: value for name, value in options.items() if value is not None},
        seed=seed,
        train_rows=0,
        held_out_rows=0,
        judged_on="nothing",
        metrics={},
        feature_info=(),
        iterations=(),
        global_attributions=None,
        details=details,
        notes=notes,
    )


def _resolved(given: Mapping[str, GivenOption], kind: ModelType) -> dict[str, OptionValue]:
    values, findings = resolve_options(given, kind)
    if findings:
        raise InvalidOption(*findings)
    return values
