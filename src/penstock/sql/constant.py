"""A value as SQL text, for definitions, which outlive the variable that held it. Queries bind values instead."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from sqlglot import exp

from penstock.core.errors import UserError
from penstock.sql.dialect import dialect_of
from penstock.sql.statement import Dialect


def constant_text(value: object, dialect: Dialect) -> str:
    """Return a value as it stands in OPTIONS (…) and STRUCT (…); raises UserError for one that has no such form."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return repr(value)
        case Decimal() | date() | time():
            return _quoted(str(value), dialect) if not isinstance(value, Decimal) else str(value)
        case str():
            return _quoted(value, dialect)
        case list():
            return f"[{', '.join(constant_text(item, dialect) for item in value)}]"
        case dict():
            fields = (f"{constant_text(item, dialect)} AS {name}" for name, item in value.items())
            return f"STRUCT({', '.join(fields)})"
    raise UserError.of(f"A value of the type {type(value).__name__} cannot stand in a definition.")


def expression_text(value: object, dialect: Dialect) -> str:
    """Return a value as it stands in a query, of its own type; raises UserError for one that has no such form."""
    match value:
        case None | bool() | str():
            return constant_text(value, dialect)
        case bytes():
            return f"FROM_HEX('{value.hex()}')"
        case list():
            return f"[{', '.join(expression_text(item, dialect) for item in value)}]"
        case dict():
            fields = (f"{expression_text(item, dialect)} AS {name_text(name, dialect)}" for name, item in value.items())
            return f"STRUCT({', '.join(fields)})"
    for kind, word in _TYPES:
        if isinstance(value, kind):
            aware = isinstance(value, datetime) and value.tzinfo is not None
            return f"CAST({_quoted(str(value), dialect)} AS {'TIMESTAMP' if aware else word})"
    raise UserError.of(f"A value of the type {type(value).__name__} cannot stand in a definition.")


# A datetime is a date to Python, so that it comes first. BigQuery's names of the types.
_TYPES: tuple[tuple[type, str], ...] = (
    (int, "INT64"),
    (float, "FLOAT64"),
    (Decimal, "NUMERIC"),
    (datetime, "DATETIME"),
    (date, "DATE"),
    (time, "TIME"),
)


def _quoted(text: str, dialect: Dialect) -> str:
    return exp.Literal.string(text).sql(dialect=dialect_of(dialect))


def name_text(name: str, dialect: Dialect) -> str:
    """Return a name in the quotes of a dialect."""
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect_of(dialect))
