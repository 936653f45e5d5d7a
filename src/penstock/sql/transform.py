"""TRANSFORM's select list: which columns go in, which come out, and the analytic calls whose statistics are
frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.options import OptionValue
from penstock.core.spans import Span
from penstock.sql.call import at_call
from penstock.sql.cursor import Cursor, Locate, is_word
from penstock.sql.dialect import generate_duckdb, parse_tokens, span_in, tokenize, tokens_of
from penstock.sql.statement import Dialect, Query
from penstock.sql.value import read_value

_SLOT = "penstock_analytic_"
_OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)


@dataclass(frozen=True)
class AnalyticCall:
    """`ML.FUNCTION(…) OVER ()`, or a scalar `ML.FUNCTION(…)` when `over` is false.

    `arguments` are DuckDB texts over the raw columns, `literals` the constants after them.
    """

    function: str
    arguments: tuple[str, ...]
    literals: tuple[OptionValue, ...]
    over: bool = True


@dataclass(frozen=True)
class Expression:
    """One output. `sql` is DuckDB text in which a place holder stands for each ML call; `freeze`
    fills them.
    """

    name: str
    sql: str
    reads: tuple[str, ...]
    analytic: tuple[AnalyticCall, ...] = ()


@dataclass(frozen=True)
class Star:
    """`* EXCEPT (…) REPLACE (…)`: every raw column, but for these and with those in the place of their
    namesakes.
    """

    excepted: tuple[str, ...] = ()
    replaced: tuple[Expression, ...] = field(default=())


TransformItem = Star | Expression


def transform_columns(transform: Query) -> tuple[TransformItem, ...]:
    """Return the items of a TRANSFORM clause's select list.

    Raises SyntaxProblem for an aggregate, a subquery, an analytic function other than Penstock's, an
    expression without an alias, and a name that is given twice.
    """
    tokens = tokens_of(transform)
    items: list[TransformItem] = []
    names: set[str] = set()
    for part in _split(tokens):
        item = _item(_Part(transform, part))
        items.append(item)
        if isinstance(item, Expression):
            if item.name.casefold() in names:
                raise _problem(transform, part, f"TRANSFORM gives the name {item.name} twice.")
            names.add(item.name.casefold())
    if not items:
        raise SyntaxProblem(Diagnostic(SyntaxProblem.code, "TRANSFORM needs a select list.", transform.span))
    return tuple(items)


def freeze(item: Expression, replacements: Sequence[str]) -> str:
    """Return the item's DuckDB text with each analytic call replaced, in order; raises ValueError when the
    counts differ.
    """
    if len(replacements) != len(item.analytic):
        raise ValueError(f"{item.name} has {len(item.analytic)} analytic calls, not {len(replacements)}.")
    by_slot = {f"{_SLOT}{place}": replacement for place, replacement in enumerate(replacements)}
    tokens, _ = tokenize(item.sql, "duckdb")
    pieces = []
    end = 0
    for token in tokens:
        if token.text in by_slot:
            pieces += [item.sql[end : token.start], f"({by_slot[token.text]})"]
            end = token.end + 1
    return "".join([*pieces, item.sql[end:]])


@dataclass(frozen=True)
class _Part:
    """The tokens of one item and the clause that they come from."""

    transform: Query
    tokens: list[Token]

    @property
    def dialect(self) -> Dialect:
        return self.transform.dialect

    @property
    def locate(self) -> Locate:
        return lambda start, end: span_in(self.transform, start, end)

    @property
    def span(self) -> Span:
        return span_in(self.transform, self.tokens[0].start, self.tokens[-1].end + 1)

    def text(self, start: int, end: int) -> str:
        """Return the text from one token to before another."""
        return self.transform.text[self.tokens[start].start : self.tokens[end - 1].end + 1] if start < end else ""

    def within(self, start: int, end: int) -> _Part:
        return _Part(self.transform, self.tokens[start:end])

    def problem(self, message: str, hint: str | None = None) -> SyntaxProblem:
        return _problem(self.transform, self.tokens, message, hint)


def _problem(transform: Query, tokens: list[Token], message: str, hint: str | None = None) -> SyntaxProblem:
    start, end = (tokens[0].start, tokens[-1].end + 1) if tokens else (0, len(transform.text))
    return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span_in(transform, start, end), hint))


def _split(tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens between the commas that stand in no bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth == 0 and token.token_type == TokenType.COMMA:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _item(part: _Part) -> TransformItem:
    if part.tokens[0].token_type == TokenType.STAR:
        return _star(part)
    if part.tokens[-1].token_type == TokenType.STAR and part.tokens[-2].token_type == TokenType.DOT:
        raise part.problem("A struct's * is not supported in TRANSFORM.", "Name the fields: struct.field AS name.")
    return _expression(part)


def _star(part: _Part) -> Star:
    cursor = Cursor(part.tokens, part.transform.text, part.locate, 1)
    excepted: list[str] = []
    replaced: list[Expression] = []
    if cursor.take_words("EXCEPT") or cursor.take_words("EXCLUDE"):
        wrapped = cursor.peek().token_type == TokenType.L_PAREN
        if wrapped:
            cursor.advance()
        while True:
            excepted.append(_column_name(cursor))
            if not (wrapped and cursor.take(TokenType.COMMA)):
                break
        if wrapped:
            cursor.expect(TokenType.R_PAREN, "a comma or a closing parenthesis")
    if cursor.take_words("REPLACE"):
        start = cursor.index
        cursor.expect(TokenType.L_PAREN, "an opening parenthesis")
        cursor.index = start
        cursor.skip_group()
        inner = part.tokens[start + 1 : cursor.index - 1]
        replaced = [_expression(_Part(part.transform, tokens)) for tokens in _split(inner)]
    if not cursor.at_end:
        raise cursor.expected(["EXCEPT", "REPLACE"], "EXCEPT, REPLACE or a comma")
    return Star(tuple(excepted), tuple(replaced))


def _column_name(cursor: Cursor) -> str:
    token = cursor.peek()
    if not is_word(token) and token.token_type != TokenType.IDENTIFIER:
        raise cursor.expected([], "the name of a column")
    return cursor.advance().text


def _expression(part: _Part) -> Expression:
    name, end = _named(part)
    body = part.within(0, end)
    calls = list(_analytic_calls(body))
    spliced = _spliced(body, calls)
    tree = _tree(Query(spliced, part.dialect, part.transform.span), body)
    _check_scalar(tree, body)
    sql = spliced if part.dialect == "duckdb" else generate_duckdb(tree, part.span)
    read_in_calls = (column for _, _, call, reads in calls for column in reads)
    reads = dict.fromkeys([*_reads(tree), *read_in_calls])
    return Expression(name, sql, tuple(reads), tuple(call for _, _, call, _ in calls))


def _named(part: _Part) -> tuple[str, int]:
    """Return an item's output name, and how many of its tokens come before the alias."""
    tokens = part.tokens
    last = tokens[-1]
    nameable = is_word(last) or last.token_type == TokenType.IDENTIFIER
    if len(tokens) > 2 and tokens[-2].token_type == TokenType.ALIAS and nameable:
        return last.text, len(tokens) - 2
    is_column = nameable and all(token.token_type == TokenType.DOT for token in tokens[-2::-2])
    if is_column and len(tokens) % 2 == 1:
        return last.text, len(tokens)
    raise part.problem("An expression in TRANSFORM needs a name.", "Write: expression AS name.")


