"""Every project check, by its code."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.graph.topology import Graph
from penstock.project.load import Project
from penstock.rules import column, loop, name, secret, structure
from penstock.rules.rule import ColumnsOf, Context, KnownMeasures, Rule

RULES: Mapping[str, Rule] = {
    rule.code: rule for rule in (*name.RULES, *structure.RULES, *loop.RULES, *column.RULES, *secret.RULES)
}


def check(
    project: Project,
    graph: Graph,
    *,
    existing: Mapping[Kind, Collection[str]] | None = None,
    known_measures: KnownMeasures | None = None,
    columns_of: ColumnsOf | None = None,
) -> tuple[Diagnostic, ...]:
    """Return everything that the rules find, in the order of the files.

    `existing` names what the catalog and the lake hold beside the project, so that a query may read it.
    `known_measures` gives the names that a monitor's or a goal's predicate may use, `columns_of` the columns
    of a table that is built already; both give None for what they do not know, and that is not checked.
    """
    context = Context(project, graph, existing or {}, known_measures, columns_of)
    findings = [finding for rule in RULES.values() for finding in rule.check(context)]
    return tuple(sorted(findings, key=_place))


def _place(finding: Diagnostic) -> tuple[str, int, int, str]:
    span = finding.span
    return (span.path, span.line, span.column, finding.code) if span else ("", 0, 0, finding.code)
