"""Assertions: what must hold after the build of their table, and what happens when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import AssertionFailed, UserError
from penstock.core.events import Noticed

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLES = """
CREATE TABLE sales AS SELECT * FROM 'sales.csv';
CREATE TABLE totals AS SELECT sum(price) AS total FROM sales;
CREATE TABLE other AS SELECT 1 AS x;
"""
GOOD = "id,price\n1,10\n2,20\n"
FAILING = [
    '  {"id": 2, "price": -1}',
    '  {"id": 3, "price": null}',
    '  {"id": 4, "price": -2}',
    '  {"id": 5, "price": -3}',
    '  {"id": 6, "price": -4}',
    "  … and 2 more",
]
BAD = "id,price\n1,10\n2,-1\n3,\n4,-2\n5,-3\n6,-4\n7,-5\n8,-6\n"


def project(open_work: OpenWork, options: str = "", data: str = GOOD, check: str = "price >= 0") -> Work:
    assertion = f"CREATE ASSERTION no_debt ON sales\n  CHECK ({check}) {options};"
    return open_work({"sales.csv": data, "p.sql": TABLES + assertion})


def statuses(work: Work) -> dict[str, str]:
    return {outcome.step.name.name: outcome.status for outcome in work.try_run().outcomes}


def test_an_assertion_that_holds_is_recorded(open_work: OpenWork) -> None:
    work = project(open_work)
    assert work.run()["no_debt"] == "holds"
    assert work.run() == {}


def test_an_assertion_that_fails_stops_what_stands_on_its_table_and_nothing_else(open_work: OpenWork) -> None:
    work = project(open_work, data=BAD)
    assert statuses(work) == {"sales": "done", "no_debt": "failed", "totals": "cancelled", "other": "done"}


def test_the_failing_rows_are_shown_and_counted(open_work: OpenWork) -> None:
    (problem,) = project(open_work, data=BAD).try_run().problems
    assert isinstance(problem, AssertionFailed)
    (found,) = problem.diagnostics
    assert found.message.splitlines() == [
        "Assertion no_debt on sales does not hold for 7 rows: price >= 0",
        *FAILING,
    ]
    assert str(found.span) == "p.sql:6:10"
    assert "severity = 'warn'" in (found.hint or "")


def test_a_failed_assertion_is_checked_again_and_lets_go_when_the_data_is_mended(open_work: OpenWork) -> None:
    work = project(open_work, data=BAD)
    assert statuses(work)["totals"] == "cancelled"
    assert statuses(work) == {"sales": "skipped", "no_debt": "failed", "totals": "cancelled", "other": "skipped"}
    work.put("sales.csv", GOOD)
    assert statuses(work) == {"sales": "done", "no_debt": "done", "totals": "done", "other": "skipped"}


def test_a_warning_is_told_and_stops_nothing(open_work: OpenWork) -> None:
    work = project(open_work, "OPTIONS (severity = 'warn')", BAD)
    assert work.run()["totals"] == "1 row"
    (told,) = [
        event.message for event in work.heard if isinstance(event, Noticed) and event.resource == "assertion no_debt"
    ]
    assert told.splitlines() == [
        "does not hold for 7 rows of sales: price >= 0",
        *FAILING,
    ]
    assert work.rows("SHOW ASSERTIONS")[0][0] == "no_debt"
    from penstock.engine.status import status

    states = dict(zip(*status(work.session).select(["name", "state"]).to_pydict().values(), strict=True))
    assert states["no_debt"] == "does not hold for 7 rows"


@pytest.mark.parametrize(
    "check",
    [
        "id IN (SELECT id FROM other_ids)",
        "EXISTS (SELECT 1 FROM other_ids o WHERE o.id = sales.id)",
        "price > 5 OR id = 2",
    ],
)
def test_a_predicate_may_read_other_tables(open_work: OpenWork, check: str) -> None:
    work = open_work(
        {
            "sales.csv": GOOD,
            "p.sql": f"{TABLES} CREATE TABLE other_ids AS SELECT 1 AS id UNION SELECT 2;"
            f"CREATE ASSERTION known ON sales CHECK ({check});",
        }
    )
    assert work.run()["known"] == "holds"


def test_an_assertion_holds_for_a_view_over_files(open_work: OpenWork) -> None:
    sql = "CREATE VIEW sales AS SELECT * FROM 'sales.csv'; CREATE ASSERTION a ON sales CHECK (price > 10);"
    work = open_work({"sales.csv": GOOD, "p.sql": sql})
    with pytest.raises(AssertionFailed, match="does not hold for 1 row: price > 10"):
        raise work.try_run().problems[0]


def test_a_predicate_in_bigquery_sql_is_translated(open_work: OpenWork) -> None:
    sql = (
        "SET dialect = 'bigquery';\nCREATE ASSERTION a ON sales CHECK (SAFE_CAST(CAST(price AS STRING) AS INT64) > 0);"
    )
    work = open_work({"sales.csv": GOOD, "a.sql": TABLES, "p.sql": sql})
    assert work.run()["a"] == "holds"


def test_an_assertion_that_is_created_at_once_is_checked_at_once(open_work: OpenWork) -> None:
    work = project(open_work)
    work.run()
    with pytest.raises(AssertionFailed, match="1 row"):
        work.sql("CREATE ASSERTION dear ON sales CHECK (price >= 15)")


@pytest.mark.parametrize(
    ("check", "message", "hint"),
    [
        ("price + 1", "'price + 1' gives BIGINT, which is neither true nor false.", "Compare it"),
        ("'yes'", "\"'yes'\" gives VARCHAR, which is neither true nor false.", "Compare it"),
        ("sum(price) > 0", "A check is of one row at a time, and SUM(price) looks at many.", "(SELECT SUM(price) FROM"),
        ("price >= lag(price) OVER (ORDER BY id)", "A check is of one row at a time", "in a query of its own"),
    ],
)
def test_a_check_that_is_not_true_or_false_of_a_row_is_refused(
    open_work: OpenWork, check: str, message: str, hint: str
) -> None:
    (problem,) = project(open_work, check=check).try_run().problems
    assert type(problem) is UserError
    (found,) = problem.diagnostics
    assert found.message.startswith(message)
    assert hint in str(found.hint)
    assert found.span is not None
    assert (found.span.path, found.span.line) == ("p.sql", 6)


def test_a_check_may_look_at_many_rows_in_a_query_of_its_own(open_work: OpenWork) -> None:
    assert project(open_work, check="price < 2 * (SELECT sum(price) FROM sales)").run()["no_debt"] == "holds"
