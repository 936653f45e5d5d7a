"""What needs what: the edges that follow from the names in the SQL, and the names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from penstock.core.names import Kind, ResourceName, name_key
from penstock.project.assertion import AssertionSpec
from penstock.project.endpoint import EndpointSpec
from penstock.project.experiment import ExperimentSpec
from penstock.project.goal import GoalSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.resource import Resource
from penstock.project.trigger import TriggerSpec
from penstock.sql.statement import OnBreach, OnLabels, TriggerAction

# A query reads tables and views alike.
RELATION = (Kind.TABLE, Kind.VIEW)
TARGETS: Mapping[str, tuple[Kind, ...]] = {
    "retrain": (Kind.MODEL,),
    "refresh": RELATION,
    "rollback": (Kind.ENDPOINT,),
}


@dataclass(frozen=True, order=True)
class Edge:
    """`needed` must be there before `dependent` can be made."""

    needed: ResourceName
    dependent: ResourceName


@dataclass(frozen=True, order=True)
class External:
    """A name that `user` uses and the project does not declare; it stands for an object of one of `kinds`."""

    user: ResourceName
    kinds: tuple[Kind, ...]
    name: str


@dataclass(frozen=True)
class Edges:
    """All edges of a project, sorted, each once."""

    inner: tuple[Edge, ...]
    external: tuple[External, ...]


def find_edges(resources: Iterable[Resource]) -> Edges:
    """Return the edges between the resources; names match without regard to case."""
    resources = tuple(resources)
    known = {(resource.name.kind, resource.name.key): resource.name for resource in resources}
    inner: set[Edge] = set()
    external: set[External] = set()
    for resource in resources:
        for kinds, name in _uses(resource):
            found = [known[kind, name_key(name)] for kind in kinds if (kind, name_key(name)) in known]
            if found:
                inner.add(Edge(found[0], resource.name))
            else:
                external.add(External(resource.name, kinds, name))
    return Edges(tuple(sorted(inner)), tuple(sorted(external)))


def _uses(resource: Resource) -> Iterator[tuple[tuple[Kind, ...], str]]:
    """Yield each name that a resource uses, with the kinds that it may stand for."""
    for name in resource.references.relations:
        yield RELATION, name
    for model in resource.references.models:
        yield (Kind.MODEL,), model.name
    match resource.spec:
        case AssertionSpec(table=table):
            yield RELATION, table
        case GoalSpec(model=model_name) | EndpointSpec(model=model_name):
            yield (Kind.MODEL,), model_name
        case MonitorSpec(watched_kind=kind, watched=watched):
            yield RELATION if kind is Kind.TABLE else (kind,), watched
        case ExperimentSpec(endpoint=endpoint_name):
            yield (Kind.ENDPOINT,), endpoint_name
        case TriggerSpec(event=event, actions=actions):
            match event:
                case OnBreach(monitor):
                    yield (Kind.MONITOR,), monitor
                case OnLabels(endpoint):
                    yield (Kind.ENDPOINT,), endpoint
                case _:
                    pass
            yield from _targets(actions)
        case _:
            pass


def _targets(actions: Iterable[TriggerAction]) -> Iterator[tuple[tuple[Kind, ...], str]]:
    for action in actions:
        if action.target is not None and action.verb in TARGETS:
            yield TARGETS[action.verb], action.target
