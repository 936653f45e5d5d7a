"""The column that a model learns to predict: found, checked, turned into a float64 target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData, InvalidOption, UnknownName, UntrainableModel
from penstock.learn.feature_column import feature_type, numbers
from penstock.learn.schema import FeatureType, Task
from penstock.learn.shared_options import class_weight

Floats = NDArray[np.float64]
Json = Any
_NUMERIC = "A regression learns a number. For classes use a classifier, or CAST the label."
# So that the sums of the squares of errors are numbers.
_GREATEST = 1e100
_FEW = "For so many values use a regression, or group them."
_CLASS_TYPES = (
    FeatureType.NUMBER,
    FeatureType.BOOLEAN,
    FeatureType.STRING,
    FeatureType.DATE,
    FeatureType.TIMESTAMP,
)


@dataclass(frozen=True)
class Label:
    """`target` is the value, or the index of the class in `classes` (ascending); `column` is as it was "
    "given."""

    name: str
    column: pa.ChunkedArray
    target: Floats
    classes: tuple[Json, ...]


def label_name(table: pa.Table, named: Sequence[str]) -> str:
    """Return the label column as it is spelled; raises UnknownName with the nearest when there is none."""
    wanted = named[0]
    for name in table.column_names:
        if name.casefold() == wanted.casefold():
            return str(name)
    raise UnknownName.among("label column", wanted, table.column_names, option="input_label_cols")


def read_label(table: pa.Table, name: str, task: Task, most_classes: int) -> Label:
    """Return the label of a flattened table; raises UntrainableModel for one that cannot be learned."""
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    _refuse_nulls(column, name)
    if task.predicts_number:
        return Label(name, column, _values(column, name), ())
    target, classes = _classes(column, name)
    if len(classes) < 2:
        raise UntrainableModel.of(
            f"The label {name!r} has one class only: {classes[0]!r}.",
            hint="A classifier needs rows of at least two classes. Look at the query's filter.",
        )
    if len(classes) > most_classes:
        raise UntrainableModel.of(
            f"The label {name!r} has {len(classes):,} classes; this model type takes at most {most_classes:,}.",
            hint=_FEW,
        )
    return Label(name, column, target, classes)


def _refuse_nulls(column: pa.ChunkedArray, name: str) -> None:
    if column.null_count:
        _refuse_rows(column.is_null().to_numpy(), f"The label {name!r} is NULL")


def _refuse_rows(wrong: NDArray[np.bool_], what: str) -> None:
    rows = np.flatnonzero(wrong)
    shown = ", ".join(f"{row + 1:,}" for row in rows[:5]) + (", …" if len(rows) > 5 else "")
    count = f"{len(rows):,} row{'s' if len(rows) > 1 else ''}"
    message = f"{what} in {count} of {len(wrong):,}: row {shown}."
    raise UntrainableModel.of(message, hint="Leave such rows out with a WHERE.")


def _values(column: pa.ChunkedArray, name: str) -> Floats:
    if feature_type(column.type) is not FeatureType.NUMBER:
        raise UntrainableModel.of(f"The label {name!r} has the type {column.type}.", hint=_NUMERIC)
    values: Floats = np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)])
    wrong = ~np.isfinite(values)
    if wrong.any():
        _refuse_rows(wrong, f"The label {name!r} is not a finite number")
    reach = float(np.abs(values).max(initial=0.0))
    if reach > _GREATEST:
        message = f"The label {name!r} reaches {reach:.3g}; beyond {_GREATEST:g} errors are no numbers here."
        raise UntrainableModel.of(message, hint="Write it in another unit: divide it in the query.")
    return values


def _classes(column: pa.ChunkedArray, name: str) -> tuple[Floats, tuple[Json, ...]]:
    if feature_type(column.type) not in _CLASS_TYPES:
        raise UntrainableModel.of(f"The label {name!r} has the type {column.type}, which cannot name a class.")
    if pa.types.is_floating(column.type):
        wrong = np.isnan(column.to_numpy())
        if wrong.any():
            _refuse_rows(wrong, f"The label {name!r} is NaN")
    known = pc.unique(column)
    known = known.take(pc.sort_indices(_orderable(known)))
    target = pc.index_in(column, value_set=known).to_numpy().astype(np.float64)
    return target, tuple(_as_json(value) for value in known.to_pylist())


def _orderable(values: pa.Array) -> pa.Array:
    return values.cast(pa.uint8()) if pa.types.is_boolean(values.type) else values


def _as_json(value: object) -> Json:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def class_indices(column: pa.ChunkedArray, classes: Sequence[Json]) -> Floats:
    """Return the index of each row's class, shape (n,), NaN for a value that is no class and for NULL.

    Raises BadData for a column that cannot hold the classes.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    known = pa.array(list(classes))
    if known.type != column.type:
        try:
            known = known.cast(column.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise BadData.of(
                f"The label has the type {column.type}; the model's classes are {known.type}.",
                hint="CAST the label.",
            ) from problem
    places = pc.index_in(column, value_set=known, skip_nulls=True)
    indices: Floats = places.to_numpy().astype(np.float64)
    return indices


def class_weights(label: Label, options: Mapping[str, object]) -> Floats | None:
    """Return the weight of each row by its class, or None when all count the same.

    Raises InvalidOption when `class_weights` leaves a class out or names one that is not there.
    """
    given = options["class_weights"]
    if given is None and not options["auto_class_weights"]:
        return None
    codes = label.target.astype(np.int64)
    if options["auto_class_weights"]:
        counts = np.bincount(codes, minlength=len(label.classes))
        balanced: Floats = (len(codes) / (len(label.classes) * np.maximum(counts, 1.0)))[codes]
        return balanced
    assert isinstance(given, list)
    weights = dict(pair for pair in map(class_weight, given) if pair)
    names = [str(value).lower() if isinstance(value, bool) else str(value) for value in label.classes]
    odd = sorted(set(names) ^ set(weights))
    if odd:
        known = ", ".join(names)
        problem = "has no weight" if odd[0] in names else "is not a class of the label"
        raise InvalidOption.of(
            f"Option class_weights: {odd[0]!r} {problem}.", hint=f"Classes: {known}.", option="class_weights"
        )
    of_row: Floats = np.array([weights[name] for name in names])[codes]
    return of_row
