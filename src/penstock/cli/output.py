"""Rows on standard output, as a table, as JSON or as CSV; words for people on standard error."""

from __future__ import annotations

import os
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
    """Print rows as they come; as a table, the first hundred and the count.

    A reader that has seen enough (`| head`) ends the process as a signal would, without a word.
    """
    try:
        match form:
            case Format.JSON:
                _print_json(batches)
            case Format.CSV:
                _print_csv(schema, batches)
            case Format.TABLE:
                _print_text(schema, batches)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer must go somewhere when Python closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(141) from None


def _print_text(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    import pyarrow as pa
    from rich.console import Console
    from rich.text import Text

    from penstock.connection.text_table import text_table

    kept: list[pa.RecordBatch] = []
    total = 0
    for batch in batches:
        if total < SHOWN_ROWS:
            kept.append(batch.slice(0, SHOWN_ROWS - total))
        total += batch.num_rows
    table = pa.Table.from_batches(kept, schema=schema)
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    width = console.width if sys.stdout.isatty() else None
    text = Text(text_table(table, SHOWN_ROWS, width, total=total) + "\n")
    text.highlight_regex(r"\A.*(?=\n─)", "bold")
    text.highlight_regex(r"(?m)^─[─ ]*$", "dim")
    console.print(text, end="")


def _print_json(batches: Iterable[pa.RecordBatch]) -> None:
    """Write a list of row objects. NaN and infinity, for which JSON has no word, become null."""
    import orjson

    separator = b"["
    write = sys.stdout.buffer.write
    for batch in batches:
        for row in _plain_batch(batch, moment="T").to_pylist(maps_as_pydicts="strict"):
            write(separator + orjson.dumps(row, default=_plain, option=orjson.OPT_NON_STR_KEYS))
            separator = b",\n "
    write(b"[]\n" if separator == b"[" else b"]\n")


def _plain(value: Any) -> Any:
    """Return what JSON has no word for in the nearest words it has."""
    from penstock.connection.text_value import value_text

    return value.hex() if isinstance(value, bytes) else value_text(value)


def _print_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    import pyarrow as pa
    from pyarrow import csv

    empty = pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)
    with csv.CSVWriter(sys.stdout.buffer, _csv_batch(empty).schema) as writer:
        for batch in batches:
            writer.write_batch(_csv_batch(batch))


def _plain_batch(batch: pa.RecordBatch, *, moment: str) -> pa.RecordBatch:
    """Return the batch with timestamps as ISO 8601 texts, `moment` between day and time: Python's calendar ends in the
    year 9999 and has no infinity."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from penstock.connection.text_value import moment_texts

    columns = [
        pc.replace_substring(moment_texts(column), " ", moment, max_replacements=1)
        if pa.types.is_timestamp(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _csv_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with what CSV cannot hold (lists, structs, bytes, intervals) as texts, nested values as JSON."""
    import orjson
    import pyarrow as pa

    def texts(column: pa.Array) -> pa.Array:
        values = column.to_pylist(maps_as_pydicts="strict")
        if pa.types.is_nested(column.type):
            option = orjson.OPT_NON_STR_KEYS
            values = [None if v is None else orjson.dumps(v, default=_plain, option=option).decode() for v in values]
        else:
            values = [None if v is None else _plain(v) for v in values]
        return pa.array(values, pa.string())

    plain = _plain_batch(batch, moment=" ")
    columns = [texts(column) if _beyond_csv(column.type) else column for column in plain.columns]
    return pa.RecordBatch.from_arrays(columns, names=plain.schema.names)


def _beyond_csv(kind: pa.DataType) -> bool:
    import pyarrow as pa

    checks = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_interval)
    return any(check(kind) for check in checks)
