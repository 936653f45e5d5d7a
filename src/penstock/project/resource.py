"""A declared object: its spec, where it stands, and what its SQL reads."""

from __future__ import annotations

from dataclasses import dataclass, replace

from penstock.core.names import ResourceName
from penstock.core.spans import Span
from penstock.project.assertion import AssertionSpec
from penstock.project.experiment import ExperimentSpec
from penstock.project.model import ModelSpec
from penstock.project.spec import Declaration, Spec, name_of
from penstock.project.table import TableSpec
from penstock.project.view import ViewSpec
from penstock.sql.references import References, joined, references
from penstock.sql.statement import Query


@dataclass(frozen=True)
class Resource:
    """One object of a project.

    `references` is what its query reads (an assertion: what its predicate reads besides its table);
    `statement` is kept for the fingerprint and for showing the definition.
    """

    name: ResourceName
    spec: Spec
    span: Span
    references: References
    statement: Declaration

    @property
    def files(self) -> tuple[str, ...]:
        """The paths and patterns of the files that it is made from."""
        read = tuple(pattern for file in self.references.files for pattern in file.patterns)
        return (*read, self.spec.files) if isinstance(self.spec, ModelSpec) and self.spec.files else read


def resource_of(statement: Declaration, spec: Spec) -> Resource:
    """Return the resource of a statement and the spec that was read from it."""
    return Resource(name_of(spec), spec, statement.span, _reads(spec), statement)


def _reads(spec: Spec) -> References:
    read = _read_by_query(spec)
    if isinstance(spec, ExperimentSpec):
        return References(spec.tables)
    if isinstance(spec, ModelSpec) and spec.related_tables:
        return joined(read, References(tuple(table.table for table in spec.related_tables)))
    return read


def _read_by_query(spec: Spec) -> References:
    match spec:
        case ModelSpec(query=Query() as query, holidays=Query() as holidays):
            return joined(references(query), references(holidays))
        case TableSpec(query=query) | ViewSpec(query=query) | ModelSpec(query=Query() as query):
            return references(query)
        case AssertionSpec():
            # A predicate is not a query; behind SELECT it is one that reads the same.
            return references(replace(spec.predicate, text=f"SELECT {spec.predicate.text}"))
        case _:
            return References()
