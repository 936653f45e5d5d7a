"""What pages of reports are made of."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from penstock.connection import report_word as word
from penstock.connection.report_style import STYLE


def whole_page(title: str, body: str, trained: datetime) -> str:
    """Return the page of a version that was trained at a moment."""
    made = f"Trained {trained:%Y-%m-%d %H:%M} UTC. This page is made of the version's artifact alone."
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{safe(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{body}<footer>{safe(made)}</footer></main></body></html>\n"
    )


def tiles(pairs: Sequence[tuple[str, str]]) -> str:
    """Return what is to be seen first: numbers, each with its name."""
    told = (f'<div class="tile"><b>{safe(value)}</b><span>{safe(name)}</span></div>' for value, name in pairs)
    return f'<div class="tiles">{"".join(told)}</div>'


def notes(sentences: Sequence[str]) -> str:
    """Return what the training told."""
    rows = (f"<li>{safe(note)}</li>" for note in sentences)
    return section("Notes", f"<ul>{''.join(rows)}</ul>") if sentences else ""


def bars(cells: Sequence[str]) -> str:
    """Return names, bars and numbers in rows of three."""
    return f'<div class="bars">{"".join(cells)}</div>'


def pair(*sections: str) -> str:
    """Return sections side by side where there is room."""
    known = [section for section in sections if section]
    return f'<div class="two">{"".join(known)}</div>' if len(known) > 1 else "".join(known)


def section(heading: str, body: str) -> str:
    """Return a part of the page under its heading."""
    return f"<section><h2>{safe(heading)}</h2>{body}</section>"


def table(head: str, rows: Sequence[str]) -> str:
    """Return a table that scrolls where it is too wide."""
    body = "".join(rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def meter(share: float) -> str:
    """Return a bar as long as a share of its place."""
    return f'<span class="meter"><i style="width: {max(share, 0.01):.1%}"></i></span>'


def number_cell(value: float | None, digits: int = 4) -> str:
    """Return the cell of a number, a dash for none."""
    return f'<td class="n">{word.number(value, digits)}</td>'


def count_cell(value: int) -> str:
    """Return the cell of a whole number."""
    return f'<td class="n">{value:,}</td>'


def soft(said: str) -> str:
    """Return a sentence that explains, in small print; nothing for an empty one."""
    return f'<p class="soft">{safe(said)}</p>' if said else ""


def broken(name: str) -> str:
    """Return a name that may go on in the next line after an underscore."""
    return safe(name).replace("_", "_<wbr>")


def safe(value: object) -> str:
    """Return what may stand in a page."""
    return html.escape(str(value))
