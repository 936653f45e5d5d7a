"""Which object was made from which, as of its last build."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select

from penstock.catalog.database import Catalog
from penstock.catalog.tables import EDGES
from penstock.core.names import Kind, ResourceName


@dataclass(frozen=True)
class Edge:
    """`child` was made from `parent`."""

    child: ResourceName
    parent: ResourceName


def set_parents(catalog: Catalog, child: ResourceName, parents: Collection[ResourceName]) -> None:
    """Record what an object was made from, in place of what was recorded before; none forgets it."""
    unique = {(parent.kind, parent.key): parent for parent in parents}
    rows = [
        {
            "child_kind": child.kind.value,
            "child_key": child.key,
            "parent_kind": parent.kind.value,
            "parent_key": parent.key,
            "child": child.name,
            "parent": parent.name,
        }
        for parent in unique.values()
    ]
    with catalog.begin() as connection:
        is_child = (EDGES.c.child_kind == child.kind.value) & (EDGES.c.child_key == child.key)
        connection.execute(delete(EDGES).where(is_child))
        if rows:
            connection.execute(EDGES.insert(), rows)


def list_edges(catalog: Catalog) -> list[Edge]:
    """Return every edge, by child, then parent."""
    order = (EDGES.c.child_kind, EDGES.c.child_key, EDGES.c.parent_kind, EDGES.c.parent_key)
    with catalog.read() as connection:
        return [
            Edge(ResourceName(Kind(row.child_kind), row.child), ResourceName(Kind(row.parent_kind), row.parent))
            for row in connection.execute(select(EDGES).order_by(*order))
        ]
