"""Tables as monitors read them: the newest rows, and the rows that they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from penstock.core.errors import InvalidOption, UnknownName
from penstock.drift.column import has_summary
from penstock.drift.summary import summarise_table
from penstock.engine.monitor_window import WindowMeasures, measure_columns
from penstock.lake.database import Connection
from penstock.lake.snapshots import at_snapshot, table_snapshot
from penstock.lake.tables import schema_of
from penstock.project.monitor import MonitorSpec
from penstock.sql.quoting import quote_identifier, quote_name

# At most this many rows are measured; of a larger table or window of time, a sample that a seed fixes.
MOST_ROWS = 1_000_000
_SAMPLE = f"USING SAMPLE reservoir({MOST_ROWS} ROWS) REPEATABLE (1)"


@dataclass(frozen=True)
class TableWindow:
    """What was measured of a table, over how many rows, and the time that they span."""

    measured: WindowMeasures
    rows: int
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class _Rows:
    """A part of a table as SQL that can stand after FROM, in parentheses, and the values to bind in it."""

    sql: str
    values: Sequence[object] = ()


def measure_table(connection: Connection, spec: MonitorSpec, time_column: str | None, now: datetime) -> TableWindow:
    """Return the measures of a table's window.

    With a time column: the rows of the last `window`, or the newest `window_rows`, against as many before.
    Without one: the table as it is against what it was before its last change; the first build has nothing to
    be compared with. Columns of types that have no summary (binary, structs, maps) are left out. Raises
    UnknownName for a table or time column that does not exist, InvalidOption for a window of time without a
    time column.
    """
    schema = schema_of(connection, spec.watched)
    time = None if time_column is None else _time_column(schema, time_column)
    if spec.window is not None and time is None:
        message = f"Monitor {spec.name} has a window of time, but {spec.watched} has no time_column."
        raise InvalidOption.of(
            message, span=spec.predicate.span, hint="Add time_column = '…' to the monitor or the table."
        )
    columns = [field.name for field in schema if has_summary(field.type)]
    current, before = _timed(spec, time, now) if time else _whole(connection, spec)
    window = _read(connection, current, columns)
    reference = None if before is None else _read(connection, before, columns)
    enough = reference is not None and reference.num_rows >= spec.min_rows
    profile = summarise_table(reference, columns) if reference is not None and enough else None
    count = int(connection.rows(f"SELECT count(*) FROM {current.sql}", current.values)[0][0])
    start = now - spec.window if spec.window is not None else None
    return TableWindow(measure_columns(profile, window), count, start, now)


def _time_column(schema: pa.Schema, wanted: str) -> str:
    for name in schema.names:
        if name.casefold() == wanted.casefold():
            return quote_identifier(name)
    raise UnknownName.among("column", wanted, schema.names)


def _timed(spec: MonitorSpec, time: str, now: datetime) -> tuple[_Rows, _Rows]:
    table = quote_name(spec.watched)
    if spec.window is not None:
        part = f"(SELECT * FROM {table} WHERE {time}::TIMESTAMPTZ > ? AND {time}::TIMESTAMPTZ <= ?)"
        begin = now - spec.window
        return _Rows(part, (begin, now)), _Rows(part, (begin - spec.window, begin))
    part = f"(SELECT * FROM {table} WHERE {time}::TIMESTAMPTZ <= ? ORDER BY {time} DESC LIMIT ? OFFSET ?)"
    rows = spec.window_rows
    return _Rows(part, (now, rows, 0)), _Rows(part, (now, rows, rows))


def _whole(connection: Connection, spec: MonitorSpec) -> tuple[_Rows, _Rows | None]:
    table = quote_name(spec.watched)
    changed = table_snapshot(connection, spec.watched)
    if changed is None:
        return _Rows(table), None
    before = at_snapshot(spec.watched, changed - 1)
    try:
        connection.rows(f"SELECT 1 FROM {before} LIMIT 1")
    except UnknownName:
        return _Rows(table), None
    return _Rows(table), _Rows(before)


def _read(connection: Connection, rows: _Rows, columns: Sequence[str]) -> pa.Table:
    listed = ", ".join(quote_identifier(name) for name in columns) or "1"
    return connection.table(f"SELECT {listed} FROM {rows.sql} {_SAMPLE}", rows.values)
