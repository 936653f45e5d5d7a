"""Penstock's own tables that a query may read: there from the first question on, empty until something is in them."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.names import name_key
from penstock.lake.database import Connection, atomically
from penstock.lake.quoting import quote_identifier

SCHEMA = "penstock"
PREDICTIONS = "penstock.predictions"
LABELS = "penstock.labels"
REJECTS = "penstock.rejects"
COLUMNS: Mapping[str, str] = {
    PREDICTIONS: 'endpoint VARCHAR, request_id VARCHAR, prediction_id VARCHAR, "at" TIMESTAMPTZ, model VARCHAR, '
    "version INTEGER, variant VARCHAR, inputs VARCHAR, outputs VARCHAR, key VARCHAR, forced BOOLEAN",
    LABELS: 'endpoint VARCHAR, prediction_id VARCHAR, actual VARCHAR, "at" TIMESTAMPTZ',
    REJECTS: 'table_name VARCHAR, rejected_at TIMESTAMPTZ, file VARCHAR, line BIGINT, "column" VARCHAR, '
    "column_position BIGINT, expected VARCHAR, message VARCHAR, raw_line VARCHAR",
}
# Columns that came later, with their types: a table that was made before gets them, NULL for its rows.
_ADDED: Mapping[str, Mapping[str, str]] = {PREDICTIONS: {"key": "VARCHAR", "forced": "BOOLEAN"}}


def make_own_table(connection: Connection, name: str) -> None:
    """Make one of these tables where it, or a column of it, is missing; leaves any other name alone."""
    key = name_key(name)
    if key not in COLUMNS or connection.metadata is None:
        return
    if not connection.has(key) or _missing(connection, key):
        atomically(connection, lambda: create_own_table(connection, key))


def create_own_table(connection: Connection, name: str) -> None:
    """Make one of these tables where it, or a column of it, is missing, as a part of the caller's transaction."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({COLUMNS[name]})")
    for column, kind in _missing(connection, name):
        connection.execute(f"ALTER TABLE {name} ADD COLUMN {quote_identifier(column)} {kind}")


def _missing(connection: Connection, name: str) -> list[tuple[str, str]]:
    """Return the later columns that a table does not have, with their types."""
    later = _ADDED.get(name)
    if later is None:
        return []
    there = set(connection.columns(f"FROM {name}").names)
    return [(column, kind) for column, kind in later.items() if column not in there]
