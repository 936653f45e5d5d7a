"""Text under which white space, comments and the case of keywords make no difference: what fingerprints are
taken of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.names import name_key
from penstock.core.options import GivenOption
from penstock.sql.cursor import TEXT_TOKENS, is_word
from penstock.sql.dialect import tokens_of
from penstock.sql.statement import AnyStatement, Query
from penstock.sql.vocabulary import CONTEXTUAL_WORDS

# How a statement is given, not what it declares.
_MANNER = {"text", "span", "replace", "if_not_exists", "if_exists"}
_NAMES = {"name", "model", "table", "watched", "monitor", "endpoint", "target"}


@lru_cache(maxsize=4096)
def canonical(query: Query) -> str:
    """Return the canonical text of a query or an expression; raises SyntaxProblem for a quote that is never
    closed.
    """
    tokens = tokens_of(query)
    words = [_canonical_token(tokens, place, query.text) for place in range(len(tokens))]
    return " ".join([query.dialect, *words] if query.dialect == "bigquery" else words)


def canonical_statement(statement: AnyStatement) -> str:
    """Return the canonical text of what a statement declares: the order of options makes no difference, nor
    OR REPLACE.
    """
    declared = {"statement": type(statement).__name__, **_plain_fields(statement)}
    return json.dumps(declared, ensure_ascii=False, sort_keys=True)


def _canonical_token(tokens: list[Token], place: int, text: str) -> str:
    token = tokens[place]
    if token.token_type in TEXT_TOKENS:
        return "'" + token.text.replace("'", "''") + "'"
    if token.token_type == TokenType.IDENTIFIER:
        return '"' + token.text.replace('"', '""') + '"'
    if not is_word(token):
        return text[token.start : token.end + 1]
    before = tokens[place - 1].token_type if place else None
    after = tokens[place + 1].token_type if place + 1 < len(tokens) else None
    if after == TokenType.L_PAREN:
        return token.text.upper()
    if before in (TokenType.ALIAS, TokenType.DOT) or after == TokenType.DOT:
        # An alias keeps its case, which becomes the column's.
        return token.text
    is_keyword = token.token_type != TokenType.VAR or token.text.upper() in CONTEXTUAL_WORDS
    return " ".join(token.text.upper().split()) if is_keyword else token.text


def _plain_fields(value: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for declared in fields(value):  # type: ignore[arg-type]
        if declared.name in _MANNER:
            continue
        held = getattr(value, declared.name)
        is_name = declared.name in _NAMES and isinstance(held, str)
        found[declared.name] = name_key(held) if is_name else _plain(held)
    return found


def _plain(value: object) -> object:
    """Return a statement's field as JSON can hold it."""
    if isinstance(value, Query):
        return canonical(value)
    if isinstance(value, GivenOption):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {"is": type(value).__name__, **_plain_fields(value)}
    return value
