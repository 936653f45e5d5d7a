"""What a statement gives: rows as a stream, or a word on what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa


class Result:
    """Rows, read once: as a stream (`batches`) or whole (`table`). Closing gives back what the query held open."""

    def __init__(self, reader: pa.RecordBatchReader, held: ExitStack | None = None, message: str = "") -> None:
        self._reader = reader
        self._held = held or ExitStack()
        self.message = message

    @property
    def schema(self) -> pa.Schema:
        return self._reader.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows batch by batch; everything is given back at the end."""
        with self._held:
            yield from self._reader

    def table(self) -> pa.Table:
        """Return all rows."""
        with self._held:
            return self._reader.read_all()

    def close(self) -> None:
        """Give back what the query holds open, read or not; what was not read is gone."""
        self._reader = pa.RecordBatchReader.from_batches(self.schema, [])
        self._held.close()


def done(message: str) -> Result:
    """Return a result without rows."""
    empty = pa.schema([])
    return Result(pa.RecordBatchReader.from_batches(empty, []), message=message)


def counted(number: int, thing: str) -> str:
    """Return a number of things in words: `1 row`, `12,000 rows`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def of_table(table: pa.Table) -> Result:
    """Return a result of rows that are there already."""
    return Result(table.to_reader())


def of_records(columns: Sequence[tuple[str, pa.DataType]], records: Sequence[Sequence[Any]]) -> Result:
    """Return a result of a few records, one tuple a row."""
    arrays = [pa.array([record[place] for record in records], type=kind) for place, (_, kind) in enumerate(columns)]
    return of_table(pa.Table.from_arrays(arrays, schema=pa.schema(list(columns))))
