"""Views: in the lake when they read tables; unfolded at each use when they read files or ML functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
DATA = "id,x,y\n" + "".join(f"{n},{n % 7},{3 * (n % 7) + 1}\n" for n in range(40))
MODEL = """
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, y FROM t;
"""


def test_a_view_over_tables_lives_in_the_lake(open_work: OpenWork) -> None:
    work = open_work({"p.sql": "CREATE TABLE t AS SELECT 1 AS x; CREATE VIEW v AS SELECT x + 1 AS y FROM t;"})
    assert work.run()["v"] == "defined"
    assert work.session.connection.rows("SELECT y FROM lake.main.v") == [(2,)]
    assert work.rows("SELECT y FROM v") == [(2,)]


def test_a_view_over_files_reads_them_as_they_are_now(open_work: OpenWork) -> None:
    work = open_work({"a.csv": DATA, "p.sql": "CREATE VIEW v AS SELECT count(*) AS n FROM 'a.csv';"})
    work.run()
    assert work.rows("SELECT n FROM v") == [(40,)]
    work.put("a.csv", DATA + "99,1,2\n")
    assert work.rows("SELECT n FROM v") == [(41,)]


def test_a_view_over_a_model_predicts_at_each_use(open_work: OpenWork) -> None:
    view = "CREATE VIEW scored AS SELECT id, predicted_y FROM ML.PREDICT(MODEL m, TABLE t);"
    work = open_work({"a.csv": DATA, "p.sql": f"CREATE TABLE t AS SELECT * FROM 'a.csv'; {MODEL} {view}"})
    work.run()
    rows = work.rows("SELECT s.id, round(s.predicted_y, 6) FROM scored AS s JOIN t USING (id) WHERE id < 3 ORDER BY id")
    assert rows == [(0, 1.0), (1, 4.0), (2, 7.0)]


def test_views_that_read_one_another_unfold_all_the_way(open_work: OpenWork) -> None:
    views = (
        "CREATE VIEW a AS SELECT * FROM 'a.csv'; CREATE VIEW b AS SELECT id, x FROM a WHERE id < 5;"
        "CREATE TABLE c AS SELECT b.id, a.y FROM b JOIN a USING (id);"
    )
    work = open_work({"a.csv": DATA, "p.sql": views})
    assert work.run()["c"] == "5 rows"
    assert work.rows("SELECT count(*) FROM b, a") == [(200,)]


def test_a_view_of_the_callers_dialect_is_read_from_the_other(open_work: OpenWork) -> None:
    view = "SET dialect = 'bigquery';\nCREATE VIEW v AS SELECT SAFE_CAST(x AS STRING) AS s FROM `p.t`;"
    work = open_work({"a.sql": "CREATE TABLE p.t AS SELECT 7 AS x;", "b.sql": view})
    work.run()
    assert work.rows("SELECT s FROM v") == [("7",)]
    assert work.rows("SELECT s FROM `v`", dialect="bigquery") == [("7",)]


def test_a_wrong_view_fails_when_it_is_defined(open_work: OpenWork) -> None:
    work = open_work({"a.csv": DATA, "p.sql": "CREATE VIEW v AS SELECT nothing FROM 'a.csv';"})
    with pytest.raises(UserError, match="no column 'nothing'"):
        work.run()
    assert work.rows("SHOW VIEWS") == []


def test_a_view_takes_the_place_of_a_table_of_its_name(open_work: OpenWork) -> None:
    work = open_work({"p.sql": "CREATE TABLE t AS SELECT 1 AS x; CREATE TABLE v AS SELECT x FROM t;"})
    work.run()
    work.put("p.sql", "CREATE TABLE t AS SELECT 1 AS x; CREATE VIEW v AS SELECT x + 1 AS x FROM t;")
    work.run()
    assert work.rows("SELECT x FROM v") == [(2,)]
    assert [row[0] for row in work.rows("SHOW TABLES")] == ["t"]
    assert [row[0] for row in work.rows("SHOW VIEWS")] == ["v"]


def test_a_changed_view_rebuilds_what_reads_it(open_work: OpenWork) -> None:
    sql = "CREATE VIEW v AS SELECT 1 AS x; CREATE TABLE t AS SELECT * FROM v;"
    work = open_work({"p.sql": sql})
    work.run()
    work.put("p.sql", sql.replace("1 AS", "2 AS"))
    assert set(work.run()) == {"v", "t"}
    assert work.rows("FROM t") == [(2,)]
