"""What stands in data, column by column, from a few passes over it: ML.DESCRIBE_DATA and the TFDV functions show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.functions.data_column import DataColumn, data_columns
from penstock.functions.function import Call, InputRows
from penstock.functions.literal import double_sql, text_sql

# Beyond this many rows quantiles are estimated (t-digest): exact ones would hold every value.
EXACT_ROWS = 1_000_000
# Beyond this magnitude a number counts as infinite: its square would soon overflow.
FINITE_BOUND = "1e100"
# So many columns are counted in one pass: a pass holds a group for each value of each of them.
COUNTED_TOGETHER = 16


@dataclass(frozen=True)
class Wanted:
    """How finely to look: into how many parts quantiles cut, how many top values, how many bins of equal width."""

    quantiles: int
    length_quantiles: int
    top: int
    bins: int | None = None


@dataclass(frozen=True)
class ColumnStatistics:
    """What is known of one column; what does not apply to it, or has no value to be taken of, is None.

    `facts` holds: for all columns `rows`, `nulls`, `values` (items of lists), `minimum`, `maximum` (as text); for
    numbers `zeros`, `nans`, `infinities`, `low`, `high`, `mean`, `deviation` (of the sample), `spread` (of the
    population), `quantiles` (one more than parts); for categories `average_length`; for lists `shortest`, `longest`,
    `mean_length`, `total_length`, `length_quantiles`; for sparse ones `dimension`. Numbers beyond 1e100 count as
    infinite, and all but counts are of finite numbers.

    `top` are the most frequent categories with their counts, ties by value, of `distinct` ones. `bins` are the
    counts in bins of equal width from `low` to `high`.
    """

    column: DataColumn
    facts: Mapping[str, Any]
    top: tuple[tuple[str, int], ...] = ()
    distinct: int | None = None
    bins: tuple[int, ...] = ()


def data_statistics(call: Call, rows: InputRows, wanted: Wanted) -> list[ColumnStatistics]:
    """Return the statistics of every column of data; raises BadData for a type that has none."""
    columns = data_columns(call, rows)
    (count,) = _rows(call, f"SELECT count(*) AS n FROM ({rows.sql})")
    quantile = "quantile_disc" if count["n"] <= EXACT_ROWS else "approx_quantile"
    facts = _facts(call, rows, columns, wanted, quantile)
    counted = _counted(call, rows, columns, wanted.top)
    bins = _bins(call, rows, columns, facts, wanted.bins) if wanted.bins else {}
    return [
        ColumnStatistics(
            column,
            {"rows": count["n"], **facts[column.name]},
            tuple((value, n) for value, n, _ in counted.get(column.name, [])),
            None if column.is_numeric else next((distinct for _, _, distinct in counted.get(column.name, [])), 0),
            bins.get(column.name, ()),
        )
        for column in columns
    ]


def _rows(call: Call, sql: str) -> list[dict[str, Any]]:
    """Return a small result as Python values."""
    stream = call.environment.stream(sql)
    found: list[dict[str, Any]] = []
    for batch in stream.batches:
        found += batch.to_pylist()
    return found


def _facts(
    call: Call, rows: InputRows, columns: Sequence[DataColumn], wanted: Wanted, quantile: str
) -> dict[str, dict[str, Any]]:
    """Return the facts of each column, by its name: of single values in one pass, of lists in one more each."""
    parts = [_struct(_row_facts(column, wanted, quantile)) for column in columns]
    listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts))
    (found,) = _rows(call, f"SELECT {listed} FROM ({rows.sql})")
    facts = {column.name: found[f"c{place}"] for place, column in enumerate(columns)}
    for column in columns:
        if column.shape != "single":
            own = _struct(_value_facts(column, "v", wanted, quantile))
            (items,) = _rows(call, f"SELECT {own} AS c FROM ({_values(rows, column)})")
            facts[column.name] |= items["c"]
    return facts


def _row_facts(column: DataColumn, wanted: Wanted, quantile: str) -> dict[str, str]:
    facts = {"nulls": f"count(*) - count({column.sql})"}
    if column.shape == "single":
        return facts | _value_facts(column, column.sql, wanted, quantile)
    length = f"len({column.sql})"
    facts |= {
        "shortest": f"min({length})",
        "longest": f"max({length})",
        "mean_length": f"avg({length})",
        "total_length": f"CAST(coalesce(sum({length}), 0) AS BIGINT)",
        "length_quantiles": f"{quantile}({length}, {_levels(quantile, wanted.length_quantiles)})",
    }
    if column.shape == "sparse":
        index = f"struct_extract(pair, {text_sql(column.fields[0])})"
        largest = f"list_max(list_transform({column.sql}, lambda pair: {index}))"
        facts["dimension"] = f"CAST(max({largest}) + 1 AS BIGINT)"
    return facts


def _value_facts(column: DataColumn, value: str, wanted: Wanted, quantile: str) -> dict[str, str]:
    if not column.is_numeric:
        text = f"CAST({value} AS VARCHAR)"
        return {
            "values": f"count({value})",
            "minimum": f"CAST(min({value}) AS VARCHAR)",
            "maximum": f"CAST(max({value}) AS VARCHAR)",
            "average_length": f"avg(length({text}))",
        }
    number = f"CAST({value} AS DOUBLE)"
    finite = f"FILTER (abs({number}) <= {FINITE_BOUND})"
    return {
        "values": f"count({value})",
        "zeros": f"coalesce(count_if({number} = 0), 0)",
        "nans": f"coalesce(count_if(isnan({number})), 0)",
        "infinities": f"coalesce(count_if(abs({number}) > {FINITE_BOUND} AND NOT isnan({number})), 0)",
        "minimum": _number_text(f"min({value}) {finite}"),
        "maximum": _number_text(f"max({value}) {finite}"),
        "low": f"min({number}) {finite}",
        "high": f"max({number}) {finite}",
        "mean": f"avg({number}) {finite}",
        "deviation": f"stddev_samp({number}) {finite}",
        "spread": f"stddev_pop({number}) {finite}",
        "median": f"{quantile}({number}, 0.5) {finite}",
        "quantiles": f"{quantile}({number}, {_levels(quantile, wanted.quantiles)}) {finite}",
    }


def _number_text(number: str) -> str:
    """Return SQL for a number as BigQuery writes it: a whole one without .0."""
    return f"regexp_replace(CAST({number} AS VARCHAR), '\\.0$', '')"


def _levels(quantile: str, parts: int) -> str:
    levels = f"[{', '.join(double_sql(step / parts) for step in range(parts + 1))}]"
    return f"CAST({levels} AS FLOAT[])" if quantile == "approx_quantile" else levels


def _values(rows: InputRows, column: DataColumn) -> str:
    """Return the query of a list column's items as `v`."""
    item = "v"
    if column.shape == "sparse":
        item = f"struct_extract(v, {text_sql(column.fields[1])})"
    return f"SELECT {item} AS v FROM (SELECT unnest({column.sql}) AS v FROM ({rows.sql})) AS unnested"


