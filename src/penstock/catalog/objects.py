"""The objects that have been built: what each was made from and the state that its kind keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from penstock.catalog.column import Json
from penstock.catalog.database import Catalog, upsert
from penstock.catalog.tables import OBJECTS
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName


@dataclass(frozen=True)
class ObjectState:
    """An object as of its last build.

    `definition` is its statement, `fingerprint` the hash of all it was made from, `snapshot` the lake's
    snapshot that its build made (None where there is none), `state` its kind's own JSON.
    """

    name: ResourceName
    definition: str
    fingerprint: str
    snapshot: int | None
    state: Mapping[str, Json]
    updated_at: datetime


def get_object(catalog: Catalog, name: ResourceName) -> ObjectState | None:
    """Return the object, or None when there is none of that kind and name."""
    with catalog.read() as connection:
        row = connection.execute(select(OBJECTS).where(_is(name))).first()
    return _object(row) if row else None


def put_object(catalog: Catalog, state: ObjectState) -> None:
    """Record the object in place of what was recorded before."""
    with catalog.begin() as connection:
        upsert(
            connection,
            OBJECTS,
            {
                "kind": state.name.kind.value,
                "key": state.name.key,
                "name": state.name.name,
                "definition": state.definition,
                "fingerprint": state.fingerprint,
                "snapshot": state.snapshot,
                "state": dict(state.state),
                "updated_at": state.updated_at,
            },
        )


def update_state(
    catalog: Catalog, name: ResourceName, change: Callable[[dict[str, Json]], dict[str, Json]], at: datetime
) -> ObjectState:
    """Replace the object's state by `change(state)`, as one step that nobody comes between; return what it is
    then.

    Raises UnknownName when there is no such object.
    """
    with catalog.begin() as connection:
        row = connection.execute(select(OBJECTS).where(_is(name)).with_for_update()).first()
        if row is None:
            known = connection.execute(select(OBJECTS.c.name).where(OBJECTS.c.kind == name.kind.value)).scalars()
            raise UnknownName.among(name.kind.value, name.name, known)
        state = change(dict(row.state))
        connection.execute(update(OBJECTS).where(_is(name)).values(state=state, updated_at=at))
        changed = connection.execute(select(OBJECTS).where(_is(name))).one()
    return _object(changed)


def drop_object(catalog: Catalog, name: ResourceName) -> bool:
    """Forget the object; return whether there was one."""
    with catalog.begin() as connection:
        return connection.execute(delete(OBJECTS).where(_is(name))).rowcount > 0


def list_objects(catalog: Catalog, kind: Kind | None = None) -> list[ObjectState]:
    """Return every object, or every one of a kind, by kind and name."""
    query = select(OBJECTS).order_by(OBJECTS.c.kind, OBJECTS.c.key)
    if kind is not None:
        query = query.where(OBJECTS.c.kind == kind.value)
    with catalog.read() as connection:
        return [_object(row) for row in connection.execute(query)]


def _is(name: ResourceName) -> Any:
    return (OBJECTS.c.kind == name.kind.value) & (OBJECTS.c.key == name.key)


def _object(row: Row[Any]) -> ObjectState:
    return ObjectState(
        ResourceName(Kind(row.kind), row.name),
        row.definition,
        row.fingerprint,
        row.snapshot,
        row.state,
        row.updated_at,
    )
