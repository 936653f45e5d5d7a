"""Where the links of a lineage are read from: the graph, the versions' snapshots, the endpoints' traffic, the SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.catalog.objects import ObjectState, list_objects
from penstock.catalog.versions import CHAMPION, Version, aliases_of_all, get_version
from penstock.core.errors import BadData, UnknownName
from penstock.core.names import Kind, ResourceName, name_key
from penstock.engine import temporary, wording
from penstock.engine.goal import headline
from penstock.engine.lineage import ACTS, Lineage, Link, Node, around
from penstock.engine.result import counted
from penstock.engine.session import Session
from penstock.engine.status import state_words
from penstock.engine.temporary import recorded_sources
from penstock.graph.edge import RELATION, TARGETS
from penstock.graph.topology import Graph
from penstock.lake.sources import list_files
from penstock.lake.tables import exists, schema_of
from penstock.project.endpoint import EndpointSpec
from penstock.project.model import ModelSpec
from penstock.project.resource import Resource
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.project.view import ViewSpec
from penstock.sql.lineage import column_lineage
from penstock.sql.statement import OnArrival, OnBreach, OnLabels, OnSchedule

# How an object stands to what it needs; every other kind reads it.
VERBS = {Kind.ASSERTION: "checks", Kind.GOAL: "judges", Kind.MONITOR: "watches", Kind.EXPERIMENT: "compares"}


def trace(session: Session, graph: Graph, name: str | None) -> Lineage:
    """Return the lineage of an object, of a version (`model@3`), of a column (`table.column`), or of all there is.

    Raises UnknownName for an object, version or column that there is not.
    """
    tracer = _Tracer(session, graph)
    if name is None:
        return tracer.lineage(())
    object_name, _, version = name.partition("@")
    named = [found for found in graph.resources if found.key == name_key(object_name)]
    if version and any(found.kind is Kind.MODEL for found in named):
        return tracer.lineage((), get_version(session.catalog, object_name, _number(version)))
    if named and not version:
        return tracer.lineage(tuple(node for found in named for node in tracer.nodes(found)))
    table, _, column = name.rpartition(".")
    owner = next((found for found in graph.resources if table and found.key == name_key(table)), None)
    if owner is None:
        raise UnknownName.among("object", name, [found.name for found in graph.resources])
    return _column_lineage(session, graph, owner, column)


def _number(version: str) -> int | str:
    return int(version) if version.isdecimal() else version


class _Tracer:
    """Reads the links off a graph and the catalog, and the words on each node."""

    def __init__(self, session: Session, graph: Graph) -> None:
        self._session = session
        self._graph = graph
        self._aliases = aliases_of_all(session.catalog)
        self._states = {state.name.kind + " " + state.name.key: state for state in list_objects(session.catalog)}

    def lineage(self, subjects: tuple[Node, ...], version: Version | None = None) -> Lineage:
        """Return the part above and below the subjects, or below and above a version, or everything."""
        links = [link for resource in self._graph.resources.values() for link in self._links(resource)]
        if version is not None:
            subjects = (Node(Kind.MODEL, version.model, version.number),)
            links += self._trained(version)
        whole = Lineage(subjects, tuple(dict.fromkeys(links)), {})
        kept = around(whole, subjects) if subjects else whole.links
        nodes = dict.fromkeys([*subjects, *(node for link in kept for node in (link.object, link.source))])
        return Lineage(subjects, kept, {node: self._words(node) for node in nodes})

    def nodes(self, name: ResourceName) -> list[Node]:
        """Return the nodes of an object: of a model its champion, or else what waits at the gate."""
        if name.kind is not Kind.MODEL:
            return [Node(name.kind, name.name)]
        known = self._aliases.get(name.key, {})
        numbers = {known[CHAMPION]} if CHAMPION in known else set(known.values())
        return [Node(name.kind, name.name, number) for number in sorted(numbers)] or [Node(name.kind, name.name)]

    def _links(self, resource: Resource) -> Iterator[Link]:
        name = resource.name
        match resource.spec:
            case EndpointSpec() as endpoint:
                yield from self._served(endpoint)
            case TriggerSpec() as trigger:
                yield from self._triggered(trigger)
            case ModelSpec():
                for node in self.nodes(name):
                    if node.version is None:
                        yield from self._read(resource, node, {})
                    else:
                        yield from self._trained(get_version(self._session.catalog, name.name, node.version))
            case _:
                yield from self._read(resource, Node(name.kind, name.name), {})

    def _trained(self, version: Version) -> Iterator[Link]:
        resource = self._graph.resources[self._declared(Kind.MODEL, version.model)]
        node = Node(Kind.MODEL, resource.name.name, version.number)
        snapshots = {name_key(source): number for source, number in version.sources.items() if number is not None}
        yield from self._read(resource, node, snapshots)

    def _read(self, resource: Resource, node: Node, snapshots: Mapping[str, int]) -> Iterator[Link]:
        """Yield the links to what an object's SQL names: other objects, tables made by hand, files."""
        verb = VERBS.get(resource.name.kind, "reads")
        sources = [source for parent in self._graph.parents[resource.name] for source in self.nodes(parent)]
        outside = [found for found in self._graph.external if found.user == resource.name]
        gone = {source.name: source.kind for source in recorded_sources(self._state(node))}
        sources += [
            Node(gone.get(found.name, Kind.TABLE), found.name) for found in outside if Kind.TABLE in found.kinds
        ]
        for source in sources:
            snapshot = snapshots.get(name_key(source.name)) if source.kind in (Kind.TABLE, Kind.VIEW) else None
            yield Link(node, source, verb if snapshot is None else f"trained on snapshot {snapshot}")
        for pattern in resource.files:
            yield Link(node, Node("file", pattern), "reads")

    def _served(self, spec: EndpointSpec) -> Iterator[Link]:
        node = Node(Kind.ENDPOINT, spec.name)
        model = self._declared(Kind.MODEL, spec.model).name
        state = self._state(node)
        kept = state.state if state is not None else {}
        numbers = self._aliases.get(name_key(spec.model), {})
        shares = wording.traffic(kept, numbers)
        for variant, share in shares.items():
            source = Node(Kind.MODEL, model, wording.version_behind(variant, numbers))
            yield Link(node, source, "serves" if len(shares) == 1 else f"serves {share:.6g} %")
        if kept.get("shadow"):
            source = Node(Kind.MODEL, model, wording.version_behind(str(kept["shadow"]), numbers))
            yield Link(node, source, "shadows")
        if not shares:
            yield Link(node, Node(Kind.MODEL, model), "serves")

    def _triggered(self, spec: TriggerSpec) -> Iterator[Link]:
        node = Node(Kind.TRIGGER, spec.name)
        match spec.event:
            case OnBreach(monitor):
                yield Link(node, Node(Kind.MONITOR, self._declared(Kind.MONITOR, monitor).name), "fires on breach")
            case OnLabels(endpoint, count):
                source = Node(Kind.ENDPOINT, self._declared(Kind.ENDPOINT, endpoint).name)
                yield Link(node, source, f"fires after {counted(count, 'label')}")
            case OnArrival(glob):
                yield Link(node, Node("file", glob), "fires on arrival")
            case OnSchedule(cron):
                yield Link(node, Node("schedule", cron), "fires on schedule")
        for action in spec.actions:
            for kind in TARGETS.get(action.verb, ()):
                target = self._declared(kind, action.target or "")
                if target in self._graph.resources:
                    yield from (Link(node, source, ACTS[action.verb]) for source in self.nodes(target))

    def _declared(self, kind: Kind, name: str) -> ResourceName:
        """Return the name as it was declared, whatever its case here."""
        wanted = ResourceName(kind, name)
        names = self._graph.resources
        return next((found for found in names if (found.kind, found.key) == (kind, wanted.key)), wanted)

    def _state(self, node: Node) -> ObjectState | None:
        return self._states.get(f"{node.kind} {name_key(node.name)}")

    def _words(self, node: Node) -> str:
        match node.kind:
            case "file":
                return self._file_words(node.name)
            case "schedule":
                return ""
            case temporary.PYTHON | temporary.TABLE:
                return "known to its connection only"
            case Kind.MODEL if node.version is not None:
                return self._version_words(get_version(self._session.catalog, node.name, node.version))
        spec = next(
            (r.spec for n, r in self._graph.resources.items() if (n.kind, n.name) == (node.kind, node.name)), None
        )
        if isinstance(spec, TriggerSpec):
            return "; ".join(wording.action(action) for action in spec.actions)
        state = self._state(node)
        if state is not None:
            # Who serves is what the links of an endpoint say.
            words = "" if node.kind == Kind.ENDPOINT else state_words(self._session, state)
            return f"{words} now" if node.kind == Kind.TABLE else words
        return "not made yet" if spec is not None else "not of this project"

    def _version_words(self, version: Version) -> str:
        known = self._aliases.get(name_key(version.model), {})
        names = sorted(alias for alias, number in known.items() if number == version.number)
        words = [", ".join(names) or version.status, headline(version.metrics)]
        # What is read through a view has no link of its own to say the snapshot.
        direct = {parent.key for parent in self._graph.parents[self._declared(Kind.MODEL, version.model)]}
        through = [
            f"{name} at snapshot {n}" for name, n in sorted(version.sources.items()) if name_key(name) not in direct
        ]
        return "; ".join([*words, f"trained on {', '.join(through)}"] if through else words)

    def _file_words(self, pattern: str) -> str:
        try:
            return counted(len(list_files([pattern], self._session.settings.root)), "file")
        except BadData:
            return "no such file"


