"""Resources that need each other in a circle, found and printed as the circle that they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from penstock.core.names import ResourceName
from penstock.graph.topology import Graph, reachable

Cycle = tuple[ResourceName, ...]


def find_cycles(graph: Graph) -> tuple[Cycle, ...]:
    """Return one shortest cycle for every knot of resources that need each other, starting at its first name.

    Cycles that share a resource are one knot: breaking them is one piece of work, and the next run shows the
    rest.
    """
    cycles = []
    done: set[ResourceName] = set()
    for name in sorted(_not_orderable(graph)):
        if name in done:
            continue
        ancestors = reachable([name], graph.parents)
        if name in ancestors:
            done |= ancestors & reachable([name], graph.children)
            cycles.append(_shortest(graph, name))
    return tuple(cycles)


def cycle_text(cycle: Sequence[ResourceName]) -> str:
    """Return the circle as a person reads it: `table a → view b → table a`, where an arrow reads «needs»."""
    return " → ".join(str(name) for name in (*cycle, cycle[0]))


def _not_orderable(graph: Graph) -> list[ResourceName]:
    """Return the cycles and what needs them: all that is left when whatever lacks no parent is taken away."""
    missing = {name: len(parents) for name, parents in graph.parents.items()}
    free = [name for name, count in missing.items() if not count]
    while free:
        name = free.pop()
        del missing[name]
        for child in graph.children[name]:
            missing[child] -= 1
            if not missing[child]:
                free.append(child)
    return list(missing)


def _shortest(graph: Graph, start: ResourceName) -> Cycle:
    """Return a shortest way from `start` over what it needs back to `start`, found breadth first."""
    came_from: dict[ResourceName, ResourceName] = {}
    queue = deque([start])
    while start not in came_from:
        name = queue.popleft()
        for parent in graph.parents[name]:
            if parent not in came_from:
                came_from[parent] = name
                queue.append(parent)
    way = [came_from[start]]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
