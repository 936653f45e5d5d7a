"""The lake and its connections: DuckDB over DuckLake, Arrow in and out, transactions tried again."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from penstock.core.errors import Busy, InvalidOption, StorageFailure
from penstock.core.settings import Settings
from penstock.lake.arrow_function import ArrowFunction, CalledFunction
from penstock.lake.attachment import LAKE, attach_lake, metadata_schema, use_s3
from penstock.lake.extension import load_statement
from penstock.lake.failure import Locate, read_error, translated
from penstock.lake.fingerprint import fingerprints
from penstock.lake.image import IMAGE, IMAGE_FUNCTIONS
from penstock.lake.listed import listed_relations
from penstock.lake.quoting import quote_identifier, quote_name
from penstock.lake.spill import new_spill_folder
from penstock.lake.stream import Stream

T = TypeVar("T")
Parameters = Sequence[object] | Mapping[str, object]
BATCH_ROWS = 65_536
# Seconds between the attempts of a block that met another writer: about eight in all.
RETRY_DELAYS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.4, 2.4)


@dataclass(frozen=True)
class ArrowRows:
    """Rows that can be read again and again: each call of `batches` begins anew, with batches of `schema`."""

    schema: pa.Schema
    batches: Callable[[], Iterator[pa.RecordBatch]]

    def __arrow_c_schema__(self) -> Any:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)


class _Scanned:
    """What DuckDB sees of registered rows. It keeps a scan's exception: DuckDB passes on only the text."""

    def __init__(self, rows: ArrowRows) -> None:
        self._rows = ArrowRows(rows.schema, self._batches)
        self.source = rows
        self.failure: BaseException | None = None

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.source.batches()
        except GeneratorExit:
            raise
        except BaseException as problem:
            self.failure = problem
            raise

    def __arrow_c_schema__(self) -> Any:
        return self._rows.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._rows.__arrow_c_stream__(requested_schema)


