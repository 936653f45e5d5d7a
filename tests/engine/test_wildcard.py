"""`events_*` is all tables whose names begin so, and _TABLE_SUFFIX says which one a row is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.versions import get_version
from penstock.core.errors import UnknownName
from penstock.engine.reproduction import reproduce

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLES = """
CREATE TABLE `p.ga.events_20200101` AS SELECT x, 'a' AS name FROM UNNEST(GENERATE_ARRAY(1, 5)) AS x;
CREATE TABLE `p.ga.Events_20200102` AS SELECT x, TRUE AS more FROM UNNEST(GENERATE_ARRAY(6, 8)) AS x;
CREATE TABLE `p.ga.other` AS SELECT 99 AS x;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work()
    opened.sql(TABLES, "bigquery")
    return opened


def test_the_rows_of_all_tables_are_read_with_their_suffix(work: Work) -> None:
    text = "SELECT _TABLE_SUFFIX AS day, COUNT(*) AS n, COUNT(more) AS m FROM `p.ga.events_*` GROUP BY day ORDER BY day"
    assert work.rows(text, "bigquery") == [("20200101", 5, 0), ("20200102", 3, 3)]
    assert work.rows("SELECT MAX(x) FROM `ga.*`", "bigquery") == [(99,)]


def test_a_star_leaves_the_suffix_out(work: Work) -> None:
    text = "SELECT {} FROM `ga.events_*` AS e WHERE _TABLE_SUFFIX > '20200101' AND x > 7"
    for columns in ("*", "e.*"):
        result = work.sql(text.format(columns), "bigquery").table()
        assert result.to_pylist() == [{"x": 8, "name": None, "more": True}]
    assert work.sql("SELECT * FROM `ga.events_*`", "bigquery").schema.names == ["x", "name", "more"]
    named = work.sql(text.format("* EXCEPT (name, more), _TABLE_SUFFIX AS day"), "bigquery").table()
    assert named.to_pylist() == [{"x": 8, "day": "20200102"}]


def test_a_variable_chooses_the_tables(work: Work) -> None:
    text = "DECLARE day STRING DEFAULT '20200102'; SELECT SUM(x) FROM `ga.events_*` WHERE _TABLE_SUFFIX = day"
    assert work.rows(text, "bigquery") == [(21,)]


def test_no_such_table_is_said(work: Work) -> None:
    with pytest.raises(UnknownName, match=r"no table whose name begins with ga\.event_"):
        work.rows("SELECT * FROM `ga.event_*`", "bigquery")


def test_a_model_knows_the_tables_that_it_was_trained_on_and_is_made_again_from_them(work: Work) -> None:
    work.sql(
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT')"
        " AS SELECT x, 2 * x AS y FROM `ga.events_*` WHERE _TABLE_SUFFIX >= '20200101'",
        "bigquery",
    )
    assert set(get_version(work.session.catalog, "m", "1").sources) == {"ga.events_20200101", "ga.Events_20200102"}
    work.sql("INSERT INTO `ga.events_20200101` (x) VALUES (1000)", "bigquery")
    assert reproduce(work.session, "m", "1").same_graph
