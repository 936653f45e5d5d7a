"""Statements as they come from a prompt, a script or a connection: done at once, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

from penstock.core.errors import UserError
from penstock.core.names import ResourceName
from penstock.engine.place import pointing_at
from penstock.engine.query import NO_FRAMES, prepared
from penstock.engine.result import Result, counted, done
from penstock.engine.script import run_script
from penstock.engine.session import Session
from penstock.engine.temporary import Variables, no_variables, variables_read
from penstock.lake.database import ArrowRows
from penstock.sql.data_definition import dropped_schema, made_relation
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
    ReleaseEndpoint,
    RollbackEndpoint,
    SetDialect,
    Show,
)
from penstock.sql.vocabulary import SUBJECTS

# Every kind of statement but a query imports what does it: a query waits for no training.


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
        case Show() | Describe():
            return _tell(session, statement, frames)
        case CreateVectorIndex() | AlterVectorIndex() | DropVectorIndex():
            return _index(session, statement)
        case AlterEndpoint() | AlterModel():
            return _alter(session, statement)
        case ReleaseEndpoint() | RollbackEndpoint():
            return _release(session, statement)
        case Drop():
            from penstock.engine.drop import drop

            return drop(session, statement)
        case ExportModel():
            from penstock.engine.export import export_model

            return export_model(session, statement)
        case SetDialect():
            session.settings = replace(session.settings, dialect=statement.dialect)
            return done(f"dialect is {statement.dialect}")
        case _:
            from penstock.engine.creation import create

            return create(session, statement, frames)


def _pass_through(session: Session, statement: Passthrough, frames: Mapping[str, ArrowRows]) -> Result:
    connection = session.connection
    if made := made_relation(statement.query):
        from penstock.engine.shared_name import refuse_taken

        refuse_taken(session, ResourceName(*made), statement)
    elif schema := dropped_schema(statement.query):
        from penstock.engine.drop import drop_schema

        return drop_schema(session, statement, schema)
    with ExitStack() as held:
        query = held.enter_context(prepared(session, statement.query, connection, frames=frames))
        if statement.returns_rows:
            reader = connection.result(query.sql)
            # From here on the result holds the query open.
            return Result(reader, held.pop_all())
        changed = connection.execute(query.sql)
    told = statement.changes_rows or changed
    return done(f"{counted(changed, 'row')} changed" if told else "done")


def _tell(session: Session, statement: Show | Describe, frames: Mapping[str, ArrowRows]) -> Result:
    if isinstance(statement, Describe) and statement.kind is not None:
        from penstock.engine.describe import describe

        return describe(session, statement, statement.kind)
    if isinstance(statement, Show) and statement.subject in SUBJECTS:
        from penstock.engine.show import show

        return show(session, statement)
    return _by_name(session, statement, frames)


def _by_name(session: Session, statement: Show | Describe, frames: Mapping[str, ArrowRows]) -> Result:
    """Return the columns of the table that a name stands for, as DuckDB tells them, or what is known of its object."""
    name = statement.subject if isinstance(statement, Show) else statement.name
    if name not in frames and not session.connection.has(name):
        from penstock.engine.named import describe_named

        return describe_named(session, statement)
    query = Query(statement.text, "duckdb", statement.span)
    return _pass_through(session, Passthrough(statement.text, statement.span, query, False, True), frames)


def _index(session: Session, statement: CreateVectorIndex | AlterVectorIndex | DropVectorIndex) -> Result:
    from penstock.engine.vector_index import create_vector_index, drop_vector_index, rebuild_vector_index

    match statement:
        case CreateVectorIndex():
            return create_vector_index(session, statement)
        case AlterVectorIndex():
            return rebuild_vector_index(session, statement)
        case DropVectorIndex():
            return drop_vector_index(session, statement)


def _alter(session: Session, statement: AlterEndpoint | AlterModel) -> Result:
    from penstock.engine.alter import alter_endpoint, alter_model

    if isinstance(statement, AlterModel):
        return alter_model(session, statement)
    return alter_endpoint(session, statement)


def _release(session: Session, statement: ReleaseEndpoint | RollbackEndpoint) -> Result:
    from penstock.engine.release_by_hand import release_endpoint, rollback_endpoint

    if isinstance(statement, ReleaseEndpoint):
        return release_endpoint(session, statement)
    return rollback_endpoint(session, statement)


def last(results: Iterator[Result]) -> Result:
    """Do all statements and return what the last one gives; the others' rows are read and left."""
    kept: Result | None = None
    for result in results:
        if kept is not None:
            for _ in kept.batches():
                pass
        kept = result
    return kept or done("There is nothing to run: the text holds no statement.")
