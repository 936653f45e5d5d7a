"""A call of a function that DuckDB has and sqlglot need not know."""

from __future__ import annotations

from sqlglot import exp


def function_call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of a function by its name; the arguments are copied."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
