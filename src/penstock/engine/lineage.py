"""What is made from what: objects, and columns where the SQL tells."""

from __future__ import annotations

import pyarrow as pa

from penstock.core.errors import UnknownName
from penstock.core.names import ResourceName, name_key
from penstock.engine.session import Session
from penstock.graph.topology import Graph
from penstock.lake.tables import exists, schema_of
from penstock.project.model import ModelSpec
from penstock.project.resource import Resource
from penstock.project.table import TableSpec
from penstock.project.view import ViewSpec
from penstock.sql.lineage import column_lineage

COLUMNS = ("object", "made_from")


def lineage(session: Session, graph: Graph, name: str | None) -> pa.Table:
    """Return the edges around an object (all edges without a name), or for `table.column` the columns it comes from.

    Raises UnknownName for an object or column that there is not.
    """
    if name is None:
        return _table([edge for resource in graph.resources for edge in _edges(graph, resource)])
    named = [found for found in graph.resources if found.key == name_key(name)]
    if named:
        above = [edge for resource in named for edge in _edges(graph, resource)]
        below = [(str(child), str(resource)) for resource in named for child in graph.children[resource]]
        return _table([*above, *below])
    table, _, column = name.rpartition(".")
    owner = next((found for found in graph.resources if table and found.key == name_key(table)), None)
    if owner is None:
        raise UnknownName.among("object", name, [found.name for found in graph.resources])
    return _column(session, graph.resources[owner], column)


def _edges(graph: Graph, name: ResourceName) -> list[tuple[str, str]]:
    resource = graph.resources[name]
    files = [(str(name), f"file {pattern}") for file in resource.references.files for pattern in file.patterns]
    return [(str(name), str(parent)) for parent in graph.parents[name]] + files


def _column(session: Session, resource: Resource, column: str) -> pa.Table:
    spec = resource.spec
    if not isinstance(spec, TableSpec | ViewSpec | ModelSpec):
        raise UnknownName.among("column", column, [])

    def columns_of(relation: str) -> list[str] | None:
        if not exists(session.connection, relation):
            return None
        return list(schema_of(session.connection, relation).names)

    known = column_lineage(spec.query, columns_of)
    found = next((sources for output, sources in known.items() if output.casefold() == column.casefold()), None)
    if found is None:
        raise UnknownName.among("column", column, known)
    return _table([(f"{resource.name.name}.{column}", f"{relation}.{source}") for relation, source in found])


def _table(edges: list[tuple[str, str]]) -> pa.Table:
    unique = list(dict.fromkeys(edges))
    return pa.table(
        {name: pa.array([edge[place] for edge in unique], pa.string()) for place, name in enumerate(COLUMNS)}
    )
