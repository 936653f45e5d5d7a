"""Predicates, the booleans of ACCEPT WHEN, BREACH WHEN and CHECK: as DuckDB runs them, and part by part for
messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from penstock.sql.cursor import is_word
from penstock.sql.dialect import generate_duckdb, parse_expression, tokens_of
from penstock.sql.statement import Query

_OPERATORS = {
    TokenType.EQ: "=",
    TokenType.NEQ: "<>",
    TokenType.GT: ">",
    TokenType.GTE: ">=",
    TokenType.LT: "<",
    TokenType.LTE: "<=",
}
_FLIPPED = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
_DEEPER = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE)
_SHALLOWER = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END)


@dataclass(frozen=True)
class Comparison:
    """One part of a predicate, `text` as written.

    For `column operator value`, `column` is dotted as written and `value` is the other side's text, turned
    round where the column stands on the right. A part that is no comparison has an empty operator and value,
    and an empty column.
    """

    column: str
    operator: str
    value: str
    text: str


def predicate_to_duckdb(predicate: Query) -> str:
    """Return the DuckDB text of a predicate; `champion.roc_auc` stays a column of the relation `champion`."""
    tree = parse_expression(predicate)
    return predicate.text if predicate.dialect == "duckdb" else generate_duckdb(tree, predicate.span)


def function_over_rows(predicate: Query) -> str | None:
    """Return the text of the first aggregate or window function outside a subquery, or None where there is none."""
    for node in parse_expression(predicate).find_all(exp.AggFunc, exp.Window, bfs=False):
        if node.find_ancestor(exp.Select) is None:
            return node.sql("duckdb")
    return None


def ordered_comparisons(predicate: Query) -> tuple[Comparison, ...]:
    """Return the parts that AND and OR join at the top, in the order of the text; parentheses around parts
    are opened.
    """
    return tuple(_comparison(part, predicate.text) for part in _parts(tokens_of(predicate)))


def _parts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    tokens = _opened(tokens)
    parts: list[Sequence[Token]] = []
    start = depth = 0
    between = False
    for place, token in enumerate(tokens):
        kind = token.token_type
        depth += (kind in _DEEPER) - (kind in _SHALLOWER)
        if depth:
            continue
        if kind == TokenType.BETWEEN:
            between = True
        elif kind == TokenType.AND and between:
            between = False
        elif kind in (TokenType.AND, TokenType.OR):
            parts.append(tokens[start:place])
            start = place + 1
    if not parts:
        return [tokens] if tokens else []
    return [inner for part in [*parts, tokens[start:]] for inner in _parts(part)]


def _opened(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens without the parentheses that enclose all of them."""
    while len(tokens) > 2 and tokens[0].token_type == TokenType.L_PAREN:
        if _closing(tokens) != len(tokens) - 1:
            break
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0:
            return place
    return -1


def _comparison(tokens: Sequence[Token], text: str) -> Comparison:
    whole = _text(tokens, text)
    depth = 0
    places = []
    for place, token in enumerate(tokens):
        depth += (token.token_type in _DEEPER) - (token.token_type in _SHALLOWER)
        if depth == 0 and token.token_type in _OPERATORS:
            places.append(place)
    if len(places) == 1:
        left, right = tokens[: places[0]], tokens[places[0] + 1 :]
        operator = _OPERATORS[tokens[places[0]].token_type]
        if column := _column(left):
            return Comparison(column, operator, _text(right, text), whole)
        if column := _column(right):
            return Comparison(column, _FLIPPED[operator], _text(left, text), whole)
    return Comparison("", "", "", whole)


def _column(tokens: Sequence[Token]) -> str:
    """Return the dotted name that the tokens are, or an empty text."""
    names, dots = tokens[::2], tokens[1::2]
    if len(tokens) % 2 == 0 or any(dot.token_type != TokenType.DOT for dot in dots):
        return ""
    if not all(token.token_type == TokenType.IDENTIFIER or _is_name(token) for token in names):
        return ""
    return ".".join(token.text for token in names)


def _is_name(token: Token) -> bool:
    return is_word(token) and token.token_type not in (TokenType.TRUE, TokenType.FALSE, TokenType.NULL)


def _text(tokens: Sequence[Token], text: str) -> str:
    return text[tokens[0].start : tokens[-1].end + 1] if tokens else ""
