"""The data of a call, scored batch by batch, for predictions, explanations and evaluations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UnknownName
from penstock.core.names import did_you_mean
from penstock.functions.function import Call, InputRows
from penstock.functions.read_ahead import read_ahead
from penstock.functions.transform import apply_transform_sql
from penstock.lake.stream import no_rows
from penstock.learn.feature_column import flatten, select_features
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Feature
from penstock.sql.quoting import quote_identifier


@dataclass(frozen=True)
class ScoredBatch:
    """Rows of the data and what the model says about them.

    `columns` are the data's own, `features` what the model took, `scores` of shape (n,) for regression and
    (n, k) of probabilities for classification, classes ascending.
    """

    columns: pa.RecordBatch
    features: pa.RecordBatch
    scores: NDArray[np.float64]


def check_inputs(call: Call) -> None:
    """Raise UnknownName for a model input that the data lacks, BadData for one of another type."""
    schema = call.rows.schema
    rows = no_rows(schema)
    inputs = call.fitted.manifest.inputs
    if _missing(inputs, rows):
        rows = flatten(rows)
    missing = _missing(inputs, rows)
    if missing:
        raise _missing_inputs(call, [feature.name for feature in missing], schema.names)
    select_features(rows, inputs)


def _missing_inputs(call: Call, missing: Sequence[str], given: Sequence[str]) -> UnknownName:
    named = ", ".join(repr(name) for name in missing)
    word = "column" if len(missing) == 1 else "columns"
    # A column that the model takes under its own name is not a slip for another.
    taken = {feature.name.casefold() for feature in call.fitted.manifest.inputs}
    hint = did_you_mean(missing[0], [name for name in given if name.casefold() not in taken])
    if not hint.startswith("Did you mean"):
        hint = f"The data has: {', '.join(given[:8])}{', …' if len(given) > 8 else ''}."
    message = f"The data of {call.name} has no {word} {named}, which model {call.model_name} needs."
    return UnknownName.of(message, span=call.span, hint=hint)


def _missing(inputs: Sequence[Feature], rows: pa.Table) -> list[Feature]:
    known = {name.casefold() for name in rows.column_names}
    return [feature for feature in inputs if feature.name.casefold() not in known]


def repeated_names(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, without regard to case, in order."""
    seen: set[str] = set()
    repeated = []
    for name in names:
        if name.casefold() in seen:
            repeated.append(name)
        seen.add(name.casefold())
    return repeated


def scored(call: Call, columns: Sequence[str] | None = None) -> Iterator[ScoredBatch]:
    """Yield the data of a call with the model's scores, in bounded memory.

    `columns` names those of the data that are handed on; None hands on all.
    """
    model = call.fitted
    for features, kept in read_features(call, call.rows.schema.names if columns is None else columns):
        yield ScoredBatch(kept, features, model.score(features, threads=call.environment.threads))


def read_features(call: Call, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Yield batches of what the model takes of a call's data, after TRANSFORM, each with the named columns of it."""
    layout = _layout(call.fitted.manifest, call.rows, list(columns))
    stream = call.environment.stream(layout.sql)
    with closing(read_ahead(stream.batches, stream.interrupt)) as batches:
        for batch in batches:
            if batch.num_rows:
                yield layout.features.of(batch), layout.columns.of(batch)


@dataclass(frozen=True)
class _Part:
    """Some columns of a batch, by position, under names of their own."""

    positions: Sequence[int]
    names: Sequence[str]

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([batch.column(at) for at in self.positions], names=list(self.names))


@dataclass(frozen=True)
class _Layout:
    """SQL over the data, and where in its rows the model's features and the columns handed on stand."""

    sql: str
    features: _Part
    columns: _Part


def _layout(manifest: Manifest, data: InputRows, handed_on: Sequence[str]) -> _Layout:
    if manifest.transform is not None:
        made = [column.name for column in manifest.transform.columns]
        return _Layout(
            apply_transform_sql(manifest.transform, data.sql, keep=handed_on),
            _Part(range(len(made)), made),
            _Part(range(len(made), len(made) + len(handed_on)), handed_on),
        )
    taken = _sources(manifest, data.schema)
    read = list(dict.fromkeys([*handed_on, *taken]))
    sql = data.sql
    if read != data.schema.names:
        listed = ", ".join(quote_identifier(name) for name in read)
        sql = f"SELECT {listed} FROM (\n{data.sql}\n) AS scored_rows"
    place = {name: at for at, name in enumerate(read)}
    return _Layout(
        sql,
        _Part([place[name] for name in taken], taken),
        _Part([place[name] for name in handed_on], handed_on),
    )


def _sources(manifest: Manifest, schema: pa.Schema) -> list[str]:
    """Return the columns of the data that hold the model's features: a struct once for all of its fields."""
    wanted = {feature.name.casefold() for feature in manifest.features}
    return [field.name for field in schema if wanted & {name.casefold() for name in _names(field)}]


def _names(field: pa.Field) -> list[str]:
    """Return a column's own name and those of a struct's fields, `struct_field`."""
    return [field.name, *flatten(no_rows(pa.schema([field]))).column_names]
