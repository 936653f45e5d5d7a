"""Delimited text files (CSV and its like) as a relation: sniffed one by one, joined by column name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.lake.column import Column
from penstock.lake.database import Connection
from penstock.lake.delimited_notice import Look, notices_on
from penstock.lake.delimited_rejects import RejectTables, delimited_rejects
from penstock.lake.dialect import Dialect, read_arguments, sniff
from penstock.lake.header import doubled_names, refuse_preamble, with_row_for_header
from penstock.lake.listing import SourceFile
from penstock.lake.option import file_column, text_option
from penstock.lake.quoting import quote_identifier, quote_text, quote_value
from penstock.lake.relation import Relation, union_by_name, with_file_names
from penstock.lake.survey import Survey, blank_columns, cast_from_text, surveyed
from penstock.lake.workspace import Workspace

# Rows that the sniffer reads of all files together, and of each of many at the least.
SAMPLE_ROWS = 100_000
LEAST_SAMPLE = 1_000
NUMBERS = {"BIGINT", "DOUBLE"}
MOMENTS = {"DATE", "TIMESTAMP"}


@dataclass(frozen=True)
class _Sniffed:
    """A file as it is written; `survey` says what its columns are."""

    file: SourceFile
    path: str
    dialect: Dialect
    survey: Survey
    row_word: str | None
    doubled: list[tuple[str, list[str]]]


def delimited(
    connection: Connection,
    workspace: Workspace,
    files: Sequence[SourceFile],
    options: Mapping[str, object],
    only: Collection[str] | None,
    known: Sequence[Column] = (),
    *,
    strict: bool = False,
) -> Relation:
    """Return the relation of all files, or of those in `only`; types are settled over all of them either way.

    `known` are the columns of files that were read before and are not looked at again. If `strict`, reading stops
    at a row that cannot be read. Raises BadData for files
    without a line, for a file that has a header where another has none, and for lines above a table.
    """
    encoding = text_option(options, "encoding")
    told = {"sample_size": max(LEAST_SAMPLE, SAMPLE_ROWS // len(files)), **options}
    sniffed = []
    # A guess of the sniffer that fails would end the transaction in which the table is built.
    with connection.apart() as scout:
        for file in files:
            path = workspace.text(file, encoding, newlines=True)
            found = _sniffed(scout, file, path, told)
            if found is not None:
                sniffed.append(found)
        if not sniffed and not known:
            names = ", ".join(file.path for file in files)
            raise BadData.of(f"{names} is empty: there is neither a header nor a row.")
        _check_headers(sniffed, known)
        columns, sniffed = _settled(scout, sniffed, told, known)
    name_column = file_column(options)
    read = [item for item in sniffed if only is None or item.file.path in only]
    union = list(columns.values())
    if name_column is not None:
        union.append(Column(name_column, "VARCHAR"))
    types = {column.name: column.type for column in columns.values()}

    def relation(tables: RejectTables | None) -> str:
        selects = [_select(group, columns, options, tables, name_column, workspace) for group in _groups(read)]
        return union_by_name(selects, union)

    def search() -> pa.Table:
        with connection.apart() as scout:
            tables = RejectTables.new()
            scout.rows(f"SELECT count(COLUMNS(*)) FROM {relation(tables)}")
            return delimited_rejects(scout, tables, types, workspace)

    looks = [_look(item, columns, known) for item in read]
    notices = notices_on(looks)
    if strict:
        return Relation(relation(None), search=search, notices=notices)
    tables = RejectTables.new()
    rejected = partial(delimited_rejects, connection, tables, types, workspace)
    return Relation(relation(tables), rejected, search, notices)


def _sniffed(connection: Connection, file: SourceFile, path: str, options: Mapping[str, object]) -> _Sniffed | None:
    """Return how a file is written and what its columns are, or None for one without a line."""
    dialect = sniff(connection, path, options, file.path)
    if dialect is None:
        return None
    dialect, row_word = with_row_for_header(connection, path, dialect, options)
    survey = surveyed(connection, path, dialect, options, file.size)
    odd = survey.mixed and all(column.type == "VARCHAR" for column in survey.columns)
    refuse_preamble(connection, path, dialect, options, file.path, odd=odd)
    doubled = doubled_names(connection, path, dialect)
    return _Sniffed(file, path, replace(dialect, columns=survey.columns), survey, row_word, doubled)


def _select(
    group: Sequence[_Sniffed],
    columns: Mapping[str, Column],
    options: Mapping[str, object],
    tables: RejectTables | None,
    name_column: str | None,
    workspace: Workspace,
) -> str:
    """Return the query over files that are written alike; without `tables` it stops at an unreadable row."""
    dialect, formats = group[0].dialect, group[0].survey.formats
    casts = {name: columns[name.casefold()].type for name in formats if columns[name.casefold()].type != "VARCHAR"}
    typed = tuple(Column(name, "VARCHAR" if name in casts else columns[name.casefold()].type) for name in dialect.names)
    arguments = [
        quote_value([item.path for item in group]),
        *read_arguments(dialect, typed, options),
    ]
    if tables is not None:
        arguments += [
            "store_rejects = true",
            "rejects_limit = 0",
            f"rejects_table = {quote_text(tables.errors)}",
            f"rejects_scan = {quote_text(tables.scans)}",
        ]
    if name_column is not None:
        arguments.append(f"filename = {quote_text(name_column)}")
    replaced = ", ".join(
        f"{cast_from_text(name, kind, formats[name])} AS {quote_identifier(name)}" for name, kind in casts.items()
    )
    select = f"SELECT *{f' REPLACE ({replaced})' if replaced else ''} FROM read_csv({', '.join(arguments)})"
    return select if name_column is None else with_file_names(select, name_column, workspace.originals)


def _groups(sniffed: Sequence[_Sniffed]) -> list[list[_Sniffed]]:
    """Return the files in groups that one scan can read; their types, settled for all, do not matter."""
    groups: dict[object, list[_Sniffed]] = {}
    for item in sniffed:
        key = (replace(item.dialect, columns=()), item.dialect.names, frozenset(item.survey.formats.items()))
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _look(item: _Sniffed, columns: Mapping[str, Column], known: Sequence[Column]) -> Look:
    """Return what is to be told of a file beside the others, whose `columns` are settled, and those before it."""
    mine = {name.casefold() for name in item.dialect.names}
    before = {column.name.casefold() for column in known}
    lacking = [column.name for key, column in columns.items() if key not in mine]
    new = [name for name in item.dialect.names if before and name.casefold() not in before]
    marks = _read_marks(item, columns)
    return Look(item.file.path, marks, item.survey, item.row_word, item.doubled, lacking, new)


def _read_marks(item: _Sniffed, columns: Mapping[str, Column]) -> dict[str, Mapping[str, int]]:
    """Return the marks of the columns in which they are read as NULL."""
    marks = item.survey.marks
    return {name: found for name, found in marks.items() if columns[name.casefold()].type != "VARCHAR"}


def _check_headers(sniffed: Sequence[_Sniffed], known: Sequence[Column]) -> None:
    headed = next((item for item in sniffed if item.dialect.header), None)
    bare = next((item for item in sniffed if not item.dialect.header), None)
    hint = "Say header = true or header = false, or read the two apart."
    if headed is not None and bare is not None:
        message = f"{headed.file.path} has a header line, but {bare.file.path} seems to have none."
        raise BadData.of(message, hint=hint)
    names = {column.name.casefold() for column in known}
    for item in sniffed:
        if names and not names & {name.casefold() for name in item.dialect.names}:
            theirs = ", ".join(column.name for column in known)
            message = f"{item.file.path} has none of the columns of the files before it: {theirs}."
            raise BadData.of(message, hint="Has it a header line, as they have?")


def _settled(
    connection: Connection, sniffed: Sequence[_Sniffed], options: Mapping[str, object], known: Sequence[Column]
) -> tuple[dict[str, Column], list[_Sniffed]]:
    """Return the columns of all files by folded name, with the type that holds the values of each.

    The files come back with their blank columns marked to be read as whatever the others hold.
    """
    seen: dict[str, set[str]] = {}
    names = {column.name.casefold(): column.name for column in known}
    before = {column.name.casefold(): column.type for column in known}
    items = list(sniffed)
    for item in items:
        for column in item.dialect.columns:
            names.setdefault(column.name.casefold(), column.name)
            seen.setdefault(column.name.casefold(), set()).add(column.type)
    # A column without a value is sniffed as text; that says nothing about the other files.
    doubtful = {
        key
        for key, types in seen.items()
        if "VARCHAR" in types and (len(types) > 1 or before.get(key, "VARCHAR") != "VARCHAR")
    }
    valued: set[str] = set()
    for number, item in enumerate(sniffed):
        texts = {c.name: c.name.casefold() for c in item.dialect.columns if c.type == "VARCHAR"}
        asked = [name for name, key in texts.items() if key in doubtful]
        if not asked:
            continue
        blank = blank_columns(connection, item.path, item.dialect, options, asked)
        valued |= {texts[name] for name in asked if name not in blank}
        items[number] = _with_blanks(item, blank)
    settled = {key: Column(names[key], kind) for key, kind in before.items() if key not in seen}
    for key, kinds in seen.items():
        types = set(kinds) - ({"VARCHAR"} if key in doubtful - valued else set())
        settled[key] = Column(names[key], _common_type(types, before.get(key)))
    ordered = {key: settled[key] for key in names}
    return ordered, items


def _with_blanks(item: _Sniffed, blank: Mapping[str, Mapping[str, int]]) -> _Sniffed:
    """Return the file with columns that hold nothing but marks, to be read as what the other files hold."""
    marked = {name: marks for name, marks in blank.items() if marks}
    formats = {**item.survey.formats, **dict.fromkeys(marked)}
    return replace(item, survey=replace(item.survey, formats=formats, marks={**item.survey.marks, **marked}))


def _common_type(types: set[str], before: str | None) -> str:
    """Return the type that holds all; a column that was numbers or moments `before` does not become text.

    What does not fit it is told as an unreadable row, with its line.
    """
    if before not in (None, "VARCHAR"):
        types = (types - {"VARCHAR"}) | {str(before)}
    if len(types) == 1 or not types:
        return next(iter(types), "VARCHAR")
    if before == "VARCHAR":
        return before
    if types <= NUMBERS:
        return "DOUBLE"
    return "TIMESTAMP" if types <= MOMENTS else "VARCHAR"
