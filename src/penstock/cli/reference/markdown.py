"""Markdown out of plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from penstock.core.options import OptionSpec, OptionValue


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell stays a bar."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def block(text: str, language: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.strip()}\n```"


def options_table(options: Iterable[OptionSpec]) -> str:
    """Return a table of declared options."""
    rows = [(f"`{option.name}`", option.requirement(), default_text(option.default), option.doc) for option in options]
    return table(("option", "value", "default", "meaning"), rows)


def default_text(value: OptionValue) -> str:
    """Return a default as it would stand in SQL; a dash where there is none."""
    if value is None or value == []:
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).upper()}`"
    if isinstance(value, list):
        return f"`[{', '.join(repr(item) for item in value)}]`"
    return f"`{value!r}`"


def page(*parts: str) -> str:
    """Return a page of these parts."""
    note = "<!-- Made from the code by `make docs`. Change it there. -->"
    return "\n\n".join([note, *(part.strip() for part in parts if part)]) + "\n"
