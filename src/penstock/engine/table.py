"""Building tables: from nothing, or by the rows that new files bring."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.core.events import Noticed, nobody
from penstock.engine.query import NO_FRAMES, PreparedQuery, prepared
from penstock.engine.session import Session
from penstock.lake.database import ArrowRows, Connection, atomically
from penstock.lake.loaded_files import forget_files, known_columns, known_files, new_files, record_columns, record_files
from penstock.lake.rejects import forget_rejects, rejected_rows, save_rejects, unreadable
from penstock.lake.snapshots import table_snapshot
from penstock.lake.sources import NOTHING_KNOWN, SourceFile
from penstock.lake.tables import (
    RepeatedKeys,
    append_newer,
    append_table,
    check_columns,
    exists,
    replace_table,
    row_count,
    upsert_table,
)
from penstock.project.table import TableSpec


@dataclass(frozen=True)
class TableBuilt:
    """How a build ended: the table's rows, the snapshot that holds them, rows set aside, and one line for a person."""

    rows: int
    snapshot: int | None
    rejected: int
    summary: str


def build_table(
    session: Session,
    spec: TableSpec,
    files: Sequence[SourceFile],
    *,
    full_refresh: bool,
    frames: Mapping[str, ArrowRows] = NO_FRAMES,
    connection: Connection | None = None,
) -> TableBuilt:
    """Make a table match its definition, atomically: a reader sees the old rows or the new ones, never a part.

    An incremental table (`unique_key` or `time_column`) that exists takes in only what is new, unless `full_refresh`.
    With `connection` its query runs there, and knows that connection's temporary tables and variables.
    Raises BadData when more rows than `max_rejects` cannot be read; the old rows stay.
    """
    own = session.lake.connection() if connection is None else None
    on = connection or own
    assert on is not None
    try:
        built = atomically(on, lambda: _build(session, spec, files, on, full_refresh, frames))
        # The snapshot has its number only once it is committed.
        return replace(built, snapshot=table_snapshot(on, spec.name))
    finally:
        if own is not None:
            own.close()


def _build(
    session: Session,
    spec: TableSpec,
    files: Sequence[SourceFile],
    connection: Connection,
    full_refresh: bool,
    frames: Mapping[str, ArrowRows],
) -> TableBuilt:
    incremental = bool(spec.unique_key or spec.time_column)
    add_only = incremental and not full_refresh and exists(connection, spec.name)
    fresh = new_files(connection, spec.name, files) if add_only else tuple(files)
    only = {file.path for file in fresh} if add_only and files else None
    if only is not None and not only:
        return TableBuilt(row_count(connection, spec.name), None, 0, "no new file")
    load = _Load(session, spec, connection, frames, from_files=bool(files))
    grown = _grown(connection, spec, fresh) if add_only else frozenset()
    try:
        if only is None or not grown:
            change, rejected = load.rows_of(only, add_only=add_only)
        else:
            change, rejected = load.grown_first(grown, only - grown)
    except RepeatedKeys:
        if len(fresh) < 2:
            raise
        # The same key in several files is one row that was written again: what comes later in the order of the names
        # is what holds, just as if the files had arrived one by one.
        change, rejected = load.one_by_one([file.path for file in fresh], add_only=add_only)
    if not add_only:
        forget_files(connection, spec.name)
    record_files(connection, spec.name, fresh, session.clock.now())
    rows = row_count(connection, spec.name)
    summary = _rows(rows) if not add_only else f"{change}, {_rows(rows)} in all"
    if rejected:
        summary += f", {rejected:,} rejected"
    return TableBuilt(rows, None, rejected, summary)


def _grown(connection: Connection, spec: TableSpec, fresh: Sequence[SourceFile]) -> frozenset[str]:
    """Return the files of which some rows are in the table already, so that only the time tells which are new."""
    if spec.unique_key or spec.time_column is None:
        return frozenset()
    return known_files(connection, spec.name) & {file.path for file in fresh}


