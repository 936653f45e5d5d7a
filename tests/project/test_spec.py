"""From a statement to its spec: what each kind declares, its defaults, and what is refused and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind, ResourceName
from penstock.learn.registry import importers
from penstock.project.assertion import AssertionSpec
from penstock.project.endpoint import EndpointSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import IMPORTED, ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.spec import OPTIONS, Declaration, Spec, name_of, spec_of
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.project.view import ViewSpec
from penstock.sql.parse import parse_script
from penstock.sql.statement import OnSchedule, TriggerAction


def read(text: str) -> tuple[Spec | None, list[Diagnostic]]:
    script = parse_script(text, "a.sql")
    assert script.diagnostics == ()
    statement = script.statements[0]
    assert isinstance(statement, Declaration)
    return spec_of(statement)


def accepted(text: str) -> Any:
    spec, findings = read(text)
    assert findings == []
    assert spec is not None
    return spec


def refused(text: str) -> list[Diagnostic]:
    spec, findings = read(text)
    assert spec is None
    assert findings
    assert all(finding.span is not None for finding in findings)
    return findings


def test_a_table_has_its_query_and_is_built_anew_by_default() -> None:
    spec = accepted("CREATE TABLE s.hours AS SELECT * FROM 'hour.csv'")
    assert spec == TableSpec("s.hours", spec.query)
    assert spec.query.text == "SELECT * FROM 'hour.csv'"
    assert not spec.incremental
    assert name_of(spec) == ResourceName(Kind.TABLE, "s.hours")


def test_a_table_takes_its_options_in_any_case() -> None:
    spec = accepted(
        "CREATE TABLE t OPTIONS (UNIQUE_KEY = ['a', 'b'], Time_Column = 'at', max_rejects = 5, "
        "encoding = 'cp949', "
        "description = '시간별') AS SELECT 1 AS a"
    )
    assert spec == TableSpec("t", spec.query, ("a", "b"), "at", 5, "cp949", "시간별")
    assert spec.incremental


def test_one_key_column_needs_no_list() -> None:
    assert accepted("CREATE TABLE t OPTIONS (unique_key = 'id') AS SELECT 1 AS id").unique_key == ("id",)


@pytest.mark.parametrize(
    ("option", "column", "message", "hint"),
    [
        ("max_rejects = -1", 26, "max_rejects of table t must be an integer of at least 0", None),
        ("max_rejects = 'all'", 26, "max_rejects of table t must be", None),
        ("encoding = 'cp9494'", 26, "an encoding that Python knows", None),
        ("unique_keys = 'id'", 26, "no option 'unique_keys' for table t", "Did you mean 'unique_key'?"),
        ("unique_key = ['id', 'ID']", 26, "names a column twice", None),
    ],
)
def test_a_wrong_table_option_is_refused_at_its_key(option: str, column: int, message: str, hint: str | None) -> None:
    [finding] = refused(f"CREATE TABLE t OPTIONS (  {option}) AS SELECT 1 AS id")
    assert message in finding.message
    assert finding.hint == hint
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (1, column + 1)


def test_all_wrong_options_are_told_at_once() -> None:
    assert (
        len(refused("CREATE TABLE t OPTIONS (max_rejects = -1, encoding = 'x', colour = 'red') AS SELECT 1 AS a")) == 3
    )


def test_a_view_is_a_name_and_a_query() -> None:
    spec = accepted("CREATE VIEW v OPTIONS (description = 'd') AS SELECT 1 AS x")
    assert spec == ViewSpec("v", spec.query, "d")


def test_an_assertion_stops_the_run_unless_it_warns() -> None:
    spec = accepted("CREATE ASSERTION a ON t CHECK (x > 0)")
    assert spec == AssertionSpec("a", "t", spec.predicate, "error")
    assert spec.predicate.text == "x > 0"
    assert accepted("CREATE ASSERTION a ON t CHECK (x > 0) OPTIONS (severity = 'WARN')").severity == "warn"
    [finding] = refused("CREATE ASSERTION a ON t CHECK (x > 0) OPTIONS (severity = 'fatal')")
    assert "one of 'error', 'warn'" in finding.message


def test_a_model_keeps_every_option_for_its_learner() -> None:
    spec = accepted(
        "CREATE MODEL m OPTIONS (MODEL_TYPE = 'Linear_Reg', Input_Label_Cols = ['cnt'], l2_reg = 0.5, "
        "retrain = 'on_new_data') AS SELECT 1 AS x, 2 AS cnt"
    )
    assert isinstance(spec, ModelSpec)
    assert (spec.model_type, spec.label_columns, spec.retrain) == ("linear_reg", ("cnt",), "on_new_data")
    assert {key: option.value for key, option in spec.options.items()} == {
        "model_type": "Linear_Reg",
        "input_label_cols": ["cnt"],
        "l2_reg": 0.5,
        "retrain": "on_new_data",
    }


def test_a_model_has_its_transform() -> None:
    spec = accepted(
        "CREATE MODEL m TRANSFORM (x * 2 AS x2, label) OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS label"
    )
    assert spec.transform.text.strip() == "x * 2 AS x2, label"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE MODEL m AS SELECT 1 AS x", "has no model_type"),
        ("CREATE MODEL m OPTIONS (model_type = 3) AS SELECT 1 AS x", "model_type of model m must be"),
        ("CREATE MODEL m OPTIONS (model_type = ' ') AS SELECT 1 AS x", "the name of a model type"),
        (
            "CREATE MODEL m OPTIONS (model_type = 'linear_reg', retrain = 'never') AS SELECT 1 AS x",
            "one of 'on_change'",
        ),
        (
            "CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = []) AS SELECT 1 AS x",
            "at least one",
        ),
        ("CREATE MODEL m OPTIONS (model_type = 'linear_reg')", "has no training query"),
        ("CREATE MODEL m OPTIONS (model_type = 'onnx')", "is imported, and there is no model_path"),
        ("CREATE MODEL m OPTIONS (model_type = 'ONNX') AS SELECT 1 AS x", "is imported, and there is no model_path"),
        ("CREATE MODEL m OPTIONS (model_type = 'onnx', model_path = 'a') AS SELECT 1 AS x", "takes no training query"),
    ],
)
def test_a_model_that_cannot_be_trained_is_refused(text: str, message: str) -> None:
    assert message in refused(text)[0].message


def test_the_model_types_that_are_imported_are_those_of_the_importers() -> None:
    assert set(IMPORTED) == set(importers())


def test_a_slip_in_model_type_is_told_as_such() -> None:
    [finding] = refused("CREATE MODEL m OPTIONS (model_typ = 'linear_reg') AS SELECT 1 AS label, 2 AS x")
    assert "model_typ" in finding.message
    assert finding.hint == "Did you mean 'model_type'?"


def test_a_slip_in_model_path_is_told_as_such() -> None:
    [finding] = refused("CREATE MODEL m INPUT(a INT64) OPTIONS (model_type = 'onnx', Model_Pat = 'x')")
    assert finding.message == "There is no option 'model_pat' for an imported model."
    assert finding.hint == "Did you mean 'model_path'?"


def test_a_goal_has_its_predicate_and_who_answers_for_it() -> None:
    spec = accepted(
        "CREATE GOAL g ON MODEL m OPTIONS (description = 'd', owner = '김', time_column = 'at', "
        "window = '30 days') "
        "ACCEPT WHEN roc_auc >= champion.roc_auc"
    )
    assert spec == GoalSpec("g", "m", spec.predicate, "d", "김", "at", timedelta(days=30))


def test_a_goal_with_a_window_needs_a_time_column() -> None:
    [finding] = refused("CREATE GOAL g ON MODEL m OPTIONS (window = '30 days') ACCEPT WHEN roc_auc > 0.5")
    assert "no time_column" in finding.message


def test_an_endpoint_logs_unless_told_not_to() -> None:
    assert accepted("CREATE ENDPOINT e ON MODEL m") == EndpointSpec("e", "m")
    assert EndpointSpec("e", "m").log is True
    assert accepted("CREATE ENDPOINT e ON MODEL m OPTIONS (log = FALSE)").log is False


def test_a_monitor_of_an_endpoint_compares_the_newest_rows_with_the_training_data() -> None:
    spec = accepted("CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 0.2")
    assert spec == MonitorSpec(
        "w",
        Kind.ENDPOINT,
        "e",
        spec.predicate,
        window=None,
        window_rows=1000,
        min_rows=30,
        reference="training",
    )


def test_a_monitor_of_a_table_compares_with_the_window_before() -> None:
    spec = accepted(
        "CREATE MONITOR w ON TABLE t OPTIONS (window = INTERVAL '7' DAY, every = '1 hour', "
        "time_column = 'at') "
        "BREACH WHEN null_rate > 0.1"
    )
    assert (spec.watched_kind, spec.reference, spec.window_rows) == (Kind.TABLE, "previous", None)
    assert (spec.window, spec.every, spec.time_column) == (timedelta(days=7), timedelta(hours=1), "at")


@pytest.mark.parametrize(
    ("options", "watched", "message"),
    [
        ("window = '7 days', window_rows = 10", "ENDPOINT e", "both window and window_rows"),
        ("window = '0 days'", "ENDPOINT e", "longer than nothing"),
        ("window = 7", "ENDPOINT e", "window of monitor w must be"),
        ("min_rows = 0", "ENDPOINT e", "min_rows of monitor w must be"),
        ("every = 'sometimes'", "ENDPOINT e", "every of monitor w must be a duration"),
        ("reference = 'training'", "TABLE t", "no training data"),
        ("time_column = 'at'", "ENDPOINT e", "carry their time themselves"),
    ],
)
def test_a_monitor_that_contradicts_itself_is_refused(options: str, watched: str, message: str) -> None:
    [finding] = refused(f"CREATE MONITOR w ON {watched} OPTIONS ({options}) BREACH WHEN max_psi > 0.2")
    assert message in finding.message


def test_a_trigger_has_its_event_its_actions_and_its_rest() -> None:
    spec = accepted(
        "CREATE TRIGGER r ON SCHEDULE '0 3 * * 1-5' DO RETRAIN MODEL m, NOTIFY 'https://x.org/h' "
        "OPTIONS (cool_down = '1 day', min_rows = 100)"
    )
    actions = (TriggerAction("retrain", "m"), TriggerAction("notify", "https://x.org/h"))
    assert spec == TriggerSpec("r", OnSchedule("0 3 * * 1-5"), actions, timedelta(days=1), 100)


def test_a_trigger_without_options_never_rests() -> None:
    spec = accepted("CREATE TRIGGER r ON ARRIVAL 'data/*.csv' DO RUN PROJECT")
    assert (spec.cool_down, spec.min_rows) == (timedelta(0), 0)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("SCHEDULE '0 25 * * *'", "is not a cron text"),
        ("SCHEDULE 'daily'", "is not a cron text"),
        ("SCHEDULE '0 0 3 * * * *'", "is not a cron text"),
        ("ARRIVAL ' '", "names none"),
    ],
)
def test_an_event_that_never_happens_is_refused(event: str, message: str) -> None:
    assert message in refused(f"CREATE TRIGGER r ON {event} DO RUN PROJECT")[0].message


def test_every_kind_declares_documented_options() -> None:
    assert set(OPTIONS) == set(Kind)
    for kind, options in OPTIONS.items():
        names = [option.name for option in options]
        assert len(names) == len(set(names)), kind
        assert "description" in names, kind
        assert all(option.doc.endswith(".") and option.name == option.name.lower() for option in options), kind
