from __future__ import annotations

from typing import Any

import duckdb
import pytest

from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span
from penstock.sql.references import ModelReference
from penstock.sql.rewrite import FunctionCall, to_duckdb
from penstock.sql.statement import Query


def query(text: str, dialect: Any = "duckdb") -> Query:
    return Query(text, dialect, Span("a.sql", 7, 3, 9, 9))


def run(text: str, dialect: Any = "duckdb", **relations: str) -> list[tuple[Any, ...]]:
    """Run a query on DuckDB with a model that adds 100 to `a`, over a table `t` of a = 1, 2, 3."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT unnest([1, 2, 3]) AS a")
    made = []

    def predict(call: FunctionCall) -> str:
        made.append(call)
        connection.execute(f"CREATE VIEW rel_{len(made)} AS SELECT a + 100 AS a FROM ({call.input})")
        return f"rel_{len(made)}"

    return connection.execute(to_duckdb(query(text, dialect), calls=predict, relations=relations.get)).fetchall()


def test_a_rewritten_query_gives_what_the_calls_give() -> None:
    assert run("SELECT max(a) FROM ML.PREDICT(MODEL m, TABLE t)") == [(103,)]
    assert run("SELECT max(a) FROM ML.PREDICT(MODEL m, (SELECT * FROM ML.PREDICT(MODEL m, TABLE t)))") == [(203,)]


def test_common_tables_reach_the_calls_that_read_them() -> None:
    text = "WITH x AS (SELECT a FROM t WHERE a > 1), y AS (SELECT a * 2 AS a FROM x) {} ORDER BY a"
    assert run(text.format("SELECT a FROM ML.PREDICT(MODEL m, TABLE y)")) == [(104,), (106,)]
    assert (
        run(text.format("SELECT a FROM ML.PREDICT(MODEL m, (WITH x AS (SELECT 5 AS a) FROM x, (FROM y LIMIT 0)))"))
        == []
    )
    assert run(text.format("SELECT a FROM ML.PREDICT(MODEL m, (SELECT a FROM x UNION ALL (SELECT 9 AS a)))")) == [
        (102,),
        (103,),
        (109,),
    ]


def test_a_recursive_common_table_reaches_the_call() -> None:
    text = "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 3) SELECT sum(a) FROM "
    assert run(text + "ML.PREDICT(MODEL m, TABLE r)") == [(306,)]


def test_bigquery_runs_on_duckdb() -> None:
    inner = "(SELECT SAFE_CAST(a AS INT64) AS a FROM t)"
    text = f"SELECT SUM(IF(a > 101, 1, 0)) AS n FROM ML.PREDICT(MODEL `p.d.m`, {inner})"
    assert run(text, "bigquery") == [(2,)]


def test_a_replaced_table_is_read_under_its_name_and_alias() -> None:
    assert run("SELECT sum(t.a) FROM t", t="(SELECT 10 AS a)") == [(10,)]
    assert run("SELECT sum(x.a) FROM t AS x", t="(SELECT 10 AS a)") == [(10,)]
    assert run("SELECT a FROM ML.PREDICT(MODEL m, TABLE t)", t="(SELECT 10 AS a)") == [(110,)]


def test_a_call_knows_its_place_in_the_file() -> None:
    found: list[FunctionCall] = []

    def keep(call: FunctionCall) -> str:
        found.append(call)
        return "x"

    to_duckdb(query("SELECT *\nFROM ML.PREDICT(MODEL m,\n TABLE t)"), calls=keep)
    assert found == [
        FunctionCall("ML.PREDICT", ModelReference("m"), "SELECT * FROM t", None, {}, (), Span("a.sql", 8, 6, 9, 10))
    ]


def test_a_call_is_asked_for_once_even_when_two_texts_need_it() -> None:
    names: list[str] = []

    def count(call: FunctionCall) -> str:
        names.append(call.name)
        return f"r{len(names)}"

    text = "WITH p AS (FROM ML.PREDICT(MODEL m, TABLE t)) SELECT * FROM ML.EVALUATE(MODEL m, TABLE p), p"
    assert to_duckdb(query(text), calls=count) == "WITH p AS (FROM r1) SELECT * FROM r2, p"
    assert names == ["ML.PREDICT", "ML.EVALUATE"]


def test_without_callbacks_a_text_stays_as_it_is() -> None:
    text = "SELECT  * FROM ML.PREDICT(MODEL m, TABLE t), 'x.csv' -- end"
    assert to_duckdb(query(text)) == text


def test_what_sqlglot_cannot_read_goes_through_when_nothing_needs_replacing() -> None:
    text = "SELECT a FROM ((( 'x.csv'"
    assert to_duckdb(query(text), calls=lambda call: "x", files=lambda files: "y") == text


def test_too_many_tables_are_a_problem_at_the_call() -> None:
    with pytest.raises(SyntaxProblem, match="at most two"):
        to_duckdb(query("FROM ML.F(TABLE a, TABLE b, TABLE c)"), calls=lambda call: "x")


def test_two_outer_common_tables_of_one_name_are_a_problem() -> None:
    text = (
        "WITH x AS (SELECT 1 AS a), z AS (FROM x) SELECT * FROM "
        "(WITH x AS (SELECT 2 AS a) SELECT * FROM ML.PREDICT(MODEL m, (FROM x, z)))"
    )
    with pytest.raises(SyntaxProblem, match="same name"):
        to_duckdb(query(text), calls=lambda call: "rel")


def test_bigquery_without_a_counterpart_is_a_problem() -> None:
    with pytest.raises(SyntaxProblem, match="no counterpart"):
        to_duckdb(query("SELECT SOUNDEX(a) FROM t", "bigquery"))


def test_bigquery_that_does_not_parse_is_a_problem_when_it_calls_a_model() -> None:
    with pytest.raises(SyntaxProblem):
        to_duckdb(query("SELECT * FROM ML.PREDICT(MODEL m, TABLE t) WHERE", "bigquery"), calls=lambda call: "x")
