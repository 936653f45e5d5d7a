"""DESCRIBE TABLE t FOR LABEL y: what is found about a table, as rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
DATA = "고객번호,금액,at,one,이탈\n" + "".join(
    f'K{n:04},"{n % 97},{n % 10}00원",2026-01-{n % 28 + 1:02},1,{"" if n == 7 else "예" if n % 3 else "아니오"}\n'
    for n in range(300)
)


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    files = {
        "a.csv": DATA.encode("cp949"),
        "p.sql": "CREATE TABLE t AS SELECT * FROM read_csv('a.csv', encoding = 'cp949'); CREATE VIEW v AS FROM t;",
    }
    opened = open_work(files)
    opened.run()
    return opened


def test_every_finding_is_a_row_with_what_automl_does(work: Work) -> None:
    table = work.sql("DESCRIBE TABLE t FOR LABEL 이탈").table()
    assert table.column_names == ["column", "finding", "severity", "automl", "message"]
    rows = {row["finding"]: row for row in table.to_pylist()}
    assert (rows["identifier"]["column"], rows["identifier"]["automl"]) == ("고객번호", "left out")
    assert (rows["constant"]["column"], rows["constant"]["automl"]) == ("one", "left out")
    assert rows["unlabelled rows"]["severity"] == "error"
    assert "1 row of 300" in rows["unlabelled rows"]["message"]
    money = rows["money in a text"]
    assert money["column"] == "금액"
    assert "TRY_CAST" in money["message"]


def test_the_sql_that_is_advised_makes_a_number_of_money(work: Work) -> None:
    rows = work.sql("DESCRIBE TABLE t FOR LABEL 이탈").table().to_pylist()
    advised = next(row for row in rows if row["finding"] == "money in a text")["message"]
    expression = advised.partition("makes it what it is: ")[2].rstrip(".")
    assert work.rows(f"SELECT 금액 FROM (SELECT {expression} FROM t WHERE 고객번호 = 'K0003')") == [(3300.0,)]


def test_a_view_is_looked_at_like_a_table(work: Work) -> None:
    assert work.sql("DESCRIBE VIEW v FOR LABEL 이탈").table() == work.sql("DESCRIBE TABLE t FOR LABEL 이탈").table()


def test_a_name_that_is_not_there_names_the_nearest_and_its_place(work: Work) -> None:
    with pytest.raises(UnknownName) as caught:
        work.sql("DESCRIBE TABLE t FOR LABEL 이틀")
    (found,) = caught.value.diagnostics
    assert found.span is not None
    assert (found.span.line, found.span.column) == (1, 28)
    with pytest.raises(UnknownName, match="tt"):
        work.sql("DESCRIBE TABLE tt FOR LABEL 이탈")
