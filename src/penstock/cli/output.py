"""Rows on standard output, as a table, as JSON or as CSV; words for people on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 100


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="How rows are printed.")]


def say(words: str) -> None:
    """Print words for a person, on standard error."""
    print(words, file=sys.stderr)  # noqa: T201 - this is the edge


def print_table(table: pa.Table, form: Format) -> None:
    """Print rows that are there."""
    print_batches(table.schema, table.to_batches(), form)


def print_batches(schema: pa.Schema, batches: Iterable[pa.RecordBatch], form: Format) -> None:
    """Print rows as they come; as a table, the first hundred and the count."""
    match form:
        case Format.JSON:
            _print_json(batches)
        case Format.CSV:
            _print_csv(schema, batches)
        case Format.TABLE:
            import pyarrow as pa

            from penstock.connection.text_table import text_table

            table = pa.Table.from_batches(list(batches), schema=schema)
            sys.stdout.write(text_table(table, SHOWN_ROWS) + "\n")


def _print_json(batches: Iterable[pa.RecordBatch]) -> None:
    import orjson

    separator = b"["
    write = sys.stdout.buffer.write
    for batch in batches:
        for row in batch.to_pylist():
            write(separator + orjson.dumps(row, default=_plain, option=orjson.OPT_NON_STR_KEYS))
            separator = b",\n "
    write(b"[]\n" if separator == b"[" else b"]\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    """Return what JSON has no word for in the nearest words it has."""
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _print_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    from pyarrow import csv

    with csv.CSVWriter(sys.stdout.buffer, _flat(schema)) as writer:
        for batch in batches:
            writer.write_batch(_flattened(batch))


def _flat(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([field if not pa.types.is_nested(field.type) else pa.field(field.name, pa.string()) for field in schema])


def _flattened(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with lists and structs as JSON texts, which CSV can hold."""
    import orjson
    import pyarrow as pa

    columns = [
        pa.array([None if v is None else orjson.dumps(v, default=_plain).decode() for v in column.to_pylist()])
        if pa.types.is_nested(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_flat(batch.schema))
