"""Constants of a frozen TRANSFORM as DuckDB's literals."""

from __future__ import annotations

from penstock.core.errors import BadData
from penstock.sql.quoting import quote_literal


def double_sql(value: float) -> str:
    """Return a finite number as a literal of type DOUBLE that reads back as exactly that number."""
    # Without an exponent DuckDB would read a DECIMAL and round it once more.
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def text_sql(value: str) -> str:
    """Return a string literal; raises BadData for a text that SQL cannot hold."""
    try:
        return quote_literal(value)
    except ValueError as problem:
        raise BadData.of(
            f"The text {value!r} cannot stand in a TRANSFORM.",
            hint="Take the NUL character out of it in the query.",
        ) from problem