class Connection:
    """One conversation with the lake, for one thread at a time.

    What was not read of a stream when the next statement comes is computed then and held in memory.

    `metadata` is where DuckLake keeps its own tables; None without DuckLake. While `locate` is set, errors point into
    the user's file instead of the statement.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, metadata: str | None, writing: AbstractContextManager[bool]
    ) -> None:
        self._cursor = cursor
        self._scanned: dict[str, _Scanned] = {}
        self._called: dict[str, CalledFunction] = {}
        self._depth = 0
        self.metadata = metadata
        self.writing = writing
        self.locate: Locate | None = None
        self._open: weakref.ref[Stream] | None = None

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement to its end; return the number of rows that it changed, or 0."""
        with self._translating(sql):
            statements = self._cursor.extract_statements(sql)
            self._cursor.execute(sql, _bound(parameters))
            changes = statements and duckdb.ExpectedResultType.CHANGED_ROWS in statements[-1].expected_result_type
            description = self._cursor.description
            if changes and description and description[0][0] == "Count":
                row = self._cursor.fetchone()
                return int(row[0]) if row else 0
            if description:
                for _ in self._cursor.to_arrow_reader(BATCH_ROWS):
                    pass
            return 0

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Return a small result as Python values."""
        with self._translating(sql):
            return self._cursor.execute(sql, _bound(parameters)).fetchall()

    def table(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Return a result held whole."""
        with self._translating(sql):
            return self._cursor.execute(sql, _bound(parameters)).to_arrow_table(BATCH_ROWS)

    def stream(self, sql: str, parameters: Parameters = (), batch_rows: int = BATCH_ROWS) -> pa.RecordBatchReader:
        """Return a result as a stream: rows are computed as they are read, a few batches ahead at most."""
        with self._translating(sql):
            reader = self._cursor.execute(sql, _bound(parameters)).to_arrow_reader(batch_rows)
        locate = self.locate
        stream = Stream(reader, lambda problem: self._told(problem, sql, locate))
        self._open = weakref.ref(stream)
        return pa.RecordBatchReader.from_batches(reader.schema, iter(stream))

    def result(self, sql: str, parameters: Parameters = ()) -> pa.RecordBatchReader:
        """Return what any statement gives: a query's rows, the count of a change, or nothing."""
        return self.stream(sql, parameters)

    def columns(self, sql: str, parameters: Parameters = ()) -> pa.Schema:
        """Return the columns of a query without running it, duplicate names as they are."""
        names = [name for name, _ in self.column_types(sql, parameters)]
        empty = f"SELECT * FROM (\n{_bare(sql)}\n) LIMIT 0"
        with self._translating(sql):
            schema = self._cursor.execute(empty, _bound(parameters)).to_arrow_reader(1).schema
        return pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])

    def column_types(self, sql: str, parameters: Parameters = ()) -> list[tuple[str, str]]:
        """Return the name and DuckDB type of each column, as `columns` does."""
        return [(row[0], row[1]) for row in self.rows(f"DESCRIBE\n{_bare(sql)}", parameters)]

    def register(self, name: str, rows: ArrowRows) -> None:
        """Make rows readable as the table `name` on this connection; they are scanned anew at each use."""
        scanned = _Scanned(rows)
        with self._translating(name):
            self._cursor.register(name, scanned)
        self._scanned[name] = scanned

    def unregister(self, name: str, rows: ArrowRows | None = None) -> None:
        """Take registered rows away; a name that is not registered is left alone, or not for these `rows`."""
        scanned = self._scanned.get(name)
        if scanned is not None and (rows is None or scanned.source is rows):
            del self._scanned[name]
            self._cursor.unregister(name)

    def add_function(self, name: str, function: ArrowFunction) -> None:
        """Make a function callable in SQL, on every connection of the lake, until `remove_function`."""
        called = CalledFunction(function)
        with self._translating(name):
            self._cursor.create_function(
                name,
                called.wrapped,
                ["VARCHAR"] * function.arguments,
                function.result,
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
                # Not computed while a query is only planned.
                side_effects=True,
            )
        self._called[name] = called

    def remove_function(self, name: str) -> None:
        """Take away a function that `add_function` made."""
        del self._called[name]
        with self._translating(name):
            self._cursor.remove_function(name)

    def is_registered(self, name: str) -> bool:
        """Return whether `name` stands for registered rows now; like other names, in any case."""
        return name.casefold() in {known.casefold() for known in self._scanned}

    def has(self, name: str) -> bool:
        """Return whether there is a table or view `schema.name`; `temp.name` for a temporary one."""
        schema, _, rest = name.partition(".")
        return self.has_temporary(rest) if schema == "temp" else self._binds(quote_name(name))

    def has_temporary(self, name: str) -> bool:
        """Return whether this connection has a temporary table or view `name`; registered rows are one."""
        return self._binds(f"temp.main.{quote_identifier(name)}")

    def _binds(self, relation: str) -> bool:
        """Return whether a relation can be read.

        DuckDB's lists of tables would do as well, but after every commit they read the statistics of all of them.
        """
        self._set_aside()
        try:
            self._cursor.execute(f"SELECT 1 FROM {relation} LIMIT 0")
        except duckdb.CatalogException:
            return False
        return True

    def load(self, extension: str) -> None:
        """Load one of DuckDB's extensions; raises MissingExtra when it is not installed."""
        self.rows(load_statement(extension))

    def use_bucket(self) -> None:
        """Make s3:// readable with what the environment says; raises StorageFailure."""
        use_s3(self._cursor, os.environ)

    def discard(self, temporary: str) -> None:
        """Drop a temporary table; does nothing when the transaction that made it has failed."""
        self._set_aside()
        try:
            self._cursor.execute(f"DROP TABLE IF EXISTS temp.main.{quote_identifier(temporary)}")
        except duckdb.TransactionException:
            # The transaction is broken and takes the table with it.
            return

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the block whole or not at all; within another transaction it is a part of that one."""
        if self._depth:
            yield
            return
        self.rows("BEGIN TRANSACTION")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._depth = 0
            self._roll_back()
            raise
        self._depth = 0
        self.rows("COMMIT")

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """Give a connection for looking at files: a statement that fails on it does not end this one's transaction."""
        cursor = self._cursor.cursor()
        _configure(cursor)
        other = Connection(cursor, None, self.writing)
        other.locate = self.locate
        try:
            yield other
        finally:
            other.close()

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    def recover(self) -> bool:
        """Roll back a transaction that a failed statement has broken, and return whether there was one."""
        if self.in_transaction:
            return False
        self._set_aside()
        try:
            self._cursor.execute("SELECT 1")
        except duckdb.TransactionException:
            self._roll_back()
            return True
        return False

    def interrupt(self) -> None:
        """Stop the running statement, from another thread; a closed connection has none."""
        with suppress(duckdb.ConnectionException):
            self._cursor.interrupt()

    def close(self) -> None:
        """End the conversation; what was not committed is gone."""
        self._scanned.clear()
        self._cursor.close()

    def _roll_back(self) -> None:
        # After Ctrl-C the statement's threads still work, and ROLLBACK would wait for them to end by themselves.
        self._cursor.interrupt()
        try:
            self._cursor.execute("ROLLBACK")
        except duckdb.TransactionException:
            # A failed statement can end the transaction by itself; then there is nothing left to undo.
            return

    @contextmanager
    def _translating(self, sql: str) -> Iterator[None]:
        self._set_aside()
        try:
            yield
        except duckdb.Error as problem:
            raise self._told(problem, sql, self.locate) from None
        except RuntimeError as problem:
            # What DuckDB makes of the signal that Python took for it.
            if str(problem) == "Query interrupted":
                raise KeyboardInterrupt from None
            raise

    def _set_aside(self) -> None:
        """Save what is not read yet of an open stream that someone still holds."""
        stream = self._open() if self._open is not None else None
        self._open = None
        if stream is not None:
            stream.set_aside()

    def _told(self, problem: Exception, sql: str, locate: Locate | None) -> BaseException:
        """Return what to raise for DuckDB's error: the exception of a scan of ours, or the user's error."""
        failure = _first_failure([*self._scanned.values(), *self._called.values()])
        return translated(problem, sql, self._names, locate) if failure is None else failure

    def _names(self) -> list[str]:
        """Return the tables and views there are."""
        # On a cursor of its own, since this one's transaction may be broken.
        cursor = self._cursor.cursor()
        try:
            if self.metadata is not None:
                cursor.execute(f"USE {LAKE}")
            found = cursor.execute(NAMES.format(relations=listed_relations(self.metadata))).fetchall()
        finally:
            cursor.close()
        return [name for (name,) in found] + list(self._scanned)


