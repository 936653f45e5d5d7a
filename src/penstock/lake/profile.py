"""What stands in a table: one row a column, from two passes over the data for all columns together."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from penstock.lake.column import Column, described, refuse_duplicates
from penstock.lake.database import Connection
from penstock.lake.quoting import quote_identifier, quote_name, quote_text
from penstock.lake.tables import exists

TOP = 5
QUANTILES = ("q05", "q25", "median", "q75", "q95")
LEVELS = "[0.05, 0.25, 0.5, 0.75, 0.95]"
# Beyond this many rows quantiles are estimated, and beyond so many values their number is: nothing is held
# whole.
EXACT_ROWS = 1_000_000
EXACT_DISTINCT = 100_000
NUMBERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE"}
    | {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("type", pa.string()),
        ("rows", pa.int64()),
        ("nulls", pa.int64()),
        ("null_rate", pa.float64()),
        ("distinct", pa.int64()),
        ("min", pa.string()),
        ("max", pa.string()),
        ("mean", pa.float64()),
        ("stddev", pa.float64()),
        *((name, pa.float64()) for name in QUANTILES),
        ("top_values", pa.list_(pa.struct([("value", pa.string()), ("count", pa.int64())]))),
        ("min_length", pa.int64()),
        ("avg_length", pa.float64()),
        ("max_length", pa.int64()),
    ]
)


def profile(connection: Connection, name_or_sql: str) -> pa.Table:
    """Return the profile of a table, a view or a query, a row a column, in the columns of SCHEMA.

    `null_rate` lies between 0 and 1 and is NULL without rows. Means, deviations (of the sample, n - 1) and
    quantiles are of the finite numbers; lengths are in characters. `top_values` holds up to five values and
    their exact counts. Beyond EXACT_ROWS rows the quantiles (t-digest) are estimates, beyond EXACT_DISTINCT
    values `distinct` (HyperLogLog) is one. Raises UnknownName.
    """
    is_query = not exists(connection, name_or_sql) and any(sign.isspace() for sign in name_or_sql.strip())
    query = name_or_sql.rstrip().rstrip(";") if is_query else f"FROM {quote_name(name_or_sql)}"
    relation = f"(\n{query}\n)"
    columns = refuse_duplicates(described(connection, query))
    (rows,) = connection.rows(f"SELECT count(*) FROM {relation}")[0]
    exact = rows <= EXACT_ROWS
    summaries = ", ".join(_summary(column, exact=exact) for column in columns)
    first = connection.table(f"SELECT unnest([{summaries}], recursive := true) FROM {relation}")
    tops, distinct = _counted(connection, relation, columns, first)
    profiled = first.drop_columns(["likely", "distinct"]).append_column("top_values", tops)
    return profiled.append_column("distinct", distinct).select(SCHEMA.names).cast(SCHEMA)


def _summary(column: Column, *, exact: bool) -> str:
    """Return a struct of one column's aggregates."""
    name = quote_identifier(column.name)
    values = _comparable(column)
    fields = {
        "name": quote_text(column.name),
        "type": quote_text(column.type),
        "rows": "count(*)",
        "nulls": f"count(*) - count({name})",
        "null_rate": f"(count(*) - count({name})) / nullif(count(*), 0)",
        "distinct": f"approx_count_distinct({values})",
        "min": f"min({values})::VARCHAR",
        "max": f"max({values})::VARCHAR",
        "likely": f"approx_top_k({name}::VARCHAR, {TOP}) FILTER ({name} IS NOT NULL)",
    }
    number = f"{name}::DOUBLE"
    numeric = column.type in NUMBERS or column.type.startswith("DECIMAL")
    finite = f"FILTER (isfinite({number}))"
    quantile = "quantile_cont" if exact else "approx_quantile"
    fields["mean"] = f"avg({number}) {finite}" if numeric else "NULL::DOUBLE"
    fields["stddev"] = f"stddev_samp({number}) {finite}" if numeric else "NULL::DOUBLE"
    for index, label in enumerate(QUANTILES, start=1):
        listed = f"({quantile}({number}, {LEVELS}) {finite})[{index}]"
        fields[label] = listed if numeric else "NULL::DOUBLE"
    text = column.type == "VARCHAR"
    for label, function in (("min_length", "min"), ("avg_length", "avg"), ("max_length", "max")):
        fields[label] = f"{function}(length({name}))" if text else "NULL"
    return "{" + ", ".join(f"{quote_text(label)}: {sql}" for label, sql in fields.items()) + "}"


def _counted(
    connection: Connection, relation: str, columns: Sequence[Column], first: pa.Table
) -> tuple[pa.Array, pa.Array]:
    """Return what the second pass counts: each column's most frequent values, and its distinct ones where
    they are few.
    """
    likely = [values or [] for values in first["likely"].to_pylist()]
    estimates = first["distinct"].to_pylist()
    selected: list[str] = []
    bound: list[str] = []
    for column, values, estimate in zip(columns, likely, estimates, strict=True):
        name = quote_identifier(column.name)
        selected.append("[" + ", ".join(f"count_if({name}::VARCHAR = ?)" for _ in values) + "]")
        bound += values
        exact = estimate <= EXACT_DISTINCT
        selected.append(f"count(DISTINCT {_comparable(column)})" if exact else str(int(estimate)))
    row = connection.rows(f"SELECT {', '.join(selected)}, count(*) FROM {relation}", bound)[0]
    tops = [
        sorted(({"value": value, "count": count} for value, count in zip(values, counts, strict=True)), key=_rank)
        for values, counts in zip(likely, row[:-1:2], strict=True)
    ]
    return pa.array(tops, SCHEMA.field("top_values").type), pa.array(row[1:-1:2], pa.int64())


def _rank(top: dict[str, object]) -> tuple[int, str]:
    return -int(str(top["count"])), str(top["value"])


def _comparable(column: Column) -> str:
    """Return the column as something that can be ordered and counted: nested values as text."""
    name = quote_identifier(column.name)
    nested = column.type.endswith("]") or column.type.startswith(("STRUCT", "MAP", "UNION"))
    return f"{name}::VARCHAR" if nested else name
