"""Excel workbooks (.xlsx) as a relation: one sheet of each."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping, Sequence
from xml.etree import ElementTree as ET

from penstock.core.errors import BadData, UnknownName
from penstock.lake.column import Column, described
from penstock.lake.database import Connection
from penstock.lake.listing import SourceFile
from penstock.lake.option import file_column, text_option
from penstock.lake.quoting import quote_identifier, quote_text, quote_value
from penstock.lake.relation import Relation, union_by_name
from penstock.lake.workspace import Workspace

SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheets"


def excel(
    connection: Connection,
    workspace: Workspace,
    files: Sequence[SourceFile],
    options: Mapping[str, object],
    only: Collection[str] | None,
) -> Relation:
    """Return the relation of one sheet of each file (`sheet`, or the first), or of those in `only`.

    Raises UnknownName for a sheet that a workbook lacks, BadData for a file that is no workbook.
    """
    connection.load("excel")
    sheet = text_option(options, "sheet")
    name_column = file_column(options)
    told = {name: value for name, value in options.items() if name != "filename"}
    columns: dict[str, Column] = {}
    selects = []
    for file in files:
        path = workspace.local(file)
        known = sheet_names(path, file.path)
        if sheet is not None:
            by_key = {name.casefold(): name for name in known}
            if sheet.casefold() not in by_key:
                raise UnknownName.among(f"sheet of {file.path} named", sheet, known)
            told["sheet"] = by_key[sheet.casefold()]
        arguments = [quote_text(path), *(f"{name} = {quote_value(value)}" for name, value in told.items())]
        select = f"SELECT * FROM read_xlsx({', '.join(arguments)})"
        if name_column is not None:
            select = f"SELECT *, {quote_text(file.path)} AS {quote_identifier(name_column)} FROM ({select})"
        for column in described(connection, select):
            first = columns.setdefault(column.name.casefold(), column)
            if first.type != column.type:
                columns[column.name.casefold()] = Column(first.name, "VARCHAR")
        if only is None or file.path in only:
            selects.append(select)
    if len(files) == 1 and selects:
        return Relation(f"({selects[0]})")
    return Relation(union_by_name(selects, list(columns.values())))


def sheet_names(path: str, shown: str) -> list[str]:
    """Return the names of a workbook's sheets; raises BadData for a file that is none."""
    try:
        with zipfile.ZipFile(path) as opened:
            book = ET.fromstring(opened.read("xl/workbook.xml"))  # noqa: S314 - expat bounds entities
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        hint = "Save it as .xlsx; the older .xls is not read."
        raise BadData.of(f"{shown} is not an Excel workbook.", hint=hint) from None
    sheets = book.find(SHEETS)
    return [str(sheet.get("name")) for sheet in sheets] if sheets is not None else []
