"""Constant values as they stand in OPTIONS (…), STRUCT(…) and the arguments of readers, to Python values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.options import HPARAM_CANDIDATES, HPARAM_RANGE, GivenOption, OptionValue
from penstock.sql.cursor import TEXT_TOKENS, Cursor, is_word, suggestion

# A type's name before a string: the value is the string, its reader knows what it must be.
_TYPED = {"DATE", "DATETIME", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "JSON", "NUMERIC", "DECIMAL", "BIGNUMERIC"}
_WORDS: dict[str, OptionValue] = {"TRUE": True, "FALSE": False, "NULL": None}
_NAMED = (TokenType.EQ, TokenType.FARROW, TokenType.COLON_EQ)


def read_options_list(cursor: Cursor) -> dict[str, GivenOption]:
    """Return the `(key = value, …)` that comes next, keys in lower case with their spans.

    Raises SyntaxProblem for a value that is not constant and for a key that is given twice.
    """
    cursor.expect(TokenType.L_PAREN, "an opening parenthesis")
    given: dict[str, GivenOption] = {}
    while not cursor.take(TokenType.R_PAREN):
        key = cursor.peek()
        name = _key(cursor, "an option")
        if name in given:
            raise cursor.problem(f"The option {name} is given twice.", token=key)
        if not cursor.take(*_NAMED):
            raise cursor.expected(["="], f"= and a value after {name}")
        given[name] = GivenOption(read_value(cursor), cursor.span(key))
        _separator(cursor, TokenType.R_PAREN)
    return given


def read_value(cursor: Cursor) -> OptionValue:
    """Return the constant that comes next: text, number, boolean, None, list, dict, or an interval
    as text.
    """
    token = cursor.peek()
    kind = token.token_type
    if kind in TEXT_TOKENS or cursor.at_double_quoted():
        return cursor.advance().text
    if kind in (TokenType.NUMBER, TokenType.DASH, TokenType.PLUS, TokenType.DOT):
        return _number(cursor)
    if kind == TokenType.L_BRACKET:
        return _list(cursor, TokenType.L_BRACKET, TokenType.R_BRACKET)
    if kind == TokenType.L_PAREN:
        values = _list(cursor, TokenType.L_PAREN, TokenType.R_PAREN)
        return values[0] if len(values) == 1 else values
    if kind == TokenType.L_BRACE:
        return _braces(cursor)
    if is_word(token):
        return _worded(cursor)
    raise cursor.expected([], "a constant value")


def read_struct(cursor: Cursor) -> dict[str, OptionValue] | list[OptionValue]:
    """Return the `STRUCT(value AS name, …)` that comes next: a dict by lower-case name, or a list when
    nothing is named.
    """
    first = cursor.advance()
    if cursor.take(TokenType.LT):
        _skip_type(cursor)
    cursor.expect(TokenType.L_PAREN, "an opening parenthesis after STRUCT")
    named: dict[str, OptionValue] = {}
    plain: list[OptionValue] = []
    while not cursor.take(TokenType.R_PAREN):
        value = read_value(cursor)
        if cursor.take_words("AS"):
            place = cursor.peek()
            name = _key(cursor, "a field")
            if name in named:
                raise cursor.problem(f"The field {name} is given twice.", token=place)
            named[name] = value
        else:
            plain.append(value)
        _separator(cursor, TokenType.R_PAREN)
    if named and plain:
        raise cursor.problem("Name every field of a STRUCT (value AS name), or none.", token=first)
    return plain if plain else named


def named_ahead(cursor: Cursor) -> bool:
    """Say whether a `name => value` comes next (or with `:=` or `=`)."""
    token = cursor.peek()
    return (is_word(token) or token.token_type == TokenType.IDENTIFIER) and cursor.peek(1).token_type in _NAMED


def read_named(cursor: Cursor) -> tuple[str, OptionValue]:
    """Return the `name => value` that comes next, the name in lower case."""
    name = _key(cursor, "an argument")
    cursor.advance()
    return name, read_value(cursor)


def _key(cursor: Cursor, what: str) -> str:
    token = cursor.peek()
    if not is_word(token) and token.token_type != TokenType.IDENTIFIER:
        raise cursor.expected([], f"the name of {what}")
    return cursor.advance().text.lower()


def _separator(cursor: Cursor, closing: TokenType) -> None:
    if cursor.take(TokenType.COMMA):
        return
    if cursor.peek().token_type != closing:
        raise cursor.expected([], "a comma or a closing bracket")


def _number(cursor: Cursor) -> int | float:
    first = cursor.peek()
    sign = 1
    while cursor.peek().token_type in (TokenType.DASH, TokenType.PLUS):
        sign = -sign if cursor.advance().token_type == TokenType.DASH else sign
    text = "." if cursor.take(TokenType.DOT) else ""
    text += cursor.expect(TokenType.NUMBER, "a number").text
    try:
        return sign * int(text)
    except ValueError:
        pass
    try:
        return sign * float(text)
    except ValueError:
        raise cursor.problem(f"{text} is not a number.", token=first) from None


def _list(cursor: Cursor, opening: TokenType, closing: TokenType) -> list[OptionValue]:
    cursor.expect(opening, "an opening bracket")
    values: list[OptionValue] = []
    while not cursor.take(closing):
        values.append(read_value(cursor))
        _separator(cursor, closing)
    return values


def _braces(cursor: Cursor) -> dict[str, OptionValue]:
    """Return DuckDB's `{'name': value}`; its names keep their case, since they may be a file's columns."""
    cursor.expect(TokenType.L_BRACE, "an opening brace")
    fields: dict[str, OptionValue] = {}
    while not cursor.take(TokenType.R_BRACE):
        token = cursor.peek()
        name = token.text if is_word(token) else cursor.string("a field's name")
        if is_word(token):
            cursor.advance()
        cursor.expect(TokenType.COLON, "a colon after the field's name")
        fields[name] = read_value(cursor)
        _separator(cursor, TokenType.R_BRACE)
    return fields


def _worded(cursor: Cursor) -> OptionValue:
    token = cursor.peek()
    word = token.text.upper()
    if word in _WORDS:
        cursor.advance()
        return _WORDS[word]
    if word == "STRUCT":
        return read_struct(cursor)
    if word == "ARRAY":
        cursor.advance()
        if cursor.take(TokenType.LT):
            _skip_type(cursor)
        return _list(cursor, TokenType.L_BRACKET, TokenType.R_BRACKET)
    if word == "INTERVAL":
        return _interval(cursor)
    if word in _TYPED and cursor.peek(1).token_type in TEXT_TOKENS:
        cursor.advance()
        return cursor.advance().text
    reader = _FUNCTIONS.get(word)
    if reader and cursor.peek(1).token_type == TokenType.L_PAREN:
        return reader(cursor)
    if cursor.peek(1).token_type == TokenType.L_PAREN:
        hint = suggestion(word, _FUNCTIONS)
        raise cursor.problem(f"A constant value is needed here, not a call of {token.text}.", token=token, hint=hint)
    raise cursor.problem(f"{token.text} is not a value.", token=token, hint=f"Text stands in quotes: '{token.text}'.")


def _interval(cursor: Cursor) -> str:
    """Return an interval as text: `INTERVAL '7 days'` and `INTERVAL 7 DAY` alike."""
    cursor.advance()
    token = cursor.peek()
    amount = token.text if token.token_type in TEXT_TOKENS else str(_number(cursor))
    if token.token_type in TEXT_TOKENS:
        cursor.advance()
    if is_word(cursor.peek()) and not cursor.at_words("AS"):
        amount += " " + cursor.advance().text.lower()
    return amount


def _generate_array(cursor: Cursor) -> list[OptionValue]:
    """Return the numbers of GENERATE_ARRAY(first, last[, step]), both ends included."""
    call: Token = cursor.advance()
    bounds = _list(cursor, TokenType.L_PAREN, TokenType.R_PAREN)
    numbers = [bound for bound in bounds if isinstance(bound, int | float) and not isinstance(bound, bool)]
    if len(numbers) != len(bounds) or not 2 <= len(numbers) <= 3:
        raise cursor.problem("GENERATE_ARRAY takes two or three numbers: first, last, step.", token=call)
    first, last, step = (*numbers, 1)[:3]
    if step == 0:
        raise cursor.problem("GENERATE_ARRAY needs a step other than 0.", token=call)
    # The small allowance keeps 0.4 … 0.6 in steps of 0.01 from losing its end to rounding.
    count = int((last - first) / step + 1e-9) + 1 if (last - first) / step >= 0 else 0
    return [first + position * step for position in range(count)]


def _hparam_range(cursor: Cursor) -> OptionValue:
    """Return the bounds of HPARAM_RANGE(lowest, highest) under the word's name: what a tuning searches."""
    call: Token = cursor.advance()
    bounds = _list(cursor, TokenType.L_PAREN, TokenType.R_PAREN)
    numbers = [bound for bound in bounds if isinstance(bound, int | float) and not isinstance(bound, bool)]
    if len(bounds) != 2 or len(numbers) != 2:
        raise cursor.problem("HPARAM_RANGE takes two numbers: lowest, highest.", token=call)
    if numbers[0] > numbers[1]:
        raise cursor.problem("HPARAM_RANGE takes the lower number first.", token=call)
    return {HPARAM_RANGE: bounds}


