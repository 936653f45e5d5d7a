from __future__ import annotations

from typing import Any

import pytest

from penstock.core.spans import Span
from penstock.sql.canonical import canonical, canonical_statement
from penstock.sql.parse import parse_script
from penstock.sql.statement import Query


def canon(text: str, dialect: Any = "duckdb") -> str:
    return canonical(Query(text, dialect, Span("a.sql", 1, 1, 1, 1)))


SAME = [
    ("SELECT a FROM t", "select  a\n\tFrom t -- why\n"),
    (
        "SELECT sum(a) AS s FROM t ORDER BY 1 DESC NULLS LAST",
        "Select SUM( a )as s /* x */from t order   by 1 desc nulls last",
    ),
    ("SELECT 'a''b'", "select 'a''b'"),
    ("SELECT CASE WHEN a THEN 1 ELSE 2 END", "select case when a then 1 else 2 end"),
    ("SELECT * EXCLUDE (a) FROM t", "select * exclude(a) from t"),
]
DIFFERENT = [
    ("SELECT a FROM t", "SELECT b FROM t"),
    ("SELECT 'a'", "SELECT 'A'"),
    ("SELECT 'a'", 'SELECT "a"'),
    ("SELECT a AS x", "SELECT a AS X"),
    ("SELECT 1.0", "SELECT 1"),
    ("SELECT 'a b'", "SELECT 'a  b'"),
    ("SELECT a, b", "SELECT b, a"),
    ("SELECT '--x'", "SELECT ''"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_space_comments_and_the_case_of_keywords_change_nothing(one: str, other: str) -> None:
    assert canon(one) == canon(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_changes_the_result_changes_the_text(one: str, other: str) -> None:
    assert canon(one) != canon(other)


def test_the_dialect_is_part_of_the_text() -> None:
    assert canon("SELECT a") != canon("SELECT a", "bigquery")


def statement(text: str) -> str:
    return canonical_statement(parse_script(text, "a.sql").statements[0])


def test_the_order_of_options_and_the_manner_of_creation_change_nothing() -> None:
    assert statement("CREATE MODEL main.M OPTIONS (a = 1, b = ['x']) AS SELECT 1") == statement(
        "create or replace model m options (B = ['x'], A = 1) as select 1"
    )


def test_a_different_option_action_or_query_changes_the_text() -> None:
    texts = [
        "CREATE MODEL m OPTIONS (a = 1) AS SELECT 1",
        "CREATE MODEL m OPTIONS (a = 1.0) AS SELECT 1",
        "CREATE MODEL m OPTIONS (a = '1') AS SELECT 1",
        "CREATE MODEL m OPTIONS (a = 1) TRANSFORM (a) AS SELECT 1",
        "CREATE MODEL n OPTIONS (a = 1) AS SELECT 1",
        "CREATE TABLE m OPTIONS (a = 1) AS SELECT 1",
        "CREATE TRIGGER m ON SCHEDULE 'x' DO RUN PROJECT",
        "CREATE TRIGGER m ON ARRIVAL 'x' DO RUN PROJECT",
        "CREATE TRIGGER m ON ARRIVAL 'x' DO RETRAIN MODEL m",
        "CREATE MONITOR m ON TABLE e BREACH WHEN a > 1",
        "CREATE MONITOR m ON ENDPOINT e BREACH WHEN a > 1",
    ]
    assert len({statement(text) for text in texts}) == len(texts)
