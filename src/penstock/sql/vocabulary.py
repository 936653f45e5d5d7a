"""The words that statements begin with, Penstock's own and DuckDB's, so that a slip is told from what DuckDB
knows.
"""

from __future__ import annotations

from penstock.core.names import Kind

KINDS = tuple(kind.value.upper() for kind in Kind)

# What SHOW lists: the kinds in the plural, and what belongs to one of them (SHOW VERSIONS OF m).
SUBJECTS = (
    *(f"{kind.value}s" for kind in Kind),
    "versions",
    "runs",
    "steps",
    "history",
    "evaluations",
    "experiment",
    "releases",
    "rejects",
    "report",
    "lineage",
    "functions",
    "model_types",
)

OWN_STARTS = ("CREATE", "ALTER", "EXPORT", "DROP", "SHOW", "DESCRIBE", "SET", "RELEASE")

# DuckDB's statements that give rows.
ROW_STARTS = (
    *("SELECT", "WITH", "FROM", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC"),
    *("PRAGMA", "EXPLAIN", "SUMMARIZE", "PIVOT", "UNPIVOT", "CALL", "EXECUTE"),
)
CHANGE_STARTS = ("INSERT", "UPDATE", "DELETE", "MERGE")
OTHER_STARTS = (
    *("ANALYZE", "ATTACH", "BEGIN", "CHECKPOINT", "COMMENT", "COMMIT", "COPY", "DETACH", "DEALLOCATE", "END"),
    *("FORCE", "IMPORT", "INSTALL", "LOAD", "PREPARE", "RESET", "ROLLBACK", "START", "ABORT", "TRUNCATE"),
    *("USE", "VACUUM", "DECLARE"),
)

DUCKDB_CREATES = (
    *("TEMP", "TEMPORARY", "SCHEMA", "INDEX", "UNIQUE", "SEQUENCE", "TYPE", "MACRO", "FUNCTION", "SECRET"),
    *("PERSISTENT", "LOCAL", "RECURSIVE", "DATABASE"),
)
DUCKDB_ALTERS = ("TABLE", "VIEW", "SCHEMA", "SEQUENCE", "DATABASE", "TYPE", "INDEX")
DUCKDB_SHOWS = ("ALL", "DATABASES", "SCHEMAS", "VARIABLES")
DUCKDB_DROPS = ("SCHEMA", "INDEX", "SEQUENCE", "TYPE", "MACRO", "FUNCTION", "SECRET", "DATABASE", "COLUMN")
DESCRIBED_QUERIES = (
    *("SELECT", "FROM", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "CREATE", "PIVOT", "UNPIVOT"),
    "SUMMARIZE",
)

# Words of a query that are often mistyped.
QUERY_WORDS = (
    *("SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "OFFSET", "JOIN", "LEFT"),
    *("RIGHT", "INNER", "OUTER", "CROSS", "USING", "UNION", "EXCEPT", "INTERSECT", "DISTINCT", "BETWEEN"),
    *("CASE", "WHEN", "THEN", "ELSE", "WITH", "WINDOW", "PARTITION", "OVER", "VALUES", "MODEL", "TABLE"),
    *("STRUCT", "VERSION", "AND", "OR", "NOT", "LIKE", "IS", "NULL"),
)
# Words with a meaning that the tokenizer takes for names.
CONTEXTUAL_WORDS = frozenset(
    (
        *("MODEL", "OPTIONS", "TRANSFORM", "VERSION", "NULLS", "LAST", "EXCLUDE", "COLUMNS", "FOLLOWING"),
        *("PRECEDING", "UNBOUNDED", "CURRENT", "IGNORE", "RESPECT", "MATERIALIZED", "LAMBDA", "SAMPLE"),
        *("RESERVOIR", "BERNOULLI", "REPEATABLE", "GROUPS", "TIES", "OTHERS"),
    )
)
