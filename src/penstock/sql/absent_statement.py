"""Statements of BigQuery's service that are not here, by name, with what does instead."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.sql.cursor import Cursor

_ROWS = "CREATE TABLE t AS SELECT … FROM 'files/*.csv' reads files, CREATE VIEW leaves the rows in them."
_NOBODY = "Everybody who opens the project may read it; who asks an endpoint gives a token."
_SERVICE = "Nothing is rented here: a query runs on this machine."
# After CREATE, an OR REPLACE is passed over.
ABSENT: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("EXPORT", "DATA"): (
        "EXPORT DATA",
        "COPY (SELECT …) TO 'file.parquet' writes a file; penstock sql --format csv prints rows.",
    ),
    ("LOAD", "DATA"): ("LOAD DATA", _ROWS),
    ("GRANT",): ("GRANT", _NOBODY),
    ("REVOKE",): ("REVOKE", _NOBODY),
    ("CALL",): (
        "CALL",
        "Write the procedure's statements in the script; EXECUTE IMMEDIATE does one that a text holds.",
    ),
    ("UNDROP",): ("UNDROP", "A table that was dropped is made again by its statement."),
    ("CREATE", "MATERIALIZED"): (
        "CREATE MATERIALIZED VIEW",
        "CREATE TABLE … AS keeps the rows, and a project makes it again when they change; CREATE VIEW computes them.",
    ),
    ("CREATE", "EXTERNAL"): ("CREATE EXTERNAL TABLE", _ROWS),
    ("CREATE", "SNAPSHOT"): (
        "CREATE SNAPSHOT TABLE",
        "Every commit is a snapshot: FROM t FOR SYSTEM_TIME AS OF a time reads one. CREATE TABLE s CLONE t copies it.",
    ),
    ("CREATE", "SEARCH"): ("CREATE SEARCH INDEX", "VECTOR_SEARCH finds texts by their words or their meaning."),
    ("CREATE", "ROW", "ACCESS"): ("CREATE ROW ACCESS POLICY", _NOBODY),
    ("CREATE", "CAPACITY"): ("CREATE CAPACITY", _SERVICE),
    ("CREATE", "RESERVATION"): ("CREATE RESERVATION", _SERVICE),
    ("CREATE", "ASSIGNMENT"): ("CREATE ASSIGNMENT", _SERVICE),
    ("CREATE", "TABLE", "FUNCTION"): (
        "CREATE TABLE FUNCTION",
        "A view gives rows; CREATE TEMP FUNCTION gives a value.",
    ),
    ("CREATE", "AGGREGATE"): ("CREATE AGGREGATE FUNCTION", "Write the aggregates where they are needed, or in a view."),
    ("CREATE", "CONNECTION"): ("CREATE CONNECTION", "Connections stand in penstock.toml: [connections.name]."),
}


def refuse_absent_statement(cursor: Cursor) -> None:
    """Raise SyntaxProblem when a statement of BigQuery's that is not here comes next."""
    words = [cursor.peek(ahead).text.upper() for ahead in range(5)]
    if words[:1] == ["CREATE"] and words[1:3] == ["OR", "REPLACE"]:
        words = [words[0], *words[3:]]
    for known, (name, hint) in ABSENT.items():
        if tuple(words[: len(known)]) == known:
            raise cursor.problem(f"There is no {name} here.", hint=hint)
    texts = [token.text.upper() for token in cursor.tokens]
    if "FUNCTION" in words[:3] and "LANGUAGE" in texts:
        hint = "Write it in SQL: CREATE TEMP FUNCTION f(x FLOAT64) AS (x * 2)."
        raise cursor.problem("Functions are written in SQL here, not in JavaScript or Python.", hint=hint)
    if words[:2] == ["ALTER", "TABLE"] and "OPTIONS" in texts:
        hint = "A table's options stand in its CREATE TABLE … OPTIONS (…) AS …."
        raise cursor.problem("There is no ALTER TABLE … SET OPTIONS here.", hint=hint)
