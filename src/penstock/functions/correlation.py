"""ML.CORRELATION: how a column goes with others, in the whole data and in every segment of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.column_choice import chosen_column, is_number
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.literal import text_sql
from penstock.lake.database import ArrowRows
from penstock.sql.quoting import quote_identifier

PEARSON, SPEARMAN, KENDALL = METHODS = ("PEARSON", "SPEARMAN", "KENDALL")
MOST_DIMENSIONS = 12
BEFORE, AFTER = ("segment",), ("target_col", "corr_col", "correlation", "segment_size", "segment_proportion")


@dataclass(frozen=True)
class _Choice:
    """The columns of a call, as the data spells them."""

    target: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """What tells the segments apart: each dimension's value, and whether it is rolled up."""
        places = range(len(self.dimensions))
        return [*(f"d{place}" for place in places), *(f"r{place}" for place in places)]


def correlation(call: Call) -> ArrowRows:
    """Return a row for each segment and column, the largest segments first."""
    choice = _choice(call)
    data = _data(call, choice)
    match call.options["method"]:
        case "PEARSON":
            return call.environment.query(f"{data}, {_pearson(choice)} {_listed(choice)}")
        case "SPEARMAN":
            return call.environment.query(f"{data}, {_spearman(choice)} {_listed(choice)}")
        case _:
            return _with_kendall(call.environment.query(f"{data}, {_lists(choice)} {_listed(choice)}"))


def _choice(call: Call) -> _Choice:
    rows = call.rows
    target, metrics = call.options["target_col"], _names(call.options["target_correlation_cols"])
    if target is None or not metrics:
        message = "ML.CORRELATION needs target_col => 'column' and target_correlation_cols => ['column', …]."
        raise InvalidOption.of(message, span=call.span)
    dimensions = _names(call.options["dimension_cols"])
    if len(dimensions) > MOST_DIMENSIONS:
        message = f"ML.CORRELATION takes at most {MOST_DIMENSIONS} dimension_cols, not {len(dimensions)}."
        raise InvalidOption.of(message, span=call.span)
    for name in dimensions:
        if name.casefold() in (*BEFORE, *AFTER):
            message = f"A dimension {name!r} would stand twice in the result of ML.CORRELATION."
            raise BadData.of(message, span=call.span, hint="Rename it in a query.")

    def of_numbers(name: str) -> str:
        return chosen_column(call, rows, name, is_number, "of numbers")

    return _Choice(
        of_numbers(cast("str", target)),
        tuple(dict.fromkeys(of_numbers(name) for name in metrics)),
        tuple(dict.fromkeys(chosen_column(call, rows, name, lambda _: True, "") for name in dimensions)),
    )


def _names(value: object) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(cast("Sequence[str]", value))


def _data(call: Call, choice: _Choice) -> str:
    """Return the beginning of a query: the columns under plain names, numbers as DOUBLE."""
    dimensions = [f"{quote_identifier(name)} AS d{place}" for place, name in enumerate(choice.dimensions)]
    metrics = [f"CAST({quote_identifier(name)} AS DOUBLE) AS m{place}" for place, name in enumerate(choice.metrics)]
    target = f"CAST({quote_identifier(choice.target)} AS DOUBLE) AS target"
    return f"WITH data AS (SELECT {', '.join([*dimensions, target, *metrics])} FROM ({call.rows.sql}))"


def _pearson(choice: _Choice) -> str:
    """Return the common table `measured`, from one pass over the data."""
    parts = []
    for place, name in enumerate(choice.metrics):
        both = f"FILTER (isfinite(target) AND isfinite(m{place}))"
        value = _defined(f"corr(target, m{place}) {both}")
        parts.append(f"{{corr_col: {text_sql(name)}, correlation: {value}, size: count(*) {both}}}")
    places = range(len(choice.dimensions))
    keys = [*(f"d{place}" for place in places), *(f"grouping(d{place}) AS r{place}" for place in places)]
    cube = f" GROUP BY CUBE ({', '.join(f'd{place}' for place in places)})" if choice.dimensions else ""
    listed = ", ".join([*keys, f"[{', '.join(parts)}] AS pairs"])
    unnested = "SELECT * EXCLUDE (pairs), unnest(pairs, recursive := true) FROM cubed"
    return f"cubed AS (SELECT {listed} FROM data{cube}), measured AS ({unnested})"


def _defined(number: str) -> str:
    """Return SQL for a number with NULL for NaN, which DuckDB holds for greater than any number."""
    return f"CASE WHEN isnan({number}) THEN NULL ELSE {number} END"


def _pairs(choice: _Choice) -> str:
    """Return the common table `pairs`: every pair of numbers once in each segment that it belongs to."""
    columns = ", ".join(f"{{corr_col: {text_sql(name)}, y: m{place}}}" for place, name in enumerate(choice.metrics))
    places = range(len(choice.dimensions))
    keys = [
        *(f"CASE WHEN mask & {1 << place} = 0 THEN d{place} END AS d{place}" for place in places),
        *(f"CAST(mask & {1 << place} > 0 AS INTEGER) AS r{place}" for place in places),
    ]
    dimensions = "".join(f"d{place}, " for place in places)
    long = f"SELECT {dimensions}target AS x, unnest([{columns}], recursive := true) FROM data"
    listed = ", ".join([*keys, "corr_col", "x", "y"])
    return (
        f"long AS ({long}), sets AS (SELECT unnest(range({1 << len(choice.dimensions)})) AS mask), "
        f"pairs AS (SELECT {listed} FROM long, sets WHERE isfinite(x) AND isfinite(y))"
    )


