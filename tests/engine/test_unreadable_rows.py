"""Rows of files that cannot be read: whatever reads the file stops and names them; none is left out in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import BadData, UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
GOOD = "x,y\n" + "".join(f"{n % 7},{3 * (n % 7) + 1}\n" for n in range(40))
BROKEN = GOOD + "4\n5,16,17\n"
LINES = "a.csv:42:2: 1 columns instead of 2"
JSON = '{"x": 1, "y": 2}\n{"x": 2, "y":\n{"x": 3, "y": 4}\n'
OPTIONS = "OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT')"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM 'a.csv'",
        "SELECT * FROM 'a.csv'",
        "SELECT x FROM 'a.csv' ORDER BY x LIMIT 1",
        "SELECT * FROM ML.PREDICT(MODEL m, (SELECT * FROM 'a.csv'))",
        "SELECT * FROM ML.EVALUATE(MODEL m, (SELECT * FROM 'a.csv'))",
        "SELECT * FROM v",
        "CREATE MODEL n " + OPTIONS + " AS SELECT * FROM 'a.csv'",
        "CREATE VIEW w AS SELECT x FROM 'a.csv'",
        "CREATE TEMP TABLE passing AS SELECT * FROM 'a.csv'",
    ],
)
def test_what_reads_a_broken_csv_file_stops_and_names_its_rows(open_work: OpenWork, query: str) -> None:
    script = f"CREATE MODEL m {OPTIONS} AS SELECT * FROM 'a.csv'; CREATE VIEW v AS SELECT * FROM 'a.csv';"
    work = open_work({"a.csv": GOOD, "p.sql": script})
    work.run()
    work.put("a.csv", BROKEN)
    with pytest.raises(BadData, match=r"rows of a.csv cannot be read") as caught:
        work.rows(query)
    assert LINES in str(caught.value)
    assert "max_rejects = 2" in str(caught.value)


def test_a_quote_that_is_never_closed_stops_even_a_count(open_work: OpenWork) -> None:
    work = open_work({"a.csv": GOOD + '5,"16\n6,19\n'})
    with pytest.raises(BadData, match=r"a.csv:42:3: column y: a quote is never closed"):
        work.rows("SELECT count(*) FROM 'a.csv'")


@pytest.mark.parametrize(
    "query", ["SELECT count(*) FROM 'a.jsonl'", "SELECT * FROM v", "CREATE VIEW w AS SELECT x FROM 'a.jsonl'"]
)
def test_what_reads_broken_json_lines_stops_and_names_them(open_work: OpenWork, query: str) -> None:
    work = open_work({"a.jsonl": '{"x": 1, "y": 2}\n', "p.sql": "CREATE VIEW v AS SELECT * FROM 'a.jsonl';"})
    work.run()
    work.put("a.jsonl", JSON)
    with pytest.raises(BadData, match=r"1 row of a.jsonl cannot be read:\n.*a.jsonl:2:1: the line is not JSON"):
        work.rows(query)


def test_a_first_line_that_is_broken_is_one_row_of_json_lines(open_work: OpenWork) -> None:
    work = open_work({"a.jsonl": '{"x": oh\n{"x": 1}\n{"x": 2}\n'})
    with pytest.raises(BadData, match=r"a.jsonl:1:1: the line is not JSON"):
        work.rows("SELECT * FROM 'a.jsonl'")


def test_an_assertion_over_a_view_of_a_broken_file_fails(open_work: OpenWork) -> None:
    script = "CREATE VIEW v AS SELECT * FROM 'a.csv'; CREATE ASSERTION fine ON v CHECK (x >= 0);"
    work = open_work({"a.csv": GOOD, "p.sql": script})
    work.run()
    work.put("a.csv", BROKEN)
    with pytest.raises(UserError, match=r"2 rows of a.csv cannot be read"):
        work.run("fine")


def test_the_good_rows_are_to_be_had_in_a_table(open_work: OpenWork) -> None:
    work = open_work({"a.csv": BROKEN})
    work.rows("CREATE TABLE t OPTIONS (max_rejects = 2) AS SELECT * FROM 'a.csv'")
    assert work.rows("SELECT count(*) FROM t") == [(40,)]
    assert [row[2] for row in work.rows("SHOW REJECTS OF t")] == [42, 43]


@pytest.mark.parametrize("path", ["*.gz", "in/*", "/nowhere/x.dat", "p.sql"])
def test_a_path_of_no_known_kind_is_told_as_a_path(open_work: OpenWork, path: str) -> None:
    work = open_work({"p.sql": ""})
    with pytest.raises(BadData, match=r"does not say what kind of files it means.*\n.*read_csv") as caught:
        work.rows(f"SELECT * FROM '{work.root / path if path == 'p.sql' else path}'")
    assert path in str(caught.value)


def test_an_option_of_a_file_function_is_told_where_it_is_said(open_work: OpenWork) -> None:
    work = open_work({"a.csv": GOOD})
    with pytest.raises(UserError, match=r"There is no option 'sheet' for table t.\n.*read_xlsx\('…', sheet = …\)"):
        work.rows("CREATE TABLE t OPTIONS (sheet = 'x') AS SELECT * FROM 'a.csv'")
