"""How names and literals are written in DuckDB's SQL: the only place where text becomes part of it."""

from __future__ import annotations

from collections.abc import Mapping


def quote_identifier(name: str) -> str:
    """Return one identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def quote_name(name: str) -> str:
    """Return `schema.name` or `name` with each part quoted; only the first dot separates."""
    schema, dot, rest = name.partition(".")
    return f"{quote_identifier(schema)}.{quote_identifier(rest)}" if dot else quote_identifier(name)


def quote_text(value: str) -> str:
    """Return a string literal: for the arguments of table functions that become part of a user's query."""
    return "'" + value.replace("'", "''") + "'"


def quote_value(value: object) -> str:
    """Return a literal for a text, number, boolean, list or struct; raises TypeError for anything else."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return quote_text(value)
        case list() | tuple():
            return "[" + ", ".join(quote_value(item) for item in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{quote_text(str(key))}: {quote_value(item)}" for key, item in value.items()) + "}"
        case _:
            raise TypeError(f"No literal for {type(value).__name__}.")
