"""TRANSFORM's select list: which columns go in, which come out, and the analytic calls whose statistics are
frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.options import OptionValue
from penstock.core.spans import Span
from penstock.sql.call import at_call
from penstock.sql.cursor import Cursor, is_word
from penstock.sql.dialect import generate_duckdb, parse_tokens, tokenize, tokens_of
from penstock.sql.statement import Query
from penstock.sql.value_call import Part, ValueSyntax, expression_sql, read_value_call, split

_SLOT = "penstock_analytic_"
# Besides RAND and GENERATE_UUID, what gives something else each time that it is asked.
_CHANGING = frozenset({"uuidv4", "uuidv7", "nextval", "setseed"})


@dataclass(frozen=True)
class AnalyticCall:
    """`ML.FUNCTION(…) OVER ()`, or a scalar `ML.FUNCTION(…)` when `over` is false.

    `arguments` are DuckDB texts over the raw columns, `literals` the constants after them, `named` those of
    `name => value`. `within` has the calls within each argument, for which place holders stand in its text. `span` is
    where it stands.
    """

    function: str
    arguments: tuple[str, ...]
    literals: tuple[OptionValue, ...]
    over: bool = True
    named: Mapping[str, OptionValue] = field(default_factory=dict)
    within: tuple[tuple[AnalyticCall, ...], ...] = ()
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Expression:
    """One output. `sql` is DuckDB text in which a place holder stands for each ML call; `freeze`
    fills them. With `fields` it is a struct, `struct.*`, and every field of it is an output; it then has no name.
    """

    name: str
    sql: str
    reads: tuple[str, ...]
    analytic: tuple[AnalyticCall, ...] = ()
    fields: bool = False


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
    items: list[TransformItem] = []
    names: set[str] = set()
    for part in split(Part(transform, tokens_of(transform))):
        item = _item(part)
        items.append(item)
        if isinstance(item, Expression) and not item.fields:
            if item.name.casefold() in names:
                raise part.problem(f"TRANSFORM gives the name {item.name} twice.")
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
    return filled(item.sql, replacements)


def filled(text: str, replacements: Sequence[str]) -> str:
    """Return DuckDB text with each place holder of a call replaced, in order."""
    by_slot = {f"{_SLOT}{place}": replacement for place, replacement in enumerate(replacements)}
    tokens, _ = tokenize(text, "duckdb")
    pieces = []
    end = 0
    for token in tokens:
        if token.text in by_slot:
            pieces += [text[end : token.start], f"({by_slot[token.text]})"]
            end = token.end + 1
    return "".join([*pieces, text[end:]])


def _item(part: Part) -> TransformItem:
    if part.tokens[0].token_type == TokenType.STAR:
        return _star(part)
    if part.tokens[-1].token_type == TokenType.STAR and part.tokens[-2].token_type == TokenType.DOT:
        return _computed("", part.within(0, len(part.tokens) - 2), fields=True)
    return _expression(part)


def _star(part: Part) -> Star:
    cursor = part.cursor(1)
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
        replaced = [_expression(piece) for piece in split(part.within(start + 1, cursor.index - 1))]
    if not cursor.at_end:
        raise cursor.expected(["EXCEPT", "REPLACE"], "EXCEPT, REPLACE or a comma")
    return Star(tuple(excepted), tuple(replaced))


def _column_name(cursor: Cursor) -> str:
    token = cursor.peek()
    if not is_word(token) and token.token_type != TokenType.IDENTIFIER:
        raise cursor.expected([], "the name of a column")
    return cursor.advance().text


def _expression(part: Part) -> Expression:
    name, end = _named(part)
    return _computed(name, part.within(0, end))


def _computed(name: str, body: Part, *, fields: bool = False) -> Expression:
    calls = list(_analytic_calls(body))
    spliced = _spliced(body, calls)
    tree = _tree(Query(spliced, body.dialect, body.query.span), body)
    _check_scalar(tree, body)
    sql = spliced if body.dialect == "duckdb" else generate_duckdb(tree, body.span)
    read_in_calls = (column for _, _, call, reads in calls for column in reads)
    reads = dict.fromkeys([*_reads(tree), *read_in_calls])
    return Expression(name, sql, tuple(reads), tuple(call for _, _, call, _ in calls), fields)


def _named(part: Part) -> tuple[str, int]:
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


def _analytic_calls(body: Part) -> Iterator[_FoundCall]:
    """Yield each `ML.NAME(…) OVER (…)`: the tokens that it spans, the call, and the columns that it reads."""
    cursor = body.cursor()
    while not cursor.at_end:
        if not at_call(cursor):
            cursor.advance()
            continue
        start = cursor.index
        found = read_value_call(body, start)
        cursor.index += found.tokens
        tokens = body.tokens[start : cursor.index]
        call, reads = _analytic_call(found, body.locate(tokens[0].start, tokens[-1].end + 1))
        yield start, cursor.index, call, reads


def _analytic_call(found: ValueSyntax, span: Span) -> tuple[AnalyticCall, tuple[str, ...]]:
    arguments: list[str] = []
    reads: list[str] = []
    within: list[tuple[AnalyticCall, ...]] = []
    for part in found.arguments:
        calls = list(_analytic_calls(part))
        text = _spliced(part, calls)
        tree = _tree(Query(text, part.dialect, part.query.span), part)
        _check_scalar(tree, part)
        arguments.append(expression_sql(text, part))
        reads += [*_reads(tree), *(column for _, _, _, columns in calls for column in columns)]
        within.append(tuple(call for _, _, call, _ in calls))
    inner = tuple(within) if any(within) else ()
    call = AnalyticCall(found.function, tuple(arguments), found.literals, found.over, found.named, inner, span)
    return call, tuple(dict.fromkeys(reads))


def _spliced(body: Part, calls: Sequence[_FoundCall]) -> str:
    """Return the item's text with a place holder for each analytic call."""
    pieces = []
    place = body.tokens[0].start
    for number, (start, end, _, _) in enumerate(calls):
        pieces += [body.query.text[place : body.tokens[start].start], f"{_SLOT}{number}"]
        place = body.tokens[end - 1].end + 1
    return "".join([*pieces, body.query.text[place : body.tokens[-1].end + 1]])


