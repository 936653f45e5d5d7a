"""The fields that INPUT (…), OUTPUT (…) and output_schema declare, and the connection of REMOTE WITH CONNECTION."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from penstock.core.spans import Span
from penstock.sql.cursor import Cursor, is_word
from penstock.sql.dialect import span_in, tokens_of
from penstock.sql.statement import FIELD_TYPES, DeclaredField, Query

# The same types by DuckDB's names, and by GoogleSQL's others.
_ALIASES = {
    "BOOLEAN": "BOOL",
    "BIGINT": "INT64",
    "INT": "INT64",
    "INTEGER": "INT64",
    "DOUBLE": "FLOAT64",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
    "VARCHAR": "STRING",
    "TEXT": "STRING",
}


def read_fields(cursor: Cursor, clause: str) -> tuple[DeclaredField, ...]:
    """Return the `(name type, …)` that comes next; raises SyntaxProblem for another type or a name given twice."""
    cursor.expect(TokenType.L_PAREN, f"an opening parenthesis after {clause}")
    fields: list[DeclaredField] = []
    while not cursor.take(TokenType.R_PAREN):
        token = cursor.peek()
        if not is_word(token) and token.token_type != TokenType.IDENTIFIER:
            raise cursor.expected([], f"the name of a field of {clause}")
        name = cursor.advance().text
        if name.casefold() in {field.name.casefold() for field in fields}:
            raise cursor.problem(f"{clause} declares {name} twice.", token=token)
        fields.append(_typed(cursor, name))
        if not cursor.take(TokenType.COMMA) and cursor.peek().token_type != TokenType.R_PAREN:
            raise cursor.expected([], "a comma or a closing parenthesis")
    if not fields:
        raise cursor.problem(f"{clause} declares no field.", hint=f"Write {clause} (name type, …).")
    return tuple(fields)


def _typed(cursor: Cursor, name: str) -> DeclaredField:
    if cursor.take_words("ARRAY"):
        cursor.expect(TokenType.LT, "< after ARRAY")
        kind = _type(cursor)
        cursor.expect(TokenType.GT, "> after the type of an ARRAY")
        return DeclaredField(name, kind, repeated=True)
    kind = _type(cursor)
    repeated = cursor.take(TokenType.L_BRACKET)
    if repeated:
        cursor.expect(TokenType.R_BRACKET, "]")
    return DeclaredField(name, kind, repeated=bool(repeated))


def _type(cursor: Cursor) -> str:
    token = cursor.peek()
    word = token.text.upper()
    kind = _ALIASES.get(word, word)
    if not is_word(token) or kind not in FIELD_TYPES:
        raise cursor.expected(FIELD_TYPES, f"a type: {', '.join(FIELD_TYPES)}, or an ARRAY of one")
    cursor.advance()
    return kind


def read_connection(cursor: Cursor) -> str:
    """Return the name after REMOTE, in lower case: the last part of `project.location.name`, or `default`."""
    cursor.expect_words("WITH", "CONNECTION")
    if cursor.take_words("DEFAULT"):
        return "default"
    return connection_name(cursor.name("a connection"))


def connection_name(text: str) -> str:
    """Return a connection's own name, in lower case, of any way to write its path."""
    return text.replace("/", ".").rpartition(".")[2].casefold()


def fields_of(text: str, what: str) -> tuple[DeclaredField, ...]:
    """Return the fields that a text of its own declares, `a STRING, b ARRAY<INT64>`; raises SyntaxProblem."""
    query = Query(f"({text})", "bigquery", Span(what, 1, 1, 1, 1))
    cursor = Cursor(tokens_of(query), query.text, lambda start, end: span_in(query, start, end))
    fields = read_fields(cursor, what)
    cursor.expect_end()
    return fields
