"""The first lines of a delimited file: whether they are its header, a row, or lines above the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from penstock.core.errors import BadData, SyntaxProblem
from penstock.lake.column import Column
from penstock.lake.database import Connection
from penstock.lake.dialect import PREAMBLE_LINES, Dialect, asked, preamble_hint, read_arguments
from penstock.lake.quoting import quote_identifier, quote_text, quote_value
from penstock.lake.workspace import open_text

# Enough rows to see what a table is like.
LOOKED_AT = 2_048
# A word of the first line that stands in this share of a column's rows, and in two of them, is no name.
RECURRING = 0.01
LINE_SHOWN = 60
TOLD = frozenset({"header", "skip", "names", "columns"})


def with_row_for_header(
    connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object]
) -> tuple[Dialect, str | None]:
    """Return the dialect without a header where the first line is a row, and the word that gives it away.

    DuckDB takes the first line of a table of texts for its header whatever stands in it.
    """
    texts = all(column.type == "VARCHAR" for column in dialect.columns)
    if not dialect.header or not texts or options.keys() & TOLD or not dialect.columns:
        return dialect, None
    cells = first_cells(connection, path, dialect)
    columns = [quote_identifier(name) for name in dialect.names]
    same = [
        f"coalesce({column} = {quote_text(cell)}, false)" if cell else "false"
        for column, cell in zip(columns, cells, strict=True)
    ]
    whole = " AND ".join(same)
    counts = ", ".join(f"count(*) FILTER ({test})" for test in same)
    arguments = [quote_text(path), *read_arguments(dialect, _texts(dialect), options), "ignore_errors = true"]
    sample = f"SELECT * FROM read_csv({', '.join(arguments)}) LIMIT {quote_value(options['sample_size'])}"
    rows, headers, *found = connection.rows(f"SELECT count(*), count(*) FILTER ({whole}), {counts} FROM ({sample})")[0]
    most = max(found)
    if headers or most < max(2, RECURRING * rows):
        return dialect, None
    bare = asked(connection, path, {**_fixed(dialect), "header": False, "sample_size": options["sample_size"]})
    return replace(dialect, header=False, columns=bare.columns), cells[found.index(most)]


def refuse_preamble(
    connection: Connection, path: str, dialect: Dialect, options: Mapping[str, object], shown: str, *, odd: bool
) -> None:
    """Raise BadData when the columns have types only below the first lines.

    Looked into where the header is mostly blank, or `odd`: all columns are text, one of them in spite of its numbers.
    """
    if not dialect.header or options.keys() & TOLD or len(dialect.columns) < 2:
        return
    unnamed = [index for index, name in enumerate(dialect.names) if name.removeprefix("column").isdigit()]
    blank = unnamed != [0] and 2 * len(unnamed) >= len(dialect.columns)
    if not odd and not blank:
        return
    best, lines = _typed(dialect), 0
    for skip in range(1, PREAMBLE_LINES + 1):
        try:
            told = {**_fixed(dialect), "skip": dialect.skip + skip, "sample_size": LOOKED_AT, "nullstr": ["", "NA"]}
            below = asked(connection, path, told)
        except (BadData, SyntaxProblem):
            continue
        if len(below.columns) == len(dialect.columns) and _typed(below) > best:
            best, lines = _typed(below), skip
            named = below.header
    head = _first_lines(path, 2 * PREAMBLE_LINES)
    if not lines or 2 * best < len(dialect.columns) or len(head) < 2 * lines:
        return
    while lines + 1 < len(head) and not head[lines].strip():
        lines += 1
    if not any(_is_no_row(line, dialect) for line in head[:lines]):
        # A word among the numbers of the first rows.
        return
    above = "\n".join(f"{number} │ {_cut(line)}" for number, line in enumerate(head[: lines + 1], 1))
    how_many = "first line is" if lines == 1 else f"first {lines} lines are"
    message = f"{shown}: the {how_many} not like the rows below, and would make text of their numbers:\n{above}"
    raise BadData.of(message, hint=preamble_hint(lines + 1 if named else lines))


def doubled_names(connection: Connection, path: str, dialect: Dialect) -> list[tuple[str, list[str]]]:
    """Return each name that several columns of the file have, upper and lower case being the same, and how they
    are told apart.
    """
    if not dialect.header or not any(name.rpartition("_")[2].isdigit() for name in dialect.names):
        return []
    given: dict[str, list[str]] = {}
    cells = first_cells(connection, path, dialect)
    for cell, name in zip(cells, dialect.names, strict=False):
        if cell:
            given.setdefault(cell.casefold(), []).append(name)
    return [(names[0], names) for names in given.values() if len(names) > 1]


def first_cells(connection: Connection, path: str, dialect: Dialect) -> Sequence[str | None]:
    """Return the cells of the first line, as they are written."""
    bare = replace(dialect, header=False)
    columns = tuple(Column(f"c{index}", "VARCHAR") for index in range(len(dialect.columns)))
    arguments = [quote_text(path), *read_arguments(bare, columns, {}), "ignore_errors = true"]
    rows = connection.rows(f"SELECT * FROM read_csv({', '.join(arguments)}) LIMIT 1")
    return rows[0] if rows else []


def _fixed(dialect: Dialect) -> dict[str, object]:
    return {
        "delim": dialect.delimiter,
        "quote": dialect.quote,
        "escape": dialect.escape,
        "comment": dialect.comment,
        "skip": dialect.skip,
        "ignore_errors": True,
    }


def _typed(dialect: Dialect) -> int:
    return sum(1 for column in dialect.columns if column.type != "VARCHAR")


def _texts(dialect: Dialect) -> tuple[Column, ...]:
    return tuple(Column(name, "VARCHAR") for name in dialect.names)


def _first_lines(path: str, most: int) -> list[str]:
    with open_text(path) as stream:
        return [line.decode("utf-8", errors="replace").strip("\r\n") for line in islice(stream, most)]


def _is_no_row(line: str, dialect: Dialect) -> bool:
    """Return whether a line lacks cells, or half of them are blank."""
    cells = line.split(dialect.delimiter) if dialect.delimiter else [line]
    blank = sum(1 for cell in cells if not cell.strip(' "'))
    return len(cells) < len(dialect.columns) or 2 * blank >= len(cells)


def _cut(line: str) -> str:
    return line if len(line) <= LINE_SHOWN else line[: LINE_SHOWN - 1] + "…"
