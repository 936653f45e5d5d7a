"""Files as a relation: the SQL text that reads them, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from penstock.lake.column import Column
from penstock.lake.quoting import quote_identifier, quote_text
from penstock.lake.rejects import REJECT_SCHEMA
from penstock.lake.stream import no_rows


def nothing_rejected() -> pa.Table:
    """Return no rejected rows: for kinds of files whose rows are all read, or none."""
    return no_rows(REJECT_SCHEMA)


@dataclass(frozen=True)
class FileNotice:
    """A sentence on how files were read where that could surprise; `files` names them in a few words."""

    files: str
    message: str


@dataclass(frozen=True)
class Relation:
    """`sql` stands after FROM. `rejected` gives the unreadable rows so far, as REJECT_SCHEMA; `search` reads the files
    for all of them, where a scan stops at the first.
    """

    sql: str
    rejected: Callable[[], pa.Table] = nothing_rejected
    search: Callable[[], pa.Table] = nothing_rejected
    notices: tuple[FileNotice, ...] = ()


def union_by_name(selects: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the FROM-able union of queries in the given columns; those that a query lacks are NULL."""
    empty = ", ".join(f"CAST(NULL AS {column.type}) AS {quote_identifier(column.name)}" for column in columns)
    parts = [f"SELECT {empty} WHERE false", *selects]
    return "(" + " UNION ALL BY NAME ".join(parts) + ")"


def with_file_names(select: str, column: str, originals: dict[str, str]) -> str:
    """Return a query in which the file column holds the names that the user knows."""
    name = quote_identifier(column)
    listed = ", ".join(f"{quote_text(path)}: {quote_text(shown)}" for path, shown in originals.items())
    return f"SELECT * REPLACE (MAP {{{listed}}}[{name}] AS {name}) FROM ({select})"
