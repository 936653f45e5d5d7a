"""Rows whose text in one column is put to a remote model; each different text is asked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeVar

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.functions.column_type import with_type_notes
from penstock.functions.function import Call
from penstock.functions.language_model import Asked
from penstock.functions.predict import check_collisions
from penstock.functions.read_ahead import read_ahead
from penstock.lake.database import ArrowRows

Json = Any
Answer = TypeVar("Answer")
Column = tuple[str, pa.DataType]
JSON = "JSON"
NULL_INPUT = "The input is NULL."


def asked_model(call: Call) -> Asked:
    """Return who is asked for a call's remote model; raises InvalidOption for one that predicts rows."""
    details = call.fitted.manifest.details
    if details["outputs"]:
        message = f"Model {call.model_name} predicts rows: {call.name} has no text to ask it for."
        raise InvalidOption.of(message, span=call.span, hint="Ask it with ML.PREDICT.")
    return Asked(call.environment.services, details["connection"], details["endpoint"], call.span)


def asked_rows(
    call: Call,
    column: str,
    made: Sequence[tuple[str, pa.DataType | str]],
    ask: Callable[[Sequence[str]], list[dict[str, Json]]],
    nothing: Mapping[str, Json],
) -> ArrowRows:
    """Return the columns `made` followed by every column of the data.

    `ask` gives the values of `made` by name for each of some different texts of `column`; `nothing` are those of a
    NULL. A type may be the text 'JSON'. Raises UnknownName without such a column, BadData where it holds no text.
    """
    at = text_column(call, column)
    fields = [pa.field(name, pa.string() if kind == JSON else kind) for name, kind in made]
    check_collisions(call, fields)
    noted = with_type_notes(pa.schema(fields), ["JSON" if kind == JSON else "VARCHAR" for _, kind in made])
    schema = pa.schema([*noted, *call.rows.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        known: dict[str, dict[str, Json]] = {}
        stream = call.environment.stream(call.rows.sql)
        with closing(read_ahead(stream.batches, stream.interrupt)) as source:
            for batch in source:
                texts = batch.column(at).cast(pa.string()).to_pylist()
                new = [text for text in dict.fromkeys(texts) if text is not None and text not in known]
                known.update(zip(new, ask(new), strict=True) if new else ())
                answers = [nothing if text is None else known[text] for text in texts]
                columns = [_array([answer.get(name) for answer in answers], kind) for name, kind in made]
                yield pa.RecordBatch.from_arrays([*columns, *batch.columns], schema=schema)

    return ArrowRows(schema, batches)


def text_column(call: Call, column: str) -> int:
    """Return the place of a column of texts in the data; raises UnknownName without it, BadData for other values."""
    names = [name.casefold() for name in call.rows.schema.names]
    if column not in names:
        message = f"The data of {call.name} has no column {column!r}."
        hint = f"Say what is asked: SELECT … AS {column}. The data has: {', '.join(call.rows.schema.names[:8])}."
        raise UnknownName.of(message, span=call.span, hint=hint)
    at = names.index(column)
    kind = call.rows.schema.field(at).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise BadData.of(f"The column {column!r} of {call.name} must be text; it is {kind}.", span=call.span)
    return at


def _array(values: list[Json], kind: pa.DataType | str) -> pa.Array:
    if kind == JSON:
        texts = [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
        return pa.array(texts, pa.string())
    return pa.array(values, kind)
