"""The statements of a script that hold no others: DECLARE, SET, RAISE, ASSERT, EXECUTE IMMEDIATE."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.errors import SyntaxProblem
from penstock.core.names import near_or_all
from penstock.sql.clause import Reading, slice_of
from penstock.sql.cursor import Cursor, is_word
from penstock.sql.dialect import dialect_of, generate_duckdb, parse_tokens
from penstock.sql.script_statement import Assert, Assign, Declare, ExecuteImmediate, Raise
from penstock.sql.script_variable import refuse_service_variables, with_constants
from penstock.sql.statement import Query

Names = Collection[str]


@dataclass(frozen=True)
class Unit:
    """The tokens of one such statement while they are read; `names` are the variables declared before, case-folded."""

    reading: Reading
    names: Names

    @property
    def cursor(self) -> Cursor:
        return self.reading.cursor


def read_declare(unit: Unit) -> Declare:
    """Return `DECLARE x, y [type] [DEFAULT value]`."""
    cursor = unit.cursor
    start = cursor.advance()
    names = [_new_name(unit)]
    while cursor.take(TokenType.COMMA):
        names.append(_new_name(unit))
    first = cursor.index
    while not cursor.at_end and not cursor.at_words("DEFAULT"):
        cursor.advance()
    kind = type_in_duckdb(slice_of(unit.reading, first, cursor.index)) if cursor.index > first else None
    default = expression(unit, "a value") if cursor.take_words("DEFAULT") else None
    if kind is None and default is None:
        raise cursor.problem("DECLARE needs a type or a DEFAULT.", token=start)
    return Declare(unit.reading.text, unit.reading.span, tuple(names), kind, default)


def read_set(unit: Unit) -> Assign:
    """Return `SET x = value` or `SET (x, y) = struct`."""
    cursor = unit.cursor
    cursor.advance()
    refuse_service_variables(cursor)
    as_struct = cursor.take(TokenType.L_PAREN)
    names = [_known_name(unit)]
    while as_struct and cursor.take(TokenType.COMMA):
        names.append(_known_name(unit))
    if as_struct:
        cursor.expect(TokenType.R_PAREN, "a comma or a closing parenthesis")
    cursor.expect(TokenType.EQ, "=")
    return Assign(unit.reading.text, unit.reading.span, tuple(names), expression(unit, "a value"), as_struct)


def read_raise(unit: Unit) -> Raise:
    """Return `RAISE [USING MESSAGE = text]`."""
    cursor = unit.cursor
    cursor.advance()
    message = None
    if cursor.take_words("USING"):
        cursor.expect_words("MESSAGE")
        cursor.expect(TokenType.EQ, "=")
        message = expression(unit, "a text")
    cursor.expect_end()
    return Raise(unit.reading.text, unit.reading.span, message)


def read_assert(unit: Unit) -> Assert:
    """Return `ASSERT condition [AS 'description']`."""
    cursor = unit.cursor
    cursor.advance()
    condition = expression(unit, "a condition", "AS")
    description = cursor.string("a description") if cursor.take_words("AS") else None
    cursor.expect_end()
    return Assert(unit.reading.text, unit.reading.span, condition, description)


def read_execute_immediate(unit: Unit) -> ExecuteImmediate:
    """Return `EXECUTE IMMEDIATE text [INTO x, …] [USING value [AS name], …]`."""
    cursor = unit.cursor
    start = cursor.advance()
    cursor.advance()
    dynamic = expression(unit, "a text", "INTO", "USING")
    into: list[str] = []
    if cursor.take_words("INTO"):
        into.append(_known_name(unit))
        while cursor.take(TokenType.COMMA):
            into.append(_known_name(unit))
    values: list[tuple[str | None, Query]] = []
    if cursor.take_words("USING"):
        values.append(_using(unit))
        while cursor.take(TokenType.COMMA):
            values.append(_using(unit))
    if len({name is None for name, _ in values}) > 1:
        raise cursor.problem("Name every value of USING (value AS name), or none.", token=start)
    cursor.expect_end()
    return ExecuteImmediate(unit.reading.text, unit.reading.span, dynamic, tuple(into), tuple(values))


def expression(unit: Unit, what: str, *ends: str) -> Query:
    """Return what stands up to one of these words or signs outside of brackets and CASE, or else up to the end.

    Raises SyntaxProblem for what is no expression.
    """
    return stretch(unit, what, end_of_stretch(unit.cursor, ends))


def stretch(unit: Unit, what: str, end: int, *, is_query: bool = False) -> Query:
    """Return what stands before the token `end`, read to see that it is an expression or a query."""
    cursor = unit.cursor
    start = cursor.index
    if end == start:
        raise cursor.expected([], what)
    found = slice_of(unit.reading, start, end)
    inner = Cursor(cursor.tokens[start:end], cursor.text, cursor.locate)
    cursor.index = end
    refuse_service_variables(inner)
    tokens = with_constants(list(inner.tokens), unit.names)
    parse_tokens(tokens, cursor.text, unit.reading.dialect, cursor.locate, expression=not is_query)
    return found


def end_of_stretch(cursor: Cursor, ends: Collection[str]) -> int:
    """Return the place of the next token that is one of these outside of brackets and CASE, or of a semicolon."""
    depth = 0
    for place in range(cursor.index, len(cursor.tokens)):
        token = cursor.tokens[place]
        word = token.text.upper() if is_word(token) or token.token_type == TokenType.COMMA else ""
        if token.token_type == TokenType.SEMICOLON or (depth == 0 and word in ends):
            return place
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        depth += (word == "CASE") - (word == "END")
    return len(cursor.tokens)


def type_in_duckdb(written: Query) -> str:
    """Return a type's name as DuckDB has it; raises SyntaxProblem for what is none."""
    try:
        tree = exp.DataType.build(written.text, dialect=dialect_of(written.dialect), udt=False)
    except (ParseError, ValueError):
        raise SyntaxProblem.of(f"There is no type {written.text}.", span=written.span) from None
    return generate_duckdb(tree, written.span)


def is_name(token: Token) -> bool:
    """Say whether a token can name a variable."""
    return is_word(token) or token.token_type == TokenType.IDENTIFIER


def _new_name(unit: Unit) -> str:
    token = unit.cursor.peek()
    if not is_name(token):
        raise unit.cursor.expected([], "the name of a variable")
    if token.text.casefold() in unit.names:
        raise unit.cursor.problem(f"The variable {token.text} is declared already.")
    return unit.cursor.advance().text


def _known_name(unit: Unit) -> str:
    token = unit.cursor.peek()
    if not is_name(token):
        raise unit.cursor.expected([], "the name of a variable")
    if token.text.casefold() not in unit.names:
        known = sorted(unit.names)
        hint = near_or_all(token.text, known) if known else f"Say first: DECLARE {token.text} DEFAULT …;"
        raise unit.cursor.problem(f"There is no variable {token.text}.", hint=hint)
    return unit.cursor.advance().text


def _using(unit: Unit) -> tuple[str | None, Query]:
    value = expression(unit, "a value", "AS", ",")
    if not unit.cursor.take_words("AS"):
        return None, value
    if not is_name(unit.cursor.peek()):
        raise unit.cursor.expected([], "a name")
    return unit.cursor.advance().text, value
