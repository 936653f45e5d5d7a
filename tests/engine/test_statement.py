"""Statements as they come from a prompt or a script: done in order, at once; both dialects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from penstock.core.errors import UnknownName, UserError
from penstock.engine.statement import execute
from penstock.lake.database import ArrowRows

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
DATA = "island,body_mass,flipper\n" + "".join(
    f"{'BTD'[n % 3]},{3000 + 20 * n},{180 + n % 3 * 5 + n / 2}\n" for n in range(60)
)


def test_sql_without_our_words_goes_to_duckdb_untouched(open_work: OpenWork) -> None:
    work = open_work()
    assert work.rows("SELECT list_transform([1, 2], lambda x: x + 1) AS l, {'a': 1} AS s") == [([2, 3], {"a": 1})]
    assert work.rows("FROM range(3) SELECT sum(range)") == [(3,)]
    assert work.rows("PIVOT (SELECT 'a' AS k, 1 AS v) ON k USING sum(v)") == [(1,)]
    assert work.rows("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4) FROM r") == [
        (1,),
        (2,),
        (3,),
        (4,),
    ]


def test_statements_are_done_in_order_and_share_temporary_things(open_work: OpenWork) -> None:
    work = open_work()
    work.sql("CREATE TEMP TABLE given AS SELECT 3 AS x; SET VARIABLE twice = 2")
    assert work.rows("SELECT x * getvariable('twice') FROM given") == [(6,)]


def test_a_change_says_how_many_rows(open_work: OpenWork) -> None:
    work = open_work()
    work.sql("CREATE TABLE t AS SELECT 1 AS x")
    assert work.sql("INSERT INTO t VALUES (2), (3)").message == "2 rows changed"
    assert work.sql("DELETE FROM t WHERE x > 1").message == "2 rows changed"
    assert work.rows("FROM t") == [(1,)]


def test_nothing_is_done_when_any_statement_does_not_parse(open_work: OpenWork) -> None:
    work = open_work()
    with pytest.raises(UserError) as caught:
        work.sql("CREATE TABLE a AS SELECT 1 AS x;\nCREATE MODDEL m AS SELECT 1;\nCREATE TABLE b AS SELEKT 1")
    assert [str(found.span) for found in caught.value.diagnostics] == ["sql:2:8", "sql:3:19"]
    assert work.rows("SHOW TABLES") == []


def test_what_was_done_before_a_failure_stays(open_work: OpenWork) -> None:
    work = open_work()
    with pytest.raises(UnknownName):
        work.sql("CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT y FROM a")
    assert [row[0] for row in work.rows("SHOW TABLES")] == ["a"]


def test_the_callers_tables_are_read_by_their_names(open_work: OpenWork) -> None:
    work = open_work()
    table = pa.table({"x": [1, 2, None]})
    found = {"mine": lambda: ArrowRows(table.schema, lambda: iter(table.to_batches()))}
    (result,) = execute(work.session, "SELECT count(x) AS n FROM mine", variables=found.get)
    assert result.table().to_pylist() == [{"n": 2}]
    list(execute(work.session, "CREATE TABLE kept AS SELECT * FROM mine", variables=found.get))
    assert work.rows("SELECT sum(x) FROM kept") == [(3,)]


def test_a_project_over_hand_made_objects_is_made_at_once(open_work: OpenWork) -> None:
    work = open_work({"a.csv": DATA})
    work.sql(
        "CREATE TABLE penguins AS SELECT * FROM 'a.csv';"
        "CREATE ASSERTION heavy ON penguins CHECK (body_mass > 0);"
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['body_mass']) AS "
        "SELECT * FROM penguins;"
        "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > 0;"
        "CREATE ENDPOINT e ON MODEL m;"
        "CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 1;"
        "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;"
    )
    for kind in ("TABLES", "ASSERTIONS", "MODELS", "GOALS", "ENDPOINTS", "MONITORS", "TRIGGERS"):
        assert len(work.rows(f"SHOW {kind}")) == 1, kind
    # The loop works with what was made by hand as with what a folder declares.
    assert work.turn().fired == ()


def test_a_model_replaced_by_hand_is_judged_by_its_goal(open_work: OpenWork) -> None:
    work = open_work({"a.csv": DATA})
    model = (
        "CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['body_mass']{}) AS "
        "SELECT * FROM 'a.csv';"
    )
    work.sql(model.format("") + "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score >= champion.r2_score;")
    assert work.sql(model.format(", l2_reg = 1e9")).message.endswith("rejected")
    assert work.sql(model.format(", l2_reg = 0.0")).message.endswith("champion")


BIGQUERY = """
CREATE OR REPLACE TABLE `project.zoo.penguins` AS SELECT * FROM read_csv('a.csv');

