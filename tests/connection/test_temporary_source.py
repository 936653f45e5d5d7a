"""Python variables and temporary tables in a query: what lasts is written down, what cannot last is refused."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import penstock
from penstock.catalog.objects import get_object
from penstock.connection import Connection
from penstock.core.names import Kind, ResourceName
from penstock.engine.temporary import recorded_sources

ROWS = {"x": [1.0, 2.0, 3.0], "label": [2.0, 4.0, 6.0]}


def sources(connection: Connection, table: str) -> list[str]:
    state = get_object(connection.session.catalog, ResourceName(Kind.TABLE, table))
    return [str(source) for source in recorded_sources(state)]


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_table_of_a_variable_holds_its_rows_and_says_where_they_are_from(passing: Connection, kind: type) -> None:
    df = kind(ROWS)
    assert passing.sql("CREATE TABLE t AS SELECT * FROM df").message == "table t: 3 rows"
    del df
    assert passing.sql("FROM t").arrow().to_pydict() == ROWS
    assert sources(passing, "t") == ["Python variable df"]
    assert "Python variable df" in str(passing.lineage("t").rows())


def test_a_table_of_a_temporary_table_a_temporary_view_and_a_variable_of_duckdb(passing: Connection) -> None:
    passing.sql("CREATE TEMP TABLE tt AS SELECT 1 AS x; CREATE TEMP VIEW tv AS SELECT 2 AS x; SET VARIABLE v = 3")
    passing.sql("CREATE TABLE t AS SELECT x FROM tt UNION ALL FROM temp.tv UNION ALL SELECT getvariable('v')")
    assert [row["x"] for row in passing.sql("FROM t ORDER BY x").rows()] == [1, 2, 3]
    assert sources(passing, "t") == ["temporary table tt", "temporary table temp.tv", "variables of the connection"]


def test_a_model_on_a_table_of_a_variable_is_trained_again(passing: Connection) -> None:
    df = pd.DataFrame({"x": range(50), "label": [2.0 * n for n in range(50)]})
    passing.sql("CREATE TABLE t AS SELECT * FROM df")
    passing.sql("CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t")
    del df
    assert passing.reproduce("m").same


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM df", "Model m cannot stand on the"),
        ("CREATE VIEW v AS SELECT * FROM df", "View v cannot stand on the"),
        ("CREATE ASSERTION a ON df CHECK (x > 0)", "Assertion a cannot stand on the"),
        ("CREATE MONITOR w ON TABLE df BREACH WHEN row_count < 5", "Monitor w cannot stand on the"),
    ],
)
@pytest.mark.parametrize("temporary", [False, True])
def test_what_lasts_does_not_stand_on_what_passes(
    passing: Connection, statement: str, message: str, temporary: bool
) -> None:
    if temporary:
        passing.sql("CREATE TEMP TABLE df AS SELECT 1.0 AS x, 2.0 AS label")
    else:
        df = pd.DataFrame(ROWS)
        assert len(df) == 3
    with pytest.raises(penstock.UserError) as caught:
        passing.sql(statement)
    (finding,) = caught.value.diagnostics
    assert finding.message.startswith(
        f"{message} {'temporary table' if temporary else 'Python variable'} df: it is gone"
    )
    assert finding.hint == "Write it first: CREATE TABLE t AS SELECT * FROM df; then read t."
    assert finding.span is not None
    assert passing.status().rows() == []


def test_a_model_that_would_read_a_variable_of_the_connection_is_refused(passing: Connection) -> None:
    passing.sql("SET VARIABLE share = 2")
    with pytest.raises(penstock.UserError, match="variables of the connection") as caught:
        passing.sql(
            "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, getvariable('share') AS label"
        )
    assert caught.value.diagnostics[0].hint == "Write the value itself, or build a table with it and read that."


def test_a_table_whose_source_is_gone_is_not_built_again_and_keeps_its_rows(passing: Connection) -> None:
    df = pd.DataFrame(ROWS)
    passing.sql("CREATE TABLE t AS SELECT * FROM df")
    assert not passing.plan().work
    with pytest.raises(penstock.UserError, match="holds the rows of the Python variable df") as caught:
        passing.run("t", full_refresh=True)
    assert "CREATE OR REPLACE TABLE t" in str(caught.value.diagnostics[0].hint)
    assert len(passing.sql("FROM t")) == 3
    assert len(df) == 3
    passing.sql("CREATE OR REPLACE TABLE t AS SELECT 1 AS x")
    assert sources(passing, "t") == []
    passing.run("t", full_refresh=True)


def test_a_table_goes_before_a_variable_of_its_name_as_soon_as_it_is_there(passing: Connection) -> None:
    t = pd.DataFrame({"x": [1]})
    v = pd.Series([1])
    passing.sql("CREATE TABLE v AS SELECT 7 AS x")
    assert passing.sql("SELECT x FROM t").rows() == [{"x": 1}]
    assert passing.sql("CREATE TABLE t AS SELECT 5 AS x; SELECT x FROM t").rows() == [{"x": 5}]
    assert passing.sql("CREATE TEMP TABLE t AS SELECT 6 AS x; SELECT x FROM t").rows() == [{"x": 6}]
    assert passing.sql("SELECT x FROM v").rows() == [{"x": 7}]
    assert (len(t), len(v)) == (1, 1)


def test_two_results_of_one_variable_s_name_do_not_disturb_each_other(passing: Connection) -> None:
    def asked(first: int) -> penstock.connection.Relation:  # type: ignore[name-defined]
        df = pa.table({"x": [first]})
        assert df.num_rows == 1
        return passing.sql("SELECT a.x + b.x AS x FROM df a, df b")

    one, two = asked(1), asked(2)
    assert (one.rows(), two.rows()) == ([{"x": 2}], [{"x": 4}])


def test_a_variable_of_mixed_values_is_told_by_its_name_and_column(passing: Connection) -> None:
    df = pd.DataFrame({"x": [1, "a", None]})
    with pytest.raises(penstock.BadData, match=r"The variable df cannot be used: .* column x"):
        passing.sql("SELECT * FROM df")
    df = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(penstock.BadData, match=r"Duplicate column names found: \['a', 'a'\]"):
        passing.sql("SELECT * FROM df")
    series = pd.Series([1])
    with pytest.raises(penstock.BadData, match="The variable series cannot be used: The Series cannot be read"):
        passing.sql("SELECT * FROM series")
    assert (len(df), len(series)) == (1, 1)


def test_a_statement_that_begins_a_transaction_within_one_says_so(passing: Connection) -> None:
    passing.sql("BEGIN")
    with pytest.raises(penstock.UserError, match="A transaction is under way here") as caught:
        passing.sql("CREATE TABLE t AS SELECT 1 AS x")
    assert caught.value.diagnostics[0].hint == "End it: COMMIT or ROLLBACK."
    passing.sql("ROLLBACK; CREATE TABLE t AS SELECT 1 AS x")
    assert len(passing.sql("FROM t")) == 1


def test_rows_to_predict_may_lack_a_column_in_the_first_of_them(passing: Connection) -> None:
    passing.sql("CREATE TABLE t AS SELECT range % 5 AS a, range % 3 AS b, range AS label FROM range(60)")
    passing.sql("CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t")
    model = passing.model("m")
    listed = model.predict([{"a": 1}, {"a": 1, "b": 2}]).arrow().column("predicted_label")
    whole = model.predict({"a": [1, 1], "b": [None, 2]}).arrow().column("predicted_label")
    assert listed == whole
    with pytest.raises(penstock.BadData, match="A value of type int is not a table"):
        model.predict(5)
