"""Statements of BigQuery's service say by name that they are not here; hints of where rows are kept are passed over."""

from __future__ import annotations

import pytest

from penstock.sql.parse import parse_script
from penstock.sql.statement import CreateTable


@pytest.mark.parametrize(
    ("text", "name", "hint"),
    [
        ("EXPORT DATA OPTIONS (uri = 'x') AS SELECT 1", "EXPORT DATA", "COPY"),
        ("LOAD DATA INTO t FROM FILES (uris = ['x'])", "LOAD DATA", "CREATE TABLE t AS SELECT"),
        ("GRANT `r` ON TABLE t TO 'user:x'", "GRANT", "token"),
        ("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW", "CREATE TABLE"),
        ("CREATE EXTERNAL TABLE t OPTIONS (format = 'CSV')", "CREATE EXTERNAL TABLE", "files"),
        ("ALTER TABLE t SET OPTIONS (description = 'x')", "ALTER TABLE … SET OPTIONS", "CREATE TABLE"),
        ("CREATE TABLE FUNCTION f(x INT64) AS SELECT x", "CREATE TABLE FUNCTION", "view"),
        ("CALL p(1)", "CALL", "EXECUTE IMMEDIATE"),
        ("CREATE SNAPSHOT TABLE s CLONE t", "CREATE SNAPSHOT TABLE", "FOR SYSTEM_TIME AS OF"),
    ],
)
def test_a_statement_of_the_service_is_refused_by_name(text: str, name: str, hint: str) -> None:
    (finding,) = parse_script(text, "q", "bigquery").diagnostics
    assert finding.message == f"There is no {name} here."
    assert hint in (finding.hint or "")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (
            "CREATE TABLE t PARTITION BY DATE(at) CLUSTER BY k OPTIONS (description = 'd') AS SELECT 1 AS k",
            "SELECT 1 AS k",
        ),
        ("CREATE TABLE t CLUSTER BY k AS SELECT 1 AS k", "SELECT 1 AS k"),
        ("CREATE OR REPLACE TABLE t COPY d.u", "SELECT * FROM `d.u`"),
        ("CREATE TABLE t CLONE u", "SELECT * FROM `u`"),
        ("CREATE TABLE t LIKE u", "SELECT * FROM `u` WHERE FALSE"),
    ],
)
def test_a_table_is_made_of_bigquerys_forms(text: str, query: str) -> None:
    script = parse_script(text, "q", "bigquery")
    assert script.diagnostics == ()
    (statement,) = script.statements
    assert isinstance(statement, CreateTable)
    assert (statement.name, statement.query.text) == ("t", query)


def test_a_function_in_another_language_is_refused() -> None:
    text = 'CREATE TEMP FUNCTION f(x FLOAT64) RETURNS FLOAT64 LANGUAGE js AS "return x;"'
    (finding,) = parse_script(text, "q", "bigquery").diagnostics
    assert "in SQL" in finding.message
