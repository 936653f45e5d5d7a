"""What passes away: rows and values that only this connection knows, and that nothing lasting may stand on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from penstock.catalog.objects import ObjectState, get_object
from penstock.core.errors import SyntaxProblem, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.query import view_query
from penstock.engine.session import Session
from penstock.lake.database import ArrowRows
from penstock.project.spec import Declaration
from penstock.sql.references import references
from penstock.sql.statement import AnyStatement, CreateAssertion, CreateMonitor, Describe, Query, Show
from penstock.sql.variable import reads_variables

# What reads the rows of a caller's variable by its name, or None where there is no such table.
Variables = Callable[[str], Callable[[], ArrowRows] | None]

# Where a table's state keeps what it was made from and is gone since.
STATE = "temporary_sources"
PYTHON, TABLE, VARIABLES = "Python variable", "temporary table", "variables of the connection"


@dataclass(frozen=True)
class TemporarySource:
    """What only one connection knows: its kind in words, and its name, empty for DuckDB's variables as a whole."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


def no_variables(name: str) -> None:
    """Return None: there is no caller whose variables could be meant."""


def variables_read(session: Session, statement: AnyStatement, variables: Variables) -> dict[str, ArrowRows]:
    """Return those of the caller's variables that a statement reads: a name that nothing else has stands for one."""
    found = {}
    for name in _relations(statement):
        # The lake is asked last: to ask it takes as long as a small query.
        if name.isidentifier() and (read := variables(name)) is not None and _is_free(session, name):
            found[name] = read()
    return found


def temporary_sources(session: Session, statement: Declaration, frames: Collection[str]) -> list[TemporarySource]:
    """Return what an object would be made from that is gone with the connection, in the order of its text.

    `frames` names the caller's variables that it reads.
    """
    found = []
    for name in _relations(statement):
        if name in frames:
            found.append(TemporarySource(PYTHON, name))
        elif _is_temporary(session, name):
            found.append(TemporarySource(TABLE, name))
    if any(reads_variables(query) for query in _queries(statement)):
        found.append(TemporarySource(VARIABLES))
    return found


def as_state(sources: Iterable[TemporarySource]) -> dict[str, object]:
    """Return what a table's state keeps of them."""
    return {STATE: [[source.kind, source.name] for source in sources]}


def recorded_sources(state: ObjectState | None) -> tuple[TemporarySource, ...]:
    """Return what `as_state` has written; nothing for an object without a state."""
    found = state.state.get(STATE, ()) if state is not None else ()
    return tuple(TemporarySource(kind, name) for kind, name in found)


def refuse_to_stand_on(name: ResourceName, sources: Sequence[TemporarySource]) -> None:
    """Raise UserError for an object other than a table that would stand on what passes away."""
    if not sources or name.kind is Kind.TABLE:
        return
    hint = (
        "Write the value itself, or build a table with it and read that."
        if sources[0].kind == VARIABLES
        else f"Write it first: CREATE TABLE t AS SELECT * FROM {sources[0].name}; then read t."
    )
    again = {Kind.MODEL: "trained", Kind.ASSERTION: "checked"}.get(name.kind, "read")
    message = (
        f"{_opening(name)} cannot stand on the {sources[0]}: it is gone when the connection closes, "
        f"and the {name.kind} could not be {again} again."
    )
    raise UserError.of(message, hint=hint)


def refuse_to_rebuild(session: Session, name: ResourceName, definition: str) -> None:
    """Raise UserError for a table whose rows came from what only another connection knew, and is to be made again."""
    state = get_object(session.catalog, name)
    sources = recorded_sources(state)
    if state is None or state.state.get("definition") != definition or not sources:
        return
    gone = " and the ".join(map(str, sources))
    raise UserError.of(
        f"{_opening(name)} holds the rows of the {gone}, so it cannot be made again by itself.",
        hint=f"Make it where those are known, with CREATE OR REPLACE TABLE {name.name}, or from files or tables.",
    )


def _is_free(session: Session, name: str) -> bool:
    """Return whether no table, view or temporary table has the name."""
    connection = session.connection
    if view_query(session, name) is not None:
        return False
    return connection.is_registered(name) or not connection.has(name)


def _is_temporary(session: Session, name: str) -> bool:
    bare = name.removeprefix("temp.").removeprefix("main.")
    return session.connection.has_temporary(bare) and not session.connection.is_registered(bare)


def _opening(name: ResourceName) -> str:
    return f"{name.kind.capitalize()} {name.name}"


def _relations(statement: AnyStatement) -> list[str]:
    """Return the names of tables that a statement reads or watches."""
    match statement:
        case CreateAssertion(table=table):
            return [table]
        case CreateMonitor(watched_kind=Kind.TABLE, watched=watched):
            return [watched]
        case Show(subject=name) | Describe(kind=None, name=name):
            return [name]
        case Describe(kind=None, name=name) | Show(subject=name):
            return [name]
        case _:
            return [name for query in _queries(statement) for name in _read_by(query)]


def _queries(statement: AnyStatement) -> list[Query]:
    found = (getattr(statement, key, None) for key in ("query", "predicate"))
    return [query for query in found if isinstance(query, Query)]


def _read_by(query: Query) -> tuple[str, ...]:
    """Return what a query reads; nothing for words of DuckDB's own that only it can read."""
    try:
        return references(query).relations
    except SyntaxProblem:
        return ()
