"""Where in a statement a name or a text stands, so that a finding points at the word that is meant."""

from __future__ import annotations

from sqlglot.dialects.bigquery import BigQuery
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.spans import Span, span_between
from penstock.sql.cursor import TEXT_TOKENS
from penstock.sql.dialect import span_in, tokens_of
from penstock.sql.statement import Query, Statement

# A name after one of these words is an object's; elsewhere it may be a column or an alias of the same name.
_NAMING = frozenset({"FROM", "JOIN", "TABLE", "VIEW", "MODEL", "ENDPOINT", "MONITOR", "ON", "OF"})


def place_of_name(statement: Statement, name: str) -> Span:
    """Return where a statement first names the object or column `name` (dotted or not, in any case).

    A place after a word like FROM or MODEL goes before others. Without any, the span of the whole statement.
    """
    tokens = _tokens(statement)
    wanted = name.casefold()
    places: list[tuple[int, int]] = []
    for index, token in enumerate(tokens):
        last = _name_end(tokens, index, wanted)
        if last is None:
            continue
        places.append((token.start, tokens[last].end + 1))
        if index and tokens[index - 1].text.upper() in _NAMING:
            return _span(statement, *places[-1])
    return _span(statement, *places[0]) if places else statement.span


def place_of_column(query: Query, name: str) -> Span:
    """Return where a query or clause first reads the column `name`; else the span of the whole."""
    tokens = tokens_of(query)
    wanted = name.casefold()
    for index, token in enumerate(tokens):
        after = tokens[index - 1].token_type if index else None
        if token.token_type in TEXT_TOKENS or after in (TokenType.ALIAS, TokenType.DOT):
            continue
        if token.text.casefold() == wanted:
            return span_in(query, token.start, token.end + 1)
    return query.span


def place_of_text(statement: Statement, text: str) -> Span:
    """Return where a statement holds `text` as a string literal; else the span of the whole statement."""
    return next((span for literal, span in string_literals(statement) if literal == text), statement.span)


def string_literals(statement: Statement) -> tuple[tuple[str, Span], ...]:
    """Return every string literal of a statement with its place; comments are not looked into."""
    return tuple(
        (token.text, _span(statement, token.start, token.end + 1))
        for token in _tokens(statement)
        if token.token_type in TEXT_TOKENS
    )


def _tokens(statement: Statement) -> list[Token]:
    queries = (value for value in vars(statement).values() if isinstance(value, Query))
    dialect = BigQuery if any(query.dialect == "bigquery" for query in queries) else DuckDB
    try:
        return dialect().tokenize(statement.text)
    except TokenError:
        # A statement without a query does not know its dialect; then there is no finer place.
        return []


def _name_end(tokens: list[Token], index: int, wanted: str) -> int | None:
    """Return the index of the last token of the wanted name when it begins at `index`, else None."""
    if tokens[index].token_type in TEXT_TOKENS or (index and tokens[index - 1].token_type == TokenType.DOT):
        return None
    last, text = index, tokens[index].text
    while last + 2 < len(tokens) and tokens[last + 1].token_type == TokenType.DOT:
        last += 2
        text += f".{tokens[last].text}"
    text = text.casefold()
    return last if text == wanted or text.endswith(f".{wanted}") else None


def _span(statement: Statement, start: int, end: int) -> Span:
    """Return the span of a stretch of the statement's text within its file."""
    inner, base = span_between(statement.span.path, statement.text, start, end), statement.span

    def column(line: int, value: int) -> int:
        return value + base.column - 1 if line == 1 else value

    return Span(
        inner.path,
        inner.line + base.line - 1,
        column(inner.line, inner.column),
        inner.end_line + base.line - 1,
        column(inner.end_line, inner.end_column),
    )