_FoundCall = tuple[int, int, AnalyticCall, tuple[str, ...]]


def _analytic_calls(body: _Part) -> Iterator[_FoundCall]:
    """Yield each `ML.NAME(…) OVER (…)`: the tokens that it spans, the call, and the columns that it reads."""
    cursor = Cursor(body.tokens, body.transform.text, body.locate)
    while not cursor.at_end:
        start = cursor.index
        if not at_call(cursor):
            cursor.advance()
            continue
        function = f"ML.{cursor.peek(2).text.upper()}"
        cursor.index += 3
        opening = cursor.index
        cursor.skip_group()
        closing = cursor.index - 1
        over = cursor.take_words("OVER")
        if over:
            after = cursor.index
            cursor.expect(TokenType.L_PAREN, "() after OVER")
            if not cursor.take(TokenType.R_PAREN):
                raise body.within(start, after).problem(f"{function} takes OVER () without anything in it.")
        call, reads = _analytic_call(function, body.within(opening + 1, closing), over)
        yield start, cursor.index, call, reads


def _analytic_call(function: str, inside: _Part, over: bool) -> tuple[AnalyticCall, tuple[str, ...]]:
    arguments: list[str] = []
    literals: list[OptionValue] = []
    reads: list[str] = []
    for tokens in _split(inside.tokens):
        part = _Part(inside.transform, tokens)
        if any(at_call(Cursor(tokens, part.transform.text, part.locate, place)) for place in range(len(tokens))):
            hint = "Apply one of them in the query after AS, or to a column of its own."
            raise part.problem(f"{function} cannot hold another ML function.", hint)
        if arguments and (constant := _constant(part)) is not None:
            literals.append(constant[0])
            continue
        if literals:
            raise part.problem(f"The constants of {function} come last.")
        tree = _tree(Query(part.text(0, len(tokens)), part.dialect, part.transform.span), part)
        _check_scalar(tree, part)
        is_duckdb = part.dialect == "duckdb"
        arguments.append(part.text(0, len(tokens)) if is_duckdb else generate_duckdb(tree, part.span))
        reads += _reads(tree)
    return AnalyticCall(function, tuple(arguments), tuple(literals), over), tuple(dict.fromkeys(reads))


