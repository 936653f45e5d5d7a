"""A frozen TRANSFORM clause over a few rows: plain scalar SQL, run by a DuckDB of its own in memory."""

from __future__ import annotations

import pyarrow as pa

from penstock.lake.database import ArrowRows, Connection, Lake
from penstock.lake.quoting import quote_identifier
from penstock.learn.manifest import Transform

_ROWS = "penstock_rows"


class TransformRunner:
    """Applies one TRANSFORM. Safe to use from many threads: each call takes a connection that is free."""

    def __init__(self, transform: Transform, lake: Lake) -> None:
        self._lake = lake
        self._free: list[Connection] = []
        columns = ", ".join(f"{column.sql} AS {quote_identifier(column.name)}" for column in transform.columns)
        self._sql = f"SELECT {columns} FROM {_ROWS}"

    def apply(self, rows: pa.RecordBatch) -> pa.Table:
        """Return the outputs of the clause for each row, in the same order; raises BadData where its SQL fails."""
        try:
            connection = self._free.pop()
        except IndexError:
            connection = self._lake.connection()
        try:
            connection.register(_ROWS, ArrowRows(rows.schema, lambda: iter((rows,))))
            return connection.table(self._sql)
        finally:
            connection.unregister(_ROWS)
            self._free.append(connection)