def _spearman(choice: _Choice) -> str:
    """Return the common table `measured`: the correlation of ranks, equal values sharing the mean of theirs."""
    segment = ", ".join([*choice.keys, "corr_col"])
    ranks = [
        f"rank() OVER (PARTITION BY {segment} ORDER BY {side}) "
        f"+ (count(*) OVER (PARTITION BY {segment}, {side}) - 1) / 2e0 AS {side}_rank"
        for side in ("x", "y")
    ]
    ranked = f"SELECT *, {', '.join(ranks)} FROM pairs"
    return (
        f"{_pairs(choice)}, ranked AS ({ranked}), measured AS (SELECT {segment}, "
        f"{_defined('corr(x_rank, y_rank)')} AS correlation, "
        f"count(*) AS size FROM ranked GROUP BY {segment})"
    )


def _lists(choice: _Choice) -> str:
    """Return the common table `measured` with each segment's numbers instead of their correlation."""
    segment = ", ".join([*choice.keys, "corr_col"])
    both = "list({x: x, y: y} ORDER BY x, y)"
    grouped = f"SELECT {segment}, {both} AS correlation, count(*) AS size FROM pairs GROUP BY {segment}"
    return f"{_pairs(choice)}, measured AS ({grouped})"


def _listed(choice: _Choice) -> str:
    """Return the end of the query: the documented columns, in the documented order."""
    kind = "STRUCT(dimension_col VARCHAR, dimension_value JSON)[]"
    parts = [
        f"CASE WHEN r{place} = 0 THEN [{{dimension_col: {text_sql(name)}, "
        f"dimension_value: coalesce(to_json(d{place}), CAST('null' AS JSON))}}] ELSE [] END"
        for place, name in enumerate(choice.dimensions)
    ]
    segment = f"CAST({' || '.join(parts) or '[]'} AS {kind}) AS segment"
    dimensions = [f"d{place} AS {quote_identifier(name)}" for place, name in enumerate(choice.dimensions)]
    columns = [
        segment,
        *dimensions,
        f"{text_sql(choice.target)} AS target_col",
        "corr_col",
        "correlation",
        "size AS segment_size",
        "size / (SELECT count(*) FROM data) AS segment_proportion",
    ]
    return (
        f"SELECT {', '.join(columns)} FROM measured WHERE size > 0 "
        "ORDER BY segment_size DESC, corr_col, CAST(segment AS VARCHAR)"
    )


def _with_kendall(rows: ArrowRows) -> ArrowRows:
    """Return rows whose `correlation` holds pairs with Kendall's tau-b of these in their place."""
    place = rows.schema.get_field_index("correlation")
    schema = rows.schema.set(place, pa.field("correlation", pa.float64()))

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows.batches():
            pairs = batch.column(place)
            found = [_tau(pairs[row].values) for row in range(len(pairs))]
            columns = list(batch.columns)
            columns[place] = pa.array(found, pa.float64())
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return ArrowRows(schema, batches)


def _tau(pairs: Any) -> float | None:
    """Return tau-b of an array of pairs (Kendall 1945), or None where it is not defined."""
    from scipy.stats import kendalltau

    x, y = (pairs.field(side).to_numpy(zero_copy_only=False) for side in (0, 1))
    if len(x) < 2:
        return None
    tau = float(kendalltau(x, y).statistic)
    return None if np.isnan(tau) else tau


def _columns_option(name: str, doc: str) -> OptionSpec:
    return OptionSpec(name, "string list", None, doc)


CORRELATION = FunctionSpec(
    name="ML.CORRELATION",
    summary="Measures how a column of numbers goes with others, in the whole data and in every segment.",
    run=correlation,
    input="required",
    model=False,
    named=True,
    options=(
        OptionSpec("target_col", "string", None, "The column of numbers that is compared; must be given."),
        _columns_option("target_correlation_cols", "The columns of numbers that it is compared with; must be given."),
        _columns_option("dimension_cols", "Columns whose combinations of values are the segments; at most 12."),
        OptionSpec(
            "method",
            "string",
            PEARSON,
            "Of the values, of their ranks, or of the order of every two rows (tau-b).",
            choices=METHODS,
        ),
    ),
    output=(
        OutputColumn(
            "segment",
            "ARRAY<STRUCT<dimension_col STRING, dimension_value JSON>>",
            "The dimensions that tell the segment apart, none for the whole data.",
        ),
        OutputColumn("<dimension>", "any", "The value of each dimension, NULL where the segment holds all of them."),
        OutputColumn("target_col", "STRING", "The column that is compared."),
        OutputColumn("corr_col", "STRING", "The column that it is compared with."),
        OutputColumn("correlation", "FLOAT64", "From -1 to 1; NULL where one of them is constant."),
        OutputColumn("segment_size", "INT64", "The number of rows in which both columns have a finite value."),
        OutputColumn("segment_proportion", "FLOAT64", "Their share of all rows of the data."),
    ),
    sample="TABLE rows, target_col => 'x', target_correlation_cols => '금액', dimension_cols => ['word']",
    example=(
        "SELECT segment, correlation FROM ML.CORRELATION(TABLE sales, target_col => 'revenue', "
        "target_correlation_cols => ['ad_spend', 'budget'], dimension_cols => 'country', method => 'SPEARMAN')"
    ),
    notes=(
        "Rows come by segment_size, the largest first, then by corr_col.",
        "PEARSON streams. SPEARMAN sorts every segment, on disk where it must; KENDALL holds the numbers in memory.",
    ),
)
