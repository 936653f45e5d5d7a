"""Tables: from nothing, by what new files bring, anew when asked; the old rows stay until the new ones are whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import BadData, UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
HEAD = "id,day,price\n"
FIRST = HEAD + "1,2026-01-01,10\n2,2026-01-02,20\n"
SECOND = HEAD + "2,2026-01-02,25\n3,2026-01-03,30\n"
ALL = "SELECT id, price FROM sales ORDER BY id, price"


def sales(options: str, query: str = "SELECT * FROM 'in/*.csv'") -> str:
    return f"CREATE TABLE sales {options} AS {query};"


def test_a_table_follows_its_files(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("")})
    assert work.run() == {"sales": "2 rows"}
    assert work.run() == {}
    work.put("in/b.csv", SECOND)
    assert work.plan()["sales"] == ("build", "its sources changed")
    assert work.run() == {"sales": "4 rows"}
    assert work.rows(ALL) == [(1, 10), (2, 20), (2, 25), (3, 30)]


def test_a_table_with_a_time_column_takes_each_new_file_once(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (time_column = 'day')")})
    work.run()
    work.put("in/b.csv", SECOND)
    assert work.plan()["sales"] == ("append", "its sources changed")
    assert work.run() == {"sales": "2 rows added, 4 rows in all"}
    assert work.run() == {}
    assert work.rows(ALL) == [(1, 10), (2, 20), (2, 25), (3, 30)]


def test_of_a_file_that_has_grown_only_what_is_newer_is_added(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (time_column = 'day')")})
    work.run()
    work.put("in/a.csv", FIRST + "3,2026-01-03,30\n")
    assert work.run() == {"sales": "1 row added, 3 rows in all"}
    assert "left out" not in work.notices
    # A late new file comes whole, whatever has grown beside it.
    work.put("in/a.csv", FIRST + "3,2026-01-03,30\n4,2026-01-04,40\n")
    work.put("in/b.csv", HEAD + "9,2025-12-31,90\n5,2026-01-05,50\n")
    assert work.run() == {"sales": "3 rows added, 6 rows in all"}
    assert work.rows(ALL) == [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (9, 90)]
    assert work.run() == {}


def test_late_rows_of_a_file_that_has_changed_are_counted_and_told(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (time_column = 'day')")})
    work.run()
    work.put("in/a.csv", FIRST + "7,2026-01-01,70\n8,2026-01-02,80\n3,2026-01-03,30\n")
    assert work.run() == {"sales": "1 row added, 3 rows in all"}
    assert "2 rows not in the table are left out: day is not later than 2026-01-02" in work.notices
    assert work.run(full_refresh=True) == {"sales": "5 rows"}


def test_a_table_with_a_key_lets_new_rows_take_the_place_of_old_ones(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (unique_key = ['id'])")})
    work.run()
    work.put("in/b.csv", SECOND)
    assert work.run() == {"sales": "1 row added, 1 updated, 3 rows in all"}
    assert work.rows(ALL) == [(1, 10), (2, 25), (3, 30)]


def test_a_file_that_changed_is_read_again_under_a_key(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (unique_key = ['id'])")})
    work.run()
    work.put("in/a.csv", FIRST.replace("20\n", "21\n") + "9,2026-01-09,90\n")
    work.run()
    assert work.rows(ALL) == [(1, 10), (2, 21), (9, 90)]


def test_a_table_over_another_takes_only_later_rows(open_work: OpenWork) -> None:
    sql = "CREATE TABLE raw AS SELECT * FROM 'in/*.csv';" + sales("OPTIONS (time_column = 'day')", "SELECT * FROM raw")
    work = open_work({"in/a.csv": FIRST, "p.sql": sql})
    work.run()
    work.put("in/b.csv", SECOND)
    assert work.run()["sales"] == "1 row added, 3 rows in all"
    assert work.rows(ALL) == [(1, 10), (2, 20), (3, 30)]


def test_a_full_refresh_builds_an_incremental_table_anew(open_work: OpenWork) -> None:
    work = open_work(
        {"in/a.csv": FIRST, "in/b.csv": SECOND.replace("2,", "4,"), "p.sql": sales("OPTIONS (time_column = 'day')")}
    )
    work.run()
    (work.root / "in/a.csv").unlink()
    assert work.run() == {"sales": "no new file"}
    assert work.run("sales", full_refresh=True) == {"sales": "2 rows"}
    work.put("in/c.csv", HEAD + "7,2026-01-07,70\n")
    assert work.run() == {"sales": "1 row added, 3 rows in all"}


def test_a_changed_definition_builds_an_incremental_table_anew(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (unique_key = ['id'])")})
    work.run()
    work.put("p.sql", sales("OPTIONS (unique_key = ['id'])", "SELECT id, price * 2 AS price FROM 'in/*.csv'"))
    assert work.plan()["sales"] == ("build", "its definition changed")
    assert work.run() == {"sales": "2 rows"}
    assert work.rows(ALL) == [(1, 20), (2, 40)]


def test_spaces_and_comments_change_nothing(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("")})
    work.run()
    work.put("p.sql", "-- what we sold\n" + sales("\n").replace("SELECT *", "select  /* all */  *"))
    assert work.run() == {}


def test_a_new_column_in_a_new_file_is_added(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("OPTIONS (time_column = 'day')")})
    work.run()
    work.put("in/b.csv", "id,day,price,도시\n3,2026-01-03,30,서울\n")
    work.run()
    assert work.rows("SELECT id, 도시 FROM sales ORDER BY id") == [(1, None), (2, None), (3, "서울")]


@pytest.mark.parametrize("options", ["", "OPTIONS (time_column = 'day')", "OPTIONS (unique_key = ['id'])"])
def test_a_failed_build_leaves_the_old_rows_and_is_tried_again(open_work: OpenWork, options: str) -> None:
    query = (
        "SELECT id, day, CASE WHEN price < 0 THEN error('a price below zero') ELSE price END AS price FROM 'in/*.csv'"
    )
    work = open_work({"in/a.csv": FIRST, "p.sql": sales(options, query)})
    work.run()
    work.put("in/b.csv", SECOND.replace("30\n", "-30\n"))
    with pytest.raises(BadData, match="a price below zero"):
        raise work.try_run().problems[0]
    assert work.rows(ALL) == [(1, 10), (2, 20)]
    assert work.plan()["sales"][0] in ("build", "append")
    work.put("in/b.csv", SECOND.replace("2,2026-01-02,25\n", ""))
    work.run()
    assert work.rows(ALL) == [(1, 10), (2, 20), (3, 30)]


def test_a_reader_keeps_its_snapshot_while_a_table_is_built_anew(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": FIRST, "p.sql": sales("")})
    work.run()
    reader = work.session.lake.connection()
    with reader.transaction():
        assert reader.rows(ALL) == [(1, 10), (2, 20)]
        work.put("in/a.csv", SECOND)
        work.run()
        assert reader.rows(ALL) == [(1, 10), (2, 20)]
    assert reader.rows(ALL) == [(2, 25), (3, 30)]
    reader.close()


def test_a_repeated_or_missing_key_stops_the_first_build_too(open_work: OpenWork) -> None:
    twice = FIRST + FIRST.removeprefix(HEAD)
    work = open_work({"in/a.csv": twice, "p.sql": sales("OPTIONS (unique_key = ['id'])")})
    with pytest.raises(UserError, match="2 keys stand in more than one new row"):
        work.run()
    work.put("in/a.csv", FIRST)
    work.put("in/b.csv", HEAD + ",2026-01-05,50\n")
    with pytest.raises(UserError, match="1 new row of sales without a key"):
        work.run()
    assert work.rows("SHOW TABLES") == []


def test_rejected_rows_are_kept_a_build_long(open_work: OpenWork) -> None:
    query = "SELECT * FROM read_csv('in/*.csv', types = {'price': 'INTEGER'})"
    work = open_work({"in/a.csv": FIRST + "3,2026-01-03,many\n", "p.sql": sales("OPTIONS (max_rejects = 2)", query)})
    assert work.run() == {"sales": "2 rows, 1 rejected"}
    assert work.rows("SELECT line, raw_line FROM penstock.rejects") == [(4, "3,2026-01-03,many")]
    work.put("in/a.csv", FIRST)
    assert work.run() == {"sales": "2 rows"}
    assert work.sql("SHOW REJECTS OF sales").table().num_rows == 0


def test_a_hand_made_table_is_read_and_followed(open_work: OpenWork) -> None:
    work = open_work({"p.sql": "CREATE TABLE twice AS SELECT x * 2 AS x FROM given;"})
    work.sql("CREATE TABLE given AS SELECT 1 AS x")
    assert work.run() == {"twice": "1 row"}
    assert work.run() == {}
    work.sql("INSERT INTO given VALUES (5)")
    work.run()
    assert work.rows("SELECT x FROM twice ORDER BY x") == [(2,), (10,)]


def test_schemas_korean_names_and_decimals_are_ordinary(open_work: OpenWork) -> None:
    columns = "1 AS 번호, 1.50::DECIMAL(9, 2) AS 금액, '2026-03-29 02:30:00+09'::TIMESTAMPTZ AS 때"
    work = open_work({"주문.sql": f"CREATE TABLE 가게.주문 AS SELECT {columns};"})
    work.run()
    ((number, amount, at),) = work.rows("SELECT 번호, 금액, 때 FROM 가게.주문")
    assert (number, str(amount), at.isoformat()) == (1, "1.50", "2026-03-28T17:30:00+00:00")
