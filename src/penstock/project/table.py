"""A table as a project declares it: its query and how it is kept up to date."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, OptionValue, read_options
from penstock.project.recorded_option import OF_TABLES
from penstock.sql.statement import CreateTable, Query

# Options of the functions that read files, which people look for among the table's.
SAID_IN = {
    "sheet": "read_xlsx",
    "range": "read_xlsx",
    "delim": "read_csv",
    "sep": "read_csv",
    "quote": "read_csv",
    "header": "read_csv",
    "skip": "read_csv",
    "nullstr": "read_csv",
}


def _encoding_problem(value: OptionValue) -> str | None:
    try:
        codecs.lookup(str(value))
    except LookupError:
        return "an encoding that Python knows, like 'utf-8', 'utf-16' or 'cp949'"
    return None


OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "unique_key",
        "string list",
        [],
        "The columns that identify a row. A new row replaces the one with the same key, or is added.",
    ),
    OptionSpec(
        "time_column",
        "string",
        None,
        "The column that orders rows in time. Without a unique key, only newer rows are added.",
    ),
    OptionSpec(
        "max_rejects",
        "integer",
        0,
        "How many unreadable rows of the files are set aside in the rejects before the build stops.",
        minimum=0,
    ),
    OptionSpec(
        "encoding",
        "string",
        None,
        "The encoding of the text files; detected when it is not given.",
        check=_encoding_problem,
    ),
    OptionSpec(
        "null_markers",
        "string list",
        None,
        "The texts that stand for NULL in text files, in every column. When it is not given, an empty value does, and "
        "in columns of numbers, dates and times the usual NA, N/A, null, -, ? and their like; the run tells of these.",
    ),
    OptionSpec(
        "skip_leading_rows",
        "integer",
        None,
        "The line of text files that holds the names of the columns; 0 says that there is none. Found by looking when "
        "it is not given.",
        minimum=0,
    ),
    OptionSpec("description", "string", None, "What the table is, for people."),
    *OF_TABLES,
)


@dataclass(frozen=True)
class TableSpec:
    """What a CREATE TABLE statement declares.

    A table with a `unique_key` or a `time_column` is incremental: new files are added, nothing is built anew.
    """

    kind: ClassVar[Kind] = Kind.TABLE

    name: str
    query: Query
    unique_key: tuple[str, ...] = ()
    time_column: str | None = None
    max_rejects: int = 0
    encoding: str | None = None
    description: str | None = None
    null_markers: tuple[str, ...] | None = None
    skip_leading_rows: int | None = None

    @property
    def reading(self) -> Mapping[str, object]:
        """How text files are to be read, in the words of the functions that read them."""
        told: dict[str, object] = {}
        if self.encoding is not None:
            told["encoding"] = self.encoding
        if self.null_markers is not None:
            told["nullstr"] = list(self.null_markers)
        if self.skip_leading_rows is not None:
            told["skip"] = max(self.skip_leading_rows - 1, 0)
            told["header"] = self.skip_leading_rows > 0
        return told

    @property
    def incremental(self) -> bool:
        """Whether new files are added to the table instead of building it anew."""
        return bool(self.unique_key) or self.time_column is not None


def _where_said(finding: Diagnostic) -> Diagnostic:
    """Return the finding; an option that is a file function's comes with the place where it is said."""
    for name, function in SAID_IN.items():
        if finding.message.startswith(f"There is no option {name!r} "):
            return replace(finding, hint=f"It is said where the file is read: {function}('…', {name} = …).")
    return finding


def table_spec(statement: CreateTable) -> tuple[TableSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"table {statement.name}", statement.span)
    findings = [_where_said(finding) for finding in findings]
    keys = tuple(cast("list[str]", values["unique_key"]))
    if len({key.casefold() for key in keys}) < len(keys):
        where = statement.options["unique_key"].span if "unique_key" in statement.options else None
        message = f"unique_key of table {statement.name} names a column twice."
        findings.append(Diagnostic("option", message, where or statement.span))
    if findings:
        return None, findings
    markers = cast("list[str] | None", values["null_markers"])
    spec = TableSpec(
        name=statement.name,
        query=statement.query,
        unique_key=keys,
        time_column=cast("str | None", values["time_column"]),
        max_rejects=cast("int", values["max_rejects"]),
        encoding=cast("str | None", values["encoding"]),
        null_markers=None if markers is None else tuple(markers),
        skip_leading_rows=cast("int | None", values["skip_leading_rows"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []
