"""What a rule is: a code, words for people, one bad and one good project, and the function that finds it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.names import Kind, ResourceName
from penstock.core.spans import Span
from penstock.graph.topology import Graph
from penstock.project.load import Project
from penstock.project.resource import Resource

KnownMeasures = Callable[[Resource], Sequence[str] | None]
ColumnsOf = Callable[[str], Sequence[str] | None]


@dataclass(frozen=True)
class Context:
    """What the rules look at.

    `existing` is what the catalog and the lake hold beside the project, by kind. `known_measures` gives the
    names that the predicate of a monitor or a goal may use, `columns_of` the columns of a table that is built
    already; both give None for what they do not know, and what is not known is not checked.
    """

    project: Project
    graph: Graph
    existing: Mapping[Kind, Collection[str]] = field(default_factory=dict)
    known_measures: KnownMeasures | None = None
    columns_of: ColumnsOf | None = None

    def of_kind(self, *kinds: Kind) -> list[Resource]:
        """Return the project's resources of these kinds, in the order of the files."""
        return [resource for resource in self.project.resources.values() if resource.name.kind in kinds]

    def needs(self, resource: Resource, kind: Kind) -> list[Resource]:
        """Return what a resource directly needs of a kind."""
        return [self._resource(name) for name in self.graph.parents[resource.name] if name.kind is kind]

    def needed_by(self, resource: Resource, kind: Kind) -> list[Resource]:
        """Return what directly needs a resource, of a kind."""
        return [self._resource(name) for name in self.graph.children[resource.name] if name.kind is kind]

    def _resource(self, name: ResourceName) -> Resource:
        return self.graph.resources[name]


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken; the rule adds its code and severity."""

    message: str
    span: Span
    hint: str | None = None


@dataclass(frozen=True)
class Rule:
    """A check of a whole project.

    `description` says what is wrong and why it matters; `bad` and `good` are projects of one SQL file that
    break the rule and keep it. All four stand in the documentation, and the tests run both projects.
    """

    code: str
    name: str
    severity: Severity
    description: str
    bad: str
    good: str
    find: Callable[[Context], Iterator[Finding]]

    def check(self, context: Context) -> list[Diagnostic]:
        """Return what the rule finds in a project."""
        return [
            Diagnostic(self.code, finding.message, finding.span, finding.hint, self.severity)
            for finding in self.find(context)
        ]


def opening(resource: Resource) -> str:
    """Return how a sentence about a resource begins: `Model demand`."""
    return f"{resource.name.kind.capitalize()} {resource.name.name}"
