"""What would be done and why: specs and states in, steps out. Pure: asking changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from penstock.catalog.objects import ObjectState
from penstock.core.names import Kind, ResourceName
from penstock.engine.step import Action, Plan, Step
from penstock.graph.fingerprint import FileMark, fingerprint
from penstock.graph.order import execution_order
from penstock.graph.topology import Graph
from penstock.project.model import ModelSpec
from penstock.project.resource import Resource
from penstock.project.table import TableSpec

DATA = frozenset({Kind.TABLE, Kind.VIEW, Kind.ASSERTION})


@dataclass(frozen=True)
class Observed:
    """What the world looks like when a plan is made.

    `states` is what the catalog knows, by kind and key; `files` the files behind each resource's query;
    `snapshots` the last change of each table that a resource reads and the project does not declare.
    """

    states: Mapping[tuple[Kind, str], ObjectState]
    files: Mapping[ResourceName, tuple[FileMark, ...]] = field(default_factory=dict)
    snapshots: Mapping[ResourceName, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Marks:
    """Three hashes of an object: its own statement, its definition with all that stands above it, and its data too."""

    own: str
    definition: str
    data: str


def make_plan(
    graph: Graph,
    observed: Observed,
    *,
    selected: Collection[ResourceName] | None = None,
    full_refresh: bool = False,
    forced: Mapping[ResourceName, str] | None = None,
) -> Plan:
    """Return the steps that make every selected object match its definition, in the order of the graph.

    `forced` names objects that are made whatever their state, with the reason. Raises UserError for a cycle.
    """
    forced = forced or {}
    marks: dict[ResourceName, Marks] = {}
    levels: list[tuple[Step, ...]] = []
    for level in execution_order(graph):
        steps = []
        for name in level:
            marks[name] = _marks(graph, name, marks, observed)
            if selected is None or name in selected:
                steps.append(_step(graph, name, marks[name], observed, full_refresh, forced.get(name)))
        if steps:
            levels.append(tuple(steps))
    return Plan(tuple(levels))


def _marks(graph: Graph, name: ResourceName, known: Mapping[ResourceName, Marks], observed: Observed) -> Marks:
    resource = graph.resources[name]
    parents = graph.parents[name]
    return Marks(
        own=fingerprint(resource, {}),
        definition=fingerprint(resource, {parent: known[parent].definition for parent in parents}),
        data=fingerprint(
            resource,
            {parent: known[parent].data for parent in parents},
            observed.files.get(name, ()),
            observed.snapshots.get(name, {}),
        ),
    )


def _step(
    graph: Graph, name: ResourceName, marks: Marks, observed: Observed, full_refresh: bool, forced: str | None
) -> Step:
    resource = graph.resources[name]
    state = observed.states.get((name.kind, name.key))
    mark = _mark_that_counts(resource, marks)
    action, reason = _decide(resource, state, marks, mark, full_refresh)
    if forced is not None and action == "skip":
        action, reason = _making(name.kind), forced
    if name.kind is Kind.ENDPOINT and action == "skip":
        # It is as it should be itself, but there is nothing behind it.
        gone = [parent for parent in graph.parents[name] if (parent.kind, parent.key) not in observed.states]
        action, reason = ("create", f"{gone[0]} does not exist yet") if gone else (action, reason)
    before = (*graph.parents[name], *graph.waits[name])
    return Step(name, action, reason, mark, marks.definition, observed.files.get(name, ()), before, marks.data)


def _mark_that_counts(resource: Resource, marks: Marks) -> str:
    """Return the hash whose change makes the object stale.

    Data follows its sources; a model follows its definition, and its data only when it asks for that; endpoints, goals,
    monitors and triggers follow their own words.
    """
    if resource.name.kind in DATA:
        return marks.data
    if isinstance(resource.spec, ModelSpec):
        return marks.data if resource.spec.retrain == "on_new_data" else marks.definition
    return marks.own


def _decide(
    resource: Resource, state: ObjectState | None, marks: Marks, mark: str, full_refresh: bool
) -> tuple[Action, str]:
    kind = resource.name.kind
    if state is None:
        return _making(kind), "it does not exist yet"
    if full_refresh and kind in DATA:
        return _making(kind), "a full refresh was asked for"
    if state.fingerprint == mark:
        return "skip", "it is up to date"
    if state.state.get("definition") != marks.definition and kind is not Kind.ASSERTION:
        return _making(kind), "its definition changed"
    if isinstance(resource.spec, TableSpec) and resource.spec.incremental:
        return "append", "its sources changed"
    return _making(kind), "its sources changed"


def _making(kind: Kind) -> Action:
    match kind:
        case Kind.TABLE | Kind.VIEW:
            return "build"
        case Kind.ASSERTION:
            return "check"
        case Kind.MODEL:
            return "train"
        case _:
            return "create"
