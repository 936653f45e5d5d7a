"""The project folder, read and checked, with its graph: what `plan` and `run` work on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache

from penstock.catalog.objects import list_objects
from penstock.core.diagnostics import Diagnostic, errors_among
from penstock.core.errors import UnknownName, UserError
from penstock.core.events import Noticed
from penstock.core.names import Kind, name_key
from penstock.core.spans import Span
from penstock.engine.deployed import deployed_project
from penstock.engine.leftover import WITHOUT_DATA, leftover_steps, leftovers
from penstock.engine.measure import measures_in
from penstock.engine.observation import observe
from penstock.engine.plan import make_plan
from penstock.engine.session import Session
from penstock.engine.step import Plan
from penstock.graph.cycle import find_cycles
from penstock.graph.selection import select
from penstock.graph.topology import Graph, build_graph
from penstock.lake.tables import schema_of, table_names
from penstock.learn.registry import model_type_of
from penstock.learn.shared_options import resolve_options
from penstock.project.load import Project, load_project
from penstock.project.model import ModelSpec
from penstock.rules.registry import check
from penstock.rules.rule import ColumnsOf


@dataclass(frozen=True)
class Workspace:
    """A project, its graph, and what the rules find in it that stops nothing."""

    project: Project
    graph: Graph
    warnings: tuple[Diagnostic, ...] = ()


def checked_workspace(session: Session) -> Workspace:
    """Read the folder and check it. Raises UserError with every error at once.

    A session without a folder has the project that its statements have made.
    """
    if session.scratch is not None:
        deployed = deployed_project(session)
        return Workspace(deployed, build_graph(deployed))
    project = load_project(session.settings.root)
    graph = build_graph(project)
    findings = (
        *project.diagnostics,
        *_rule_findings(session, project, graph),
        *_option_findings(graph),
    )
    errors = errors_among(findings)
    if errors:
        raise UserError(*sorted(errors, key=_place))
    return Workspace(project, graph, findings)


def demand_sound(session: Session, project: Project, graph: Graph, span: Span) -> None:
    """Raise UserError with what the rules forbid in the statement at `span`, one of the project's."""
    errors = errors_among(_rule_findings(session, project, graph))
    own = [finding for finding in errors if _stands_in(finding, span)]
    if own:
        raise UserError(*own)


def _rule_findings(session: Session, project: Project, graph: Graph) -> tuple[Diagnostic, ...]:
    return check(
        project,
        graph,
        existing=_existing(session, graph),
        known_measures=measures_in(graph),
        columns_of=_columns_of(session, graph),
    )


def tell_warnings(session: Session, workspace: Workspace, *, only_new: bool = False) -> None:
    """Tell the listener what the rules warn of; `only_new`, what stands in a statement that was not run as it is now.

    Who has run a statement has been told already.
    """
    run = {(state.name.kind, state.name.key): state.definition for state in list_objects(session.catalog)}
    known = [
        resource.span
        for name, resource in workspace.graph.resources.items()
        if run.get((name.kind, name.key)) == resource.statement.text
    ]
    for finding in workspace.warnings:
        # What stands in no statement is about the folder: a plan tells it.
        new = finding.span is not None and not any(_stands_in(finding, span) for span in known)
        if new or not only_new:
            session.listener(Noticed("project", str(finding)))


def _stands_in(finding: Diagnostic, span: Span) -> bool:
    place = finding.span
    if place is None or place.path != span.path:
        return False
    return (span.line, span.column) <= (place.line, place.column) < (span.end_line, span.end_column)


def _place(finding: Diagnostic) -> tuple[str, int, int]:
    span = finding.span
    return (span.path, span.line, span.column) if span else ("", 0, 0)


def _option_findings(graph: Graph) -> Iterator[Diagnostic]:
    """Yield what is wrong with the models' options, so that it is known before any table is built."""
    for resource in graph.resources.values():
        if isinstance(resource.spec, ModelSpec):
            try:
                yield from resolve_options(resource.spec.options, model_type_of(resource.spec.model_type))[1]
            except UnknownName as problem:
                yield from problem.at(resource.spec.options["model_type"].span or resource.span).diagnostics


def _existing(session: Session, graph: Graph) -> dict[Kind, list[str]]:
    """Return what the lake and the catalog hold, so that a query may read what was made by hand.

    What the next run drops is not among them.
    """
    known: dict[Kind, list[str]] = {Kind.TABLE: table_names(session.connection)}
    states = {(state.name.kind, state.name.key): state for state in list_objects(session.catalog)}
    going = {name for name in leftovers(states, graph.resources) if name.kind in WITHOUT_DATA}
    for state in states.values():
        if state.name in going:
            continue
        known.setdefault(state.name.kind, []).append(state.name.name)
    return known


def _columns_of(session: Session, graph: Graph) -> ColumnsOf:
    """Return what gives the columns of a table, if it is built and what a run would leave as it is.

    Of a table that is about to change nobody knows its columns before its files are read.
    """

    @cache
    def stale() -> frozenset[str]:
        if find_cycles(graph):
            return frozenset(name.key for name in graph.resources)
        return frozenset(step.name.key for step in make_plan(graph, observe(session, graph)).work)

    def columns(name: str) -> list[str] | None:
        if name_key(name) in stale() or not session.connection.has(name):
            return None
        return list(schema_of(session.connection, name).names)

    return columns


def plan_of(session: Session, workspace: Workspace, names: Collection[str], *, full_refresh: bool = False) -> Plan:
    """Return what a run would do for the named objects, or for all."""
    selected = select(workspace.graph, list(names)) if names else None
    observed = observe(session, workspace.graph)
    plan = make_plan(workspace.graph, observed, selected=selected, full_refresh=full_refresh)
    if session.scratch is not None:
        return plan
    levels = [tuple(replace(step, in_files=True) for step in level) for level in plan.levels]
    left = () if names else leftover_steps(session, observed.states, workspace.graph.resources)
    return Plan((left, *levels) if left else tuple(levels))
