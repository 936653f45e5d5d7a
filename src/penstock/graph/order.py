"""In which order resources are made, and which of them may be made at the same time."""

from __future__ import annotations

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import UserError
from penstock.core.names import ResourceName
from penstock.graph.cycle import cycle_text, find_cycles
from penstock.graph.topology import Graph

Levels = tuple[tuple[ResourceName, ...], ...]


def execution_order(graph: Graph) -> Levels:
    """Return the resources in levels: all of a level may run at the same time, after the levels before it.

    A resource stands after everything that it needs and after every check that it waits for. Names within a
    level are sorted, so the order depends on the project alone. Raises UserError, with each circle, when
    there is no order.
    """
    before = {name: {*graph.parents[name], *graph.waits[name]} for name in graph.resources}
    levels: list[tuple[ResourceName, ...]] = []
    done: set[ResourceName] = set()
    while len(done) < len(before):
        level = tuple(sorted(name for name in before if name not in done and before[name] <= done))
        if not level:
            raise UserError(*_findings(graph))
        levels.append(level)
        done.update(level)
    return tuple(levels)


def _findings(graph: Graph) -> list[Diagnostic]:
    return [
        Diagnostic(
            "cycle",
            f"These need each other in a circle: {cycle_text(cycle)}.",
            graph.resources[cycle[0]].span,
        )
        for cycle in find_cycles(graph)
    ]