def _constant(part: _Part) -> tuple[OptionValue] | None:
    """Return a constant argument's value in a tuple, or None for an expression over columns."""
    first = part.tokens[0]
    if first.token_type == TokenType.IDENTIFIER or (is_word(first) and first.token_type == TokenType.VAR):
        return None
    cursor = Cursor(part.tokens, part.transform.text, part.locate)
    try:
        value = read_value(cursor)
    except SyntaxProblem:
        # Not a constant, so an expression: the caller reads it as one and says what is wrong with it.
        return None
    return (value,) if cursor.at_end else None


def _spliced(body: _Part, calls: Sequence[_FoundCall]) -> str:
    """Return the item's text with a place holder for each analytic call."""
    pieces = []
    place = body.tokens[0].start
    for number, (start, end, _, _) in enumerate(calls):
        pieces += [body.transform.text[place : body.tokens[start].start], f"{_SLOT}{number}"]
        place = body.tokens[end - 1].end + 1
    return "".join([*pieces, body.transform.text[place : body.tokens[-1].end + 1]])


def _tree(query: Query, part: _Part) -> exp.Expr:
    """Return the tree of an expression; a problem is reported at the item, whose text may have been
    spliced.
    """
    try:
        return parse_tokens(tokens_of(query), query.text, query.dialect, part.locate, expression=True)
    except SyntaxProblem as problem:
        message = problem.diagnostics[0].message
        raise part.problem(f"This expression in TRANSFORM cannot be read: {message}") from None


def _check_scalar(tree: exp.Expr, part: _Part) -> None:
    if tree.find(exp.Query):
        raise part.problem("TRANSFORM cannot hold a subquery.", "Compute it in the query after AS.")
    if tree.find(exp.Window):
        raise part.problem(
            "TRANSFORM cannot hold a window function other than the ML functions.",
            "Compute it in the query after AS.",
        )
    if tree.find(exp.AggFunc):
        raise part.problem("TRANSFORM cannot hold an aggregate.", "Compute it in the query after AS.")


def _reads(tree: exp.Expr) -> list[str]:
    """Return the raw columns that an expression reads: the first part of a dotted name is the column, the
    rest are fields.
    """
    columns = [column.parts[0].name for column in tree.find_all(exp.Column, bfs=False)]
    return [name for name in dict.fromkeys(columns) if not name.startswith(_SLOT)]
