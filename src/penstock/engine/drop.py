"""DROP: an object leaves the catalog, and what it kept leaves the lake and the storage."""

from __future__ import annotations

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import drop_object, get_object, list_objects
from penstock.catalog.versions import forget_versions
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.engine.result import Result, done
from penstock.engine.session import Session
from penstock.lake import tables
from penstock.lake.loaded_files import forget_files
from penstock.lake.rejects import forget_rejects
from penstock.sql.statement import Drop


def drop(session: Session, statement: Drop) -> Result:
    """Remove an object; raises UnknownName when there is none, unless IF EXISTS was said."""
    name = ResourceName(statement.kind, statement.name)
    in_lake = statement.kind in (Kind.TABLE, Kind.VIEW) and tables.exists(session.connection, statement.name)
    if get_object(session.catalog, name) is None and not in_lake:
        if statement.if_exists:
            return done(f"there is no {name}")
        known = [found.name.name for found in list_objects(session.catalog, statement.kind)]
        if statement.kind in (Kind.TABLE, Kind.VIEW):
            known += tables.table_names(session.connection)
        raise UnknownName.among(statement.kind, statement.name, known, span=statement.span)
    if in_lake:
        tables.drop(session.connection, statement.name)
        forget_files(session.connection, statement.name)
        forget_rejects(session.connection, statement.name)
    now = session.clock.now()
    with session.catalog.together() as catalog:
        drop_object(catalog, name)
        artifacts = forget_versions(catalog, statement.name) if statement.kind is Kind.MODEL else []
        add_history(catalog, HistoryEntry(now, "dropped", str(name), "dropped", {}))
    for folder in artifacts:
        session.storage.delete(folder)
    return done(f"{name} dropped")
