"""Delimited text files (CSV and its like) as a relation: sniffed one by one, joined by column name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from penstock.core.errors import BadData
from penstock.lake.column import Column
from penstock.lake.database import Connection
from penstock.lake.delimited_rejects import RejectTables, delimited_rejects
from penstock.lake.dialect import Dialect, blank_columns, read_arguments, sniff
from penstock.lake.listing import SourceFile
from penstock.lake.option import file_column, text_option
from penstock.lake.quoting import quote_text, quote_value
from penstock.lake.relation import Relation, union_by_name, with_file_names
from penstock.lake.workspace import Workspace

# Rows that the sniffer reads of all files together, and of each of many at the least.
SAMPLE_ROWS = 100_000
LEAST_SAMPLE = 1_000
NUMBERS = {"BIGINT", "DOUBLE"}
MOMENTS = {"DATE", "TIMESTAMP"}


@dataclass(frozen=True)
class _Sniffed:
    file: SourceFile
    path: str
    dialect: Dialect


def delimited(
    connection: Connection,
    workspace: Workspace,
    files: Sequence[SourceFile],
    options: Mapping[str, object],
    only: Collection[str] | None,
) -> Relation:
    """Return the relation of all files, or of those in `only`; types are settled over all of them either way.

    Raises BadData for files without a line, and for a file that has a header where another has none.
    """
    encoding = text_option(options, "encoding")
    told = {"sample_size": max(LEAST_SAMPLE, SAMPLE_ROWS // len(files)), **options}
    sniffed = []
    for file in files:
        path = workspace.text(file, encoding, newlines=True)
        dialect = sniff(connection, path, told, file.path)
        if dialect is not None:
            sniffed.append(_Sniffed(file, path, dialect))
    if not sniffed:
        names = ", ".join(file.path for file in files)
        raise BadData.of(f"{names} is empty: there is neither a header nor a row.")
    _check_headers(sniffed)
    columns = _settled_columns(connection, sniffed, options)
    tables = RejectTables(f"penstock_rejects_{uuid4().hex}", f"penstock_scans_{uuid4().hex}")
    name_column = file_column(options)
    selects = [
        _select(group, columns, options, tables, name_column, workspace)
        for group in _groups([item for item in sniffed if only is None or item.file.path in only])
    ]
    union = list(columns.values())
    if name_column is not None:
        union.append(Column(name_column, "VARCHAR"))
    types = {column.name: column.type for column in columns.values()}
    rejected = partial(delimited_rejects, connection, tables, types, workspace)
    return Relation(union_by_name(selects, union), rejected)


def _select(
    group: Sequence[_Sniffed],
    columns: Mapping[str, Column],
    options: Mapping[str, object],
    tables: RejectTables,
    name_column: str | None,
    workspace: Workspace,
) -> str:
    """Return the query over files that are written alike."""
    dialect = group[0].dialect
    typed = tuple(Column(name, columns[name.casefold()].type) for name in dialect.names)
    arguments = [
        quote_value([item.path for item in group]),
        *read_arguments(dialect, typed, options),
        "store_rejects = true",
        "rejects_limit = 0",
        f"rejects_table = {quote_text(tables.errors)}",
        f"rejects_scan = {quote_text(tables.scans)}",
    ]
    if name_column is None:
        return f"SELECT * FROM read_csv({', '.join(arguments)})"
    arguments.append(f"filename = {quote_text(name_column)}")
    return with_file_names(f"SELECT * FROM read_csv({', '.join(arguments)})", name_column, workspace.originals)


def _groups(sniffed: Sequence[_Sniffed]) -> list[list[_Sniffed]]:
    """Return the files in groups that one scan can read; their types, settled for all, do not matter."""
    groups: dict[object, list[_Sniffed]] = {}
    for item in sniffed:
        dialect = item.dialect
        key = (
            *(
                dialect.delimiter,
                dialect.quote,
                dialect.escape,
                dialect.comment,
                dialect.skip,
                dialect.header,
            ),
            *(dialect.date_format, dialect.timestamp_format, dialect.names),
        )
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _check_headers(sniffed: Sequence[_Sniffed]) -> None:
    headed = next((item for item in sniffed if item.dialect.header), None)
    bare = next((item for item in sniffed if not item.dialect.header), None)
    if headed is not None and bare is not None:
        message = f"{headed.file.path} has a header line, but {bare.file.path} seems to have none."
        raise BadData.of(message, hint="Say header = true or header = false, or read the two apart.")


def _settled_columns(
    connection: Connection, sniffed: Sequence[_Sniffed], options: Mapping[str, object]
) -> dict[str, Column]:
    """Return the columns of all files by folded name, with the type that holds the values of each."""
    seen: dict[str, dict[str, list[_Sniffed]]] = {}
    names: dict[str, str] = {}
    for item in sniffed:
        for column in item.dialect.columns:
            key = column.name.casefold()
            names.setdefault(key, column.name)
            seen.setdefault(key, {}).setdefault(column.type, []).append(item)
    blank: dict[str, set[str]] = {}
    settled = {}
    for key, types in seen.items():
        if len(types) > 1 and "VARCHAR" in types:
            # A column without a value is sniffed as text; that says nothing about the other files.
            for item in types["VARCHAR"]:
                if item.path not in blank:
                    found = blank_columns(connection, item.path, item.dialect, options)
                    blank[item.path] = {name.casefold() for name in found}
            if all(key in blank[item.path] for item in types["VARCHAR"]):
                del types["VARCHAR"]
        settled[key] = Column(names[key], _common_type(set(types)))
    return settled


def _common_type(types: set[str]) -> str:
    if len(types) == 1:
        return next(iter(types))
    if types <= NUMBERS:
        return "DOUBLE"
    return "TIMESTAMP" if types <= MOMENTS else "VARCHAR"
