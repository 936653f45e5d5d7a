"""What a result shows of itself: a line and tables, as text at a prompt and as HTML in a notebook."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass

import pyarrow as pa

from penstock.connection.html_table import html_table
from penstock.connection.text_table import text_table

SHOWN_ROWS = 20


@dataclass(frozen=True)
class Section:
    """A table with the words that stand over it; empty for none."""

    heading: str
    table: pa.Table


@dataclass(frozen=True)
class Display:
    """A line on a result, a picture of it as PNG, and its tables."""

    heading: str
    sections: tuple[Section, ...] = ()
    picture: bytes | None = None

    def text(self) -> str:
        """Return the line and the tables for a terminal."""
        parts = [self.heading]
        for section in self.sections:
            shown = text_table(section.table, SHOWN_ROWS)
            parts.append(f"{section.heading}\n{shown}" if section.heading else shown)
        return "\n\n".join(parts)

    def html(self) -> str:
        """Return all of it as HTML; the picture stands within."""
        parts = [f"<p><b>{html.escape(self.heading)}</b></p>"]
        if self.picture is not None:
            data = base64.b64encode(self.picture).decode()
            described = html.escape(self.heading, quote=True)
            parts.append(f'<img alt="{described}" style="max-width: 100%" src="data:image/png;base64,{data}"/>')
        for section in self.sections:
            if section.heading:
                parts.append(f"<p>{html.escape(section.heading)}</p>")
            parts.append(html_table(section.table, SHOWN_ROWS))
        return "\n".join(parts)
