"""Triggers at work: what they look at, what they do, and what happens when an action fails or must wait."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from penstock.catalog.evaluations import Evaluation, add_evaluation
from penstock.catalog.history import list_history
from penstock.catalog.lease import acquire_lease, release_lease
from penstock.catalog.versions import aliases, list_versions
from penstock.engine.run import LEASE
from penstock.serving.data_plane import DataPlane, open_data_plane

if TYPE_CHECKING:
    from conftest import Work
    from penstock.engine.trigger import Fired

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE t OPTIONS (time_column = 'day') AS SELECT * FROM 'in/*.csv';
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, y FROM t;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON TABLE t OPTIONS (every = '1000 days') BREACH WHEN row_count > 1000;
"""


def rows(month: int = 1, slope: int = 2) -> str:
    return "x,y,day\n" + "".join(f"{n % 9},{slope * (n % 9) + 1},2026-{month:02}-{n + 1:02}\n" for n in range(28))


def project(open_work: OpenWork, trigger: str) -> Work:
    work = open_work({"in/a.csv": rows(), "p.sql": PROJECT + trigger})
    work.run()
    # The first look only remembers what there is.
    assert work.turn().fired == ()
    work.clock.advance(timedelta(minutes=1))
    return work


def fired(work: Work) -> Fired:
    (one,) = work.turn().fired
    return one


def breach(work: Work, reason: str = "drift", after: timedelta = timedelta(days=2)) -> None:
    work.clock.advance(after)
    now = work.clock.now()
    add_evaluation(work.session.catalog, Evaluation("w", now, None, now, 10, {"row_count": 10.0}, (), True, reason))
    work.clock.advance(timedelta(seconds=1))


@contextmanager
def plane_of(work: Work) -> Iterator[DataPlane]:
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    yield plane
    plane.close()


def label(plane: DataPlane, count: int) -> None:
    ids = [p["prediction_id"] for p in plane.predict("e", [{"x": n} for n in range(count)]).predictions]
    plane.feedback("e", [{"prediction_id": prediction, "actual": 5} for prediction in ids])
    plane.compact()