def _first_failure(kept: Sequence[_Scanned | CalledFunction]) -> BaseException | None:
    """Return what a scan or a function of ours has raised within DuckDB, once."""
    for ours in kept:
        failure, ours.failure = ours.failure, None
        if failure is not None:
            return failure
    return None


def atomically(connection: Connection, work: Callable[[], T]) -> T:
    """Return what `work` returns, run in a transaction and run again when another writer came first.

    Raises Busy when all attempts met one. Within a transaction it is a part of that one.
    """
    if connection.in_transaction:
        return work()
    # DuckLake does not bear two commits of one process at once: its view of the schema can break.
    with connection.writing:
        return _until_it_commits(connection, work)


def _until_it_commits(connection: Connection, work: Callable[[], T]) -> T:
    # Processes that met once must not meet again at the same moment.
    spread = 1 + os.getpid() % 16 / 16
    for delay in RETRY_DELAYS:
        try:
            with connection.transaction():
                return work()
        except Busy:
            time.sleep(delay * spread)
    with connection.transaction():
        return work()


NAMES = """
SELECT CASE schema WHEN 'main' THEN name ELSE schema || '.' || name END
FROM ({relations}) WHERE schema <> 'penstock' ORDER BY 1
"""


class Lake:
    """Where rows live. Each thread and each stream takes a connection of its own."""

    def __init__(self, database: duckdb.DuckDBPyConnection, settings: Settings | None) -> None:
        self._database = database
        self._open: weakref.WeakSet[Connection] = weakref.WeakSet()
        # Held by whoever commits, and by whoever must not meet a commit.
        self.turn = threading.RLock()
        self.settings = settings

    def connection(self) -> Connection:
        """Return a new connection: in the lake, its time zone UTC. Raises as `open_lake` does."""
        cursor = self._database.cursor()
        if self.settings is not None:
            try:
                cursor.execute(f"USE {LAKE}")
            except duckdb.Error as problem:
                raise _unreachable(problem) from problem
        _configure(cursor)
        metadata = None if self.settings is None else metadata_schema(self.settings)
        connection = Connection(cursor, metadata, self.turn)
        self._open.add(connection)
        return connection

    def interrupt(self) -> None:
        """Stop the running statements of all connections, from another thread."""
        for connection in list(self._open):
            connection.interrupt()

    def close(self) -> None:
        """Let go of the database; connections of it end."""
        self._database.close()