def _hparam_candidates(cursor: Cursor) -> OptionValue:
    """Return the values of HPARAM_CANDIDATES([…]) under the word's name; a list of numbers stands in STRUCT([…])."""
    call: Token = cursor.advance()
    values = _list(cursor, TokenType.L_PAREN, TokenType.R_PAREN)
    listed = values[0] if len(values) == 1 else None
    if not isinstance(listed, list) or not listed:
        raise cursor.problem("HPARAM_CANDIDATES takes a list of at least one value: [8, 16].", token=call)
    return {HPARAM_CANDIDATES: [_unwrapped(value) for value in listed]}


def _cast(cursor: Cursor) -> OptionValue:
    """Return the constant of CAST(value AS type): `CAST('+INF' AS FLOAT64)` is how BigQuery writes infinity."""
    call: Token = cursor.advance()
    cursor.expect(TokenType.L_PAREN, "an opening parenthesis")
    value = read_value(cursor)
    cursor.expect_words("AS")
    word = cursor.advance().text.upper()
    cursor.expect(TokenType.R_PAREN, "a closing parenthesis")
    if word not in _CAST:
        raise cursor.problem(f"A constant is not cast to {word} here.", token=call)
    try:
        return value if value is None else _CAST[word](value)
    except (TypeError, ValueError):
        raise cursor.problem(f"{value!r} is no {word}.", token=call) from None


