"""The caller's own tables in a query, by the name of their variable, as DuckDB does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.lake.database import ArrowRows

TABLES = "Give a pandas or polars frame, an Arrow table, a dict of columns or a list of dicts."


def rows_of(value: Any) -> ArrowRows:
    """Return the rows of a pandas or polars frame, an Arrow table, or anything else that gives an Arrow stream.

    Raises BadData for a value that does not, or whose columns are not of one kind of value each.
    """
    if isinstance(value, ArrowRows):
        return value
    try:
        table = _table_of(value)
    except (pa.ArrowException, ValueError) as problem:
        # Of a column of mixed values pandas says two things, the second names the column.
        told = "; ".join(str(part).rstrip(".") for part in problem.args)
        raise BadData.of(f"The {type(value).__name__} cannot be read as a table: {told}.", hint=TABLES) from problem
    if table is None:
        raise BadData.of(f"A value of type {type(value).__name__} is not a table.", hint=TABLES)
    if not table.num_columns:
        raise BadData.of(f"The {type(value).__name__} has no columns.", hint=TABLES)
    table = table.replace_schema_metadata(None)
    return ArrowRows(table.schema, lambda: iter(table.to_batches()))


def _table_of(value: Any) -> pa.Table | None:
    """Return a value as an Arrow table, or None for one that is none."""
    if hasattr(value, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(value).read_all()
    if isinstance(value, Mapping):
        return pa.table(dict(value))
    if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
        # Otherwise only the first row's columns would be read, and what others have beside them would be lost.
        names = list(dict.fromkeys(name for row in value for name in row))
        return pa.table({name: [row.get(name) for row in value] for name in names})
    return None


def variables_of(frame: FrameType) -> Callable[[str], Callable[[], ArrowRows] | None]:
    """Return what finds a variable of `frame`, its locals before its globals; None for what is no table.

    What is found is read when it is called; it raises BadData for a table that cannot be read.
    """

    def found(name: str) -> Callable[[], ArrowRows] | None:
        value = frame.f_locals.get(name, frame.f_globals.get(name))
        if not hasattr(value, "__arrow_c_stream__"):
            return None

        def rows() -> ArrowRows:
            try:
                return rows_of(value)
            except BadData as problem:
                raise problem.about(f"The variable {name}") from problem

        return rows

    return found
