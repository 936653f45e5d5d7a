"""Turns of the loop: monitors look, triggers decide; what was run acts, not what is being edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.history import list_history
from penstock.catalog.versions import aliases
from penstock.core.names import Kind, ResourceName
from penstock.engine.drop import remove
from penstock.engine.reproduction import reproduce
from penstock.serving.data_plane import DataPlane, open_data_plane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE t OPTIONS (unique_key = ['id']) AS SELECT * FROM 'in/*.csv';
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, y FROM t ORDER BY id DESC LIMIT 60;
CREATE GOAL g ON MODEL m ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON ENDPOINT e OPTIONS (window = '1 day', min_rows = 20, every = '1 hour')
BREACH WHEN mean_absolute_error > 3 OR max_psi > 0.5;
CREATE TRIGGER r ON BREACH OF w DO REFRESH TABLE t, RETRAIN MODEL m OPTIONS (cool_down = '1 hour');
"""


def file(first: int, slope: float) -> str:
    return "id,x,y\n" + "".join(f"{n},{n % 10},{slope * (n % 10) + 1}\n" for n in range(first, first + 60))


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"in/a.csv": file(0, 2), "p.sql": PROJECT})
    opened.run()
    return opened


@pytest.fixture
def plane(work: Work) -> Iterator[DataPlane]:
    session = work.session
    opened = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    yield opened
    opened.close()


def live(work: Work, plane: DataPlane, slope: float, more: float = 0) -> None:
    """Thirty requests of an hour, and what then really happened."""
    plane.refresh()
    answered = plane.predict("e", [{"x": n % 10 + more} for n in range(30)]).predictions
    plane.feedback(
        "e",
        [
            {"prediction_id": answer["prediction_id"], "actual": slope * (n % 10 + more) + 1}
            for n, answer in enumerate(answered)
        ],
    )
    work.clock.advance(timedelta(hours=1))
    plane.compact()


def test_a_calm_world_changes_nothing(work: Work, plane: DataPlane) -> None:
    assert work.turn().evaluations == ()
    for _ in range(3):
        live(work, plane, 2)
        turn = work.turn()
        assert [evaluation.breached for evaluation in turn.evaluations] == [False]
        assert turn.fired == ()
    assert plane.route("e").main.version == 1


def test_a_world_that_moves_is_seen_learned_and_served(work: Work, plane: DataPlane) -> None:
    work.turn()
    live(work, plane, 2)
    work.turn()
    work.put("in/b.csv", file(100, 5))
    live(work, plane, 5)
    turn = work.turn()
    (evaluation,) = turn.evaluations
    assert evaluation.breached
    assert "mean_absolute_error" in evaluation.reason
    (fired,) = turn.fired
    assert fired.reason.startswith("monitor w breached: ")
    assert fired.actions[0].startswith("table t: 60 rows added, 0 updated, 120 rows in all")
    assert "model m: version 2" in fired.actions[1]
    assert "champion" in fired.actions[1]
    live(work, plane, 5)
    assert plane.route("e").main.version == 2
    calm = work.turn()
    assert [found.breached for found in calm.evaluations] == [False]
    assert calm.fired == ()
    told = [(entry.kind, entry.subject) for entry in list_history(work.session.catalog)]
    assert told == [
        ("accepted", "model m"),
        ("breached", "monitor w"),
        ("fired", "trigger r"),
        ("accepted", "model m"),
    ]


def test_inputs_that_move_are_seen_before_any_label_comes(work: Work, plane: DataPlane) -> None:
    work.turn()
    plane.predict("e", [{"x": n % 10 + 50} for n in range(30)])
    plane.compact()
    (evaluation,) = work.turn().evaluations
    assert evaluation.breached
    assert evaluation.measures["max_psi"] > 0.5
    assert evaluation.measures["mean_absolute_error"] is None


def test_a_monitor_looks_again_when_its_time_has_come(work: Work, plane: DataPlane) -> None:
    live(work, plane, 2)
    assert len(work.turn().evaluations) == 1
    assert work.turn().evaluations == ()
    work.clock.advance(timedelta(minutes=59))
    assert work.turn().evaluations == ()
    work.clock.advance(timedelta(minutes=1))
    assert len(work.turn().evaluations) == 1


