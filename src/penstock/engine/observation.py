"""Looking at the world before a plan is made: states, files, snapshots."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.catalog.objects import list_objects
from penstock.core.errors import BadData
from penstock.engine.plan import Observed
from penstock.engine.session import Session
from penstock.graph.fingerprint import FileMark
from penstock.graph.topology import Graph
from penstock.lake.snapshots import table_snapshot
from penstock.lake.sources import list_files
from penstock.lake.tables import exists


def observe(session: Session, graph: Graph) -> Observed:
    """Return what a plan needs to know. A file pattern without a match counts as no file: the build will say so."""
    files = {}
    snapshots = {}
    outside = {(external.user, external.name) for external in graph.external}
    connection = session.lake.connection()
    try:
        for name, resource in graph.resources.items():
            if resource.files:
                files[name] = _marks(session, resource.files)
            snapshots[name] = {
                relation: str(table_snapshot(connection, relation))
                for relation in resource.references.relations
                if (name, relation) in outside and exists(connection, relation)
            }
    finally:
        connection.close()
    states = {(state.name.kind, state.name.key): state for state in list_objects(session.catalog)}
    return Observed(states, files, {name: found for name, found in snapshots.items() if found})


def _marks(session: Session, patterns: Sequence[str]) -> tuple[FileMark, ...]:
    try:
        found = list_files(patterns, session.settings.root)
    except BadData:
        return ()
    return tuple(FileMark(file.path, file.size, file.modified_ns) for file in found)
