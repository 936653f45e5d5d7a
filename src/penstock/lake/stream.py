"""The rows of a query on their way out: computed as they are read, or set aside when they would be cut off."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import duckdb
import pyarrow as pa


class Stream:
    """An open result. DuckDB ends it without a word at its connection's next statement; `set_aside` comes first."""

    def __init__(self, reader: pa.RecordBatchReader, told: Callable[[Exception], BaseException]) -> None:
        self._reader = reader
        self._told = told
        self._kept: deque[pa.RecordBatch] = deque()
        self._ended = False
        self._failure: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while True:
            batch = self._kept.popleft() if self._kept else self._computed()
            if batch is not None:
                yield batch
                continue
            if self._failure is not None:
                raise self._failure
            return

    def set_aside(self) -> None:
        """Compute the rows that were not read yet and hold them in memory; a failure is told where they are read."""
        while (batch := self._computed()) is not None:
            self._kept.append(batch)

    def _computed(self) -> pa.RecordBatch | None:
        """Return the next batch, or None at the end; what went wrong is remembered."""
        if self._ended:
            return None
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            self._ended = True
        except (OSError, pa.ArrowException, duckdb.Error) as problem:
            self._ended = True
            self._failure = self._told(problem)
        return None


def no_rows(schema: pa.Schema) -> pa.Table:
    """Return a table of these columns without rows; `Schema.empty_table` would import pandas first, where that is
    installed, which takes longer than most queries.
    """
    return pa.Table.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)
