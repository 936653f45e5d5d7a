"""An assertion as a project declares it: what must hold for every row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, read_options
from penstock.sql.statement import CreateAssertion, Query

AssertionSeverity = Literal["error", "warn"]

OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "severity",
        "string",
        "error",
        "'error' stops everything that reads the table; 'warn' is only recorded.",
        choices=("error", "warn"),
    ),
    OptionSpec("description", "string", None, "Why this must hold, for people."),
)


@dataclass(frozen=True)
class AssertionSpec:
    """What a CREATE ASSERTION statement declares.

    `table` is a table or a view; `predicate` must hold for each of its rows.
    """

    kind: ClassVar[Kind] = Kind.ASSERTION

    name: str
    table: str
    predicate: Query
    severity: AssertionSeverity = "error"
    description: str | None = None


def assertion_spec(statement: CreateAssertion) -> tuple[AssertionSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"assertion {statement.name}", statement.span)
    if findings:
        return None, findings
    spec = AssertionSpec(
        name=statement.name,
        table=statement.table,
        predicate=statement.predicate,
        severity=cast("AssertionSeverity", values["severity"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []
