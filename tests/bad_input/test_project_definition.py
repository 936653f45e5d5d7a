"""Statements that contradict one another: every finding at once, each at its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError

if TYPE_CHECKING:
    from conftest import Work

Project = Callable[..., "Work"]


def findings(work: Callable[[], object]) -> list[tuple[str, str, str]]:
    with pytest.raises(UserError) as caught:
        work()
    return [(str(found.span), found.message, found.hint or "") for found in caught.value.diagnostics]


def test_a_circle_is_shown_with_every_step(project: Project) -> None:
    ((place, message, hint),) = findings(
        project(
            "CREATE TABLE a AS SELECT * FROM b;\n"
            "CREATE VIEW b AS SELECT * FROM ML.PREDICT(MODEL c, TABLE hours);\n"
            "CREATE MODEL c OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT * FROM a;"
        ).run
    )
    assert place == "project.sql:3:95"
    assert "model c → table a → view b → model c" in message
    assert "circle" in hint


def test_an_object_that_reads_itself_is_a_circle(project: Project) -> None:
    ((place, message, _),) = findings(project("CREATE TABLE a AS SELECT 1 AS x UNION ALL SELECT x FROM a;").run)
    assert place.startswith("project.sql:1:")
    assert "table a → table a" in message


def test_a_name_that_is_defined_twice_is_shown_at_both_places(project: Project) -> None:
    found = findings(project("CREATE TABLE b AS SELECT 1 AS x;\nCREATE TABLE B AS SELECT 2 AS x;").run)
    assert [place for place, _, _ in found] == ["project.sql:1:14", "project.sql:2:14"]
    assert "defined twice: also as table at project.sql:2:1" in found[0][1]
    assert "Rename one of them" in found[0][2]


def test_a_view_with_the_name_of_a_table_is_refused(project: Project) -> None:
    found = findings(project("CREATE VIEW HOURS AS SELECT 1 AS x;").run)
    assert {place for place, _, _ in found} == {"hours.sql:1:14", "project.sql:1:13"}
    assert all("share their names" in hint for _, _, hint in found)


def test_every_mistake_of_a_project_is_told_at_once(project: Project) -> None:
    found = findings(
        project(
            "CREATE TABLE b AS SELECT * FROM huors;\n"
            "CREATE TABLE c AS SELEKT 1;\n"
            "CREATE MODEL m OPTIONS (model_type = 'linear_reg', l2_rge = 1, input_label_cols = ['y']) AS\n"
            "SELECT x, y FROM hours;\n"
            "CREATE ENDPOINT e ON MODEL n;\n"
        ).run
    )
    assert [place for place, _, _ in found] == [
        "project.sql:1:33",
        "project.sql:2:19",
        "project.sql:3:52",
        "project.sql:5:28",
    ]


def test_nothing_is_built_when_a_project_has_a_mistake(project: Project) -> None:
    work = project("CREATE TABLE b AS SELECT * FROM huors;")
    findings(work.run)
    assert work.rows("SHOW TABLES") == []
    assert work.rows("SHOW RUNS") == []


def test_creating_what_exists_is_refused_until_replace_is_said(project: Project) -> None:
    work = project("")
    work.run()
    ((place, message, hint),) = findings(lambda: work.sql("CREATE TABLE hours AS SELECT 1 AS x"))
    assert (place, message) == ("sql:1:1", "Table hours exists already.")
    assert "CREATE OR REPLACE TABLE" in hint
    work.sql("CREATE TABLE IF NOT EXISTS hours AS SELECT 1 AS x")
    assert work.rows("SELECT count(*) FROM hours") == [(200,)]
    work.sql("CREATE OR REPLACE TABLE hours AS SELECT 1 AS x")
    assert work.rows("FROM hours") == [(1,)]
