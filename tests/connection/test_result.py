"""What comes back from Python: everything can be looked at, at a prompt and in a notebook."""

from __future__ import annotations

import re

import pytest

import penstock
from penstock.connection import Connection

# The models here are of so few and such simple rows that they look like leaks.
pytestmark = pytest.mark.filterwarnings("ignore::penstock.PenstockWarning")


def test_a_connection_says_what_it_holds(made: Connection) -> None:
    assert repr(made) == "<connection to a passing project: 1 table, 1 model, 1 endpoint>"
    assert "나무" in made._repr_html_()


def test_status_and_lineage_are_relations_like_a_query_s_rows(made: Connection) -> None:
    status = made.status()
    assert [(row["kind"], row["name"]) for row in status.rows()] == [
        ("table", "나무"),
        ("model", "m"),
        ("endpoint", "e"),
    ]
    assert made.sql("SELECT name FROM status WHERE kind = 'model'").rows() == [{"name": "m"}]
    assert "나무" in status._repr_html_()
    assert "나무" in repr(made.lineage("m"))


def test_a_plan_says_what_there_is_to_do_and_why(passing: Connection) -> None:
    passing.sql("CREATE TABLE t AS SELECT 1 AS x; CREATE VIEW v AS SELECT x FROM t")
    assert repr(passing.plan()) == "Nothing to do: 2 objects up to date."
    plan = passing.plan("t", full_refresh=True)
    assert repr(plan).splitlines()[0] == "1 step to do"
    assert plan.table().rows() == [
        {"step": 1, "action": "build", "object": "table t", "because": "a full refresh was asked for"}
    ]
    assert (len(plan), len(plan.work)) == (1, 1)
    assert "<td" in plan._repr_html_()


def test_a_run_says_what_was_done(passing: Connection) -> None:
    passing.sql("CREATE TABLE t AS SELECT 1 AS x; CREATE TABLE u AS SELECT 2 AS x")
    run = passing.run("t", full_refresh=True)
    assert re.fullmatch(r"Run [0-9a-f]{12}: 1 done\.", repr(run).splitlines()[0])
    (row,) = run.table().rows()
    assert (row["action"], row["object"], row["status"], row["summary"]) == ("build", "table t", "done", "1 row")
    assert "1 row" in run._repr_html_()
    again = passing.run()
    assert re.fullmatch(r"Run [0-9a-f]{12}: 2 up to date\.", repr(again))


def test_a_model_shows_metrics_features_and_versions(made: Connection) -> None:
    model = made.model("M")
    assert repr(model).startswith("<model m version 1, mean_absolute_error ")
    assert model.features.rows() == [{"column": "키", "type": "number"}]
    (version,) = model.versions.rows()
    assert (version["version"], version["aliases"], version["status"]) == (1, "champion", "accepted")
    shown = model._repr_html_()
    assert all(word in shown for word in ("Model m, version 1", "r2_score", "키", "champion"))


def test_an_endpoint_shows_what_it_serves_and_what_it_asks_for(made: Connection) -> None:
    endpoint = made.endpoint("E")
    assert repr(endpoint) == "<endpoint e serves m version 1>"
    assert endpoint.features.rows() == [{"column": "키", "type": "number"}]
    shown = endpoint._repr_html_()
    assert all(word in shown for word in ("Endpoint e on model m", "champion", "100", "키"))


def test_an_endpoint_that_was_dropped_can_still_be_looked_at(passing: Connection) -> None:
    passing.sql("CREATE TABLE t AS SELECT range AS x, range AS label FROM range(50)")
    passing.sql("CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t; CREATE ENDPOINT e ON MODEL m")
    endpoint = passing.endpoint("e")
    passing.sql("DROP ENDPOINT e")
    assert repr(endpoint) == "<endpoint e: There is no endpoint 'e'.>"


def test_a_reproduction_says_whether_it_is_the_same(made: Connection) -> None:
    again = made.reproduce("m")
    assert again.same
    told = "Version 1 of m: the same graph, byte for byte. Once more: penstock reproduce m@1"
    assert repr(again).splitlines()[0] == told
    assert {row["metric"]: row["again"] for row in again.table().rows()} == dict(made.model("m").metrics)
    assert "byte for byte" in again._repr_html_()


def test_a_reproduction_of_a_model_without_a_graph_speaks_of_none(passing: Connection) -> None:
    passing.sql("CREATE TABLE days AS SELECT DATE '2026-01-01' + range::INT AS day, range AS n FROM range(40)")
    options = "model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'n'"
    passing.sql(f"CREATE MODEL series OPTIONS ({options}) AS SELECT * FROM days")
    assert passing.reproduce("series").message.startswith("Version 1 of series: the same model, byte for byte.")


def test_a_notebook_shows_a_mistake_without_a_traceback(passing: Connection) -> None:
    with pytest.raises(penstock.UserError) as caught:
        passing.sql("SELECT * FROM nothing")
    assert caught.value._render_traceback_() == str(caught.value).splitlines()
    assert caught.value.__cause__ is None
