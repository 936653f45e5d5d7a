"""The graph of a project: who needs whom, and who must wait for whose check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from penstock.core.names import Kind, ResourceName
from penstock.graph.edge import External, find_edges
from penstock.project.load import Project
from penstock.project.resource import Resource

Neighbours = Mapping[ResourceName, tuple[ResourceName, ...]]

# What judges another object, and must have judged before anything else uses that object.
CHECKS = frozenset({Kind.ASSERTION, Kind.GOAL})


@dataclass(frozen=True)
class Graph:
    """Resources and the edges between them; every mapping has an entry for every resource, sorted.

    `parents` is what a resource needs, `children` what needs it. `waits` is the checks that a resource waits
    for: the assertions of the tables that it reads, and the goals of its models. They order a run and change
    no fingerprint. `external` is the names that the project does not declare.
    """

    resources: Mapping[ResourceName, Resource]
    parents: Neighbours
    children: Neighbours
    waits: Neighbours
    external: tuple[External, ...]


def build_graph(project: Project) -> Graph:
    """Return the graph of a project. It may hold cycles; `cycle.find_cycles` says which."""
    edges = find_edges(project.resources.values())
    parents = _neighbours(project.resources, ((edge.dependent, edge.needed) for edge in edges.inner))
    children = _neighbours(project.resources, ((edge.needed, edge.dependent) for edge in edges.inner))
    waits = _waits(parents, children)
    return Graph(project.resources, parents, children, waits, edges.external)


def reachable(names: Iterable[ResourceName], neighbours: Neighbours) -> frozenset[ResourceName]:
    """Return all that lies behind `names` along `neighbours`; a name itself only if a cycle leads back to it.

    With `graph.parents` these are the ancestors, with `graph.children` the descendants.
    """
    found: set[ResourceName] = set()
    open_names = list(names)
    while open_names:
        for neighbour in neighbours[open_names.pop()]:
            if neighbour not in found:
                found.add(neighbour)
                open_names.append(neighbour)
    return frozenset(found)


def _neighbours(
    names: Iterable[ResourceName], pairs: Iterable[tuple[ResourceName, ResourceName]]
) -> dict[ResourceName, tuple[ResourceName, ...]]:
    found: dict[ResourceName, set[ResourceName]] = {name: set() for name in names}
    for name, other in pairs:
        found[name].add(other)
    return {name: tuple(sorted(others)) for name, others in found.items()}


def _waits(parents: Neighbours, children: Neighbours) -> Neighbours:
    """Return which checks each resource waits for.

    A check that itself needs the resource (an assertion whose predicate reads another table made from the
    asserted one) cannot come before it, and is not waited for; so waiting never closes a circle.
    """
    before = dict(parents)
    waits: dict[ResourceName, tuple[ResourceName, ...]] = dict.fromkeys(parents, ())
    for check in sorted(name for name in parents if name.kind in CHECKS):
        needed = reachable([check], before)
        for reader in {reader for subject in parents[check] for reader in children[subject]}:
            if reader.kind not in CHECKS and reader not in needed:
                waits[reader] = (*waits[reader], check)
                before[reader] = (*before[reader], check)
    return waits
