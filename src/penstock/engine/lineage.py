"""What is made from what, to the ends: files, tables, views, versions, endpoints, monitors and triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

# What a trigger does. It does not follow from that what the trigger is made from: a loop leads back to its model.
ACTS = {"retrain": "retrains", "refresh": "refreshes", "rollback": "rolls back"}


@dataclass(frozen=True, order=True)
class Node:
    """A thing in a lineage; a model has its version.

    `kind` is one of `Kind`, or `file`, `schedule` or `column`, or a kind of `temporary.TemporarySource`.
    """

    kind: str
    name: str
    version: int | None = None

    def __str__(self) -> str:
        name = self.name if self.version is None else f"{self.name}@{self.version}"
        return name if self.kind == "column" else f"{self.kind} {name}"


@dataclass(frozen=True, order=True)
class Link:
    """`object` is made from `source`, or looks at it, or acts on it, as `how` says."""

    object: Node
    source: Node
    how: str

    @property
    def acts(self) -> bool:
        """Whether the object, a trigger, does something to the source."""
        return self.how in ACTS.values()


@dataclass(frozen=True)
class Lineage:
    """The links around `subjects` to the ends, or all there are where there is no subject.

    `words` says in a line how each node is.
    """

    subjects: tuple[Node, ...]
    links: tuple[Link, ...]
    words: Mapping[Node, str]

    def above(self, node: Node) -> list[Link]:
        """Return the links to what a node is made from."""
        return [link for link in self._of_object.get(node, ()) if not link.acts]

    def below(self, node: Node) -> list[Link]:
        """Return the links to what is made from a node.

        A trigger is below the monitor or endpoint that it listens to; one that listens to neither, below what it acts
        on.
        """
        return [link for link in self._of_source.get(node, ()) if not link.acts or not self._listens(link.object)]

    def table(self) -> pa.Table:
        """Return the links as rows of `object`, `made_from` and `how`."""
        rows = [(str(link.object), str(link.source), link.how) for link in self.links]
        names = ("object", "made_from", "how")
        return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)})

    def _listens(self, trigger: Node) -> bool:
        return any(link.source.kind in ("monitor", "endpoint") for link in self.above(trigger))

    @cached_property
    def _of_object(self) -> Mapping[Node, list[Link]]:
        return _grouped(self.links, lambda link: link.object)

    @cached_property
    def _of_source(self) -> Mapping[Node, list[Link]]:
        return _grouped(self.links, lambda link: link.source)


def around(whole: Lineage, subjects: tuple[Node, ...]) -> tuple[Link, ...]:
    """Return the links that lie above and below the subjects, in their order, and what the triggers among them do."""
    found = {*_walk(subjects, whole.above, lambda link: link.source)}
    found |= {*_walk(subjects, whole.below, lambda link: link.object)}
    met = {node for link in found for node in (link.object, link.source)}
    return tuple(link for link in whole.links if link in found or (link.acts and link.object in met))


def _walk(start: Iterable[Node], links_of: Callable[[Node], list[Link]], to: Callable[[Link], Node]) -> Iterable[Link]:
    seen: set[Node] = set()
    open_nodes = list(start)
    while open_nodes:
        node = open_nodes.pop()
        if node in seen:
            continue
        seen.add(node)
        for link in links_of(node):
            yield link
            open_nodes.append(to(link))


def _grouped(links: Iterable[Link], key: Callable[[Link], Node]) -> Mapping[Node, list[Link]]:
    found: dict[Node, list[Link]] = {}
    for link in links:
        found.setdefault(key(link), []).append(link)
    return found
