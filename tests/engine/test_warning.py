"""What the rules warn of is told where somebody can act on it, and not again with each run of what did not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from penstock.connection import open_connection
from penstock.core.events import Event, Noticed

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
UNUSED = "CREATE TABLE a AS SELECT 1 AS x;\nCREATE TABLE b AS SELECT * FROM 'in/*.csv';"
MODEL = (
    "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT range % 5 AS x, range % 7 AS label FROM range(50);"
)


def test_a_run_warns_of_what_is_new_and_a_plan_of_everything(open_work: OpenWork) -> None:
    root = open_work({"p.sql": UNUSED, "m.sql": MODEL, "in/a.csv": "x\n1\n"}).root
    heard: list[Event] = []

    def told() -> list[str]:
        found = [
            event.message.split(": ")[0] for event in heard if isinstance(event, Noticed) and "PS008" in event.message
        ]
        heard.clear()
        return found

    with open_connection(root, listener=heard.append) as connection:
        both = ["p.sql:1:14", "p.sql:2:14"]
        connection.plan()
        assert told() == both
        connection.run()
        assert told() == both
        (root / "in" / "b.csv").write_text("x\n2\n")
        connection.run()
        assert told() == [], "The rows are new, the statement is not."
        (root / "p.sql").write_text(UNUSED.replace("SELECT 1", "SELECT 2"))
        connection.run()
        assert told() == ["p.sql:1:14"]
        connection.lineage()
        assert told() == []
        connection.plan()
        assert told() == both


def test_a_project_within_the_project_is_told_by_a_plan_and_not_by_a_run(open_work: OpenWork) -> None:
    root = open_work({"p.sql": "CREATE TABLE a AS SELECT 1 AS x;", "old/penstock.toml": "", "old/p.sql": "?"}).root
    heard: list[Event] = []
    with open_connection(root, listener=heard.append) as connection:
        connection.run()
        assert not any(isinstance(event, Noticed) for event in heard)
        connection.plan()
        assert [event.message.split(":")[0] for event in heard if isinstance(event, Noticed)] == [
            "warning nested-project"
        ]
