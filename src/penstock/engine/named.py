"""SHOW and DESCRIBE of a name alone: the name says what is meant."""

from __future__ import annotations

from penstock.catalog.objects import list_objects
from penstock.core.errors import UnknownName
from penstock.core.names import name_key, near_or_all
from penstock.core.spans import Span
from penstock.engine.describe import describe
from penstock.engine.query import logical_view, prepared
from penstock.engine.result import Result, of_table
from penstock.engine.session import Session
from penstock.lake.tables import table_names
from penstock.sql.quoting import quote_name
from penstock.sql.statement import Describe, Query, Show
from penstock.sql.vocabulary import SUBJECTS


def describe_named(session: Session, statement: Show | Describe) -> Result:
    """Return what is known of the object that a name stands for: the columns of a view over files, or DESCRIBE of
    anything else.

    Raises UnknownName, with the nearest name, when there is no such object, or when several have the name.
    """
    name = statement.subject if isinstance(statement, Show) else statement.name
    if logical_view(session, name) is not None:
        query = Query(f"SELECT * FROM {quote_name(name)}", "duckdb", statement.span)
        with prepared(session, query, session.connection) as unfolded:
            return of_table(session.connection.table(f"DESCRIBE {unfolded.sql}"))
    objects = list_objects(session.catalog)
    kinds = [state.name.kind for state in objects if state.name.key == name_key(name)]
    if len(kinds) == 1:
        return describe(session, Describe(statement.text, statement.span, kinds[0], name), kinds[0])
    if kinds:
        hint = f"Say which: {' or '.join(f'DESCRIBE {kind.upper()} {name}' for kind in kinds)}."
        raise UnknownName.of(f"Several objects are called {name!r}.", span=_last_word(statement, name), hint=hint)
    known = [*table_names(session.connection), *(state.name.name for state in objects)]
    if isinstance(statement, Describe):
        raise UnknownName.among("object", name, known, span=_last_word(statement, name))
    lists = [subject.upper() for subject in SUBJECTS]
    hint = near_or_all(name, [*lists, *known])
    if not hint.startswith("Did you mean"):
        hint = f"SHOW lists {', '.join(lists)}; with the name of a table it tells the columns."
    raise UnknownName.of(f"There is nothing to show called {name!r}.", span=_last_word(statement, name), hint=hint)


def _last_word(statement: Show | Describe, name: str) -> Span:
    """Return where the name stands that ends the statement; the whole statement for one in quotes."""
    if not statement.text.endswith(name):
        return statement.span
    end = statement.span
    return Span(end.path, end.end_line, end.end_column - len(name), end.end_line, end.end_column)
