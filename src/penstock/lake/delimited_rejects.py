"""The rows of delimited files that DuckDB could not read, with line and column as an editor counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.lake.database import Connection
from penstock.lake.quoting import quote_identifier
from penstock.lake.rejects import REJECT_SCHEMA
from penstock.lake.stream import no_rows
from penstock.lake.workspace import Workspace, open_text

CHUNK = 1 << 22


@dataclass(frozen=True)
class RejectTables:
    """The temporary tables into which the scans of one source write."""

    errors: str
    scans: str

    @classmethod
    def new(cls) -> RejectTables:
        """Return tables that no other source has."""
        return cls(f"penstock_rejects_{uuid4().hex}", f"penstock_scans_{uuid4().hex}")


# One row a line of a file: its first error. DuckDB counts bytes from 1, and where lines end in CR LF a line
# begins with the LF of the one before. `start` and `place` are the offsets of the row and of its error, from 0.
REJECTED = """
WITH errors AS (
    SELECT DISTINCT s.file_path, e.line,
        e.line_byte_position - 1 + length(e.csv_line) - length(ltrim(e.csv_line, chr(10))) AS start,
        e.byte_position, e.column_idx, e.column_name, e.error_type::VARCHAR AS error_type, e.error_message,
        rtrim(ltrim(e.csv_line, chr(10)), chr(10) || chr(13)) AS csv_line
    FROM temp.main.{errors} e JOIN temp.main.{scans} s USING (scan_id, file_id)
), first AS (
    SELECT *, greatest(coalesce(byte_position - 1, start), start) AS place FROM errors
    QUALIFY row_number() OVER (PARTITION BY file_path, start ORDER BY column_idx, error_type) = 1
), placed AS (
    SELECT *, coalesce(try(decode(encode(csv_line)[:place - start])), csv_line) AS before FROM first
), types AS (SELECT unnest($names) AS key, unnest($types) AS value)
SELECT file_path, place, line,
    CASE error_type WHEN 'MISSING COLUMNS' THEN NULL ELSE column_name END AS "column",
    1 + length(split_part(reverse(before), chr(10), 1)) AS column_position,
    CASE error_type
        WHEN 'CAST' THEN types.value
        WHEN 'UNQUOTED VALUE' THEN 'a closing quote'
        WHEN 'INVALID ENCODING' THEN 'UTF-8'
        WHEN 'LINE SIZE OVER MAXIMUM' THEN 'a shorter line'
        ELSE coalesce(
            nullif(regexp_extract(error_message, 'Columns: (\\d+)', 1), '') || ' columns', 'a row') END
    AS expected,
    CASE error_type
        WHEN 'CAST' THEN 'column ' || column_name || ': '
            || coalesce(regexp_extract(error_message, 'string (".*") to ', 1, 's'), 'a value')
            || ' is not ' || types.value
        WHEN 'UNQUOTED VALUE' THEN 'column ' || column_name || ': a quote is never closed, or text follows it'
        WHEN 'INVALID ENCODING' THEN 'column ' || column_name || ': not UTF-8'
        WHEN 'LINE SIZE OVER MAXIMUM' THEN 'the line is too long'
        ELSE coalesce(
            nullif(regexp_extract(error_message, 'Found: (\\d+)', 1), '') || ' columns instead of '
            || regexp_extract(error_message, 'Columns: (\\d+)', 1), error_message) END
    AS message,
    csv_line AS raw_line
FROM placed LEFT JOIN types ON types.key = placed.column_name
ORDER BY file_path, place
"""


def delimited_rejects(
    connection: Connection, tables: RejectTables, types: Mapping[str, str], workspace: Workspace
) -> pa.Table:
    """Return the rejected rows in the columns of REJECT_SCHEMA, by file and line."""
    if not connection.has(f"temp.{tables.errors}"):
        return no_rows(REJECT_SCHEMA)
    sql = REJECTED.format(errors=quote_identifier(tables.errors), scans=quote_identifier(tables.scans))
    found = connection.table(sql, {"names": list(types), "types": list(types.values())})
    if not found.num_rows:
        return no_rows(REJECT_SCHEMA)
    parts = []
    for path in pc.unique(found["file_path"]).to_pylist():
        part = found.filter(pc.equal(found["file_path"], path))
        lines = _lines(path, part["place"].to_numpy(), part["line"].to_numpy())
        part = part.set_column(0, "file", pa.array([workspace.original(path)] * part.num_rows, pa.string()))
        part = part.set_column(part.schema.get_field_index("line"), "line", pa.array(lines, pa.int64()))
        parts.append(part.select(REJECT_SCHEMA.names).cast(REJECT_SCHEMA))
    return pa.concat_tables(parts)


def _lines(path: str, places: NDArray[Any], records: NDArray[Any]) -> NDArray[np.int64]:
    """Return the line of each offset, counted in line feeds; DuckDB counts records, which can span lines.

    `places` ascends. In a file that has no line feed at all the count of records stands.
    """
    lines = np.asarray(records, dtype=np.int64).copy()
    passed, offset, taken = 0, 0, 0
    counted = np.empty(len(places), dtype=np.int64)
    with open_text(path) as stream:
        while taken < len(places):
            chunk = stream.read(CHUNK)
            ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n"))
            until = int(np.searchsorted(places, offset + len(chunk))) if chunk else len(places)
            counted[taken:until] = passed + 1 + np.searchsorted(ends, places[taken:until] - offset)
            passed, offset, taken = passed + len(ends), offset + len(chunk), until
    return counted if passed else lines
