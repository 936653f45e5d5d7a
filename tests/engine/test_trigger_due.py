"""When a trigger is due: pure decisions over its spec, its state and what it looks at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from penstock.catalog.evaluations import Evaluation
from penstock.engine.trigger import due
from penstock.engine.trigger_fact import Facts
from penstock.project.trigger import TriggerSpec
from penstock.sql.statement import OnArrival, OnBreach, OnLabels, OnSchedule, TriggerAction, TriggerEvent

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
RETRAIN = (TriggerAction("retrain", "m"),)


def spec(event: TriggerEvent, cool_down: timedelta = timedelta(0)) -> TriggerSpec:
    return TriggerSpec("t", event, RETRAIN, cool_down)


def evaluation(at: datetime, breached: bool) -> Evaluation:
    return Evaluation("w", at, None, None, 100, {"max_psi": 0.4}, (), breached, "max_psi > 0.2 (max_psi = 0.4)")


def test_a_schedule_is_due_once_its_next_moment_has_passed() -> None:
    nightly = spec(OnSchedule("0 3 * * *"))
    since = {"since": "2026-03-09T12:00:00+00:00"}
    assert due(nightly, since, Facts(), NOW) == "schedule '0 3 * * *' was due at 2026-03-10 03:00 UTC"
    assert due(nightly, {**since, "last_fired": "2026-03-10T03:00:01+00:00"}, Facts(), NOW) is None


def test_a_schedule_missed_many_times_fires_once() -> None:
    hourly = spec(OnSchedule("0 * * * *"))
    state = {"since": "2026-01-01T00:00:00+00:00"}
    assert due(hourly, state, Facts(), NOW) is not None
    assert due(hourly, {**state, "last_fired": NOW.isoformat()}, Facts(), NOW + timedelta(minutes=1)) is None


def test_a_breach_is_due_once_an_evaluation_breached_after_the_last_firing() -> None:
    on_breach = spec(OnBreach("w"))
    breached = Facts(evaluation=evaluation(NOW, True))
    assert due(on_breach, {}, breached, NOW) == "monitor w breached: max_psi > 0.2 (max_psi = 0.4)"
    assert due(on_breach, {}, Facts(evaluation=evaluation(NOW, False)), NOW) is None
    assert due(on_breach, {}, Facts(), NOW) is None
    assert due(on_breach, {"last_fired": NOW.isoformat()}, breached, NOW + timedelta(hours=1)) is None


def test_a_trigger_rests_for_its_cool_down() -> None:
    resting = spec(OnBreach("w"), timedelta(days=1))
    state = {"last_fired": (NOW - timedelta(hours=23)).isoformat()}
    breached = Facts(evaluation=evaluation(NOW, True))
    assert due(resting, state, breached, NOW) is None
    assert due(resting, state, breached, NOW + timedelta(hours=1)) is not None


def test_files_are_due_when_they_are_others_than_those_seen_last() -> None:
    arrival = spec(OnArrival("data/*.csv"))
    assert due(arrival, {"files": "a"}, Facts(files="b"), NOW) == "files arrived at data/*.csv"
    assert due(arrival, {"files": "a"}, Facts(files="a"), NOW) is None
    assert due(arrival, {"files": "a"}, Facts(files=None), NOW) is None


def test_labels_are_due_when_enough_have_come_since_the_last_firing() -> None:
    labels = spec(OnLabels("e", 100))
    assert due(labels, {"labels": 50}, Facts(labels=150), NOW) == "100 new labels of endpoint e"
    assert due(labels, {"labels": 50}, Facts(labels=149), NOW) is None
