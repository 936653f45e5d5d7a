"""Statements as they come from a prompt, a script or a connection: done at once, in their order."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

from penstock.catalog.objects import get_object
from penstock.core.errors import UserError
from penstock.core.names import Kind, ResourceName, name_key
from penstock.engine.alter import alter_endpoint, alter_model
from penstock.engine.build import BuildRequest, build
from penstock.engine.deployed import deployed_project
from penstock.engine.describe import describe
from penstock.engine.drop import drop
from penstock.engine.export import export_model
from penstock.engine.named import describe_named
from penstock.engine.observation import observe
from penstock.engine.place import pointing_at
from penstock.engine.plan import make_plan
from penstock.engine.query import NO_FRAMES, prepared
from penstock.engine.result import Result, counted, done
from penstock.engine.script import run_script
from penstock.engine.session import Session
from penstock.engine.show import show
from penstock.engine.temporary import (
    Variables,
    no_variables,
    refuse_to_stand_on,
    temporary_sources,
    variables_read,
)
from penstock.engine.vector_index import create_vector_index, drop_vector_index, rebuild_vector_index
from penstock.engine.workspace import demand_sound
from penstock.graph.topology import build_graph
from penstock.lake.database import ArrowRows
from penstock.lake.tables import exists, table_names, view_names
from penstock.project.load import project_from_statements
from penstock.project.spec import Declaration, name_of, spec_of
from penstock.sql.parse import parse_script
from penstock.sql.statement import (
    AlterEndpoint,
    AlterModel,
    AlterVectorIndex,
    AnyStatement,
    CreateVectorIndex,
    Describe,
    Dialect,
    Drop,
    DropVectorIndex,
    ExportModel,
    Passthrough,
    Query,
    SetDialect,
    Show,
)
from penstock.sql.vocabulary import SUBJECTS

# These name others and are not tried out when they are made; what has a query is, and tells itself what it lacks.
WITHOUT_QUERY = frozenset({Kind.GOAL, Kind.ENDPOINT, Kind.MONITOR, Kind.TRIGGER})


def execute(
    session: Session,
    text: str,
    *,
    path: str = "sql",
    dialect: Dialect | None = None,
    variables: Variables = no_variables,
) -> Iterator[Result]:
    """Do the statements of `text` one after another and yield what each gives.

    `variables` gives the caller's tables: a name that nothing else has stands for the variable of that name.
    Nothing is done when any of them does not parse. Raises UserError for the first that cannot be done; those before it
    stay done.
    """
    script = parse_script(text, path, dialect or _dialect(session))
    if script.diagnostics:
        raise UserError(*script.diagnostics)
    yield from run_script(session, script.statements, do, variables)


def _dialect(session: Session) -> Dialect:
    return "bigquery" if session.settings.dialect == "bigquery" else "duckdb"


def do(session: Session, statement: AnyStatement, variables: Variables = no_variables) -> Result:
    """Do one statement and return what it gives; an error that has no finer place points at the statement."""
    with pointing_at(statement.span):
        frames = NO_FRAMES if variables is no_variables else variables_read(session, statement, variables)
        return _do(session, statement, frames)


def _do(session: Session, statement: AnyStatement, frames: Mapping[str, ArrowRows]) -> Result:
    match statement:
        case Passthrough():
            return _pass_through(session, statement, frames)
        case Show() if statement.subject in SUBJECTS:
            return show(session, statement)
        case Describe() if statement.kind is not None:
            return describe(session, statement, statement.kind)
        case Show() | Describe():
            return _by_name(session, statement, frames)
        case Drop():
            return drop(session, statement)
        case AlterEndpoint():
            return alter_endpoint(session, statement)
        case AlterModel():
            return alter_model(session, statement)
        case ExportModel():
            return export_model(session, statement)
        case CreateVectorIndex():
            return create_vector_index(session, statement)
        case AlterVectorIndex():
            return rebuild_vector_index(session, statement)
        case DropVectorIndex():
            return drop_vector_index(session, statement)
        case SetDialect():
            session.settings = replace(session.settings, dialect=statement.dialect)
            return done(f"dialect is {statement.dialect}")
        case _:
            return _create(session, statement, frames)


def _pass_through(session: Session, statement: Passthrough, frames: Mapping[str, ArrowRows]) -> Result:
    connection = session.connection
    with ExitStack() as held:
        query = held.enter_context(prepared(session, statement.query, connection, frames=frames))
        if statement.returns_rows:
            reader = connection.result(query.sql)
            # From here on the result holds the query open.
            return Result(reader, held.pop_all())
        changed = connection.execute(query.sql)
    told = statement.changes_rows or changed
    return done(f"{counted(changed, 'row')} changed" if told else "done")


def _by_name(session: Session, statement: Show | Describe, frames: Mapping[str, ArrowRows]) -> Result:
    """Return the columns of the table that a name stands for, as DuckDB tells them, or what is known of its object."""
    name = statement.subject if isinstance(statement, Show) else statement.name
    if name not in frames and not session.connection.has(name):
        return describe_named(session, statement)
    query = Query(statement.text, "duckdb", statement.span)
    return _pass_through(session, Passthrough(statement.text, statement.span, query, False, True), frames)


def _create(session: Session, statement: Declaration, frames: Mapping[str, ArrowRows]) -> Result:
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
    _refuse_taken(session, name, statement)
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
    return done(f"{name}: {summary}")


def _stands(session: Session, name: ResourceName) -> bool:
    if get_object(session.catalog, name) is not None:
        return True
    return name.kind in (Kind.TABLE, Kind.VIEW) and exists(session.connection, name.name)


def _refuse_taken(session: Session, name: ResourceName, statement: Declaration) -> None:
    """Raise UserError for a model with the name of a table or view, or the other way round, as in BigQuery."""
    others = {Kind.MODEL: (Kind.TABLE, Kind.VIEW), Kind.TABLE: (Kind.MODEL,), Kind.VIEW: (Kind.MODEL,)}
    in_lake = {Kind.TABLE: table_names, Kind.VIEW: view_names}
    for kind in others.get(name.kind, ()):
        known = in_lake[kind](session.connection) if kind in in_lake else []
        by_hand = any(name_key(other) == name.key for other in known)
        if by_hand or get_object(session.catalog, ResourceName(kind, name.name)) is not None:
            raise UserError.of(
                f"There is a {kind} {name.name} already: tables, views and models share their names.",
                span=statement.span,
                hint=f"Give the {name.kind} another name, or say DROP {kind.upper()} {name.name} first.",
            )


def last(results: Iterator[Result]) -> Result:
    """Do all statements and return what the last one gives; the others' rows are read and left."""
    kept: Result | None = None
    for result in results:
        if kept is not None:
            for _ in kept.batches():
                pass
        kept = result
    return kept or done("There is nothing to run: the text holds no statement.")
