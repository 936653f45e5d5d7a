"""A table as text for a terminal, wide characters counted as two."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

import pyarrow as pa

WIDEST = 60


def text_table(table: pa.Table, most: int) -> str:
    """Return the first `most` rows of `table` with headings, numbers to the right, and a last line that counts."""
    shown = table.slice(0, most)
    columns = [[_text(value) for value in column.to_pylist()] for column in shown.columns]
    right = [pa.types.is_integer(field.type) or pa.types.is_floating(field.type) for field in table.schema]
    widths = [
        max([_width(name), *(_width(cell) for cell in cells)])
        for name, cells in zip(table.column_names, columns, strict=True)
    ]
    lines = [
        "  ".join(_padded(name, width, side) for name, width, side in zip(table.column_names, widths, right, strict=True)),
        "  ".join("─" * width for width in widths),
    ]
    lines += [
        "  ".join(_padded(cells[row], width, side) for cells, width, side in zip(columns, widths, right, strict=True))
        for row in range(shown.num_rows)
    ]
    if table.num_rows != 1 and (table.num_rows > most or table.num_rows == 0):
        lines.append(f"… {table.num_rows:,} rows" if table.num_rows else "no rows")
    return "\n".join(line.rstrip() for line in lines)


def _text(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    text = str(value).replace("\n", "⏎")
    return text if _width(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, right: bool) -> str:
    gap = " " * (width - _width(text))
    return gap + text if right else text + gap
