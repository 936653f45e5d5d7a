"""DROP: an object leaves the catalog, and what it kept leaves the lake and the storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from penstock.catalog.database import Catalog
from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import drop_object, get_object, list_objects
from penstock.catalog.versions import forget_versions
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import Kind, ResourceName, name_key
from penstock.engine.deployed import deployed_project
from penstock.engine.result import Result, done
from penstock.engine.session import Session
from penstock.engine.trial import StoredTrials
from penstock.graph.topology import Neighbours, build_graph, reachable
from penstock.lake import tables
from penstock.lake.database import atomically
from penstock.lake.loaded_files import forget_files
from penstock.lake.rejects import forget_rejects
from penstock.lake.vector_index import forget_index
from penstock.sql.data_definition import DroppedSchema
from penstock.sql.place import place_of_name
from penstock.sql.rewrite import to_duckdb
from penstock.sql.statement import Drop, Passthrough

IN_LAKE = (Kind.TABLE, Kind.VIEW)
KINDS = tuple(Kind)


def drop(session: Session, statement: Drop) -> Result:
    """Remove an object, with CASCADE also all that stands on it.

    Raises UnknownName when there is none, unless IF EXISTS was said, and UserError when something stands on it.
    """
    name = ResourceName(statement.kind, statement.name)
    in_lake = statement.kind in IN_LAKE and tables.exists(session.connection, statement.name)
    if get_object(session.catalog, name) is None and not in_lake:
        if statement.if_exists:
            return done(f"there is no {name}")
        known = [found.name.name for found in list_objects(session.catalog, statement.kind)]
        if statement.kind in IN_LAKE:
            known += tables.table_names(session.connection)
        raise UnknownName.among(statement.kind, statement.name, known, span=place_of_name(statement, statement.name))
    standing = standing_on(session, name)
    told = ", ".join(map(str, standing))
    if standing and not statement.cascade:
        raise UserError.of(
            f"{name.kind.capitalize()} {name.name} is not dropped, since others stand on it: {told}.",
            span=statement.span,
            hint=f"Drop all of it with: DROP {name.kind.upper()} {name.name} CASCADE",
        )
    remove(session, (*standing, name))
    return done(f"{name} dropped, and with it {told}" if standing else f"{name} dropped")


def drop_schema(session: Session, statement: Passthrough, dropped: DroppedSchema) -> Result:
    """Drop a schema, with CASCADE also the tables, views and models in it and all that stands on them.

    Raises UserError for one that is not empty, unless CASCADE was said.
    """
    held = _held_in(session, dropped.name)
    told = ", ".join(map(str, held))
    if held and not dropped.cascade:
        raise UserError.of(
            f"Schema {dropped.name} is not dropped, since it holds {told}.",
            span=statement.span,
            hint=f"Drop all of it with: DROP SCHEMA {dropped.name} CASCADE",
        )
    outside = {other for name in held for other in standing_on(session, name)} - set(held)
    standing = tuple(sorted(outside, key=lambda other: (KINDS.index(other.kind), other.key)))
    remove(session, (*standing, *held))
    session.connection.execute(to_duckdb(statement.query))
    told = ", ".join(map(str, (*held, *standing)))
    return done(f"schema {dropped.name} dropped, and with it {told}" if told else f"schema {dropped.name} dropped")


def _held_in(session: Session, schema: str) -> list[ResourceName]:
    """Return what has the schema's name before its own, each kind after those that may stand on it."""
    names = [ResourceName(Kind.VIEW, name) for name in tables.view_names(session.connection)]
    names += [ResourceName(Kind.TABLE, name) for name in tables.table_names(session.connection)]
    names += [state.name for state in list_objects(session.catalog)]
    held = {(n.kind, n.key): n for n in names if n.key.startswith(f"{name_key(schema)}.")}
    return sorted(held.values(), key=lambda name: (-KINDS.index(name.kind), name.key))


def standing_on(session: Session, name: ResourceName) -> tuple[ResourceName, ...]:
    """Return all that is made from an object or looks at it, directly or not, by kind and name."""
    graph = build_graph(deployed_project(session))
    same = IN_LAKE if name.kind in IN_LAKE else (name.kind,)
    direct = {user for user, needed in _needs(graph.parents) if needed.kind in same and needed.key == name.key}
    # A table that was made by hand is no object of the catalog's.
    direct |= {e.user for e in graph.external if name.kind in e.kinds and name_key(e.name) == name.key}
    found = direct | reachable(direct, graph.children)
    found = {other for other in found if (other.kind, other.key) != (name.kind, name.key)}
    return tuple(sorted(found, key=lambda other: (KINDS.index(other.kind), other.key)))


def _needs(parents: Neighbours) -> Iterator[tuple[ResourceName, ResourceName]]:
    return ((user, needed) for user, all_needed in parents.items() for needed in all_needed)


def remove(session: Session, names: Sequence[ResourceName]) -> None:
    """Remove objects from the lake, the catalog and the storage; of each of the first two all or none."""

    def leave_lake() -> None:
        for name in names:
            if name.kind in IN_LAKE and tables.exists(session.connection, name.name):
                tables.drop(session.connection, name.name)
                forget_files(session.connection, name.name)
                forget_rejects(session.connection, name.name)

    if any(name.kind in IN_LAKE for name in names):
        atomically(session.connection, leave_lake)
    with session.catalog.together() as catalog:
        artifacts = [folder for name in names for folder in _forget(session, catalog, name)]
    for folder in artifacts:
        session.storage.delete(folder)
    for name in names:
        if name.kind is Kind.TABLE:
            forget_index(session.storage, name.name)
    for name in names:
        if name.kind is Kind.MODEL:
            StoredTrials(session.storage, name.name).forget()


def _forget(session: Session, catalog: Catalog, name: ResourceName) -> list[str]:
    """Forget an object; return the folders of its artifacts."""
    drop_object(catalog, name)
    add_history(catalog, HistoryEntry(session.clock.now(), "dropped", str(name), "dropped", {}))
    return list(forget_versions(catalog, name.name)) if name.kind is Kind.MODEL else []