CREATE OR REPLACE MODEL `project.zoo.penguins_model`
OPTIONS (model_type = 'linear_reg', input_label_cols = ['body_mass_g']) AS
SELECT island, flipper AS `flipper_length_mm`, SAFE_CAST(body_mass AS FLOAT64) AS body_mass_g
FROM `project.zoo.penguins`
WHERE body_mass IS NOT NULL;
"""


def test_a_bigquery_ml_script_runs_as_it_is(open_work: OpenWork) -> None:
    work = open_work({"a.csv": DATA})
    work.sql(BIGQUERY, dialect="bigquery")
    predict = """
    SELECT * FROM ML.PREDICT(MODEL `zoo.penguins_model`,
      (SELECT island, flipper AS flipper_length_mm FROM `project.zoo.penguins` WHERE island = 'B'))
    """
    table = work.sql(predict, dialect="bigquery").table()
    assert table.column_names == ["predicted_body_mass_g", "island", "flipper_length_mm"]
    assert table.num_rows == 20
    evaluate = "SELECT * FROM ML.EVALUATE(MODEL `project.zoo.penguins_model`)"
    names = work.sql(evaluate, dialect="bigquery").table().column_names
    assert names[0] == "mean_absolute_error"
    explain = """
    SELECT * FROM ML.EXPLAIN_PREDICT(MODEL `zoo.penguins_model`,
      (SELECT 'B' AS island, 190.0 AS flipper_length_mm), STRUCT(2 AS top_k_features))
    """
    assert "top_feature_attributions" in work.sql(explain, dialect="bigquery").table().column_names


def test_the_dialect_is_set_for_what_follows(open_work: OpenWork) -> None:
    work = open_work()
    text = "SELECT SAFE_CAST('x' AS INT64) AS n, IF(TRUE, 'a', 'b') AS s"
    with pytest.raises(UserError):
        work.sql(text)
    work.sql("SET dialect = 'bigquery'")
    assert work.rows(text) == [(None, "a")]
    work.sql("SET dialect = 'duckdb'")
    with pytest.raises(UserError):
        work.sql(text)


def test_a_project_in_bigquerys_sql_runs(open_work: OpenWork) -> None:
    work = open_work({"penstock.toml": "[project]\ndialect = 'bigquery'\n", "a.csv": DATA, "p.sql": BIGQUERY})
    assert set(work.run()) == {"zoo.penguins", "zoo.penguins_model"}
    assert work.run() == {}


def test_what_bigquery_has_and_duckdb_has_not_is_a_problem_with_a_place(open_work: OpenWork) -> None:
    with pytest.raises(UserError) as caught:
        open_work().sql("SELECT\n  NET.HOST('x')", dialect="bigquery")
    assert str(caught.value.diagnostics[0].span).startswith("sql:")


def test_rows_that_were_not_read_yet_outlive_the_next_statement(open_work: OpenWork) -> None:
    work = open_work({"a.csv": DATA})
    first = work.sql("SELECT island FROM 'a.csv'")
    second = work.sql("SELECT range AS n FROM range(5)")
    assert work.rows("SELECT 1") == [(1,)]
    assert first.table().num_rows == 60
    assert second.table().num_rows == 5


def test_a_result_that_is_closed_unread_costs_nothing_more(open_work: OpenWork) -> None:
    work = open_work()
    endless = work.sql("SELECT hash(range) AS h FROM range(1_000_000_000_000)")
    endless.close()
    assert work.rows("SELECT 1") == [(1,)]
    assert endless.table().num_rows == 0
