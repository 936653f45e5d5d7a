"""Names and literals as SQL text. Values are bound wherever DuckDB can bind; literals are for the places
where it cannot.
"""

from __future__ import annotations


def quote_identifier(name: str) -> str:
    """Return one name between double quotes, as DuckDB reads it back; raises ValueError for one that cannot
    be quoted.
    """
    if not name or "\0" in name:
        raise ValueError(f"A name must hold at least one character and no NUL: {name!r}.")
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def quote_name(name: str) -> str:
    """Return a dotted name, `schema.name`, with each part between double quotes."""
    return ".".join(quote_identifier(part) for part in name.split("."))


def quote_literal(value: str) -> str:
    """Return a string literal, for DDL only; raises ValueError for text with a NUL, which DuckDB's SQL cannot
    hold.
    """
    if "\0" in value:
        raise ValueError("A string literal cannot hold the NUL character.")
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
