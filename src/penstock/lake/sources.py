"""Files as tables: CSV and its like, JSON, Parquet, Excel, plain text; by pattern, local or in a bucket."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from penstock.lake.database import Connection
from penstock.lake.delimited import delimited
from penstock.lake.excel import excel
from penstock.lake.json_lines import json_lines
from penstock.lake.listing import SourceFile, list_files
from penstock.lake.option import checked_options, file_column, text_option
from penstock.lake.quoting import quote_value
from penstock.lake.relation import Relation, with_file_names
from penstock.lake.workspace import Workspace

FileFunction = Literal["csv", "json", "parquet", "excel", "text"]

__all__ = ["FileFunction", "Source", "SourceFile", "list_files", "prepare_source"]


@dataclass(frozen=True)
class Source:
    """Files made readable on one connection until `close`: `sql` stands after FROM, `files` are read."""

    sql: str
    files: tuple[SourceFile, ...]
    rejected: Callable[[], pa.Table]
    close: Callable[[], None]


def prepare_source(
    connection: Connection,
    function: FileFunction,
    patterns: Sequence[str],
    options: Mapping[str, object],
    root: Path,
    only: Collection[str] | None = None,
) -> Source:
    """Return the files of the patterns as a relation; with `only`, the rows of those files alone.

    Raises BadData for a pattern without a file and for text in an unknown encoding, InvalidOption for the
    options.
    """
    given = checked_options(function, options)
    files = list_files(patterns, root)
    if any(file.path.startswith("s3://") for file in files):
        connection.use_bucket()
    workspace = Workspace(root)
    try:
        relation = _relation(connection, function, workspace, files, given, only)
    except BaseException:
        workspace.close()
        raise
    read = tuple(file for file in files if only is None or file.path in only)
    return Source(relation.sql, read, relation.rejected, workspace.close)


def _relation(
    connection: Connection,
    function: FileFunction,
    workspace: Workspace,
    files: tuple[SourceFile, ...],
    options: Mapping[str, object],
    only: Collection[str] | None,
) -> Relation:
    match function:
        case "csv":
            return delimited(connection, workspace, files, options, only)
        case "json":
            return json_lines(connection, workspace, files, options, only)
        case "parquet":
            return _parquet(workspace, files, options, only)
        case "excel":
            return excel(connection, workspace, files, options, only)
        case "text":
            return _text(workspace, files, options, only)


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
    # Without a file to read, the columns still come from all of them.
    paths = read or [workspace.binary(file) for file in files]
    told = {"union_by_name": len(files) > 1, **options}
    arguments = ", ".join([quote_value(paths), *(f"{name} = {quote_value(value)}" for name, value in told.items())])
    select = f"SELECT * FROM read_parquet({arguments}){'' if read else ' LIMIT 0'}"
    name_column = file_column(options)
    if name_column is not None:
        select = with_file_names(select, name_column, workspace.originals)
    return Relation(f"({select})")
