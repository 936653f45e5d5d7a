"""Files as tables: CSV and its like, JSON, Parquet, Excel, plain text; by pattern, local or in a bucket."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa

from penstock.lake.column import Column, described
from penstock.lake.database import Connection
from penstock.lake.delimited import delimited
from penstock.lake.excel import excel
from penstock.lake.file_kind import refuse_broken_parquet
from penstock.lake.json_lines import json_lines
from penstock.lake.listing import SourceFile, list_files, unpacked
from penstock.lake.option import checked_options, file_column, text_option
from penstock.lake.quoting import quote_value
from penstock.lake.relation import FileNotice, Relation, union_by_name, with_file_names
from penstock.lake.workspace import Workspace

FileFunction = Literal["csv", "json", "parquet", "excel", "text"]
NOTHING_KNOWN: Mapping[str, Sequence[Column]] = {}

__all__ = ["FileFunction", "Source", "SourceFile", "list_files", "prepare_source"]


@dataclass(frozen=True)
class Source:
    """Files made readable on one connection until `close`: `sql` stands after FROM, `files` are read.

    `key` is the same for the same function, patterns and options. `columns` gives all columns but the one that names
    the file. `rejected` gives the unreadable rows so far, `search` reads the files anew for all of them.
    """

    key: str
    sql: str
    files: tuple[SourceFile, ...]
    rejected: Callable[[], pa.Table]
    search: Callable[[], pa.Table]
    columns: Callable[[], list[Column]]
    notices: tuple[FileNotice, ...]
    close: Callable[[], None]


def prepare_source(
    connection: Connection,
    function: FileFunction,
    patterns: Sequence[str],
    options: Mapping[str, object],
    root: Path,
    only: Collection[str] | None = None,
    known: Mapping[str, Sequence[Column]] = NOTHING_KNOWN,
    strict: bool = False,
) -> Source:
    """Return the files of the patterns as a relation; with `only`, the rows of those files alone, unless none of them
    is among the files.

    `known` holds the columns of sources by their key, as they were when the other files were read; then only the files
    in `only` are looked at. Reading goes on behind a row that cannot be read, which `rejected` tells; if `strict`, one
    of a delimited file raises UnreadableRow, and `search` finds all of them. Raises BadData for a pattern without a
    file and for text in an unknown encoding, InvalidOption for the options.
    """
    given = checked_options(function, options)
    key = json.dumps([function, list(patterns), dict(given)], default=str, ensure_ascii=False)
    listed = list_files(patterns, root)
    if only and not any(file.path in only for file in listed):
        # Beside a source with new files this one is read whole, as a join with it wants.
        only = None
    read = tuple(file for file in listed if only is None or file.path in only)
    before = [] if only is None else list(known.get(key, ()))
    files = listed
    if function == "csv":
        files = unpacked(listed, root)
        only = None if only is None else {file.path for file in unpacked(read, root)}
    if any(file.path.startswith("s3://") for file in files):
        connection.use_bucket()
    workspace = Workspace(root)
    looked_at = files
    if only is not None and before and _settles(function, before):
        looked_at = tuple(file for file in files if file.path in only)
    name = (file_column(given) or "").casefold()
    try:
        if looked_at:
            relation = _relation(connection, function, workspace, looked_at, given, only, before, strict)
        else:
            named = [Column(name, "VARCHAR")] if name else []
            relation = Relation(union_by_name([], [*before, *named]))
    except BaseException:
        workspace.close()
        raise

    def columns() -> list[Column]:
        found = described(connection, f"FROM {relation.sql}")
        return [column for column in found if column.name.casefold() != name]

    return Source(
        key, relation.sql, read, relation.rejected, relation.search, columns, relation.notices, workspace.close
    )


def _settles(function: FileFunction, before: Sequence[Column]) -> bool:
    """Return whether the columns of new files can be settled with those of the files before them.

    Nested types of JSON grow with the fields that are met, which is found out by looking at all files.
    """
    nested = any("(" in column.type or column.type.endswith("]") for column in before)
    return function in ("csv", "json", "parquet") and not (function == "json" and nested)


def _relation(
    connection: Connection,
    function: FileFunction,
    workspace: Workspace,
    files: tuple[SourceFile, ...],
    options: Mapping[str, object],
    only: Collection[str] | None,
    before: Sequence[Column],
    strict: bool,
) -> Relation:
    match function:
        case "csv":
            return delimited(connection, workspace, files, options, only, before, strict=strict)
        case "json":
            return _with_columns(connection, json_lines(connection, workspace, files, options, only), before)
        case "parquet":
            return _with_columns(connection, _parquet(workspace, files, options, only), before)
        case "excel":
            return excel(connection, workspace, files, options, only)
        case "text":
            return _text(workspace, files, options, only)


def _with_columns(connection: Connection, relation: Relation, before: Sequence[Column]) -> Relation:
    """Return the relation with the columns that other files had; NULL where these files lack them."""
    if not before:
        return relation
    found = {column.name.casefold(): column for column in described(connection, f"FROM {relation.sql}")}
    columns = []
    for column in before:
        mine = found.pop(column.name.casefold(), column)
        # JSON is the type of a field without a value.
        columns.append(column if mine.type == "JSON" else Column(column.name, mine.type))
    union = union_by_name([f"SELECT * FROM {relation.sql}"], [*columns, *found.values()])
    return replace(relation, sql=union)


def _text(
    workspace: Workspace,
    files: Sequence[SourceFile],
    options: Mapping[str, object],
    only: Collection[str] | None,
) -> Relation:
    """Return one row a file: filename, content, size and last_modified, as DuckDB's read_text gives them."""
    encoding = text_option(options, "encoding")
    read = [workspace.text(file, encoding, newlines=False) for file in files if only is None or file.path in only]
    paths = read or [workspace.binary(file) for file in files]
    select = f"SELECT * FROM read_text({quote_value(paths)}){'' if read else ' LIMIT 0'}"
    return Relation(f"({with_file_names(select, 'filename', workspace.originals)})")


def _parquet(
    workspace: Workspace,
    files: Sequence[SourceFile],
    options: Mapping[str, object],
    only: Collection[str] | None,
) -> Relation:
    read = [workspace.binary(file) for file in files if only is None or file.path in only]
    for path in read:
        if not path.startswith("s3://"):
            refuse_broken_parquet(path, workspace.original(path))
    # Without a file to read, the columns still come from all of them.
    paths = read or [workspace.binary(file) for file in files]
    told = {"union_by_name": len(files) > 1, **options}
    arguments = ", ".join([quote_value(paths), *(f"{name} = {quote_value(value)}" for name, value in told.items())])
    select = f"SELECT * FROM read_parquet({arguments}){'' if read else ' LIMIT 0'}"
    name_column = file_column(options)
    if name_column is not None:
        select = with_file_names(select, name_column, workspace.originals)
    return Relation(f"({select})")
