"""Making views: one over tables lives in the lake, one over files or functions is unfolded where it is read."""

from __future__ import annotations

from penstock.engine.query import logical_view, prepared, refuse_unreadable
from penstock.engine.session import Session
from penstock.lake.database import atomically
from penstock.lake.tables import create_view
from penstock.project.view import ViewSpec
from penstock.sql.references import names_listing, references


def is_logical(session: Session, spec: ViewSpec) -> bool:
    """Return whether the view must be unfolded at each use: it, or a view that it reads, is over files or functions."""
    found = references(spec.query)
    if found.files or found.functions:
        return True
    return any(names_listing(name) or logical_view(session, name) for name in found.relations)


def build_view(session: Session, spec: ViewSpec) -> dict[str, object]:
    """Make the view and return its state.

    Its query is run for its columns, and its text files are read once, so that what is wrong fails here.
    """
    logical = is_logical(session, spec)
    connection = session.lake.connection()
    try:
        with prepared(session, spec.query, connection) as query:
            connection.columns(query.sql)
            refuse_unreadable(query.sources)
            if not logical:
                atomically(connection, lambda: create_view(connection, spec.name, query.sql))
    finally:
        connection.close()
    return {"logical": logical, "query": spec.query.text, "dialect": spec.query.dialect}
