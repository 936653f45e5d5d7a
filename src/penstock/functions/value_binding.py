"""Calls of ML functions in the place of a value become expressions that DuckDB computes."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa

from penstock.core.errors import InvalidOption, UnknownName
from penstock.functions.absent import refuse_absent
from penstock.functions.ai_functions import AI_FUNCTIONS
from penstock.functions.preprocessing import PREPROCESSING
from penstock.functions.preprocessing_use import read_use
from penstock.lake.database import Connection
from penstock.sql.rewrite import ValueCall


def value_sql(call: ValueCall, connection: Connection, tables: Collection[str]) -> str:
    """Return the SQL of a call; `tables` are the functions that give a table.

    What a function with OVER () learns is read here, from all rows that its SELECT reads, and stands in the SQL as a
    constant. Raises UnknownName or InvalidOption for a call that the function does not take.
    """
    if call.name in tables:
        message = f"{call.name} gives a table, not a value."
        raise InvalidOption.of(message, span=call.span, hint=f"Write SELECT … FROM {call.name}(…).")
    known = {**PREPROCESSING, **AI_FUNCTIONS}
    if call.name not in known:
        refuse_absent(call.name, call.span)
        raise UnknownName.among("function", call.name, [*known, *tables], span=call.span)
    use = read_use(call.name, call.arguments, call.literals, call.span, over=call.over, named=call.named)
    if use.function.learns:
        values = connection.table(_rows(call)).column(0)
        return use.frozen(values.type, values)
    if use.function.reads.startswith("struct") or use.function.reads == "image":
        return use.frozen(connection.columns(_rows(call)).field(0).type)
    if use.function.reads == "statistics":
        return use.frozen(pa.null(), _statistics(call, connection))
    if use.function.reads == "vector" and call.rows is not None:
        return use.frozen(connection.columns(call.rows).field(0).type)
    return use.frozen(pa.null())


def _statistics(call: ValueCall, connection: Connection) -> pa.ChunkedArray:
    """Return both arguments' values, which no column of the query can be in."""
    listed = ", ".join(f"({argument})::VARCHAR" for argument in call.arguments)
    try:
        return connection.table(f"SELECT unnest([{listed}])").column(0)
    except UnknownName as problem:
        hint = f"{call.name} takes subqueries, for instance (SELECT * FROM ML.TFDV_DESCRIBE(TABLE t)), or variables."
        raise UnknownName.of(problem.diagnostics[0].message, span=call.span, hint=hint) from problem


def _rows(call: ValueCall) -> str:
    if call.rows is None:
        raise InvalidOption.of(
            f"{call.name} stands in the select list of a query that does not group its rows.",
            span=call.span,
            hint="Compute it in a query of its own, and use its result here.",
        )
    return call.rows
