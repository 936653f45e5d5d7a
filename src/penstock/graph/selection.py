"""Which part of a project to run: `NAME`, `+NAME` with what it needs, `NAME+` with what needs it."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName, name_key
from penstock.graph.topology import CHECKS, Graph, reachable


def select(graph: Graph, selectors: Sequence[str]) -> frozenset[ResourceName]:
    """Return the resources that the selectors name together; all of them when there is no selector.

    A selector is a name, or `kind:name` where several kinds share a name; a `+` before it adds all ancestors,
    a `+` after it all descendants. The assertions and goals of a selected object are selected with it: it is
    never made unchecked. Raises UnknownName for a name that the project does not declare.
    """
    if not selectors:
        return frozenset(graph.resources)
    chosen: set[ResourceName] = set()
    for selector in selectors:
        named = _named(graph, selector.removeprefix("+").removesuffix("+"))
        chosen.update(named)
        if selector.startswith("+"):
            chosen |= reachable(named, graph.parents)
        if selector.endswith("+"):
            chosen |= reachable(named, graph.children)
    checks = {child for name in chosen for child in graph.children[name] if child.kind in CHECKS}
    return frozenset(chosen | checks)


def _named(graph: Graph, text: str) -> list[ResourceName]:
    kind, _, name = text.rpartition(":")
    kinds = [kind.lower()] if kind else list(Kind)
    found = [resource for resource in graph.resources if resource.key == name_key(name) and resource.kind in kinds]
    if not found:
        raise UnknownName.among(kind or "object", name, {resource.name for resource in graph.resources})
    return found
