"""A table as HTML for a notebook: escaped, numbers to the right, NULL told from the text."""

from __future__ import annotations

import html

import pyarrow as pa

from penstock.connection.text_value import is_number, value_texts

# A cell shows this much of a long text.
MOST_CHARACTERS = 300
LEFT, RIGHT = "text-align: left", "text-align: right"


def html_table(table: pa.Table, most: int) -> str:
    """Return the first `most` rows of `table` as HTML, and a line that counts when there are more or none."""
    shown = table.slice(0, most)
    sides = [RIGHT if is_number(field.type) else LEFT for field in table.schema]
    head = "".join(
        f'<th style="{side}">{html.escape(name)}</th>' for name, side in zip(table.column_names, sides, strict=True)
    )
    columns = [[_cell(text, side) for text in value_texts(c)] for c, side in zip(shown.columns, sides, strict=True)]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
    lines = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    if table.num_rows == 0:
        return f"{lines}<p>no rows</p>"
    return f"{lines}<p>… {table.num_rows:,} rows</p>" if table.num_rows > most else lines


def _cell(text: str | None, side: str) -> str:
    if text is None:
        return f'<td style="{side}; color: gray">NULL</td>'
    kept = text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
    return f'<td style="{side}">{html.escape(kept)}</td>'
