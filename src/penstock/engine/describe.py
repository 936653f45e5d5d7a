"""DESCRIBE: a table's profile, what is found about it where a label is named, and what is known of any other object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from penstock.catalog.objects import get_object, list_objects
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.core.spans import Span
from penstock.engine.description import DESCRIPTIONS
from penstock.engine.place import pointing_at
from penstock.engine.query import prepared
from penstock.engine.result import Result, of_records, of_table
from penstock.engine.session import Session
from penstock.lake.database import Connection
from penstock.lake.profile import profile
from penstock.sql.place import place_of_name
from penstock.sql.quoting import quote_name
from penstock.sql.statement import Describe, Query

FINDINGS = [(name, pa.string()) for name in ("column", "finding", "severity", "automl", "message")]
FACTS = [("part", pa.string()), ("property", pa.string()), ("value", pa.string())]


def describe(session: Session, statement: Describe, kind: Kind) -> Result:
    """Return the rows of a DESCRIBE statement about an object of this kind: a row a column of a table or view, or with
    FOR LABEL a row a finding; else a row a fact in the columns `part`, `property` and `value`.

    Raises UnknownName for an object or label that there is not.
    """
    if kind in (Kind.TABLE, Kind.VIEW):
        if statement.label is not None:
            return _findings(session, statement, statement.label)
        return _profile(session, statement)
    state = get_object(session.catalog, ResourceName(kind, statement.name))
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, kind)]
        raise UnknownName.among(kind, statement.name, known, span=place_of_name(statement, statement.name))
    facts = [*DESCRIPTIONS[kind](session, state), ("definition", "", state.definition)]
    return of_records(FACTS, facts)


def _profile(session: Session, statement: Describe) -> Result:
    with _rows(session, statement) as (connection, sql):
        return of_table(profile(connection, sql))


def _findings(session: Session, statement: Describe, label: str) -> Result:
    from penstock.learn.understanding.described import findings_about

    with _rows(session, statement) as (connection, sql):
        table = connection.table(sql)
    with pointing_at(place_of_name(statement, label)):
        found = findings_about(table, label, seed=session.settings.seed, threads=session.threads)
    return of_records(FINDINGS, [(", ".join(each.columns), *each.told) for each in found])


@contextmanager
def _rows(session: Session, statement: Describe) -> Iterator[tuple[Connection, str]]:
    """Give a connection, and the query of all rows of the table or view, while both can be used."""
    connection = session.lake.connection()
    where = statement.span
    rows = Query(
        f"SELECT * FROM {quote_name(statement.name)}",
        "duckdb",
        Span(where.path, where.line, where.column, 1, 1),
    )
    try:
        with prepared(session, rows, connection) as query:
            yield connection, query.sql
    finally:
        connection.close()
