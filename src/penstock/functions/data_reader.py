"""The data of ML calls: described before it runs, then read on a connection of its own while the query
runs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing

import pyarrow as pa

from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span
from penstock.functions.column_type import noted_types, with_own_types, with_type_notes
from penstock.functions.function import InputRows, RowStream
from penstock.functions.spool import Spool
from penstock.lake.database import ArrowRows, Connection, Lake
from penstock.sql.quoting import quote_identifier
from penstock.sql.references import references
from penstock.sql.statement import Query

# What a text holds that only the query's own connection knows: its variables, and the tables of rejected rows that
# files are read with.
LOCAL_WORDS = ("getvariable", "store_rejects")


class DataReader:
    """Reads the data of one query's calls.

    Most data streams from a new connection, since the query's is busy while rows go by. Data that only the
    query's connection can give (temporary tables, variables, files with rejected rows, an open transaction)
    is read there before the query runs, and set aside on disk.
    """

    def __init__(self, connection: Connection, lake: Lake, frames: Mapping[str, ArrowRows]) -> None:
        self._connection = connection
        self._lake = lake
        self._relations = dict(frames)
        self._registered: list[str] = []
        self._spool = Spool()
        self._open: set[Connection] = set()
        self._lock = threading.Lock()

    def add(self, name: str, rows: ArrowRows) -> str:
        """Make rows readable under a name, here and in the data of later calls; return text that follows
        FROM.
        """
        self._connection.register(name, rows)
        self._registered.append(name)
        self._relations[name] = rows
        relation = quote_identifier(name)
        if not any(noted_types(rows.schema)):
            return relation
        read_as = [kind for _, kind in self._connection.column_types(f"FROM {relation}")]
        return with_own_types(relation, rows.schema, read_as)

    def data(self, sql: str, name: str) -> InputRows:
        """Return the data argument of a call; `name` is free for it, should it have to be set aside."""
        only_here = self._is_local(sql)
        if not only_here and not self._connection.in_transaction:
            return InputRows(sql, self._schema(sql), sql)
        schema = _described(self._connection, sql)
        rows = self._spool.keep(self._connection.stream(sql), schema)
        return InputRows(f"SELECT * FROM {self.add(name, rows)}", schema, None if only_here else sql)

    def query(self, sql: str) -> ArrowRows:
        """Return the rows of a query, lazily."""
        return ArrowRows(self._schema(sql), lambda: self.stream(sql).batches)

    def stream(self, sql: str) -> RowStream:
        """Return the rows of a query from a connection of its own, which ends with them."""
        connection = self._reader(sql)
        return RowStream(self._batches(connection, sql), connection.interrupt)

    def _batches(self, connection: Connection, sql: str) -> Iterator[pa.RecordBatch]:
        with self._lock:
            self._open.add(connection)
        try:
            yield from connection.stream(sql)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def interrupt(self) -> None:
        """Stop every read that is under way, from another thread."""
        with self._lock:
            for connection in self._open:
                connection.interrupt()

    def close(self) -> None:
        """Take everything that was added off the query's connection and off the disk."""
        for name in self._registered:
            self._connection.unregister(name)
        self._registered.clear()
        self._spool.close()

    def _schema(self, sql: str) -> pa.Schema:
        with closing(self._reader(sql)) as connection, connection.transaction():
            return _described(connection, sql)

    def _reader(self, sql: str) -> Connection:
        """Return a new connection that knows the relations which `sql` may read."""
        connection = self._lake.connection()
        connection.locate = self._connection.locate
        text = sql.casefold()
        for name, rows in self._relations.items():
            if name.casefold() in text:
                connection.register(name, rows)
        return connection

    def _is_local(self, sql: str) -> bool:
        text = sql.casefold()
        if any(word in text for word in LOCAL_WORDS):
            return True
        try:
            names = references(Query(sql, "duckdb", Span("data", 1, 1, 1, 1))).relations
        except SyntaxProblem:
            # DuckDB may still understand it, and on its own connection every name means what the user meant.
            return True
        known = {name.casefold() for name in self._relations}
        return any(self._is_temporary(name) for name in names if name.casefold() not in known)

    def _is_temporary(self, name: str) -> bool:
        first, dot, _ = name.partition(".")
        return first.casefold() == "temp" if dot else self._connection.has_temporary(name)


def _described(connection: Connection, sql: str) -> pa.Schema:
    types = [kind for _, kind in connection.column_types(sql)]
    return with_type_notes(connection.columns(sql), types)
