"""ML.DESCRIBE_DATA: what stands in the columns of a table or query."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions.data_statistics import ColumnStatistics, Wanted, data_statistics
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.lake.database import ArrowRows

MOST_QUANTILES = 100_000
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("num_rows", pa.int64()),
        ("num_nulls", pa.int64()),
        ("num_zeros", pa.int64()),
        ("min", pa.string()),
        ("max", pa.string()),
        ("mean", pa.float64()),
        ("stdev", pa.float64()),
        ("median", pa.float64()),
        ("quantiles", pa.list_(pa.float64())),
        ("unique", pa.int64()),
        ("avg_string_length", pa.float64()),
        ("num_values", pa.int64()),
        ("top_values", pa.list_(pa.struct([("value", pa.string()), ("count", pa.int64())]))),
        ("min_array_length", pa.int64()),
        ("max_array_length", pa.int64()),
        ("avg_array_length", pa.float64()),
        ("total_array_length", pa.int64()),
        ("array_length_quantiles", pa.list_(pa.int64())),
        ("dimension", pa.int64()),
    ]
)


def describe_data(call: Call) -> ArrowRows:
    """Return a row for each column of the data, the fields of a struct as columns `struct_field`."""
    wanted = Wanted(
        *(int(str(call.options[name])) for name in ("num_quantiles", "num_array_length_quantiles", "top_k"))
    )

    def batches() -> Iterator[pa.RecordBatch]:
        rows = [_row(found) for found in data_statistics(call, call.rows, wanted)]
        yield from pa.Table.from_pylist(rows, SCHEMA).to_batches()

    return ArrowRows(SCHEMA, batches)


def _row(found: ColumnStatistics) -> dict[str, object]:
    facts = found.facts
    row = {
        "name": found.column.name,
        "num_rows": facts["rows"],
        "num_nulls": facts["nulls"],
        "num_zeros": facts.get("zeros"),
        "min": facts["minimum"],
        "max": facts["maximum"],
        "num_values": facts["values"],
    }
    if found.column.is_numeric:
        row |= {
            "mean": facts["mean"],
            "stdev": facts["deviation"],
            "median": facts["median"],
            "quantiles": facts["quantiles"],
        }
    else:
        row |= {
            "unique": found.distinct,
            "avg_string_length": facts["average_length"],
            "top_values": [{"value": value, "count": count} for value, count in found.top],
        }
    if found.column.shape != "single":
        row |= {
            "min_array_length": facts["shortest"],
            "max_array_length": facts["longest"],
            "avg_array_length": facts["mean_length"],
            "total_array_length": facts["total_length"],
            "array_length_quantiles": facts["length_quantiles"],
            "dimension": facts.get("dimension"),
        }
    return row


def _quantiles(name: str, default: int, doc: str) -> OptionSpec:
    return OptionSpec(name, "integer", default, doc, minimum=1, maximum=MOST_QUANTILES)


DESCRIBE_DATA = FunctionSpec(
    name="ML.DESCRIBE_DATA",
    summary="Describes every column of a table or query.",
    run=describe_data,
    input="required",
    model=False,
    options=(
        _quantiles("num_quantiles", 2, "Into how many parts `quantiles` cuts the numbers."),
        _quantiles("num_array_length_quantiles", 10, "Into how many parts `array_length_quantiles` cuts."),
        OptionSpec("top_k", "integer", 1, "How many top values are listed.", minimum=1, maximum=10_000),
    ),
    output=(
        OutputColumn("name", "STRING", "The column; the fields of a STRUCT are columns `struct_field`."),
        OutputColumn("num_rows", "INT64", "The number of rows."),
        OutputColumn("num_nulls", "INT64", "How many of them are NULL."),
        OutputColumn("num_zeros", "INT64", "Numbers: how many are 0."),
        OutputColumn("min", "STRING", "The least value."),
        OutputColumn("max", "STRING", "The greatest value."),
        OutputColumn("mean", "FLOAT64", "Numbers: the mean."),
        OutputColumn("stdev", "FLOAT64", "Numbers: the standard deviation of the sample."),
        OutputColumn("median", "FLOAT64", "Numbers: the median, the lower one of two."),
        OutputColumn("quantiles", "ARRAY<FLOAT64>", "Numbers: least, greatest, and what cuts them into equal parts."),
        OutputColumn("unique", "INT64", "Categories: how many different ones there are."),
        OutputColumn("avg_string_length", "FLOAT64", "Categories: the mean number of characters."),
        OutputColumn("num_values", "INT64", "How many values there are that are not NULL; of an ARRAY, its items."),
        OutputColumn(
            "top_values", "ARRAY<STRUCT<value STRING, count INT64>>", "Categories: the most frequent, ties by value."
        ),
        OutputColumn("min_array_length", "INT64", "Arrays: the least length."),
        OutputColumn("max_array_length", "INT64", "Arrays: the greatest length."),
        OutputColumn("avg_array_length", "FLOAT64", "Arrays: the mean length."),
        OutputColumn("total_array_length", "INT64", "Arrays: the number of items."),
        OutputColumn("array_length_quantiles", "ARRAY<INT64>", "Arrays: the quantiles of the lengths."),
        OutputColumn("dimension", "INT64", "ARRAY<STRUCT<index, value>>: the greatest index and 1."),
    ),
    example="SELECT * FROM ML.DESCRIBE_DATA(TABLE customers, STRUCT(4 AS num_quantiles, 3 AS top_k))",
    notes=(
        "BOOL, DATE, TIME, TIMESTAMP and BYTES are categories, written as text.",
        "NaN, infinities and numbers beyond 1e100 are counted in num_values and left out of the other numbers.",
        'DuckDB holds `unique` for a keyword: write "unique" in its SQL.',
        "`unique` and `top_values` are exact; beyond a million rows the quantiles are estimates (t-digest).",
    ),
)
