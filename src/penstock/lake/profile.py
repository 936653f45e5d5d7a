"""What stands in a table: one row a column, from a few passes over the data for many columns together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
# Of a column with more values than that, a top value is one that at least one row in so many holds.
RARE = 100
# So many columns are counted in one pass: a pass holds a group for each value of each of them.
COUNTED_TOGETHER = 16
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


Top = dict[str, object]


@dataclass(frozen=True)
class Counted:
    """A column's most frequent values and how many different ones it has."""

    tops: list[Top]
    distinct: int


def profile(connection: Connection, name_or_sql: str) -> pa.Table:
    """Return the profile of a table, a view or a query, a row a column, in the columns of SCHEMA.

    `null_rate` lies between 0 and 1 and is NULL without rows. Means, deviations (of the sample, n - 1) and
    quantiles are of the finite numbers; lengths are in characters. `top_values` holds the up to five most
    frequent values and their exact counts, equal counts in the order of the values as text. Beyond EXACT_ROWS
    rows the quantiles (t-digest) are estimates; beyond EXACT_DISTINCT values `distinct` (HyperLogLog) is one,
    and `top_values` leaves out what fewer than one row in RARE holds. Raises UnknownName.
    """
    is_query = not exists(connection, name_or_sql) and any(sign.isspace() for sign in name_or_sql.strip())
    query = name_or_sql.rstrip().rstrip(";") if is_query else f"FROM {quote_name(name_or_sql)}"
    relation = f"(\n{query}\n)"
    columns = refuse_duplicates(described(connection, query))
    (rows,) = connection.rows(f"SELECT count(*) FROM {relation}")[0]
    exact = rows <= EXACT_ROWS
    summaries = ", ".join(_summary(column, exact=exact) for column in columns)
    first = connection.table(f"SELECT unnest([{summaries}], recursive := true) FROM {relation}")
    estimates = first["distinct"].to_pylist()
    counted = _counted(
        connection, relation, [c for c, n in zip(columns, estimates, strict=True) if n <= EXACT_DISTINCT]
    )
    many = _frequent(connection, relation, [c for c in columns if c.name not in counted], rows)
    tops = [counted[c.name].tops if c.name in counted else many[c.name] for c in columns]
    distinct = [counted[c.name].distinct if c.name in counted else n for c, n in zip(columns, estimates, strict=True)]
    profiled = first.drop_columns(["distinct"]).append_column("distinct", pa.array(distinct, pa.int64()))
    profiled = profiled.append_column("top_values", pa.array(tops, SCHEMA.field("top_values").type))
    return profiled.select(SCHEMA.names).cast(SCHEMA)


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


def _counted(connection: Connection, relation: str, columns: Sequence[Column]) -> dict[str, Counted]:
    """Return what was counted of each column, by its name: all its values, each in a group of its own."""
    found: dict[str, Counted] = {}
    for begin in range(0, len(columns), COUNTED_TOGETHER):
        together = columns[begin : begin + COUNTED_TOGETHER]
        tops: dict[int, list[Top]] = {}
        distinct: dict[int, int] = {}
        for place, value, count, values in connection.rows(_groups(relation, together)):
            tops.setdefault(place, []).append({"value": value, "count": count})
            distinct[place] = values
        for place, column in enumerate(together):
            found[column.name] = Counted(tops.get(place, []), distinct.get(place, 0))
    return found


def _groups(relation: str, columns: Sequence[Column]) -> str:
    """Return the query for the place of a column, a top value, its count, and how many values there are."""
    places = range(len(columns))
    values = ", ".join(f"{_comparable(column)} AS c{place}" for place, column in enumerate(columns))
    which = " ".join(f"WHEN c{place} IS NOT NULL THEN {place}" for place in places)
    return f"""
        WITH counted AS (
            SELECT CASE {which} END AS place, coalesce({", ".join(f"c{place}::VARCHAR" for place in places)}) AS value,
                count(*) AS rows
            FROM (SELECT {values} FROM {relation})
            GROUP BY GROUPING SETS ({", ".join(f"(c{place})" for place in places)})
        )
        SELECT place, value, rows, count(*) OVER (PARTITION BY place) FROM counted WHERE place IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY place ORDER BY rows DESC, value) <= {TOP}
        ORDER BY place, rows DESC, value
    """


def _frequent(connection: Connection, relation: str, columns: Sequence[Column], rows: int) -> dict[str, list[Top]]:
    """Return the top values of columns with too many values to count each: Filtered Space-Saving finds every
    one that is frequent enough, and a second pass counts them.
    """
    if not columns:
        return {}
    names = [quote_identifier(column.name) for column in columns]
    likely = ", ".join(f"approx_top_k({name}::VARCHAR, {RARE}) FILTER ({name} IS NOT NULL)" for name in names)
    candidates = [values or [] for values in connection.rows(f"SELECT {likely} FROM {relation}")[0]]
    counts = ", ".join(
        "[" + ", ".join(f"count_if({name}::VARCHAR = ?)" for _ in values) + "]"
        for name, values in zip(names, candidates, strict=True)
    )
    counted = connection.rows(f"SELECT {counts} FROM {relation}", [value for found in candidates for value in found])[0]
    found: dict[str, list[Top]] = {}
    for column, values, numbers in zip(columns, candidates, counted, strict=True):
        frequent = [(-n, value) for value, n in zip(values, numbers, strict=True) if n * RARE >= rows]
        found[column.name] = [{"value": value, "count": -n} for n, value in sorted(frequent)[:TOP]]
    return found


def _comparable(column: Column) -> str:
    """Return the column as something that can be ordered and counted: nested values as text."""
    name = quote_identifier(column.name)
    nested = column.type.endswith("]") or column.type.startswith(("STRUCT", "MAP", "UNION"))
    return f"{name}::VARCHAR" if nested else name
