"""Which tables and views there are."""

from __future__ import annotations

PLAIN = """
SELECT table_schema AS schema, table_name AS name, table_type AS kind
FROM information_schema.tables WHERE table_catalog = current_database()
"""
# DuckDB's own list reads the statistics of every table after every commit: a second for two hundred tables.
OF_LAKE = """
SELECT s.schema_name AS schema, t.table_name AS name, 'BASE TABLE' AS kind
FROM {metadata}.ducklake_table t JOIN {metadata}.ducklake_schema s USING (schema_id) WHERE t.end_snapshot IS NULL
UNION ALL
SELECT s.schema_name, v.view_name, 'VIEW'
FROM {metadata}.ducklake_view v JOIN {metadata}.ducklake_schema s USING (schema_id) WHERE v.end_snapshot IS NULL
"""


def listed_relations(metadata: str | None) -> str:
    """Return a query for `schema`, `name` and `kind` (BASE TABLE or VIEW) of all that is committed.

    `metadata` is where DuckLake keeps its own tables; None without DuckLake.
    """
    return PLAIN if metadata is None else OF_LAKE.format(metadata=metadata)