def _tree(query: Query, part: Part) -> exp.Expr:
    """Return the tree of an expression; a problem is reported at the item, whose text may have been
    spliced.
    """
    try:
        return parse_tokens(tokens_of(query), query.text, query.dialect, part.locate, expression=True)
    except SyntaxProblem as problem:
        message = problem.diagnostics[0].message
        raise part.problem(f"This expression in TRANSFORM cannot be read: {message}") from None


def _check_scalar(tree: exp.Expr, part: Part) -> None:
    if tree.find(exp.Query):
        raise part.problem("TRANSFORM cannot hold a subquery.", "Compute it in the query after AS.")
    if tree.find(exp.Window):
        raise part.problem(
            "TRANSFORM cannot hold a window function other than the ML functions.",
            "Compute it in the query after AS.",
        )
    if tree.find(exp.AggFunc):
        raise part.problem("TRANSFORM cannot hold an aggregate.", "Compute it in the query after AS.")
    for call in tree.find_all(exp.Func):
        name = call.name if isinstance(call, exp.Anonymous) else call.sql_name()
        if isinstance(call, exp.Rand | exp.Randn | exp.Uuid) or name.lower() in _CHANGING:
            raise part.problem(
                f"TRANSFORM cannot hold {name.upper()}: the same row would be another one each time.",
                "Compute it in the query after AS.",
            )


def _reads(tree: exp.Expr) -> list[str]:
    """Return the raw columns that an expression reads: the first part of a dotted name is the column, the
    rest are fields.
    """
    columns = [column.parts[0].name for column in tree.find_all(exp.Column, bfs=False)]
    return [name for name in dict.fromkeys(columns) if not name.startswith(_SLOT)]