def test_files_that_arrive_refresh_a_table_and_train_again(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON ARRIVAL 'in/*.csv' DO REFRESH TABLE t, RETRAIN MODEL m;")
    assert work.turn().fired == ()
    work.put("in/b.csv", rows(2, slope=4))
    went_off = fired(work)
    assert went_off.reason == "files arrived at in/*.csv"
    assert went_off.actions[0] == "table t: 28 rows added, 56 rows in all"
    assert "model m: version 2" in went_off.actions[1]
    assert list_versions(work.session.catalog, "m")[-1].reason.startswith("trigger r: files arrived at in/*.csv")
    assert work.turn().fired == ()


def arrive(work: Work, month: int = 2) -> None:
    work.put(f"in/{month}.csv", rows(month))


def kinds(work: Work, subject: str = "trigger r") -> list[str]:
    return [entry.kind for entry in list_history(work.session.catalog, subject=subject)]


def state(work: Work, name: str = "r") -> str:
    from penstock.engine.status import status

    return str(next(row["state"] for row in status(work.session).to_pylist() if row["name"] == name))


def test_a_breach_trains_again_once(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;")
    arrive(work)
    breach(work, "row_count > 9")
    assert fired(work).reason == "monitor w breached: row_count > 9"
    assert work.turn().fired == ()
    arrive(work, 3)
    breach(work)
    assert "model m: version 3" in fired(work).actions[0]


def test_a_breach_that_lasts_trains_again_only_when_there_is_something_new(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO REFRESH TABLE t, RETRAIN MODEL m;")
    arrive(work)
    breach(work)
    fired(work)
    for _ in range(5):
        breach(work, after=timedelta(minutes=1))
        assert work.turn().fired == ()
    assert kinds(work) == ["fired", "held"]
    assert len(list_versions(work.session.catalog, "m")) == 2
    assert "held back" in state(work)
    assert "nothing is new to model m since version 2" in state(work)
    arrive(work, 3)
    assert "version 3" in fired(work).actions[1]
    assert "held back" not in state(work)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO t VALUES (1, 99, DATE '2026-05-01')",
        "CREATE OR REPLACE GOAL g ON MODEL m ACCEPT WHEN r2_score > -10",
    ],
)
def test_rows_written_by_hand_and_another_goal_are_something_new(open_work: OpenWork, change: str) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;")
    breach(work)
    assert work.turn().fired == ()
    work.sql(change)
    assert "version 2" in fired(work).actions[0]
    breach(work)
    assert work.turn().fired == ()


def test_the_prediction_log_is_nothing_new_to_a_model_that_does_not_read_it(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON LABELS OF e (2) DO RETRAIN MODEL m;")
    with plane_of(work) as plane:
        label(plane, 3)
    assert work.turn().fired == ()
    assert kinds(work) == ["held"]
    arrive(work)
    assert fired(work).reason == "3 new labels of endpoint e"


def test_a_training_window_that_follows_the_clock_sees_something_new_each_day(open_work: OpenWork) -> None:
    sql = PROJECT.replace("FROM t;\nCREATE ENDPOINT", "FROM t WHERE day > current_date - 9999;\nCREATE ENDPOINT")
    files: dict[str, str | bytes] = {
        "in/a.csv": rows(),
        "p.sql": f"{sql} CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;",
    }
    work = open_work(files)
    work.run()
    breach(work, after=timedelta(minutes=1))
    assert work.turn().fired == ()
    breach(work, after=timedelta(days=1))
    assert "version 2" in fired(work).actions[0]
    breach(work, after=timedelta(minutes=1))
    assert work.turn().fired == ()


def test_what_it_cannot_hold_back_is_done_and_the_training_left(
    open_work: OpenWork, listener: tuple[str, list[dict[str, Any]]]
) -> None:
    url, heard = listener
    work = project(open_work, f"CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m, NOTIFY '{url}';")
    breach(work)
    trained, told = fired(work).actions
    assert trained == "nothing is new to model m since version 1"
    assert told == f"told {url}: 204"
    assert len(heard) == 1


def test_a_schedule_goes_off_when_its_time_has_come(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON SCHEDULE '0 10 * * *' DO RUN PROJECT;")
    arrive(work)
    assert work.turn().fired == ()
    work.clock.advance(timedelta(hours=1))
    assert fired(work).reason == "schedule '0 10 * * *' was due at 2026-03-31 10:00 UTC"
    assert work.turn().fired == ()


def test_a_schedule_with_nothing_to_do_passes_and_waits_for_the_next(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON SCHEDULE '0 10 * * *' DO REFRESH TABLE t, RETRAIN MODEL m;")
    work.clock.advance(timedelta(hours=1))
    assert work.turn().fired == ()
    assert "nothing is new to model m since version 1" in state(work)
    arrive(work)
    assert work.turn().fired == (), "Its time has passed."
    work.clock.advance(timedelta(days=1))
    assert "version 2" in fired(work).actions[1]
    for _ in range(3):
        work.clock.advance(timedelta(days=1))
        assert work.turn().fired == ()
    assert kinds(work) == ["held", "fired", "held"]


def test_labels_that_arrive_are_counted_from_the_last_firing(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON LABELS OF e (3) DO RETRAIN MODEL m;")
    arrive(work)
    with plane_of(work) as plane:
        label(plane, 2)
        assert work.turn().fired == ()
        label(plane, 2)
        assert fired(work).reason == "4 new labels of endpoint e"
        arrive(work, 3)
        label(plane, 2)
        assert work.turn().fired == ()


def test_a_cool_down_is_waited_for(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m OPTIONS (cool_down = '2 hours');")
    arrive(work)
    breach(work)
    fired(work)
    arrive(work, 3)
    breach(work, after=timedelta(hours=1))
    assert work.turn().fired == ()
    work.clock.advance(timedelta(hours=3))
    fired(work)


def test_an_action_that_fails_stops_those_after_it_and_is_told(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON ARRIVAL 'in/*.csv' DO REFRESH TABLE t, RETRAIN MODEL m;")
    work.put("in/b.csv", "x,day\n1,2026-02-01,9,9\n")
    went_off = fired(work)
    assert len(went_off.actions) == 1
    assert went_off.actions[0].startswith("refresh t failed: ")
    assert "in/b.csv" in went_off.actions[0]
    assert len(list_versions(work.session.catalog, "m")) == 1
    assert [e.kind for e in list_history(work.session.catalog, subject="trigger r")] == ["fired", "failed"]
    work.put("in/b.csv", rows(2))
    assert len(fired(work).actions) == 2


def test_too_few_new_rows_are_told_as_the_reason_not_to_train(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m OPTIONS (min_rows = 20);")
    work.put("in/b.csv", "x,y,day\n1,3,2026-02-01\n")
    breach(work)
    assert "1 new rows, and min_rows asks for 20" in fired(work).actions[0]
    for _ in range(3):
        breach(work)
        assert work.turn().fired == ()
    assert kinds(work) == ["fired", "failed", "held"]
    assert "nothing has changed since it failed: Model m is not trained again" in state(work)
    arrive(work, 3)
    breach(work)
    assert "version 2" in fired(work).actions[0]


def test_while_a_run_is_under_way_nothing_goes_off_and_nothing_is_lost(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;")
    arrive(work)
    breach(work)
    acquire_lease(work.session.catalog, LEASE, "another", work.clock.now(), timedelta(minutes=5))
    assert work.turn().fired == ()
    release_lease(work.session.catalog, LEASE, "another")
    assert "version 2" in fired(work).actions[0]


def test_a_firing_that_was_cut_off_goes_on_where_it_was(open_work: OpenWork) -> None:
    from penstock.catalog.objects import update_state
    from penstock.core.names import Kind, ResourceName

    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO RUN PROJECT, RETRAIN MODEL m;")
    arrive(work)
    name = ResourceName(Kind.TRIGGER, "r")
    pending = {"pending": {"reason": "drift, before the lights went out", "next": 1}}
    update_state(work.session.catalog, name, lambda old: {**old, **pending}, work.clock.now())
    went_off = fired(work)
    assert went_off.reason == "drift, before the lights went out"
    assert len(went_off.actions) == 1
    assert "version 2" in went_off.actions[0]
    assert work.turn().fired == ()


def promote(work: Work, number: int) -> None:
    work.run(forced="m")
    assert aliases(work.session.catalog, "m")["champion"] == number


def test_a_rollback_goes_to_the_version_before_and_never_to_one_that_was_rolled_back(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO ROLLBACK ENDPOINT e;")
    promote(work, 2)
    promote(work, 3)
    told = []
    for _ in range(3):
        breach(work)
        told += fired(work).actions
    assert told[:2] == ["endpoint e serves version 2 again", "endpoint e serves version 1 again"]
    assert told[2].startswith("rollback e failed: ")
    assert "no earlier version to go back to" in told[2]
    assert aliases(work.session.catalog, "m")["champion"] == 1


def test_after_a_rollback_the_next_version_is_what_is_gone_back_from(open_work: OpenWork) -> None:
    work = project(open_work, "CREATE TRIGGER r ON BREACH OF w DO ROLLBACK ENDPOINT e;")
    promote(work, 2)
    breach(work)
    fired(work)
    promote(work, 3)
    breach(work)
    assert fired(work).actions == ("endpoint e serves version 1 again",)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address, and what it was told."""
    heard: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_is_told_what_happened(open_work: OpenWork, listener: tuple[str, list[dict[str, Any]]]) -> None:
    url, heard = listener
    work = project(open_work, f"CREATE TRIGGER r ON BREACH OF w DO NOTIFY '{url}';")
    breach(work, "too warm")
    assert fired(work).actions == (f"told {url}: 204",)
    assert heard[0]["trigger"] == "r"
    assert heard[0]["reason"] == "monitor w breached: too warm"
    assert heard[0]["project"] == "project"


def test_an_address_that_does_not_answer_is_told_and_hinders_nothing_else(open_work: OpenWork) -> None:
    triggers = (
        "CREATE TRIGGER a ON BREACH OF w DO NOTIFY 'http://127.0.0.1:9/hook';"
        "CREATE TRIGGER b ON BREACH OF w DO RETRAIN MODEL m;"
    )
    work = project(open_work, triggers)
    arrive(work)
    breach(work)
    first, second = work.turn().fired
    assert "notify http://127.0.0.1:9/hook failed: " in first.actions[0]
    assert "version 2" in second.actions[0]


def back_by(work: Work, time: timedelta) -> None:
    work.clock._now -= time


@pytest.mark.parametrize("event", ["ON BREACH OF w", "ON SCHEDULE '0 10 * * *'"])
def test_a_clock_that_is_set_back_stops_no_trigger(open_work: OpenWork, event: str) -> None:
    work = project(open_work, f"CREATE TRIGGER r {event} DO RETRAIN MODEL m OPTIONS (cool_down = '1 hour');")
    arrive(work)
    breach(work, after=timedelta(days=400))
    fired(work)
    back_by(work, timedelta(days=380))
    arrive(work, 3)
    breach(work, after=timedelta(0))
    assert work.turn().fired == (), "It rests from now on."
    breach(work, after=timedelta(days=1))
    assert "version 3" in fired(work).actions[0]


def test_a_monitor_looks_again_after_the_clock_was_set_back(open_work: OpenWork) -> None:
    sql = PROJECT.replace("every = '1000 days'", "every = '1 hour'")
    work = open_work({"in/a.csv": rows(), "p.sql": sql})
    work.run()
    work.clock.advance(timedelta(days=400))
    assert len(work.turn().evaluations) == 1
    back_by(work, timedelta(days=380))
    assert len(work.turn().evaluations) == 1
    assert work.turn().evaluations == ()
