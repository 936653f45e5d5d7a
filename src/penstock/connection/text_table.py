"""A table as text for a terminal, wide characters counted as two."""

from __future__ import annotations

import unicodedata

import pyarrow as pa

from penstock.connection.text_value import is_number, value_texts

WIDEST = 60
NARROWEST = 20
MOST_LINES = 8
GAP = "  "


def text_table(table: pa.Table, most: int, width: int | None = None, *, total: int | None = None) -> str:
    """Return the first `most` rows of `table` with headings, numbers to the right, and a last line that counts.

    `total` is how many rows there are when `table` holds only the first of them. Where `width` is given, long texts are
    cut so that the lines fit; where that is not enough, each row becomes a block of names and values. A sentence in the
    last column, and any in a block, goes on in the next lines.
    """
    total = table.num_rows if total is None else total
    shown = table.slice(0, most)
    names = [_printable(name) for name in table.column_names]
    columns = [["NULL" if text is None else _printable(text) for text in value_texts(c)] for c in shown.columns]
    right = [is_number(field.type) for field in table.schema]
    widths = [
        max([text_width(name), *(min(text_width(cell), WIDEST) for cell in cells)])
        for name, cells in zip(names, columns, strict=True)
    ]
    cut = [pa.types.is_string(field.type) or pa.types.is_nested(field.type) for field in table.schema]
    fitting = _fitted(widths, [text_width(name) for name in names], cut, width)
    if fitting is None and shown.num_rows:
        lines = _blocks(names, columns, width or WIDEST)
    else:
        lines = _lines(names, columns, right, fitting or widths, goes_on=bool(cut) and cut[-1])
    if total == 0 or total > shown.num_rows:
        lines.append(f"… {total:,} rows" if total else "no rows")
    return "\n".join(line.rstrip() for line in lines)


def text_width(text: str) -> int:
    """Return how many cells of a terminal a text takes: two for Korean and other wide characters, none for marks that
    join the one before."""
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    # The medial and final letters of a decomposed Korean syllable are drawn into the first one.
    if "\u1160" <= char <= "\u11ff" or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _printable(text: str) -> str:
    """Return a text on one line, with pictures or codes for characters that would steer the terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _pictured(char) for char in text.replace("\r\n", "\n"))


def _pictured(char: str) -> str:
    if char == "\n":
        return "⏎"
    if char < " ":
        return chr(0x2400 + ord(char))
    # Spaces of other widths, and the joiners without which some scripts and emoji fall apart.
    if unicodedata.category(char) == "Zs" or char in "\u200c\u200d":
        return char
    return f"\\u{ord(char):04x}"


def _fitted(widths: list[int], names: list[int], cut: list[bool], width: int | None) -> list[int] | None:
    """Return widths whose lines fit, the widest of what may be cut first; None when no cutting is enough."""
    if width is None:
        return widths
    widths = list(widths)
    least = [min(now, max(name, NARROWEST)) if may else now for now, name, may in zip(widths, names, cut, strict=True)]
    room = width - len(GAP) * (len(widths) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        spare = [now - small for now, small in zip(widths, least, strict=True)]
        widest = max(range(len(widths)), key=lambda place: (spare[place] > 0) * widths[place])
        widths[widest] -= 1
    return widths


def _lines(
    names: list[str], columns: list[list[str]], right: list[bool], widths: list[int], *, goes_on: bool
) -> list[str]:
    rows = [names, ["─" * width for width in widths], *(list(row) for row in zip(*columns, strict=True))]
    lines = []
    for row in rows:
        more = _wrapped(row[-1], widths[-1]) if goes_on else row[-1:]
        cells = [*row[:-1], *more[:1]]
        line = (_padded(cell, width, side) for cell, width, side in zip(cells, widths, right, strict=True))
        lines.append(GAP.join(line))
        indent = " " * sum(width + len(GAP) for width in widths[:-1])
        lines += [indent + rest for rest in more[1:]]
    return lines


def _blocks(names: list[str], columns: list[list[str]], width: int) -> list[str]:
    """Return each row as lines of name and value, an empty line between two rows."""
    label = max(text_width(name) for name in names)
    room = max(width - label - len(GAP), NARROWEST)
    lines: list[str] = []
    for row in zip(*columns, strict=True):
        lines += [""] if lines else []
        for name, cell in zip(names, row, strict=True):
            first, *rest = _wrapped(cell, room)
            lines.append(f"{_padded(name, label, False)}{GAP}{first}")
            lines += [" " * (label + len(GAP)) + line for line in rest]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return a text of several words as lines that fit, the last one cut where there are too many."""
    lines = [""]
    for word in text.split(" ") if text_width(text) > width else [text]:
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[: MOST_LINES - 1] + ([" ".join(lines[MOST_LINES - 1 :])] if len(lines) >= MOST_LINES else [])
    return [_cut(line, width) for line in kept]


def _padded(text: str, width: int, right: bool) -> str:
    text = _cut(text, width)
    gap = " " * (width - text_width(text))
    return gap + text if right else text + gap


def _cut(text: str, width: int) -> str:
    """Return the text, or as much of its beginning as fits with an ellipsis."""
    if text_width(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        used += _cells(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"