def _counted(
    call: Call, rows: InputRows, columns: Sequence[DataColumn], top: int
) -> dict[str, list[tuple[str, int, int]]]:
    """Return the most frequent categories of each column, by its name, with their counts and how many there are."""
    single = [column for column in columns if not column.is_numeric and column.shape == "single"]
    passes = [
        ([f"CAST({column.sql} AS VARCHAR)" for column in together], rows.sql, together)
        for together in (single[start : start + COUNTED_TOGETHER] for start in range(0, len(single), COUNTED_TOGETHER))
    ]
    passes += [
        (["CAST(v AS VARCHAR)"], _values(rows, column), [column])
        for column in columns
        if not column.is_numeric and column.shape == "list"
    ]
    found: dict[str, list[tuple[str, int, int]]] = {}
    for values, sql, together in passes:
        for row in _rows(call, _frequent(values, sql, top)):
            counts = found.setdefault(together[row["place"]].name, [])
            counts.append((row["value"], row["n"], row["distinct_values"]))
    return found


def _frequent(values: Sequence[str], sql: str, top: int) -> str:
    """Return the query for the place of a column, a value of it, its count, and how many values there are."""
    places = range(len(values))
    which = " ".join(f"WHEN c{place} IS NOT NULL THEN {place}" for place in places)
    named = ", ".join(f"{value} AS c{place}" for place, value in enumerate(values))
    sets = ", ".join(f"(c{place})" for place in places)
    either = ", ".join(f"c{place}" for place in places)
    return (
        f"WITH counted AS (SELECT CASE {which} END AS place, coalesce({either}) AS value, count(*) AS n "
        f"FROM (SELECT {named} FROM ({sql})) GROUP BY GROUPING SETS ({sets})) "
        "SELECT place, value, n, count(*) OVER (PARTITION BY place) AS distinct_values FROM counted "
        "WHERE place IS NOT NULL "
        f"QUALIFY row_number() OVER (PARTITION BY place ORDER BY n DESC, value) <= {top} ORDER BY place, n DESC, value"
    )


def _bins(
    call: Call, rows: InputRows, columns: Sequence[DataColumn], facts: Mapping[str, Mapping[str, Any]], count: int
) -> dict[str, tuple[int, ...]]:
    """Return how many of a column's finite numbers fall into each of `count` bins of equal width, by its name."""
    found: dict[str, dict[int, int]] = {}
    numeric = [column for column in columns if column.is_numeric and facts[column.name]["low"] is not None]
    single = [column for column in numeric if column.shape == "single"]
    if single:
        parts = [_bin_counts(column.sql, facts[column.name], count) for column in single]
        listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts))
        (row,) = _rows(call, f"SELECT {listed} FROM ({rows.sql})")
        found |= {column.name: dict(row[f"c{place}"]) for place, column in enumerate(single)}
    for column in numeric:
        if column.shape != "single":
            part = _bin_counts("v", facts[column.name], count)
            (row,) = _rows(call, f"SELECT {part} AS c FROM ({_values(rows, column)})")
            found[column.name] = dict(row["c"])
    return {name: tuple(bins.get(place, 0) for place in range(count)) for name, bins in found.items()}


def _bin_counts(value: str, facts: Mapping[str, Any], count: int) -> str:
    number = f"CAST({value} AS DOUBLE)"
    low, width = double_sql(facts["low"]), double_sql((facts["high"] - facts["low"]) / count or 1.0)
    place = f"CAST(least(floor(({number} - {low}) / {width}), {count - 1}) AS INTEGER)"
    return f"histogram({place}) FILTER (abs({number}) <= {FINITE_BOUND})"


def _struct(fields: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"'{label}': {sql}" for label, sql in fields.items()) + "}"
