"""DuckDB's variables, which one connection sets and no other knows."""

from __future__ import annotations

from itertools import pairwise

from sqlglot.tokenizer_core import TokenType

from penstock.sql.cursor import is_word
from penstock.sql.dialect import tokens_of
from penstock.sql.statement import Query

CALL = "getvariable"


def reads_variables(query: Query) -> bool:
    """Return whether a query or an expression asks for a variable of its connection; raises SyntaxProblem."""
    tokens = tokens_of(query)
    return any(
        is_word(token) and token.text.casefold() == CALL and after.token_type == TokenType.L_PAREN
        for token, after in pairwise(tokens)
    )
