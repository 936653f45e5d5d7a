"""ML.FEATURE_SQL: the columns that AutoML made of others and of other tables, as the SQL that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.functions.related_rows import feature_expression, with_related_features
from penstock.lake.database import ArrowRows
from penstock.learn.automl.derivation import DERIVED
from penstock.learn.related_feature import RelatedFeatures, related_of
from penstock.sql.quoting import quote_identifier, quote_name

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
    """Return one row a feature, the one that says most first."""
    details = call.fitted.manifest.details
    derived = details.get(DERIVED, {"features": []})["features"]
    related = related_of(details)
    query = _query(call, derived, related)
    made = [*derived, *(_related(related, details) if related else ())]
    rows = [
        {
            "feature": item["name"],
            "kind": item["kind"],
            "sql": item["sql"],
            "columns": item["reads"],
            "gain": item["gain"],
            "query": query,
        }
        for item in sorted(made, key=lambda item: -(item["gain"] or 0.0))
    ]
    return fixed_rows(pa.Table.from_pylist(rows, schema=SCHEMA))


def _related(related: RelatedFeatures, details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the related features as the derived ones are."""
    ranked = details.get("importances") or details.get("trees_of", {}).get("importances", [])
    gains = {row["feature"]: row["gain"] * row["weight"] for row in ranked}
    total = sum(gains.values()) or 1.0
    return [
        {
            "name": feature.name,
            "kind": "related",
            "sql": feature_expression(feature, related.time),
            "reads": [feature.table.row_key, related.time],
            "gain": gains.get(feature.name, 0.0) / total if ranked else None,
        }
        for feature in related.features
    ]


def _query(call: Call, derived: Sequence[Any], related: RelatedFeatures | None) -> str:
    """Return a query of the call's data, or of any table `rows`, with every column behind its own."""
    written = call.input.written if call.input is not None else None
    source = quote_identifier(_ANY) if written is None else f"({written})"
    transform = call.fitted.manifest.transform
    if transform is not None:
        made = ", ".join(f"{column.sql} AS {quote_identifier(column.name)}" for column in transform.columns)
        source = f"(SELECT {made} FROM {source})"
    if related is not None:
        source = f"(\n{with_related_features(f'SELECT * FROM {source}', related, quote_name)}\n)"
    columns = "".join(f",\n  {item['sql']} AS {quote_identifier(item['name'])}" for item in derived)
    return f"SELECT *{columns}\nFROM {source}"


FEATURE_SQL = FunctionSpec(
    name="ML.FEATURE_SQL",
    summary="Shows the columns that AutoML made of others, or of other tables, and kept, as the SQL that makes them.",
    run=feature_sql,
    input="optional",
    as_written=True,
    output=(
        OutputColumn("feature", "STRING", "The column."),
        OutputColumn("kind", "STRING", "Its sort: text, categories, dates, arithmetic, or related, of another table."),
        OutputColumn(
            "sql",
            "STRING",
            "DuckDB's SQL for it, over the columns that the model is trained on; of a related one a query of its "
            "table, for a row of a table called rows.",
        ),
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
