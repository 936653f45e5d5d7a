"""What a plan says, from specs and states alone: no database, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from penstock.catalog.objects import ObjectState
from penstock.core.names import Kind, ResourceName
from penstock.engine.plan import Observed, make_plan
from penstock.engine.step import Plan
from penstock.graph.fingerprint import FileMark
from penstock.graph.topology import Graph, build_graph
from penstock.testing.project import project_from

SQL = """
CREATE TABLE sales AS SELECT * FROM 'data/*.csv';
CREATE VIEW recent AS SELECT * FROM sales WHERE day > '2026-01-01';
CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT x, label FROM recent;
CREATE ENDPOINT e ON MODEL m;
"""
SALES = ResourceName(Kind.TABLE, "sales")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def graph_of(folder: Path, sql: str) -> Graph:
    project = project_from(folder, {"project.sql": sql})
    assert project.diagnostics == ()
    return build_graph(project)


def after(plan: Plan) -> dict[tuple[Kind, str], ObjectState]:
    """Return the states that the catalog holds once the plan is carried out."""
    return {
        (step.name.kind, step.name.key): ObjectState(
            step.name, "", step.fingerprint, None, {"definition": step.definition}, NOW
        )
        for step in plan.steps
    }


def actions(plan: Plan) -> Mapping[str, str]:
    return {step.name.name: step.action for step in plan.steps}


def test_everything_is_made_the_first_time_in_the_order_of_the_graph(tmp_path: Path) -> None:
    plan = make_plan(graph_of(tmp_path, SQL), Observed({}))
    assert [(step.name.name, step.action) for step in plan.steps] == [
        ("sales", "build"),
        ("recent", "build"),
        ("m", "train"),
        ("e", "create"),
    ]


def test_nothing_is_made_a_second_time(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SQL)
    done = after(make_plan(graph, Observed({})))
    assert set(actions(make_plan(graph, Observed(done))).values()) == {"skip"}


def test_whitespace_comments_and_case_of_keywords_change_nothing(tmp_path: Path) -> None:
    done = after(make_plan(graph_of(tmp_path / "a", SQL), Observed({})))
    other = SQL.replace("SELECT", "select  -- all of it\n ").replace("CREATE TABLE", "create\n table")
    assert set(actions(make_plan(graph_of(tmp_path / "b", other), Observed(done))).values()) == {"skip"}


def test_a_new_file_rebuilds_the_data_and_leaves_the_model(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SQL)
    done = after(make_plan(graph, Observed({})))
    arrived = Observed(done, files={SALES: (FileMark("data/a.csv", 10, 1),)})
    assert actions(make_plan(graph, arrived)) == {"sales": "build", "recent": "build", "m": "skip", "e": "skip"}


def test_a_new_file_retrains_a_model_that_asks_for_it(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SQL.replace("'linear_reg')", "'linear_reg', retrain = 'on_new_data')"))
    done = after(make_plan(graph, Observed({})))
    arrived = Observed(done, files={SALES: (FileMark("data/a.csv", 10, 1),)})
    assert actions(make_plan(graph, arrived))["m"] == "train"


def test_an_incremental_table_appends_new_files_and_is_rebuilt_when_its_definition_changes(tmp_path: Path) -> None:
    incremental = SQL.replace("TABLE sales AS", "TABLE sales OPTIONS (unique_key = ['id']) AS")
    graph = graph_of(tmp_path / "a", incremental)
    done = after(make_plan(graph, Observed({})))
    arrived = Observed(done, files={SALES: (FileMark("data/a.csv", 10, 1),)})
    assert actions(make_plan(graph, arrived))["sales"] == "append"
    changed = graph_of(tmp_path / "b", incremental.replace("SELECT * FROM 'data", "SELECT x FROM 'data"))
    assert actions(make_plan(changed, arrived))["sales"] == "build"


def test_a_changed_table_definition_retrains_the_model_below_it(tmp_path: Path) -> None:
    done = after(make_plan(graph_of(tmp_path / "a", SQL), Observed({})))
    changed = graph_of(tmp_path / "b", SQL.replace("2026-01-01", "2025-01-01"))
    plan = make_plan(changed, Observed(done))
    assert actions(plan) == {"sales": "skip", "recent": "build", "m": "train", "e": "skip"}
    assert {step.reason for step in plan.work} == {"its definition changed"}


def test_a_full_refresh_makes_all_data_and_no_model(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SQL)
    done = after(make_plan(graph, Observed({})))
    assert actions(make_plan(graph, Observed(done), full_refresh=True)) == {
        "sales": "build",
        "recent": "build",
        "m": "skip",
        "e": "skip",
    }


def test_a_forced_object_is_made_with_the_given_reason_and_others_are_left(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SQL)
    done = after(make_plan(graph, Observed({})))
    model = ResourceName(Kind.MODEL, "m")
    plan = make_plan(graph, Observed(done), forced={model: "a trigger said so"})
    assert [(step.name, step.action, step.reason) for step in plan.work] == [(model, "train", "a trigger said so")]


def test_a_selection_leaves_out_the_rest_and_keeps_the_hashes(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SQL)
    whole = {step.name: step.fingerprint for step in make_plan(graph, Observed({})).steps}
    model = ResourceName(Kind.MODEL, "m")
    (step,) = make_plan(graph, Observed({}), selected={model}).steps
    assert (step.name, step.fingerprint) == (model, whole[model])


def test_an_outside_table_that_changed_makes_its_readers_stale(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "CREATE TABLE t AS SELECT * FROM made_by_hand;")
    name = ResourceName(Kind.TABLE, "t")
    seen = Observed({}, snapshots={name: {"made_by_hand": "3"}})
    done = after(make_plan(graph, seen))
    assert actions(make_plan(graph, replace(seen, states=done)))["t"] == "skip"
    assert actions(make_plan(graph, Observed(done, snapshots={name: {"made_by_hand": "4"}})))["t"] == "build"
