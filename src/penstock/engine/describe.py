"""DESCRIBE: a table's profile, and what the catalog knows of any other object."""

from __future__ import annotations

import json

import pyarrow as pa

from penstock.catalog.objects import get_object, list_objects
from penstock.catalog.versions import aliases, list_versions
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.core.spans import Span
from penstock.engine.query import prepared
from penstock.engine.result import Result, of_records, of_table
from penstock.engine.session import Session
from penstock.lake.profile import profile
from penstock.sql.quoting import quote_name
from penstock.sql.statement import Describe, Query

FACTS = [("property", pa.string()), ("value", pa.string())]


def describe(session: Session, statement: Describe) -> Result:
    """Return the rows of a DESCRIBE statement; raises UnknownName for an object that there is not."""
    if statement.kind in (Kind.TABLE, Kind.VIEW):
        return _profile(session, statement)
    name = ResourceName(statement.kind, statement.name)
    state = get_object(session.catalog, name)
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, statement.kind)]
        raise UnknownName.among(statement.kind, statement.name, known, span=statement.span)
    facts = [
        ("definition", state.definition),
        ("updated_at", state.updated_at.isoformat()),
        ("state", json.dumps(dict(state.state), ensure_ascii=False, default=str)),
    ]
    if statement.kind is Kind.MODEL:
        facts += [(f"alias {alias}", str(number)) for alias, number in aliases(session.catalog, statement.name).items()]
        for version in list_versions(session.catalog, statement.name):
            facts.append((f"version {version.number}", f"{version.status}: {json.dumps(dict(version.metrics))}"))
    return of_records(FACTS, facts)


def _profile(session: Session, statement: Describe) -> Result:
    connection = session.lake.connection()
    where = statement.span
    rows = Query(
        f"SELECT * FROM {quote_name(statement.name)}",
        "duckdb",
        Span(where.path, where.line, where.column, 1, 1),
    )
    try:
        with prepared(session, rows, connection) as query:
            return of_table(profile(connection, query.sql))
    finally:
        connection.close()
