"""The caller's own tables in a query, by the name of their variable, as DuckDB does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.lake.database import ArrowRows


def rows_of(value: Any) -> ArrowRows:
    """Return the rows of a pandas or polars frame, an Arrow table, or anything else that gives an Arrow stream.

    Raises BadData for a value that does not.
    """
    if isinstance(value, ArrowRows):
        return value
    if isinstance(value, list):
        table = pa.Table.from_pylist(value)
    elif isinstance(value, Mapping):
        table = pa.table(dict(value))
    elif hasattr(value, "__arrow_c_stream__"):
        table = pa.RecordBatchReader.from_stream(value).read_all()
    else:
        raise BadData.of(
            f"A {type(value).__name__} is not a table.",
            hint="Give a pandas or polars frame, an Arrow table, a dict of columns or a list of dicts.",
        )
    table = table.replace_schema_metadata(None)
    return ArrowRows(table.schema, lambda: iter(table.to_batches()))


def caller_frames(names: Iterable[str], frame: FrameType | None) -> dict[str, ArrowRows]:
    """Return those of `names` that are tables among the variables of `frame`, its locals before its globals."""
    found: dict[str, ArrowRows] = {}
    if frame is None:
        return found
    for name in names:
        value = frame.f_locals.get(name, frame.f_globals.get(name))
        if value is not None and hasattr(value, "__arrow_c_stream__"):
            found[name] = rows_of(value)
    return found
