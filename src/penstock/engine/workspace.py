"""The project folder, read and checked, with its graph: what `plan` and `run` work on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from penstock.catalog.objects import list_objects
from penstock.core.diagnostics import Diagnostic, errors_among
from penstock.core.errors import UnknownName, UserError
from penstock.core.events import Noticed
from penstock.core.names import Kind
from penstock.engine.deployed import deployed_project
from penstock.engine.measure import known_measures
from penstock.engine.observation import observe
from penstock.engine.plan import make_plan
from penstock.engine.session import Session
from penstock.engine.step import Plan
from penstock.graph.selection import select
from penstock.graph.topology import Graph, build_graph
from penstock.lake.tables import table_names
from penstock.learn.registry import learner_of
from penstock.learn.shared_options import resolve_options
from penstock.project.load import Project, load_project
from penstock.project.model import ModelSpec
from penstock.rules.registry import check


@dataclass(frozen=True)
class Workspace:
    """A project and its graph."""

    project: Project
    graph: Graph


def checked_workspace(session: Session) -> Workspace:
    """Read the folder and check it; warnings go to the listener. Raises UserError with every error at once.

    A session without a folder has the project that its statements have made.
    """
    if session.scratch is not None:
        deployed = deployed_project(session)
        return Workspace(deployed, build_graph(deployed))
    project = load_project(session.settings.root)
    graph = build_graph(project)
    findings = (
        *project.diagnostics,
        *check(project, graph, existing=_existing(session), known_measures=known_measures),
        *_option_findings(graph),
    )
    errors = errors_among(findings)
    if errors:
        raise UserError(*sorted(errors, key=_place))
    for finding in findings:
        session.listener(Noticed("project", str(finding)))
    return Workspace(project, graph)


def _place(finding: Diagnostic) -> tuple[str, int, int]:
    span = finding.span
    return (span.path, span.line, span.column) if span else ("", 0, 0)


def _option_findings(graph: Graph) -> Iterator[Diagnostic]:
    """Yield what is wrong with the models' options, so that it is known before any table is built."""
    for resource in graph.resources.values():
        if isinstance(resource.spec, ModelSpec):
            try:
                yield from resolve_options(resource.spec.options, learner_of(resource.spec.model_type))[1]
            except UnknownName as problem:
                yield from problem.at(resource.spec.options["model_type"].span or resource.span).diagnostics


def _existing(session: Session) -> dict[Kind, list[str]]:
    """Return what the lake and the catalog hold, so that a query may read what was made by hand."""
    known: dict[Kind, list[str]] = {Kind.TABLE: table_names(session.connection)}
    for state in list_objects(session.catalog):
        known.setdefault(state.name.kind, []).append(state.name.name)
    return known


def plan_of(session: Session, workspace: Workspace, names: Collection[str], *, full_refresh: bool = False) -> Plan:
    """Return what a run would do for the named objects, or for all."""
    selected = select(workspace.graph, list(names)) if names else None
    return make_plan(workspace.graph, observe(session, workspace.graph), selected=selected, full_refresh=full_refresh)
