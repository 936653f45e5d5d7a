"""Which name a statement of DuckDB's own makes or drops: CREATE TABLE with columns, DROP SCHEMA."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.core.errors import SyntaxProblem
from penstock.core.names import Kind
from penstock.sql.cursor import Cursor
from penstock.sql.dialect import span_in, tokens_of
from penstock.sql.statement import Query


@dataclass(frozen=True)
class DroppedSchema:
    """DROP SCHEMA of a name; `cascade` says whether all that it holds goes too."""

    name: str
    cascade: bool


def made_relation(query: Query) -> tuple[Kind, str] | None:
    """Return the kind and the name of a table or view that lasts and is made by a statement; None for any other."""
    if not _begins(query, "CREATE"):
        return None
    cursor = _cursor(query)
    cursor.advance()
    cursor.take_words("OR", "REPLACE")
    kind = Kind.TABLE if cursor.take_words("TABLE") else Kind.VIEW if cursor.take_words("VIEW") else None
    if kind is None:
        return None
    cursor.take_words("IF", "NOT", "EXISTS")
    name = _name(cursor, f"a {kind}")
    return (kind, name) if name else None


def dropped_schema(query: Query) -> DroppedSchema | None:
    """Return the schema that a statement drops, without its project; None for any other statement."""
    if not _begins(query, "DROP"):
        return None
    cursor = _cursor(query)
    if not cursor.take_words("DROP", "SCHEMA"):
        return None
    cursor.take_words("IF", "EXISTS")
    name = _name(cursor, "a schema")
    if name is None:
        return None
    return DroppedSchema(name.rpartition(".")[2], cursor.take_words("CASCADE"))


def _begins(query: Query, word: str) -> bool:
    """Say whether a text begins with a word: most statements are queries, and need not be read for this."""
    return query.text[: len(word)].upper() == word


def _cursor(query: Query) -> Cursor:
    return Cursor(tokens_of(query), query.text, lambda start, end: span_in(query, start, end))


def _name(cursor: Cursor, what: str) -> str | None:
    try:
        return cursor.name(what)
    except SyntaxProblem:
        # What is wrong with it, DuckDB says.
        return None
