"""CREATE: what a statement declares, made at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from penstock.catalog.objects import get_object
from penstock.core.errors import UserError
from penstock.core.events import Noticed
from penstock.core.names import Kind, ResourceName
from penstock.engine.build import BuildRequest, build
from penstock.engine.deployed import deployed_project
from penstock.engine.model_option import recorded_only
from penstock.engine.observation import observe
from penstock.engine.plan import make_plan
from penstock.engine.result import Result, done
from penstock.engine.session import Session
from penstock.engine.shared_name import refuse_taken
from penstock.engine.temporary import refuse_to_stand_on, temporary_sources
from penstock.engine.workspace import demand_sound
from penstock.graph.topology import build_graph
from penstock.lake.database import ArrowRows
from penstock.lake.tables import exists
from penstock.project.load import project_from_statements
from penstock.project.spec import OPTIONS, Declaration, name_of, spec_of
from penstock.sql.statement import CreateTable, CreateView

# These name others and are not tried out when they are made; what has a query is, and tells itself what it lacks.
WITHOUT_QUERY = frozenset({Kind.GOAL, Kind.ENDPOINT, Kind.MONITOR, Kind.EXPERIMENT, Kind.TRIGGER})


def create(session: Session, statement: Declaration, frames: Mapping[str, ArrowRows]) -> Result:
    """Make what a statement declares and return what it says; `frames` are the caller's tables that it reads.

    Raises UserError for a name that is taken and for a declaration that cannot be made.
    """
    spec, findings = spec_of(statement)
    if spec is None or findings:
        raise UserError(*findings)
    name = name_of(spec)
    if _stands(session, name) and not statement.replace:
        if getattr(statement, "if_not_exists", False):
            return done(f"{name} exists")
        raise UserError.of(
            f"{str(name).capitalize()} exists already.",
            span=statement.span,
            hint=f"Say CREATE OR REPLACE {name.kind.upper()} to make it anew.",
        )
    refuse_taken(session, name, statement)
    temporary = temporary_sources(session, statement, frames)
    refuse_to_stand_on(name, temporary)
    deployed = deployed_project(session)
    others = [r.statement for n, r in deployed.resources.items() if (n.kind, n.key) != (name.kind, name.key)]
    project = project_from_statements([*others, statement], session.settings)
    graph = build_graph(project)
    if name.kind in WITHOUT_QUERY:
        demand_sound(session, project, graph, statement.span)
    plan = make_plan(graph, observe(session, graph), selected={name}, forced={name: "it was asked for"})
    step = replace(plan.work[0], in_files=False)
    if step.action == "append":
        step = replace(step, action="build")
    run_id = f"sql-{uuid.uuid4().hex[:8]}"
    request = BuildRequest(run_id, full_refresh=True, frames=frames, connection=session.connection, temporary=temporary)
    summary = build(session, graph, step, request)
    if isinstance(statement, CreateTable | CreateView):
        for notice in recorded_only(statement.options, OPTIONS[name.kind]):
            session.listener(Noticed(str(name), notice))
    return done(f"{name}: {summary}")


def _stands(session: Session, name: ResourceName) -> bool:
    if get_object(session.catalog, name) is not None:
        return True
    return name.kind in (Kind.TABLE, Kind.VIEW) and exists(session.connection, name.name)
