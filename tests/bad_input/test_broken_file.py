"""Files that cannot be read as they stand: the file's own line and column, and how to go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Work
    from penstock.core.diagnostics import Diagnostic

    Complaint = Callable[[Callable[[], object]], Diagnostic]
    Project = Callable[..., Work]


@pytest.fixture
def broken_csv(rows_csv: str) -> str:
    """Two hundred rows, of which the one in line 152 has a word for a number."""
    lines = rows_csv.splitlines()
    lines[151] = "150,abc,S,1"
    return "\n".join([*lines, ""])


def test_a_word_for_a_number_stops_the_build_at_its_line_and_column(
    open_work: Callable[..., Work], complaint: Complaint, broken_csv: str
) -> None:
    typed = "CREATE TABLE hours AS SELECT * FROM read_csv('data/hours.csv', types = {'x': 'DOUBLE'});"
    work = open_work({"data/hours.csv": broken_csv, "hours.sql": typed})
    found = complaint(work.run)
    assert "1 row of table hours cannot be read" in found.message
    assert "data/hours.csv:152:" in found.message
    assert "abc" in found.message
    assert str(found.span) == "hours.sql:1:23"
    assert "max_rejects = 1" in (found.hint or "")
    assert work.rows("SHOW TABLES") == []


def test_a_line_with_too_few_columns_stops_the_build(project: Project, complaint: Complaint, rows_csv: str) -> None:
    found = complaint(project("", rows_csv + "200,1.5,S\n").run)
    assert "data/hours.csv:202:" in found.message
    assert "3 columns instead of 4" in found.message


def test_rows_that_may_be_rejected_are_kept_in_a_table_and_counted(
    open_work: Callable[..., Work], broken_csv: str
) -> None:
    table = (
        "CREATE TABLE hours OPTIONS (max_rejects = 3) AS "
        "SELECT * FROM read_csv('data/hours.csv', types = {'x': 'DOUBLE'});"
    )
    work = open_work({"data/hours.csv": broken_csv, "project.sql": table})
    assert work.run() == {"hours": "199 rows, 1 rejected"}
    (rejected,) = work.sql("SHOW REJECTS OF hours").table().to_pylist()
    assert (rejected["file"], rejected["line"]) == ("data/hours.csv", 152)
    assert rejected["raw_line"] == "150,abc,S,1"


def test_more_rejects_than_allowed_keep_the_old_rows(open_work: Callable[..., Work], rows_csv: str) -> None:
    table = "CREATE TABLE hours OPTIONS (max_rejects = 1) AS SELECT * FROM 'data/hours.csv';"
    work = open_work({"data/hours.csv": rows_csv, "project.sql": table})
    work.run()
    work.put("data/hours.csv", rows_csv + "1,2\n3\n")
    assert work.try_run().problems
    assert work.rows("SELECT count(*) FROM hours") == [(200,)]


def test_a_file_in_another_encoding_is_named_with_its_first_foreign_byte(
    project: Project, complaint: Complaint, rows_csv: str
) -> None:
    found = complaint(project("", rows_csv.encode() + "200,1.5,Besançon,3\n".encode("latin-1")).run)
    assert "data/hours.csv is not utf-8: byte 0xe7" in found.message
    assert "line 202, column 14" in found.message
    assert str(found.span) == "data/hours.csv:202:14"
    assert "encoding = 'latin-1'" in (found.hint or "")


def test_an_encoding_that_does_not_fit_is_refused_with_those_that_do(
    open_work: Callable[..., Work], complaint: Complaint
) -> None:
    table = "CREATE TABLE 도시 OPTIONS (encoding = 'utf-16') AS SELECT * FROM 'data/도시.csv';"
    korean = "이름,값\n서울,1\n부산,2\n".encode("cp949")
    found = complaint(open_work({"data/도시.csv": korean, "project.sql": table}).run)
    assert "utf-16" in found.message
    assert "encoding = 'cp949'" in (found.hint or "")


def test_an_encoding_that_there_is_not_is_refused_with_examples(
    open_work: Callable[..., Work], complaint: Complaint, rows_csv: str
) -> None:
    table = "CREATE TABLE hours OPTIONS (encoding = 'cp94') AS SELECT * FROM 'data/hours.csv';"
    found = complaint(open_work({"data/hours.csv": rows_csv, "project.sql": table}).run)
    assert "an encoding that Python knows" in found.message
    assert "'cp94'" in found.message
    assert str(found.span) == "project.sql:1:29"


def test_korean_text_in_its_old_encoding_needs_no_word(open_work: Callable[..., Work]) -> None:
    korean = "이름,값\n서울,1\n부산,2\n".encode("cp949")
    work = open_work({"data/도시.csv": korean, "project.sql": "CREATE TABLE 도시 AS SELECT * FROM 'data/도시.csv';"})
    work.run()
    assert work.rows("SELECT 이름, 값 FROM 도시 ORDER BY 값") == [("서울", 1), ("부산", 2)]


def test_a_pattern_without_a_file_says_so(project: Project, complaint: Complaint) -> None:
    found = complaint(project("CREATE TABLE b AS SELECT * FROM 'date/*.csv';").run)
    assert "No file matches 'date/*.csv'" in found.message
    assert str(found.span) == "project.sql:1:19"


def test_a_project_file_that_is_not_utf8_is_named(open_work: Callable[..., Work], complaint: Complaint) -> None:
    work = open_work({"project.sql": "CREATE TABLE a AS SELECT 'é' AS x;".encode("latin-1")})
    found = complaint(work.run)
    assert "UTF-8" in found.message
    assert str(found.span).startswith("project.sql:1:")
