"""What the outputs of an imported graph amount to: a number, a class with its probabilities, or neither."""

from __future__ import annotations

from dataclasses import replace

from penstock.learn.imported_graph import graph_outputs
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task


def served_manifest(manifest: Manifest) -> Manifest:
    """Return a model's manifest as an endpoint answers by it, and as its monitors measure it.

    An imported model whose graph has one output, a number a row, is served as a regression; one with a map of
    classes, and beside it at most the class itself, as a classification, its classes ascending. Any other imported
    model stays IMPORTED: its outputs are answered as they are, and nothing tells whether they were right. What was
    trained here stays as it is.
    """
    if manifest.task is not Task.IMPORTED:
        return manifest
    outputs = graph_outputs(manifest)
    maps = [output for output in outputs if output.classes is not None]
    others = [output for output in outputs if output.classes is None]
    if len(outputs) == 1 and not maps and not outputs[0].repeated and outputs[0].type in ("double", "int64"):
        return replace(manifest, task=Task.REGRESSION, label=outputs[0].name, label_arrow="double")
    if len(maps) != 1 or len(others) > 1:
        return manifest
    classes = maps[0].classes or ()
    kind = "string" if classes and isinstance(classes[0], str) else "int64"
    if len(set(classes)) < 2 or any(other.repeated or other.type != kind for other in others):
        return manifest
    label = (others or maps)[0].name
    ordered = tuple(sorted(classes))
    return replace(manifest, task=Task.CLASSIFICATION, label=label, label_arrow=kind, classes=ordered)
