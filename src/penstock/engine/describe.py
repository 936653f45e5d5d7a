"""DESCRIBE: a table's profile, and what is known of any other object."""

from __future__ import annotations

import pyarrow as pa

from penstock.catalog.objects import get_object, list_objects
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.core.spans import Span
from penstock.engine.description import DESCRIPTIONS
from penstock.engine.query import prepared
from penstock.engine.result import Result, of_records, of_table
from penstock.engine.session import Session
from penstock.lake.profile import profile
from penstock.sql.quoting import quote_name
from penstock.sql.place import place_of_name
from penstock.sql.statement import Describe, Query

FACTS = [("part", pa.string()), ("property", pa.string()), ("value", pa.string())]


def describe(session: Session, statement: Describe, kind: Kind) -> Result:
    """Return the rows of a DESCRIBE statement about an object of this kind: a row a column of a table or view, else a
    row a fact in the columns `part`, `property` and `value`.

    Raises UnknownName for an object that there is not.
    """
    if kind in (Kind.TABLE, Kind.VIEW):
        return _profile(session, statement)
    state = get_object(session.catalog, ResourceName(kind, statement.name))
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, kind)]
        raise UnknownName.among(kind, statement.name, known, span=place_of_name(statement, statement.name))
    facts = [*DESCRIPTIONS[kind](session, state), ("definition", "", state.definition)]
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
