"""The label in a function's data and results: its Arrow type, its classes, and the codes of given labels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData, CorruptArtifact, UnknownName
from penstock.core.names import did_you_mean
from penstock.core.spans import Span
from penstock.learn.manifest import Manifest

# The code of a label that is none of the model's classes.
UNSEEN_LABEL = -1


def label_type(manifest: Manifest) -> pa.DataType:
    """Return the Arrow type of the model's label; raises CorruptArtifact for a text that names none."""
    return arrow_type(manifest.label_arrow)


def arrow_type(text: str) -> pa.DataType:
    """Return the Arrow type that a manifest names, plain texts for a dictionary; raises CorruptArtifact for none."""
    head, _, rest = text.partition("(" if text.startswith("decimal") else "[")
    if head.startswith("decimal"):
        precision, scale = (int(part) for part in rest.rstrip(")").split(","))
        return pa.decimal256(precision, scale) if head == "decimal256" else pa.decimal128(precision, scale)
    if head == "timestamp":
        unit, _, zone = rest.rstrip("]").partition(", tz=")
        return pa.timestamp(unit, zone or None)
    if head.startswith("dictionary"):
        return pa.string()
    try:
        return pa.type_for_alias(text)
    except ValueError as problem:
        raise CorruptArtifact.of(f"The artifact has a column of {text!r}, a type which nothing here has.") from problem


def class_labels(manifest: Manifest) -> pa.Array:
    """Return the classes of a classifier, ascending, in the label's own type."""
    return pa.array(list(manifest.classes)).cast(label_type(manifest))


def find_column(schema: pa.Schema, name: str) -> int | None:
    """Return the position of a column, found by its name in any case, or None."""
    key = name.casefold()
    return next((at for at, known in enumerate(schema.names) if known.casefold() == key), None)


def label_column(schema: pa.Schema, manifest: Manifest, function: str, span: Span | None) -> int:
    """Return the position of the label in the data of a function that judges; raises UnknownName without
    it.
    """
    at = find_column(schema, manifest.label)
    if at is None:
        raise UnknownName.of(
            f"The data of {function} has no column {manifest.label!r}, the label to judge by.",
            span=span,
            hint=did_you_mean(manifest.label, schema.names),
        )
    return at


def label_values(values: pa.Array, manifest: Manifest, span: Span | None) -> pa.Array:
    """Return labels in the model's label type (float64 for regression); raises BadData for ones that do not
    fit it.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    target = label_type(manifest) if manifest.classes else pa.float64()
    if not _fits(values.type, target):
        raise BadData.of(
            f"The label {manifest.label} is {values.type} in the data; the model was trained on {target}.",
            span=span,
            hint=f"Cast it in the query, for example CAST({manifest.label} AS …).",
        )
    try:
        return values.cast(target, safe=bool(manifest.classes))
    except pa.ArrowInvalid as problem:
        raise BadData.of(
            f"The label {manifest.label} holds values that are not {target}: {problem}.", span=span
        ) from problem


def label_codes(values: pa.Array, classes: pa.Array) -> NDArray[np.int32]:
    """Return the index of each label among the classes of the same type, UNSEEN_LABEL for any other value."""
    codes: NDArray[np.int32] = pc.index_in(values, value_set=classes).fill_null(UNSEEN_LABEL).to_numpy()
    return codes


def _fits(given: pa.DataType, target: pa.DataType) -> bool:
    return given == target or pa.types.is_null(given) or _family(given) == _family(target)


def _family(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    return str(kind)
