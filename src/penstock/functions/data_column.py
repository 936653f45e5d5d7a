"""The columns of data as statistics see them: structs taken apart, each one of numbers or of categories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from penstock.core.errors import BadData
from penstock.functions.column_choice import is_number
from penstock.functions.function import Call, InputRows
from penstock.functions.literal import text_sql
from penstock.sql.quoting import quote_identifier

Shape = Literal["single", "list", "sparse"]


@dataclass(frozen=True)
class DataColumn:
    """`sql` gives the column's value in a row; `is_numeric` tells numbers from categories.

    `shape` is `list` for a list of them, and `sparse` for a list of pairs of an index and a number, whose names are
    `fields`.
    """

    name: str
    sql: str
    is_numeric: bool
    is_integer: bool
    shape: Shape
    fields: tuple[str, ...] = ()


def data_columns(call: Call, rows: InputRows) -> list[DataColumn]:
    """Return the columns of a call's data, the fields of a struct as columns `struct_field`.

    Raises BadData for a type that has no statistics.
    """
    columns: list[DataColumn] = []
    for field in rows.schema:
        own = list(_columns(field.name, quote_identifier(field.name), field.type, nested=False))
        if not own:
            raise BadData.of(
                f"Column {field.name!r} of {call.name} is of type {field.type}, which has no statistics.",
                span=call.span,
                hint="Leave it out in a query, or take it apart there.",
            )
        columns += own
    return columns


def _columns(name: str, sql: str, kind: pa.DataType, *, nested: bool) -> Iterator[DataColumn]:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_struct(kind) and not nested:
        parts = [
            list(
                _columns(
                    f"{name}_{field.name}", f"struct_extract({sql}, {text_sql(field.name)})", field.type, nested=True
                )
            )
            for field in kind
        ]
        if all(parts):
            yield from (column for columns in parts for column in columns)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        item = kind.value_type
        if _is_sparse(item):
            fields = tuple(field.name for field in item)
            yield DataColumn(name, sql, True, False, "sparse", fields)
        elif not pa.types.is_nested(item):
            yield DataColumn(name, sql, is_number(item), pa.types.is_integer(item), "list")
    elif not pa.types.is_nested(kind):
        yield DataColumn(name, sql, is_number(kind), pa.types.is_integer(kind), "single")


def _is_sparse(item: pa.DataType) -> bool:
    if not pa.types.is_struct(item) or item.num_fields != 2:
        return False
    return bool(pa.types.is_integer(item.field(0).type) and is_number(item.field(1).type))