def _configure(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("SET TimeZone = 'UTC'")
    cursor.execute("SET errors_as_json = true")
    # Names are suggested by Penstock; DuckDB's search for them reads the whole catalog at every miss.
    cursor.execute("SET catalog_error_max_schemas = 0")
    # Otherwise a name that is no table would find the local variables of this very module.
    cursor.execute("SET python_enable_replacements = false")


def open_lake(settings: Settings | None, environment: Mapping[str, str] = os.environ) -> Lake:
    """Return the lake of a project, or a plain DuckDB in memory for None.

    Raises StorageFailure when it cannot be reached or made, Busy when another process holds it, MissingExtra.
    """
    spill = new_spill_folder(Path(gettempdir()) / "penstock-spill" if settings is None else settings.state / "spill")
    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(spill),
    }
    if settings is not None and settings.threads is not None:
        config["threads"] = settings.threads
    if settings is not None and settings.memory_limit is not None:
        config["memory_limit"] = settings.memory_limit
    try:
        database = duckdb.connect(":memory:", config=config)
    except duckdb.Error as problem:
        message = f"[compute] cannot be used: {read_error(str(problem)).message}"
        raise InvalidOption.of(message, hint='For instance: threads = 4, memory_limit = "8GB".') from None
    try:
        database.execute("SET errors_as_json = true")
        database.execute(load_statement("icu"))
        database.create_function("farm_fingerprint", fingerprints, ["VARCHAR"], "BIGINT", type=PythonUDFType.ARROW)
        for image in IMAGE_FUNCTIONS:
            database.create_function(image.name, image.compute, list(image.arguments), IMAGE, type=PythonUDFType.ARROW)
        if settings is not None:
            attach_lake(database, settings, environment)
    except duckdb.Error as problem:
        raise _unreachable(problem) from problem
    return Lake(database, settings)


def _unreachable(problem: duckdb.Error) -> Exception:
    error = translated(problem, "", list)
    if isinstance(error, Busy | StorageFailure):
        return error
    message = read_error(str(problem)).message
    hint = None
    if "does not match existing data path" in message:
        message = message.partition("\n")[0]
        hint = "Say under [storage] data where the catalog's tables have been so far, or take another catalog."
    return StorageFailure.of(f"The lake cannot be opened: {message}", hint=hint)


def _bound(parameters: Parameters) -> Parameters | None:
    if isinstance(parameters, Mapping):
        return parameters
    return list(parameters) if parameters else None


def _bare(sql: str) -> str:
    """Return a query without the semicolon that may end it."""
    return sql.rstrip().rstrip(";")
