"""The clauses that several statements share, read with a cursor."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot.tokenizer_core import TokenType

from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.sql.cursor import Cursor, is_word
from penstock.sql.dialect import parse_tokens
from penstock.sql.statement import Dialect, Query
from penstock.sql.value import read_options_list


@dataclass(frozen=True)
class Reading:
    """A statement while it is read: its cursor and dialect, its own text and its span."""

    cursor: Cursor
    dialect: Dialect
    text: str
    span: Span


@dataclass(frozen=True)
class Creation:
    """What may stand between CREATE and a name."""

    replace: bool = False
    if_not_exists: bool = False


def read_if_not_exists(reading: Reading, *, replace: bool) -> Creation:
    """Return the flags of a CREATE after its kind is read; OR REPLACE and IF NOT EXISTS exclude
    each other.
    """
    cursor = reading.cursor
    token = cursor.peek()
    given = cursor.take_words("IF", "NOT", "EXISTS")
    if given and replace:
        raise cursor.problem("OR REPLACE and IF NOT EXISTS exclude each other.", token=token)
    return Creation(replace, given)


def read_if_exists(reading: Reading) -> bool:
    return reading.cursor.take_words("IF", "EXISTS")


def names_attached(reading: Reading) -> bool:
    """Say whether a DuckDB name of three parts comes next: its database was attached by the user and is no
    lake.
    """
    tokens = [reading.cursor.peek(ahead) for ahead in range(5)]
    dots = all(token.token_type == TokenType.DOT for token in tokens[1::2])
    return reading.dialect == "duckdb" and dots and reading.cursor.text[tokens[0].start] != "`"


def read_options_clause(reading: Reading) -> dict[str, GivenOption]:
    """Return the options of an `OPTIONS (…)` that may come next."""
    return read_options_list(reading.cursor) if reading.cursor.take_words("OPTIONS") else {}


def rest_as_query(reading: Reading) -> Query:
    """Return the rest of the statement as a query; raises SyntaxProblem when it is none."""
    _refuse_options(reading)
    return _stretch(reading, len(reading.cursor.tokens), "a query", expression=False)


def _refuse_options(reading: Reading) -> None:
    """Raise SyntaxProblem for an `OPTIONS (name = …` in the query that comes next: it is a clause of the statement."""
    cursor = reading.cursor
    for ahead in range(len(cursor.tokens) - cursor.index):
        options, bracket, name, sign = (cursor.peek(ahead + after) for after in range(4))
        opens = is_word(options) and options.text.upper() == "OPTIONS" and bracket.token_type == TokenType.L_PAREN
        if opens and is_word(name) and sign.token_type == TokenType.EQ:
            hint = "Write OPTIONS (…) first, then AS and the query."
            raise cursor.problem("OPTIONS goes before AS.", token=options, hint=hint)


def rest_as_predicate(reading: Reading) -> Query:
    """Return the rest of the statement as a predicate; raises SyntaxProblem when it is none."""
    return _stretch(reading, len(reading.cursor.tokens), "a condition", expression=True)


def group_as_predicate(reading: Reading) -> Query:
    """Return what stands between the parentheses that come next as a predicate."""
    cursor = reading.cursor
    end = group_end(reading)
    cursor.advance()
    predicate = _stretch(reading, end - 1, "a condition", expression=True)
    cursor.advance()
    return predicate


def group_as_query(reading: Reading) -> Query:
    """Return what stands between the parentheses that come next as a query; raises SyntaxProblem when it is none."""
    cursor = reading.cursor
    end = group_end(reading)
    cursor.advance()
    query = _stretch(reading, end - 1, "a query", expression=False)
    cursor.advance()
    return query


def group_as_text(reading: Reading, what: str) -> Query:
    """Return what stands between the parentheses that come next, unread."""
    cursor = reading.cursor
    end = group_end(reading)
    cursor.advance()
    if cursor.index == end - 1:
        raise cursor.expected([], what)
    inner = slice_of(reading, cursor.index, end - 1)
    cursor.index = end
    return inner


def group_end(reading: Reading) -> int:
    """Return the index after the parenthesis that closes the one that comes next."""
    cursor = reading.cursor
    start = cursor.index
    if cursor.peek().text != "(":
        raise cursor.expected([], "an opening parenthesis")
    cursor.skip_group()
    end, cursor.index = cursor.index, start
    return end


def slice_of(reading: Reading, start: int, end: int) -> Query:
    """Return the text from one token to before another as a query, unread."""
    cursor = reading.cursor
    first, last = cursor.tokens[start], cursor.tokens[end - 1]
    text = cursor.text[first.start : last.end + 1]
    return Query(text, reading.dialect, cursor.locate(first.start, last.end + 1))


def _stretch(reading: Reading, end: int, what: str, *, expression: bool) -> Query:
    cursor = reading.cursor
    if cursor.index >= end:
        raise cursor.expected([], what)
    tokens = list(cursor.tokens[cursor.index : end])
    parse_tokens(tokens, cursor.text, reading.dialect, cursor.locate, expression=expression)
    stretch = slice_of(reading, cursor.index, end)
    cursor.index = end
    return stretch
