"""SHOW and DESCRIBE of a name alone, and what a statement says that changes rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName, UserError
from penstock.sql.vocabulary import SUBJECTS

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"a.csv": "price,도시\n1,부산\n2,서울\n"})
    opened.sql(
        "CREATE TABLE fares AS SELECT * FROM 'a.csv'; CREATE VIEW now AS SELECT price FROM 'a.csv';"
        "CREATE ASSERTION cheap ON fares CHECK (price < 9);"
        "CREATE MONITOR size ON TABLE fares BREACH WHEN row_count > 9;"
        "CREATE ASSERTION size ON fares CHECK (price > 0)"
    )
    return opened


@pytest.mark.parametrize("verb", ["SHOW", "DESCRIBE", "DESC"])
def test_the_name_of_a_table_or_view_tells_its_columns(work: Work, verb: str) -> None:
    assert [row[0] for row in work.rows(f"{verb} fares")] == ["price", "도시"]
    assert [row[:2] for row in work.rows(f"{verb} now")] == [("price", "BIGINT")]
    work.sql("CREATE TEMP TABLE passing AS SELECT 1 AS x")
    assert [row[0] for row in work.rows(f"{verb} passing")] == ["x"]


def test_the_name_of_any_other_object_describes_it(work: Work) -> None:
    assert work.rows("DESCRIBE cheap") == work.rows("DESCRIBE ASSERTION cheap")
    assert work.rows("SHOW Cheap") == work.rows("DESCRIBE ASSERTION cheap")


def test_a_name_of_several_objects_must_say_its_kind(work: Work) -> None:
    with pytest.raises(UnknownName, match=r"Several .*'size'(.|\n)*DESCRIBE ASSERTION size or DESCRIBE MONITOR size"):
        work.sql("DESCRIBE size")


def test_show_of_what_there_is_not_says_what_can_be_shown(work: Work) -> None:
    with pytest.raises(UnknownName, match="nothing to show called 'FOO'") as caught:
        work.sql("SHOW FOO")
    hint = caught.value.diagnostics[0].hint or ""
    assert all(subject.upper() in hint for subject in SUBJECTS)
    for slip, meant in (("MODLES", "MODELS"), ("MODEL", "MODELS"), ("version", "VERSIONS"), ("fare", "fares")):
        with pytest.raises(UnknownName, match=f"Did you mean '{meant}'"):
            work.sql(f"SHOW {slip}")


def test_describe_of_what_there_is_not_says_what_there_is(work: Work) -> None:
    with pytest.raises(UnknownName, match=r"no object 'faers'.*\n.*Did you mean 'fares'"):
        work.sql("DESCRIBE faers")
    with pytest.raises(UserError, match=r"no kind FOO to describe.*\n.*Known: TABLE, VIEW"):
        work.sql("DESCRIBE FOO x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT INTO passing VALUES (2), (3)", "2 rows changed"),
        ("UPDATE passing SET x = 5 WHERE x = 1", "1 row changed"),
        ("UPDATE passing SET x = 5 WHERE x = 99", "0 rows changed"),
        ("DELETE FROM passing WHERE x = 99", "0 rows changed"),
        ("WITH y AS (SELECT 7 AS x) INSERT INTO passing FROM y", "1 row changed"),
        ("SET threads = 1", "done"),
        ("", "There is nothing to run: the text holds no statement."),
        (" -- only a comment\n;", "There is nothing to run: the text holds no statement."),
    ],
)
def test_a_statement_without_rows_says_what_it_did(work: Work, text: str, told: str) -> None:
    work.sql("CREATE TEMP TABLE passing AS SELECT 1 AS x")
    assert work.sql(text).message == told
    assert work.sql("DELETE FROM passing RETURNING x").table().column_names == ["x"]
