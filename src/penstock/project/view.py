"""A view as a project declares it: a query with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, read_options
from penstock.project.recorded_option import OF_VIEWS
from penstock.sql.statement import CreateView, Query

OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("description", "string", None, "What the view is, for people."),
    *OF_VIEWS,
)


@dataclass(frozen=True)
class ViewSpec:
    """What a CREATE VIEW statement declares."""

    kind: ClassVar[Kind] = Kind.VIEW

    name: str
    query: Query
    description: str | None = None


def view_spec(statement: CreateView) -> tuple[ViewSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"view {statement.name}", statement.span)
    if findings:
        return None, findings
    return ViewSpec(statement.name, statement.query, cast("str | None", values["description"])), []
