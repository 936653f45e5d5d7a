"""What a table learns of its files: told at the build, remembered for the files that come later."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError
from penstock.core.events import Noticed

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
KEYED = "CREATE TABLE t OPTIONS (unique_key = ['id']) AS SELECT * FROM 'in/*.csv';"


def spoil(work: Work, path: str) -> None:
    """Change a file's bytes behind its size and time: whoever looks at it again sees one broken column."""
    file = work.root / path
    status = file.stat()
    file.write_bytes(b'"' * status.st_size)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_missing_marks_are_told_once_at_the_build(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": "id,x\n1,2\n2,NA\n", "p.sql": "CREATE TABLE t AS SELECT * FROM 'in/a.csv';"})
    work.run()
    told = [event for event in work.heard if isinstance(event, Noticed) and "NA" in event.message]
    assert [event.resource for event in told] == ["in/a.csv"]
    assert work.rows("SELECT sum(x), count(x) FROM t") == [(2, 1)]


def test_a_table_says_what_stands_for_null_and_where_the_names_stand(open_work: OpenWork) -> None:
    options = "OPTIONS (null_markers = ['-9', ''], skip_leading_rows = 2)"
    work = open_work(
        {"in/a.csv": "title\nid,x\n1,-9\n2,NA\n", "p.sql": f"CREATE TABLE t {options} AS SELECT * FROM 'in/a.csv';"}
    )
    work.run()
    assert work.rows("SELECT id, x FROM t ORDER BY id") == [(1, None), (2, "NA")]
    bare = "CREATE TABLE u OPTIONS (skip_leading_rows = 0) AS SELECT * FROM 'in/b.csv';"
    work = open_work({"in/b.csv": "a,b\nc,d\n", "p.sql": bare})
    work.run()
    assert work.rows("SELECT count(*) FROM u") == [(2,)]


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_only_new_files_are_looked_at(open_work: OpenWork, suffix: str) -> None:
    rows = "SELECT 1 AS id, 2.5 AS x, 'a' AS s"
    work = open_work({"p.sql": KEYED.replace("csv", suffix)})
    (work.root / "in").mkdir()

    def write(name: str, query: str) -> None:
        work.sql(f"COPY ({query}) TO '{work.root}/in/{name}.{suffix}'").table()

    write("a", rows)
    work.run()
    spoil(work, f"in/a.{suffix}")
    write("b", "SELECT 2 AS id, 7 AS x")
    assert work.run() == {"t": "1 row added, 0 updated, 2 rows in all"}
    assert work.rows("SELECT id, x, s FROM t ORDER BY id") == [(1, 2.5, "a"), (2, 7.0, None)]


def test_a_new_file_with_a_column_of_marks_or_none_fits(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": "id,x,d\n1,2.5,2026-01-01\n", "p.sql": KEYED})
    work.run()
    work.put("in/b.csv", "id,x,d\n2,NA,\n")
    work.run()
    work.put("in/c.csv", "id,neu\n3,yes\n")
    work.run()
    assert work.rows("SELECT id, x, d IS NULL, neu FROM t ORDER BY id") == [
        (1, 2.5, False, None),
        (2, None, True, None),
        (3, None, True, "yes"),
    ]


def test_other_columns_of_a_new_file_are_told(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": "id,v\n1,2\n", "p.sql": KEYED})
    work.run()
    work.put("in/b.csv", "id,w\n2,3\n")
    work.run()
    told = [event for event in work.heard if isinstance(event, Noticed) and event.resource == "in/b.csv"]
    assert [event.message for event in told] == [
        "There is no column v: NULL in these rows. Column w is new: NULL in the rows before."
    ]


def test_a_word_in_a_later_file_is_told_with_its_line(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": "id,x\n1,2\n", "p.sql": KEYED})
    work.run()
    work.put("in/b.csv", "id,x\n2,3\n3,oops\n")
    with pytest.raises(UserError, match=r'in/b.csv:3:3: column x: "oops" is not BIGINT'):
        work.run()
    assert work.rows("SELECT id FROM t") == [(1,)]


def test_a_later_file_without_the_header_is_refused(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": "id,x\n1,2\n", "p.sql": KEYED})
    work.run()
    work.put("in/b.csv", "2,3\n")
    with pytest.raises(UserError, match=r"in/b.csv has none of the columns of the files before it: id, x"):
        work.run()


@pytest.mark.parametrize("options", ["unique_key = ['id']", "time_column = 'day'"])
def test_a_new_file_meets_the_whole_of_what_it_is_joined_with(open_work: OpenWork, options: str) -> None:
    query = "SELECT d.id, d.day, s.name FROM 'in/*.csv' AS d JOIN 'stations.csv' AS s USING (id)"
    work = open_work(
        {
            "in/a.csv": "id,day\n1,2026-01-01\n",
            "stations.csv": "id,name\n1,North\n2,South\n",
            "p.sql": f"CREATE TABLE t OPTIONS ({options}) AS {query};",
        }
    )
    work.run()
    work.put("in/b.csv", "id,day\n2,2026-01-02\n")
    work.run()
    assert work.rows("SELECT id, name FROM t ORDER BY id") == [(1, "North"), (2, "South")]
