"""Penstock's own tables that a query may read: there from the first question on, empty until something is in them."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.names import name_key
from penstock.lake.database import Connection, atomically

SCHEMA = "penstock"
PREDICTIONS = "penstock.predictions"
LABELS = "penstock.labels"
REJECTS = "penstock.rejects"
COLUMNS: Mapping[str, str] = {
    PREDICTIONS: 'endpoint VARCHAR, request_id VARCHAR, prediction_id VARCHAR, "at" TIMESTAMPTZ, model VARCHAR, '
    "version INTEGER, variant VARCHAR, inputs VARCHAR, outputs VARCHAR",
    LABELS: 'endpoint VARCHAR, prediction_id VARCHAR, actual VARCHAR, "at" TIMESTAMPTZ',
    REJECTS: 'table_name VARCHAR, rejected_at TIMESTAMPTZ, file VARCHAR, line BIGINT, "column" VARCHAR, '
    "column_position BIGINT, expected VARCHAR, message VARCHAR, raw_line VARCHAR",
}


def make_own_table(connection: Connection, name: str) -> None:
    """Make one of these tables where it is missing; leaves any other name alone."""
    key = name_key(name)
    if key in COLUMNS and connection.metadata is not None and not connection.has(key):
        atomically(connection, lambda: create_own_table(connection, key))


def create_own_table(connection: Connection, name: str) -> None:
    """Make one of these tables where it is missing, as a part of the caller's transaction."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({COLUMNS[name]})")
