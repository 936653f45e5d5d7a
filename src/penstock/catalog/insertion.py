"""Insertions that know ON CONFLICT."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table


def insert_into(table: Table, connection: Connection) -> Any:
    """Return the insertion of the connection's own database; what the other one needs is not imported."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite

        return insert_in_sqlite(table)
    from sqlalchemy.dialects.postgresql import insert as insert_in_postgres

    return insert_in_postgres(table)