@dataclass(frozen=True)
class _Load:
    """The parts of a build that every pass over its files needs."""

    session: Session
    spec: TableSpec
    connection: Connection
    frames: Mapping[str, ArrowRows]
    from_files: bool

    def rows_of(self, only: Collection[str] | None, *, add_only: bool, grown: bool = False) -> tuple[str, int]:
        """Write the rows of these files, or of all; return in words what changed, and how many rows were set aside.

        Of files that have `grown` the table has some rows already.
        """
        spec, connection = self.spec, self.connection
        with prepared(
            self.session,
            spec.query,
            connection,
            frames=self.frames,
            only_files=only,
            reading=spec.reading,
            known=known_columns(connection, spec.name) if add_only else NOTHING_KNOWN,
            strict=False,
        ) as query:
            # A source that is read whole brings old rows as well.
            new_only = (
                self.from_files
                and not grown
                and all({file.path for file in s.files} <= set(only or ()) for s in query.sources)
            )
            change = _write(self.session, connection, spec, query.sql, add_only=add_only, new_only=new_only)
            forget_rejects(connection, spec.name, sorted(only) if only else None)
            if spec.incremental and query.sources:
                columns = {source.key: source.columns() for source in query.sources}
                record_columns(connection, spec.name, columns)
            return change, _set_aside(self.session, connection, spec, query)

    def grown_first(self, grown: Collection[str], new: Collection[str]) -> tuple[str, int]:
        """Add what is newer in the files that have grown, then all rows of the new ones."""
        before = row_count(self.connection, self.spec.name)
        _, rejected = self.rows_of(grown, add_only=True, grown=True)
        if new:
            rejected += self.rows_of(new, add_only=True)[1]
        return f"{_rows(row_count(self.connection, self.spec.name) - before)} added", rejected

    def one_by_one(self, paths: Sequence[str], *, add_only: bool) -> tuple[str, int]:
        """Write the rows of one file after another, in the order of their names."""
        before = row_count(self.connection, self.spec.name) if add_only else 0
        rejected = 0
        # What there is to tell of these files has been told of all together.
        quiet = replace(self, session=replace(self.session, listener=nobody))
        for number, path in enumerate(sorted(paths)):
            _, set_aside = quiet.rows_of({path}, add_only=add_only or number > 0)
            rejected += set_aside
        added = row_count(self.connection, self.spec.name) - before
        return f"{_rows(added)} added from {len(paths)} files that hold the same keys", rejected


def _write(
    session: Session, connection: Connection, spec: TableSpec, sql: str, *, add_only: bool, new_only: bool
) -> str:
    """Write the query's rows and return in words what changed."""
    if not add_only:
        replace_table(connection, spec.name, sql)
        check_columns(connection, spec.name, spec.unique_key, spec.time_column)
        return "built"
    if spec.unique_key:
        change = upsert_table(connection, spec.name, sql, spec.unique_key)
        return f"{_rows(change.inserted)} added, {change.updated:,} updated"
    if new_only or spec.time_column is None:
        return f"{_rows(append_table(connection, spec.name, sql))} added"
    newer = append_newer(connection, spec.name, sql, spec.time_column)
    if newer.left_out:
        message = (
            f"{_rows(newer.left_out)} not in the table {'is' if newer.left_out == 1 else 'are'} left out: "
            f"{spec.time_column} is not later than {newer.last}, the newest there was. "
            "A unique_key would take them in; so does penstock run --full-refresh."
        )
        session.tell_once(Noticed(f"table {spec.name}", message))
    return f"{_rows(newer.added)} added"


def _set_aside(session: Session, connection: Connection, spec: TableSpec, query: PreparedQuery) -> int:
    """Keep the unreadable rows of the query's files in `penstock.rejects`; raise when they are more than allowed."""
    tables = [rows for source in query.sources if (rows := rejected_rows(source)).num_rows]
    if not tables:
        return 0
    rejects = pa.concat_tables(tables)
    if rejects.num_rows > spec.max_rejects:
        raise _too_many(spec, rejects)
    save_rejects(connection, spec.name, rejects, session.clock.now())
    return int(rejects.num_rows)


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _too_many(spec: TableSpec, rejects: pa.Table) -> BadData:
    hint = (
        "Mend the file, or give the column another type, or set the rows aside with "
        f"OPTIONS (max_rejects = {rejects.num_rows})."
    )
    return unreadable(f"table {spec.name}", rejects, hint).at(spec.query.span)