def test_what_is_being_edited_does_not_act(work: Work, plane: DataPlane) -> None:
    work.turn()
    work.put("p.sql", "CREATE TABLE half AS SELEKT")
    work.put("in/b.csv", file(100, 5))
    live(work, plane, 5)
    assert work.turn().fired[0].trigger == "r"


def test_a_version_that_is_no_better_does_not_serve(work: Work, plane: DataPlane) -> None:
    work.put(
        "p.sql",
        PROJECT.replace(
            "ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error",
            "ACCEPT WHEN r2_score > 2 OR champion.r2_score < -1e300",
        ),
    )
    work.run()
    work.turn()
    live(work, plane, 5)
    (fired,) = work.turn().fired
    assert "rejected" in fired.actions[1]
    assert aliases(work.session.catalog, "m") == {"candidate": 2, "champion": 1}
    live(work, plane, 5)
    assert plane.route("e").main.version == 1


def state(work: Work, name: str) -> str:
    from penstock.engine.status import status

    return str(next(row["state"] for row in status(work.session).to_pylist() if row["name"] == name))


def test_a_monitor_that_cannot_look_is_told_and_hinders_no_other(open_work: OpenWork) -> None:
    sql = (
        "CREATE TABLE t AS SELECT 1 AS x; CREATE TABLE u AS SELECT 1 AS x;"
        "CREATE MONITOR bad ON TABLE t OPTIONS (time_column = 'x', window = '1 day') BREACH WHEN row_count > 0;"
        "CREATE MONITOR good ON TABLE u BREACH WHEN row_count > 0;"
    )
    work = open_work({"p.sql": sql})
    work.run()
    assert [evaluation.monitor for evaluation in work.turn().evaluations] == ["good"]
    work.turn()
    (entry,) = list_history(work.session.catalog, subject="monitor bad")
    assert entry.kind == "failed"
    assert state(work, "bad").startswith("cannot look: ")
    assert state(work, "good") == "breached: row_count > 0 (row_count = 1)"


def test_what_was_dropped_is_told_by_those_that_look_at_it(work: Work, plane: DataPlane) -> None:
    work.turn()
    live(work, plane, 5)
    work.put("in/b.csv", file(100, 5))
    remove(work.session, [ResourceName(Kind.ENDPOINT, "e"), ResourceName(Kind.MODEL, "m")])
    for _ in range(3):
        assert work.turn().fired == ()
    assert state(work, "w") == "cannot look: There is no endpoint 'e'."
    assert [entry.kind for entry in list_history(work.session.catalog, subject="monitor w")] == ["failed"]
    work.run()
    live(work, plane, 5)
    assert len(work.turn().evaluations) == 1
    assert state(work, "w") == "holds"


def test_a_monitor_over_an_empty_window_has_nothing_to_judge(work: Work, plane: DataPlane) -> None:
    live(work, plane, 2)
    work.turn()
    assert state(work, "w") == "holds"
    work.clock.advance(timedelta(days=3))
    (found,) = work.turn().evaluations
    assert (found.breached, found.rows) == (None, 0)
    assert state(work, "w") == "cannot tell: no rows in the window"


def test_a_statement_in_the_other_dialect_acts_as_it_was_written(open_work: OpenWork) -> None:
    sql = (
        "SET dialect = 'bigquery';\n"
        "CREATE TABLE `p.t` AS SELECT x, SAFE_CAST(2 * x AS FLOAT64) AS y FROM `given`;\n"
        "CREATE ASSERTION a ON `p.t` CHECK (SAFE_CAST(y AS INT64) >= 0);\n"
        "CREATE MODEL `p.m` OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS\n"
        "SELECT SAFE_CAST(x AS FLOAT64) AS x, y FROM `p.t`;\n"
        "CREATE TRIGGER r ON SCHEDULE '0 * * * *' DO RUN PROJECT, RETRAIN MODEL p.m;"
    )
    work = open_work({"a.sql": "CREATE TABLE given AS SELECT range AS x FROM range(50);", "p.sql": sql})
    work.run()
    work.turn()
    work.clock.advance(timedelta(hours=1))
    assert work.turn().fired == (), "There is nothing to do."
    work.sql("INSERT INTO p.t VALUES (50, 100)")
    work.clock.advance(timedelta(hours=1))
    (fired,) = work.turn().fired
    assert fired.actions[0] == "nothing to do"
    assert "model p.m: version 2" in fired.actions[1]
    assert reproduce(work.session, "p.m", "1").same
