"""ML functions in the place of a value, `ML.NAME(argument, constant, …) [OVER ()]`, as they stand in a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.options import OptionValue
from penstock.core.spans import Span
from penstock.sql.call import call_name, name_length
from penstock.sql.cursor import Cursor, Locate, is_word
from penstock.sql.dialect import generate_duckdb, parse_tokens, span_in, tokens_of
from penstock.sql.statement import Dialect, Query
from penstock.sql.value import read_named, read_value

# Functions of more than one expression: how many come before the constants.
EXPRESSIONS: Mapping[str, int] = {"ML.DISTANCE": 2, "ML.TFDV_VALIDATE": 2}
# The prefix of functions that ask a model.
ASKING = "AI"
OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)


@dataclass(frozen=True)
class Part:
    """Some tokens of a query that follow one another."""

    query: Query
    tokens: Sequence[Token]

    @property
    def dialect(self) -> Dialect:
        return self.query.dialect

    @property
    def locate(self) -> Locate:
        return lambda start, end: span_in(self.query, start, end)

    @property
    def start(self) -> int:
        """Where the part begins in the query's text."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end + 1

    @property
    def span(self) -> Span:
        return span_in(self.query, self.start, self.end)

    @property
    def text(self) -> str:
        return self.query.text[self.start : self.end] if self.tokens else ""

    def within(self, start: int, end: int) -> Part:
        """Return the part from one of its tokens to before another."""
        return Part(self.query, self.tokens[start:end])

    def cursor(self, place: int = 0) -> Cursor:
        return Cursor(self.tokens, self.query.text, self.locate, place)

    def problem(self, message: str, hint: str | None = None) -> SyntaxProblem:
        start, end = (self.start, self.end) if self.tokens else (0, len(self.query.text))
        return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span_in(self.query, start, end), hint))


@dataclass(frozen=True)
class GivenArgument:
    """An argument of an AI function, by position or by name: an expression, or several to be put together as a text.

    `constant` holds its value where it is one; `distinct` tells of DISTINCT before it.
    """

    name: str | None
    parts: tuple[Part, ...]
    constant: tuple[OptionValue] | None
    distinct: bool = False


@dataclass(frozen=True)
class ValueSyntax:
    """A call: its arguments that are expressions, the constants after them, in their order or `named`, and how many
    tokens it spans. An AI function's arguments, of either kind, are in `given`.
    """

    function: str
    arguments: tuple[Part, ...]
    literals: tuple[OptionValue, ...]
    over: bool
    tokens: int
    named: Mapping[str, OptionValue] = field(default_factory=dict)
    given: tuple[GivenArgument, ...] = ()


def split(part: Part) -> list[Part]:
    """Return the parts between the commas that stand in no bracket; empty ones are left out."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in part.tokens:
        depth += (token.token_type in OPENING) - (token.token_type in CLOSING)
        if depth == 0 and token.token_type == TokenType.COMMA:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [Part(part.query, piece) for piece in pieces if piece]


def read_value_call(part: Part, place: int) -> ValueSyntax:
    """Return the call that begins at a token of a part; raises SyntaxProblem for one that cannot be read."""
    cursor = part.cursor(place)
    function = call_name(cursor) or ""
    cursor.index += name_length(function)
    opening = cursor.index
    cursor.skip_group()
    inside = part.within(opening + 1, cursor.index - 1)
    over = cursor.take_words("OVER")
    if over:
        after = cursor.index
        cursor.expect(TokenType.L_PAREN, "() after OVER")
        if not cursor.take(TokenType.R_PAREN):
            raise part.within(place, after).problem(f"{function} takes OVER () without anything in it.")
    if function.startswith(f"{ASKING}."):
        given = tuple(_given(piece) for piece in split(inside))
        return ValueSyntax(function, (), (), over, cursor.index - place, given=given)
    arguments: list[Part] = []
    literals: list[OptionValue] = []
    named: dict[str, OptionValue] = {}
    for piece in split(inside):
        if piece.cursor().peek(1).token_type == TokenType.FARROW:
            name, value = _named(piece, function)
            if name in named:
                raise piece.problem(f"{name} is given twice.")
            named[name] = value
            continue
        if len(arguments) >= EXPRESSIONS.get(function, 1) and (constant := _constant(piece)) is not None:
            literals.append(constant[0])
            continue
        if literals or named:
            raise piece.problem(f"The constants of {function} come last.")
        arguments.append(piece)
    return ValueSyntax(function, tuple(arguments), tuple(literals), over, cursor.index - place, named)


def _named(part: Part, function: str) -> tuple[str, OptionValue]:
    cursor = part.cursor()
    found = read_named(cursor)
    if not cursor.at_end:
        raise part.problem(f"{found[0]} of {function} must be a constant.")
    return found


def _given(piece: Part) -> GivenArgument:
    name = None
    if len(piece.tokens) > 2 and piece.tokens[1].token_type in (TokenType.FARROW, TokenType.COLON_EQ):
        name = piece.tokens[0].text.lower()
        piece = piece.within(2, len(piece.tokens))
    distinct = len(piece.tokens) > 1 and piece.tokens[0].token_type == TokenType.DISTINCT
    if distinct:
        piece = piece.within(1, len(piece.tokens))
    return GivenArgument(name, _together(piece), _constant(piece), distinct)


def _together(piece: Part) -> tuple[Part, ...]:
    """Return the items of `STRUCT(a, b AS name)` or `(a, b)`, which a prompt is put together from, or the piece."""
    opening = 1 if piece.tokens[0].token_type == TokenType.STRUCT else 0
    if len(piece.tokens) < opening + 3 or piece.tokens[opening].token_type != TokenType.L_PAREN:
        return (piece,)
    cursor = piece.cursor(opening)
    cursor.skip_group()
    items = split(piece.within(opening + 1, len(piece.tokens) - 1))
    if not cursor.at_end or (not opening and len(items) < 2):
        return (piece,)
    return tuple(_without_alias(item) for item in items)


def _without_alias(item: Part) -> Part:
    named = len(item.tokens) > 2 and item.tokens[-2].token_type == TokenType.ALIAS
    return item.within(0, len(item.tokens) - 2) if named else item


def _constant(part: Part) -> tuple[OptionValue] | None:
    """Return a constant argument's value in a tuple, or None for an expression over columns."""
    first = part.tokens[0]
    name = is_word(first) and first.token_type == TokenType.VAR and first.text.upper() != "CAST"
    if name or first.token_type == TokenType.IDENTIFIER:
        return None
    cursor = part.cursor()
    try:
        value = read_value(cursor)
    except SyntaxProblem:
        # Not a constant, so an expression: the caller reads it as one and says what is wrong with it.
        return None
    return (value,) if cursor.at_end else None


def expression_sql(text: str, part: Part) -> str:
    """Return an expression as DuckDB's: as written, but for BigQuery's text and for STRUCT(…), which DuckDB has not."""
    if part.dialect == "duckdb" and part.tokens[0].token_type != TokenType.STRUCT:
        return text
    query = Query(text, part.dialect, part.span)
    tree = parse_tokens(tokens_of(query), text, part.dialect, part.locate, expression=True)
    return generate_duckdb(tree, part.span)
