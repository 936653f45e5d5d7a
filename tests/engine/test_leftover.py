"""What the files do not declare any more, and what a run could not make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError
from penstock.engine.status import status

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
BASE = """
CREATE TABLE t AS SELECT range AS x, 2 * range AS y FROM range(40);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, y FROM t;
"""
REST = """
CREATE ASSERTION a ON t CHECK (x >= 0);
CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > 2;
CREATE MONITOR w ON TABLE t BREACH WHEN null_rate > 0.5;
CREATE TRIGGER r ON BREACH OF w DO REFRESH TABLE t;
CREATE VIEW v AS SELECT x FROM t;
"""


def states(work: Work) -> dict[str, str]:
    return {row["name"]: row["state"] for row in status(work.session).to_pylist()}


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"base.sql": BASE, "rest.sql": REST})
    opened.run()
    return opened


def test_definitions_whose_statement_is_gone_are_dropped_by_the_next_run(work: Work) -> None:
    (work.root / "rest.sql").unlink()
    plan = work.plan()
    assert {name: plan[name] for name in "agwr"} == dict.fromkeys("agwr", ("drop", "its statement is gone"))
    told = "not in the project any more; drop it with: DROP VIEW v"
    assert plan["v"] == ("skip", told)
    assert states(work)["v"] == f"defined; {told}"
    assert work.run() == dict.fromkeys("agwr", "dropped")
    assert states(work).keys() == {"t", "m", "v"}
    assert work.plan()["v"] == ("skip", told)
    work.sql("DROP VIEW v")
    assert work.plan().keys() == {"t", "m"}


def test_a_goal_that_is_gone_judges_nothing(work: Work) -> None:
    assert states(work)["g"] == "version 1 was rejected"
    (work.root / "rest.sql").unlink()
    assert work.run("m") == {}
    model = BASE.replace("'NO_SPLIT'", "'NO_SPLIT', l2_reg = 1.0")
    work.put("base.sql", model)
    # Only the model is run: the goal still stands in the catalog, and has no say.
    assert work.run("+m")["m"].endswith("champion")
    assert states(work)["g"].startswith("has not judged version 2; not in the project any more")
    assert work.run()["g"] == "dropped"


def test_what_was_made_by_hand_is_not_touched(work: Work) -> None:
    work.sql(
        "CREATE GOAL mine ON MODEL m ACCEPT WHEN r2_score > 0; CREATE TRIGGER by_hand ON BREACH OF w DO RUN PROJECT"
    )
    (work.root / "rest.sql").unlink()
    # The monitor stays, since a trigger that was made by hand waits for it.
    assert work.plan()["w"][0] == "skip"
    assert work.run() == dict.fromkeys("agr", "dropped")
    assert states(work).keys() == {"t", "m", "v", "w", "mine", "by_hand"}
    # Made anew by hand it is nobody's leftover.
    work.sql("CREATE OR REPLACE MONITOR w ON TABLE t BREACH WHEN null_rate > 0.6")
    assert "w" not in work.plan()
    assert "not in the project" not in states(work)["w"]


def test_what_a_hand_made_and_a_file_then_declares_is_the_files(open_work: OpenWork) -> None:
    work = open_work({"base.sql": BASE})
    work.run()
    goal = "CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > 0"
    work.sql(goal)
    work.put("goal.sql", f"{goal};")
    work.run()
    (work.root / "goal.sql").unlink()
    assert work.plan()["g"] == ("drop", "its statement is gone")


def test_a_statement_cannot_wait_for_a_monitor_that_is_about_to_go(work: Work) -> None:
    work.put("rest.sql", "CREATE TRIGGER r ON BREACH OF w DO REFRESH TABLE t;")
    with pytest.raises(UserError, match="no monitor 'w'"):
        work.plan()


def test_a_table_that_becomes_a_view_is_no_leftover(work: Work) -> None:
    work.put("rest.sql", REST.replace("CREATE VIEW v", "CREATE TABLE v"))
    assert work.plan()["v"][0] == "build"
    work.run()
    assert "not in the project" not in states(work)["v"]


def test_after_a_failed_run_status_tells_of_every_object_of_the_project(open_work: OpenWork) -> None:
    work = open_work(
        {"p.sql": "CREATE TABLE good AS SELECT 1 AS x;\nCREATE TABLE bad AS SELECT 1 AS x, error('no') AS y;"}
    )
    assert states(work) == {}
    work.put("q.sql", "CREATE VIEW after AS SELECT x FROM bad;")
    assert not work.try_run().ok
    told = states(work)
    assert told["good"].startswith("snapshot ")
    assert told["bad"].startswith("failed: ")
    assert "no" in told["bad"]
    assert told["after"] == "not reached"
    work.put("p.sql", "CREATE TABLE good AS SELECT 1 AS x;\nCREATE TABLE bad AS SELECT 1 AS x;")
    work.run()
    assert states(work)["bad"].startswith("snapshot ")
    work.clock.advance(timedelta(minutes=1))
    work.put("p.sql", "CREATE TABLE good AS SELECT error('oh') AS x;\nCREATE TABLE bad AS SELECT 1 AS x;")
    assert not work.try_run().ok
    assert "; failed since: " in states(work)["good"]
