"""ML.FEATURE_SQL: the columns that AutoML made of others, as the SQL that makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.automl.derivation import DERIVED
from penstock.sql.quoting import quote_identifier

SCHEMA = pa.schema(
    [
        ("feature", pa.string()),
        ("kind", pa.string()),
        ("sql", pa.string()),
        ("columns", pa.list_(pa.string())),
        ("gain", pa.float64()),
        ("query", pa.string()),
    ]
)
# What the query reads where the call names no data, or such as only its own connection knows.
_ANY = "rows"


def feature_sql(call: Call) -> ArrowRows:
    """Return one row a derived feature, the one that says most first."""
    derived = call.fitted.manifest.details.get(DERIVED, {"features": []})["features"]
    query = _query(call, derived)
    rows = [
        {
            "feature": item["name"],
            "kind": item["kind"],
            "sql": item["sql"],
            "columns": item["reads"],
            "gain": item["gain"],
            "query": query,
        }
        for item in sorted(derived, key=lambda item: -(item["gain"] or 0.0))
    ]
    return fixed_rows(pa.Table.from_pylist(rows, schema=SCHEMA))


def _query(call: Call, derived: Sequence[Any]) -> str:
    """Return a query of the call's data, or of any table `rows`, with every derived column behind its own."""
    written = call.input.written if call.input is not None else None
    source = quote_identifier(_ANY) if written is None else f"({written})"
    transform = call.fitted.manifest.transform
    if transform is not None:
        made = ", ".join(f"{column.sql} AS {quote_identifier(column.name)}" for column in transform.columns)
        source = f"(SELECT {made} FROM {source})"
    columns = "".join(f",\n  {item['sql']} AS {quote_identifier(item['name'])}" for item in derived)
    return f"SELECT *{columns}\nFROM {source}"


FEATURE_SQL = FunctionSpec(
    name="ML.FEATURE_SQL",
    summary="Shows the columns that AutoML made of others and kept, as the SQL that makes them.",
    run=feature_sql,
    input="optional",
    output=(
        OutputColumn("feature", "STRING", "The derived column."),
        OutputColumn("kind", "STRING", "Its sort: text, categories, dates or arithmetic."),
        OutputColumn("sql", "STRING", "DuckDB's SQL for it, over the columns that the model is trained on."),
        OutputColumn("columns", "ARRAY<STRING>", "The columns that it is made of."),
        OutputColumn("gain", "FLOAT64", "Its share of what the splits of the model's trees gain; NULL without trees."),
        OutputColumn(
            "query",
            "STRING",
            "One query that gives the data of the call, or a table called rows, with all of these columns; it runs by "
            "itself in DuckDB.",
        ),
    ),
    example="SELECT feature, sql, gain FROM ML.FEATURE_SQL(MODEL churn)",
    notes=(
        "A model without such columns, any but AutoML's among them, gives no row.",
        "What was learned of the rows of training (counts, means, weights of words) is frozen in the SQL.",
        "In training, columns that are fitted on the label were those of models of other rows.",
    ),
)
