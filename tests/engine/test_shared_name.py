"""Tables, views and models share their names, as in BigQuery: in statements and in a project's plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
ROWS = "SELECT x, x * 2.0 AS y FROM range(9) r(x)"
MODEL = f"MODEL d.M OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS {ROWS}"
TABLE, VIEW = "TABLE d.m AS SELECT 1 AS x", "VIEW d.m AS SELECT 1 AS x"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (MODEL, TABLE, "There is a model d.m already"),
        (MODEL, VIEW, "There is a model d.m already"),
        (MODEL, "TABLE d.m (x INTEGER)", "There is a model d.m already"),
        (MODEL, "VIEW d.m (x) AS SELECT 1", "There is a model d.m already"),
        (TABLE, MODEL, "There is a table d.M already"),
        (VIEW, MODEL, "There is a view d.M already"),
        ("TABLE d.m (x INTEGER)", MODEL, "There is a table d.M already"),
    ],
)
def test_no_statement_gives_a_name_twice(open_work: OpenWork, first: str, second: str, told: str) -> None:
    work = open_work()
    work.sql("CREATE SCHEMA d")
    work.sql(f"CREATE {first}")
    for how in ("CREATE", "CREATE OR REPLACE"):
        with pytest.raises(UserError, match=told) as caught:
            work.sql(f"{how} {second}")
        assert "first" in (caught.value.diagnostics[0].hint or "")
    work.sql(f"DROP {first.split()[0]} d.m")
    work.sql(f"CREATE {second}")


@pytest.mark.parametrize(("first", "second"), [(MODEL, TABLE), (TABLE, MODEL), (VIEW, MODEL)])
def test_no_plan_gives_a_name_that_is_taken_beside_the_project(open_work: OpenWork, first: str, second: str) -> None:
    work = open_work()
    work.sql(f"CREATE {first}")
    work.put("m.sql", f"CREATE {second};")
    with pytest.raises(UserError, match="has another's name") as caught:
        work.plan()
    assert f"DROP {first.split()[0]}" in (caught.value.diagnostics[0].hint or "")
    work.sql(f"DROP {first.split()[0]} d.m")
    assert work.plan()


def test_a_table_may_become_a_view(open_work: OpenWork) -> None:
    work = open_work({"m.sql": f"CREATE {TABLE};"})
    work.run()
    work.put("m.sql", f"CREATE {VIEW};")
    assert work.plan()


def test_a_schema_that_holds_something_stays(open_work: OpenWork) -> None:
    work = open_work()
    work.sql(f"CREATE SCHEMA d; CREATE {MODEL}")
    with pytest.raises(UserError, match="is not dropped, since it holds model") as caught:
        work.sql("DROP SCHEMA d")
    assert "CASCADE" in (caught.value.diagnostics[0].hint or "")
    work.sql("DROP MODEL d.m; DROP SCHEMA d")


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_a_schema_takes_all_that_it_holds_with_it(open_work: OpenWork, dialect: str) -> None:
    work = open_work()
    work.sql(f"CREATE SCHEMA d; CREATE TABLE d.t (x INTEGER); CREATE TABLE d.rows AS {ROWS}")
    work.sql("CREATE MODEL d.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT * FROM d.rows")
    work.sql("CREATE VIEW seen AS SELECT * FROM d.rows; CREATE TABLE other AS SELECT 1 AS x")
    work.sql(f"SET dialect = '{dialect}'; DROP SCHEMA IF EXISTS d CASCADE")
    assert list(work.rows("SHOW MODELS")) == []
    work.sql(f"SET dialect = 'duckdb'; CREATE SCHEMA d; CREATE TABLE d.rows AS {ROWS}")
    assert work.rows("SELECT count(*) AS n FROM d.rows") == [(9,)]
    assert work.rows("SELECT x FROM other") == [(1,)]
    with pytest.raises(UserError):
        work.sql("SELECT * FROM seen")