def _unwrapped(value: OptionValue) -> OptionValue:
    """Return the list in a `STRUCT([…])`: BigQuery has no lists of lists."""
    fields = list(value.values()) if isinstance(value, dict) else value
    if isinstance(fields, list) and len(fields) == 1 and isinstance(fields[0], list):
        return fields[0]
    return value


def _skip_type(cursor: Cursor) -> None:
    """Step over the rest of `<INT64, STRUCT<…>>`; its opening bracket is read already."""
    depth = 1
    while depth > 0:
        if cursor.at_end:
            raise cursor.problem("This type is never closed with >.")
        kind = cursor.advance().token_type
        depth += (kind == TokenType.LT) - (kind == TokenType.GT)


_CAST: dict[str, Callable[[Any], OptionValue]] = {
    **dict.fromkeys(("FLOAT64", "FLOAT", "DOUBLE"), float),
    **dict.fromkeys(("INT64", "INT", "INTEGER", "BIGINT"), int),
    **dict.fromkeys(("STRING", "VARCHAR", "DATE", "TIMESTAMP"), str),
}
_FUNCTIONS: dict[str, Callable[[Cursor], OptionValue]] = {
    "CAST": _cast,
    "GENERATE_ARRAY": _generate_array,
    "HPARAM_RANGE": _hparam_range,
    "HPARAM_CANDIDATES": _hparam_candidates,
}
