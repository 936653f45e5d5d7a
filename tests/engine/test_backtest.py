"""Backtests: history through the loop in virtual time, by the code that decides in production."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName, UserError
from penstock.core.events import StepProgressed
from penstock.engine.backtest import BacktestResult, BacktestSettings, run_backtest

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 60


def history(drift_after: int = 30) -> str:
    """Eight rows a day; from a day on, what was 2x + 5 is 6x + 5."""
    lines = ["hour,x,city,y"]
    for number in range(DAYS * 8):
        at = START + timedelta(hours=3 * number)
        x = number * 7 % 23
        slope = 2 if number < drift_after * 8 else 6
        lines.append(f"{at:%Y-%m-%d %H:%M:%S},{x},{'SBJ'[number % 3]},{slope * x + 5 + number % 3}")
    return "\n".join([*lines, ""])


PROJECT = """
CREATE TABLE hours OPTIONS (time_column = 'hour') AS SELECT * FROM 'in/*.csv';
CREATE MODEL m TRANSFORM (x, city, y) OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS
SELECT hour, x, city, y FROM {source} WHERE hour > (SELECT max(hour) - INTERVAL 8 DAYS FROM {source});
CREATE GOAL g ON MODEL m OPTIONS (time_column = 'hour', window = '3 days')
ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON ENDPOINT e OPTIONS (window = '4 days')
BREACH WHEN mean_absolute_error > 2;
CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m OPTIONS (cool_down = '3 days');
"""


def project(open_work: OpenWork, sql: str = PROJECT, source: str = "hours", data: str | None = None) -> Work:
    work = open_work({"in/a.csv": data or history(), "p.sql": sql.format(source=source)})
    work.run("+hours", "+recent") if "recent" in sql else work.run("+hours")
    return work


def replay(work: Work, **changes: object) -> BacktestResult:
    asked = {
        "endpoint": "e",
        "table": "hours",
        "time_column": "hour",
        "label_delay": timedelta(days=1),
        "step": timedelta(days=2),
        "start": START + timedelta(days=20),
        **changes,
    }
    return run_backtest(work.session, work.graph(), BacktestSettings(**asked))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> BacktestResult:
    """The replay of a history whose slope changes on day thirty."""
    from penstock.engine.run import run_plan
    from penstock.engine.session import open_session
    from penstock.engine.workspace import checked_workspace, plan_of
    from penstock.testing.project import write_project

    files = {"in/a.csv": history(), "p.sql": PROJECT.format(source="hours")}
    root = write_project(tmp_path_factory.mktemp("drift"), files)
    with open_session(root) as session:
        workspace = checked_workspace(session)
        run_plan(session, workspace.graph, plan_of(session, workspace, ["+hours"]), cause="a test")
        settings = BacktestSettings(
            "e", "hours", "hour", timedelta(days=1), timedelta(days=2), START + timedelta(days=20)
        )
        return run_backtest(session, workspace.graph, settings)


def test_the_policy_beats_never_retraining_once_the_world_has_moved(drifted: BacktestResult) -> None:
    overall = drifted.overall
    assert drifted.metric == "mean_absolute_error"
    assert drifted.lower_is_better
    assert overall["policy"] < 0.7 * overall["never"]
    assert drifted.trainings["never"] == 1
    assert drifted.trainings["policy"] < drifted.trainings["always"] / 2


def test_before_the_world_moves_the_policy_leaves_the_model_alone(drifted: BacktestResult) -> None:
    drift = START + timedelta(days=30)
    assert drifted.retrainings
    assert all(retraining.at > drift for retraining in drifted.retrainings)
    calm = [row for row in drifted.steps.to_pylist() if row["at"] < drift]
    assert len(calm) == 5
    assert all(row["policy"] == row["never"] for row in calm)


def test_each_retraining_says_when_why_and_what_the_gate_said(drifted: BacktestResult) -> None:
    first = next(retraining for retraining in drifted.retrainings if retraining.accepted)
    assert first.reason.startswith("monitor w breached: mean_absolute_error ")
    assert "goal g reached: mean_absolute_error" in first.verdict
    assert first.seconds > 0


def test_every_row_after_the_start_is_scored_once(drifted: BacktestResult) -> None:
    steps = drifted.steps.to_pylist()
    assert sum(row["rows"] for row in steps) == (DAYS - 20) * 8
    assert [row["at"] for row in steps[:2]] == [START + timedelta(days=20), START + timedelta(days=22)]


def test_a_replay_is_the_same_each_time(open_work: OpenWork) -> None:
    work = project(open_work)
    few = {"end": START + timedelta(days=40)}
    first, again = replay(work, **few), replay(work, **few)
    assert first.steps.equals(again.steps)
    assert [r.at for r in first.retrainings] == [r.at for r in again.retrainings]


def test_nothing_of_the_future_is_trained_on(open_work: OpenWork) -> None:
    """Rows after the end, and rows whose labels are not known yet, change nothing."""
    end = START + timedelta(days=40)
    few = {"end": end, "label_delay": timedelta(days=4)}
    sane = replay(project(open_work), **few)
    lines = history().splitlines()
    strange = [
        line.rpartition(",")[0] + ",1e6" if line > f"{end:%Y-%m-%d}" and line[0] == "2" else line for line in lines
    ]
    work = open_work({"in/a.csv": "\n".join([*strange, ""]), "p.sql": PROJECT.format(source="hours")}, folder="other")
    work.run("+hours")
    assert replay(work, **few).steps.equals(sane.steps)


def test_a_table_behind_a_view_is_cut_off_too(open_work: OpenWork) -> None:
    view = "CREATE VIEW recent AS SELECT * FROM hours;"
    few = {"end": START + timedelta(days=40)}
    through = replay(project(open_work, view + PROJECT, "recent"), **few)
    work = open_work({"in/a.csv": history(), "p.sql": PROJECT.format(source="hours")}, folder="plain")
    work.run("+hours")
    assert through.steps.equals(replay(work, **few).steps)


def test_without_a_start_the_first_fifth_is_trained_on_in_fifty_steps(open_work: OpenWork) -> None:
    work = project(open_work)
    result = replay(work, start=None, step=None)
    steps = result.steps.to_pylist()
    assert len(steps) == 50
    assert steps[0]["at"] == START + (timedelta(days=DAYS) - timedelta(hours=3)) / 5


def test_a_backtest_tells_how_far_it_is(open_work: OpenWork) -> None:
    work = project(open_work)
    replay(work, end=START + timedelta(days=30))
    told = [event for event in work.heard if isinstance(event, StepProgressed) and event.run_id == "backtest"]
    assert [(event.done, event.total) for event in told] == [(n, 5) for n in range(1, 6)]
    assert told[-1].remaining_seconds == 0


def test_a_backtest_changes_nothing(open_work: OpenWork) -> None:
    work = project(open_work)
    replay(work, end=START + timedelta(days=30))
    assert work.rows("SHOW VERSIONS") == []
    assert work.rows("SHOW ENDPOINTS") == []
    assert [row[0] for row in work.rows("SHOW TABLES")] == ["hours"]


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"endpoint": "ee"}, "no endpoint 'ee'", "Did you mean 'e'?"),
        ({"table": "huors"}, "'huors'", "Did you mean 'hours'?"),
        ({"time_column": "huor"}, "'huor'", "Did you mean 'hour'?"),
        ({"start": START - timedelta(days=9)}, "The start must lie between 2026-01-01 and", ""),
        ({"end": START + timedelta(days=1)}, "The start must lie between", ""),
    ],
)
def test_what_cannot_be_replayed_is_said(
    open_work: OpenWork, changes: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(UserError) as caught:
        replay(project(open_work), **changes)
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert hint in (found.hint or "")
    if hint:
        assert isinstance(caught.value, UnknownName)


def test_a_history_without_a_span_of_time_is_said(open_work: OpenWork) -> None:
    work = project(open_work, data="\n".join(history().splitlines()[:2]) + "\n")
    with pytest.raises(UserError, match="no span of time to replay"):
        replay(work)


@pytest.mark.parametrize("event", ["ON SCHEDULE '0 0 * * 1'", "ON LABELS OF e (80)"])
def test_other_triggers_decide_as_in_production(open_work: OpenWork, event: str) -> None:
    sql = PROJECT.replace("ON BREACH OF w", event)
    result = replay(project(open_work, sql), end=START + timedelta(days=50))
    assert len(result.retrainings) >= 2
    assert result.overall["policy"] < result.overall["never"]
    reason = result.retrainings[0].reason
    expected = {"schedule '0 0 * * 1' was due at 2026-01-26 00:00 UTC", "88 new labels of endpoint e"}
    assert reason in expected


def test_a_trigger_is_held_back_while_nothing_new_is_known(open_work: OpenWork) -> None:
    """As live: between two deliveries of labels a lasting breach trains once, and a schedule passes."""
    gap = [line for line in history().splitlines() if not "2026-02-01" <= line[:10] < "2026-02-11"]
    for event in ("ON BREACH OF w", "ON SCHEDULE '0 0 * * *'"):
        sql = PROJECT.replace("ON BREACH OF w", event).replace("cool_down = '3 days'", "cool_down = '1 hour'")
        work = open_work({"in/a.csv": "\n".join([*gap, ""]), "p.sql": sql.format(source="hours")}, folder=event[3:9])
        work.run("+hours")
        retrained = replay(work, step=timedelta(days=1), start=START + timedelta(days=29)).retrainings
        calm = [each.at for each in retrained if 33 <= (each.at - START).days < 41]
        assert retrained[-1].at > START + timedelta(days=42)
        assert calm == []


def test_a_trigger_asks_for_its_new_rows_as_in_production(open_work: OpenWork) -> None:
    sql = PROJECT.replace("cool_down = '3 days'", "min_rows = 1000000")
    result = replay(project(open_work, sql), end=START + timedelta(days=44))
    assert result.trainings["policy"] == 1
    assert "min_rows asks for 1,000,000" in result.retrainings[0].verdict
