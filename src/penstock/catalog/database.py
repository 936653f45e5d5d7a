"""The handle on a catalog: where it is, how it is opened, and what a locked or unreachable one says."""

from __future__ import annotations

import os
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from penstock.catalog.failure import catalog_failure
from penstock.catalog.insertion import insert_into
from penstock.catalog.migration import bring_up_to_date
from penstock.catalog.tables import LEASES, METADATA
from penstock.core.errors import UserError

DEFAULT_SCHEMA = "penstock"
# How long a statement waits for a lock before it says who holds it.
WAIT_SECONDS = 10.0


class Catalog:
    """An open catalog. Safe to share between threads; each transaction takes a connection of its own."""

    def __init__(
        self,
        engine: Engine,
        scratch: tempfile.TemporaryDirectory[str] | None = None,
        joined: Connection | None = None,
    ) -> None:
        self._engine = engine
        self._scratch = scratch
        self._joined = joined

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection in a writing transaction: committed at the end, undone when an error leaves the
        block.

        Raises Busy when another process holds the catalog for longer than the wait, StorageFailure when it
        cannot be written to or reached.
        """
        if self._joined is not None:
            yield self._joined
            return
        with self._reported(), self._engine.execution_options(penstock_writes=True).begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads; it waits for no writer."""
        if self._joined is not None:
            yield self._joined
            return
        with self._reported(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def together(self) -> Iterator[Catalog]:
        """Give a catalog whose every change belongs to one transaction: all of them happen, or none."""
        with self.begin() as connection:
            yield Catalog(self._engine, joined=connection)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn the database's errors into ours."""
        try:
            yield
        except DBAPIError as problem:
            raise catalog_failure(problem, self._holder) from problem

    def _holder(self) -> str | None:
        """Return who holds a lease now, in words, read beside the lock that stands in the way."""
        try:
            with self._engine.begin() as connection:
                row = connection.execute(LEASES.select().order_by(LEASES.c.acquired_at.desc()).limit(1)).first()
        except DBAPIError:
            return None
        return f"{row.owner} (process {row.pid} on {row.host.partition('/')[0]})" if row else None

    def close(self) -> None:
        """Give the connections back; a catalog in memory is forgotten."""
        self._engine.dispose()
        if self._scratch is not None:
            self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_catalog(url: str, *, wait_seconds: float = WAIT_SECONDS, must_exist: bool = False) -> Catalog:
    """Return the catalog at `url`, made or brought up to date when it is not; a file that `must_exist` is not made.

    `url` is `sqlite:///path/to/file`, `sqlite://` for one that lives as long as the handle, or
    `postgresql://…`, whose tables stand in the schema `penstock` unless the address ends with `?schema=name`.
    A password may come from `PGPASSWORD`. Raises UserError for an address that cannot be read, StorageFailure
    when the database cannot be reached or written, Busy when another process holds it for longer than
    `wait_seconds`.
    """
    if url.startswith("sqlite:"):
        return _open_sqlite(url, wait_seconds, must_exist)
    return _open_postgres(url, wait_seconds)


def _open_sqlite(url: str, wait_seconds: float, must_exist: bool) -> Catalog:
    file = url.removeprefix("sqlite:").removeprefix("//").removeprefix("/")
    scratch = None
    if not file:
        scratch = tempfile.TemporaryDirectory(prefix="penstock-catalog-", ignore_cleanup_errors=True)
        file = str(Path(scratch.name) / "catalog.sqlite")
    path = Path(file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UserError.of(f"The folder {path.parent} of the catalog cannot be made: {problem.strerror}.") from problem
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": wait_seconds})
    made = threading.Event()
    if must_exist:
        made.set()

    @event.listens_for(engine, "do_connect")
    def _check(*_: object) -> None:
        # SQLite would make an empty catalog in the place of one that was taken away while this handle is open.
        if made.is_set() and not path.exists():
            raise sqlite3.OperationalError("unable to open database file")

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: `_begin` says which kind each one is.
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = " + ("OFF" if scratch else "FULL"))
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail at once when another wrote in between.
        writes = connection.get_execution_options().get("penstock_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    catalog = Catalog(engine, scratch)
    if scratch is not None:
        with catalog.begin() as connection:
            METADATA.create_all(connection)
        return catalog
    _migrate(catalog)
    made.set()
    return catalog


def _open_postgres(url: str, wait_seconds: float) -> Catalog:
    try:
        address = make_url(url)
    except ArgumentError:
        raise UserError.of(
            "The catalog's address cannot be read.", hint="It begins with sqlite:/// or postgresql://."
        ) from None
    if address.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise UserError.of(
            f"A catalog cannot live in {address.drivername!r}.", hint="Use sqlite:///file or postgresql://…"
        )
    schema = address.query.get("schema", DEFAULT_SCHEMA)
    if not isinstance(schema, str) or not schema.isidentifier():
        raise UserError.of(f"The catalog's schema must be one plain name, not {schema!r}.")
    address = address.set(drivername="postgresql+psycopg").difference_update_query(["schema"])
    engine = create_engine(
        address,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": max(1, round(wait_seconds)),
            "application_name": f"penstock {os.getpid()} on {socket.gethostname()}"[:63],
            "options": f"-csearch_path={schema} -clock_timeout={round(wait_seconds * 1000)} -ctimezone=UTC",
        },
    )
    catalog = Catalog(engine)
    _migrate(catalog, schema)
    return catalog


def _migrate(catalog: Catalog, schema: str | None = None) -> None:
    try:
        bring_up_to_date(catalog.read, catalog.begin, schema)
    except BaseException:
        catalog.close()
        raise


def upsert(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert the row, or replace the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    others = {name: value for name, value in row.items() if name not in keys}
    connection.execute(
        insert_into(table, connection).values(**row).on_conflict_do_update(index_elements=keys, set_=others)
    )
