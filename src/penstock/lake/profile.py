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
# Beyond this many rows distinct counts and quantiles are estimated, without holding the columns.
EXACT_ROWS = 1_000_000
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

    `null_rate` lies between 0 and 1 and is NULL without rows. Beyond EXACT_ROWS rows `distinct`
    (HyperLogLog) and the quantiles (t-digest) are estimates, a few percent off. Means, deviations (of the
    sample, n - 1) and quantiles are of the finite numbers; lengths are in characters. `top_values` holds up
    to five values and their exact counts. Raises UnknownName.
    """
    is_query = not exists(connection, name_or_sql) and any(sign.isspace() for sign in name_or_sql.strip())
    query = name_or_sql.rstrip().rstrip(";") if is_query else f"FROM {quote_name(name_or_sql)}"
    relation = f"(\n{query}\n)"
    columns = refuse_duplicates(described(connection, query))
    (rows,) = connection.rows(f"SELECT count(*) FROM {relation}")[0]
    exact = rows <= EXACT_ROWS
    summaries = ", ".join(_summary(column, exact=exact) for column in columns)
    first = connection.table(f"SELECT unnest([{summaries}], recursive := true) FROM {relation}")
    counts = _top_counts(connection, relation, columns, first["likely"].to_pylist())
    profiled = first.drop_columns(["likely"]).append_column("top_values", counts)
    return profiled.select(SCHEMA.names).cast(SCHEMA)


def _summary(column: Column, *, exact: bool) -> str:
    """Return a struct of one column's aggregates."""
    name = quote_identifier(column.name)
    values = f"{name}::VARCHAR" if _is_nested(column.type) else name
    fields = {
        "name": quote_text(column.name),
        "type": quote_text(column.type),
        "rows": "count(*)",
        "nulls": f"count(*) - count({name})",
        "null_rate": f"(count(*) - count({name})) / nullif(count(*), 0)",
        "distinct": f"{'count(DISTINCT ' if exact else 'approx_count_distinct('}{values})",
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


def _top_counts(
    connection: Connection, relation: str, columns: Sequence[Column], likely: Sequence[Sequence[str] | None]
) -> pa.Array:
    """Return for each column its most frequent values with their counts, by count and then by value."""
    counted = [
        "[" + ", ".join(f"count_if({quote_identifier(column.name)}::VARCHAR = ?)" for _ in values or ()) + "]"
        for column, values in zip(columns, likely, strict=True)
    ]
    bound = [value for values in likely for value in values or ()]
    row = connection.rows(f"SELECT {', '.join(counted)}, count(*) FROM {relation}", bound)[0]
    tops = [
        sorted(
            ({"value": value, "count": count} for value, count in zip(values or (), counts, strict=True)),
            key=_rank,
        )
        for values, counts in zip(likely, row[:-1], strict=True)
    ]
    return pa.array(tops, SCHEMA.field("top_values").type)


def _rank(top: dict[str, object]) -> tuple[int, str]:
    return -int(str(top["count"])), str(top["value"])


def _is_nested(type_name: str) -> bool:
    return type_name.endswith("]") or type_name.startswith(("STRUCT", "MAP", "UNION"))
