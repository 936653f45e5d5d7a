"""The variables of a script in its tokens: those that stand for a constant, and those that there cannot be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from penstock.sql.call import NAMESPACES
from penstock.sql.cursor import Cursor, is_word

# What EXCEPTION WHEN ERROR THEN knows of the error that it handles.
ERROR_MESSAGE = "@@error.message"
_CONSTANT_LISTS = ("OPTIONS", "STRUCT")
_BEFORE = frozenset({TokenType.EQ, TokenType.FARROW, TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.COMMA})
_AFTER = frozenset({TokenType.ALIAS, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.COMMA})


def constant_places(tokens: Sequence[Token], names: Collection[str]) -> list[int]:
    """Return which tokens name a variable where only a constant can stand: in OPTIONS (…) of a statement and in the
    STRUCT (…) or after the name => of a table function. `names` are case-folded.
    """
    return [
        place
        for start, end in _constant_stretches(tokens)
        for place in range(start, end)
        if is_word(tokens[place])
        and tokens[place].text.casefold() in names
        and tokens[place - 1].token_type in _BEFORE
        and tokens[place + 1].token_type in _AFTER
    ]


def with_constants(tokens: list[Token], names: Collection[str]) -> list[Token]:
    """Return tokens in which a NULL stands in the place of each such variable, so that they can be read."""
    places = set(constant_places(tokens, names)) if names else set()
    return [
        Token(TokenType.NULL, "NULL", token.line, token.col, token.start, token.end, token.comments)
        if place in places
        else token
        for place, token in enumerate(tokens)
    ]


def error_message_places(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return the first and last token of each @@error.message."""
    return [
        (place, place + 4)
        for place in range(len(tokens) - 4)
        if "".join(token.text for token in tokens[place : place + 5]).casefold() == ERROR_MESSAGE
        and tokens[place].token_type == TokenType.PARAMETER
    ]


def refuse_service_variables(cursor: Cursor) -> None:
    """Raise SyntaxProblem for @@variables of BigQuery's own, and for @parameters, which nothing gives a value."""
    tokens = cursor.tokens
    known = {place for first, last in error_message_places(tokens) for place in range(first, last)}
    for place, token in enumerate(tokens):
        if token.token_type != TokenType.PARAMETER or place in known:
            continue
        rest = [found.text for found in tokens[place + 1 : place + 5]]
        if rest[:1] == ["@"]:
            name = "@@" + "".join(_dotted(rest[1:]))
            hint = f"Known: {ERROR_MESSAGE}, within EXCEPTION WHEN ERROR THEN."
            raise cursor.problem(f"{name} is a variable of BigQuery's service.", token=token, hint=hint)
        name = rest[0] if rest else "x"
        hint = f"Give it one: DECLARE {name} … DEFAULT …; and leave out the @."
        raise cursor.problem(f"The query parameter @{name} has no value here.", token=token, hint=hint)


def _dotted(texts: Sequence[str]) -> Iterator[str]:
    for place, text in enumerate(texts):
        if (text == ".") != (place % 2 == 1):
            return
        yield text


def _constant_stretches(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield what stands between the brackets of OPTIONS (…), and of a table function the parts that are no query."""
    for place, token in enumerate(tokens[:-1]):
        if tokens[place + 1].token_type != TokenType.L_PAREN or not is_word(token):
            continue
        if token.text.upper() == "OPTIONS":
            yield place + 2, _closing(tokens, place + 1)
        elif _is_table_function(tokens, place):
            yield from _arguments(tokens, place + 1)


def _is_table_function(tokens: Sequence[Token], place: int) -> bool:
    """Say whether a call of ML.NAME stands after FROM, JOIN or a comma of them."""
    if place < 2 or tokens[place - 1].token_type != TokenType.DOT or tokens[place - 2].text.upper() not in NAMESPACES:
        return False
    return place < 3 or tokens[place - 3].text.upper() in ("FROM", "JOIN", ",", "EXPLAIN")


def _arguments(tokens: Sequence[Token], opening: int) -> Iterator[tuple[int, int]]:
    """Yield the STRUCT (…) and `name => …` among the arguments between a bracket and the one that closes it."""
    end = _closing(tokens, opening)
    place = opening + 1
    while place < end:
        token, following = tokens[place], tokens[place + 1]
        if token.text.upper() == "STRUCT" and following.token_type == TokenType.L_PAREN:
            yield place + 2, _closing(tokens, place + 1)
        elif following.token_type == TokenType.FARROW:
            yield place + 2, place + 3
        place = _closing(tokens, place) + 1 if token.token_type == TokenType.L_PAREN else place + 1


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the place of the bracket that closes one, or of the last token."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].token_type == TokenType.L_PAREN) - (tokens[place].token_type == TokenType.R_PAREN)
        if depth == 0:
            return place
    return len(tokens) - 1
