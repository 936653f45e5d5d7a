"""Columns that a call names, or that its data must have, found without regard to case."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from penstock.core.errors import BadData, UnknownName
from penstock.functions.function import Call, InputRows
from penstock.sql.quoting import quote_identifier

IsWanted = Callable[[pa.DataType], bool]


def chosen_column(call: Call, rows: InputRows, name: str, wanted: IsWanted, what: str) -> str:
    """Return the column of a name as the data spells it.

    Raises UnknownName for one that is not there, BadData for one that is not `what`, as `wanted` tells.
    """
    spelled: str | None = {known.casefold(): known for known in rows.schema.names}.get(name.casefold())
    if spelled is None:
        raise UnknownName.among("column", name, rows.schema.names, span=call.span)
    kind = rows.schema.field(spelled).type
    if not wanted(kind):
        raise BadData.of(f"Column {spelled!r} of {call.name} must be {what}; it is {kind}.", span=call.span)
    return spelled


def is_vector(kind: pa.DataType) -> bool:
    """Return whether a type is a list of numbers."""
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists and is_number(kind.value_type))


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type is text; a column of nothing but NULL counts as it."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def is_number(kind: pa.DataType) -> bool:
    """Return whether a type is one of numbers; the columns of a NULL literal, which may be any, count as numbers."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    )


def is_flat(kind: pa.DataType) -> bool:
    """Return whether a type holds one value: neither a list nor a struct."""
    return not pa.types.is_nested(kind)


def qualified(alias: str, column: str) -> str:
    """Return the SQL of a column of an aliased relation."""
    return f"{alias}.{quote_identifier(column)}"