def _column_lineage(session: Session, graph: Graph, owner: ResourceName, column: str) -> Lineage:
    """Return the links of a column to those that it is computed from, and from there to the ends."""
    known = [*_sources(session, graph.resources[owner]), *_columns_of(session, owner.name)]
    output = next((name for name in known if name.casefold() == column.casefold()), None)
    if output is None:
        raise UnknownName.among("column", f"{owner.name}.{column}", [f"{owner.name}.{name}" for name in known])
    links: dict[Link, None] = {}
    open_columns = [(owner, output)]
    while open_columns:
        name, wanted = open_columns.pop(0)
        node = Node("column", f"{name.name}.{wanted}")
        sources = _sources(session, graph.resources[name]).get(wanted, ())
        if not sources:
            # Through files and functions nothing is traced: what is read there is as near as one comes.
            links |= {Link(node, Node("file", pattern), "read from"): None for pattern in graph.resources[name].files}
        for relation, source in sources:
            link = Link(node, Node("column", f"{relation}.{source}"), "computed from")
            above = next((n for n in graph.resources if n.key == name_key(relation) and n.kind in RELATION), None)
            if link not in links and above is not None:
                open_columns.append((above, source))
            links[link] = None
    return Lineage((Node("column", f"{owner.name}.{output}"),), tuple(links), {})


def _sources(session: Session, resource: Resource) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the columns of an object's query, each with those that it is computed from."""
    if not isinstance(resource.spec, TableSpec | ViewSpec | ModelSpec) or resource.spec.query is None:
        return {}

    return column_lineage(resource.spec.query, lambda relation: _columns_of(session, relation) or None)


def _columns_of(session: Session, relation: str) -> list[str]:
    """Return the columns of a table or view of the lake; none when there is none."""
    return list(schema_of(session.connection, relation).names) if exists(session.connection, relation) else []
