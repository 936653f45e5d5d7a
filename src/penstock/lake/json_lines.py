"""JSON files as a relation: an object a line, or an array; a line that is no object is a rejected row."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.lake.column import Column, described
from penstock.lake.database import Connection
from penstock.lake.listing import SourceFile
from penstock.lake.newline import has_several
from penstock.lake.option import file_column, text_option
from penstock.lake.quoting import quote_value
from penstock.lake.rejects import REJECT_SCHEMA
from penstock.lake.relation import Relation, union_by_name, with_file_names
from penstock.lake.stream import no_rows
from penstock.lake.workspace import Workspace, open_text

SAMPLE_ROWS = 100_000
LINE_BYTES = 1 << 24
BROKEN = """
SELECT $file AS file, number AS line, NULL AS "column", 1 AS column_position, 'a JSON object' AS expected,
    CASE WHEN json_valid(line) THEN lower(json_type(line)) || ' instead of an object'
    ELSE 'the line is not JSON' END AS message, line AS raw_line
FROM (
    SELECT row_number() OVER () AS number, line FROM read_csv(
        $path, auto_detect = false, header = false, delim = '', quote = '', escape = '',
        columns = {'line': 'VARCHAR'}, max_line_size = $line_bytes, parallel = false)
)
WHERE trim(line) <> '' AND (NOT json_valid(line) OR json_type(line) <> 'OBJECT')
"""


def json_lines(
    connection: Connection,
    workspace: Workspace,
    files: Sequence[SourceFile],
    options: Mapping[str, object],
    only: Collection[str] | None,
) -> Relation:
    """Return the relation of all files, or of those in `only`; the columns are those of all either way."""
    encoding = text_option(options, "encoding")
    if not any(file.size for file in files):
        raise BadData.of(f"{', '.join(file.path for file in files)} is empty: there is no object in it.")
    rejects = [no_rows(REJECT_SCHEMA)]
    readable = {}
    for file in files:
        path = workspace.text(file, encoding, newlines=False)
        if _is_lines(path, options):
            if has_several(partial(open_text, path)):
                path = str(workspace.written(file, _lines(path)))
            values = {"file": file.path, "path": path, "line_bytes": LINE_BYTES}
            broken = connection.table(BROKEN, values).cast(REJECT_SCHEMA)
            if broken.num_rows:
                path = str(workspace.written(file, _without(path, set(broken["line"].to_pylist()))))
                if only is None or file.path in only:
                    rejects.append(broken)
        readable[file.path] = path
    told = {"sample_size": SAMPLE_ROWS, **options, "union_by_name": True}
    told.pop("encoding", None)
    every = _select(list(readable.values()), told)
    read = [path for name, path in readable.items() if only is None or name in only]
    select = every if len(read) == len(readable) else _select(read, told) if read else f"{every} LIMIT 0"
    name_column = file_column(options)
    if name_column is not None:
        select = with_file_names(select, name_column, workspace.originals)
    columns = _described(connection, every, list(readable))
    sql = f"({select})" if only is None else union_by_name([select], columns)
    return Relation(sql, lambda: pa.concat_tables(rejects))


def _described(connection: Connection, every: str, files: Sequence[str]) -> list[Column]:
    """Return the columns of all files; raises BadData, with the user's names of them, for what is no JSON."""
    shown = files[0] if len(files) == 1 else f"{len(files)} files, {files[0]} the first,"
    try:
        return described(connection, every)
    except BadData as problem:
        reason = problem.diagnostics[0].message.rpartition('"')[2].lstrip(", ")
        hint = "An object a line, or one array of objects, is read."
        raise BadData.of(f"{shown} cannot be read as JSON: {reason}", hint=hint) from None


def _select(paths: Sequence[str], options: Mapping[str, object]) -> str:
    arguments = [quote_value(paths), *(f"{name} = {quote_value(value)}" for name, value in options.items())]
    return f"SELECT * FROM read_json({', '.join(arguments)})"


def _is_lines(path: str, options: Mapping[str, object]) -> bool:
    """Return whether a file has an object a line: as told, or when its first line is a whole object.

    It may be a broken one; then the second begins an object as well.
    """
    told = options.get("format", "auto")
    if told != "auto":
        return told in ("newline_delimited", "nd")
    with open_text(path) as stream:
        lines = (text for line in stream if (text := line.lstrip(b"\xef\xbb\xbf").strip()))
        first = next(lines, b"")
        return first.startswith(b"{") and (first.endswith(b"}") or next(lines, b"").startswith(b"{"))


def _lines(path: str) -> Iterator[str]:
    """Yield the lines of a file, each ended by a line feed. In JSON a line end within a value is written otherwise."""
    with open_text(path) as stream, io.TextIOWrapper(stream, "utf-8") as text:
        yield from text


def _without(path: str, dropped: set[int]) -> Iterator[str]:
    for number, line in enumerate(_lines(path), start=1):
        if number not in dropped:
            yield line
