"""Whole releases in virtual time: a version that the goals accept proves itself beside the champion, or goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from penstock.catalog.endpoint_health import Figures, Health, health_of, report_health
from penstock.catalog.history import list_history
from penstock.catalog.objects import get_object
from penstock.catalog.versions import aliases, get_version
from penstock.core.errors import UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.release import release_under_way
from penstock.engine.release_turn import advance_releases
from penstock.serving.data_plane import DataPlane, open_data_plane
from penstock.serving.row import InvalidRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Work
    from penstock.engine.release import Release

OpenWork = Callable[..., "Work"]
MINUTES = timedelta(minutes=1)
PROJECT = """
CREATE TABLE t AS SELECT range AS x, {slope} * range + range % 2 AS y, 1.0 AS z FROM range(50);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, {more} y FROM t;
CREATE ENDPOINT e ON MODEL m OPTIONS ({options});
"""
QUICK = "steps = [10, 50], bake_time = '10 minutes', release_min_rows = 20"


class Served:
    """A project, its data plane, and people who ask it."""

    def __init__(self, work: Work, options: str) -> None:
        self.work = work
        self.options = options
        self.session = work.session
        self.run()
        session = work.session
        self.plane: DataPlane = open_data_plane(
            session.catalog, session.lake, session.storage, session.settings, session.clock
        )

    def run(self, slope: float = 2, more: str = "") -> dict[str, str]:
        self.work.put("p.sql", PROJECT.format(slope=slope, more=more, options=self.options))
        return self.work.run()

    def ask(self, count: int, **more: float) -> list[Any]:
        """Ask for one row, again and again; return the answers, None for a request that was refused."""
        self.plane.refresh()
        answers = []
        for number in range(count):
            try:
                answer = self.plane.predict("e", [{"x": number % 40, **more}])
            except InvalidRows:
                answers.append(None)
                continue
            answers.append(answer)
            self.plane.shadows.offer(answer)
        self.plane.shadows.drain()
        self.plane.refresh()
        return answers

    def tell(self, answers: list[Any], slope: float) -> None:
        """Say what came true of answers."""
        rows = [
            {"prediction_id": answer.predictions[0]["prediction_id"], "actual": slope * x + x % 2}
            for answer in answers
            for x in [answer.rows.values[0]["x"]]
        ]
        self.plane.feedback("e", rows)
        self.plane.compact()

    def turn(self, after: timedelta = timedelta(0)) -> list[str]:
        """Let time pass, turn the loop, and return what happened to releases."""
        self.work.clock.advance(after)
        return [moved.kind for moved in self.work.turn().moved]

    @property
    def release(self) -> Release | None:
        state = get_object(self.session.catalog, ResourceName(Kind.ENDPOINT, "e"))
        assert state is not None
        return release_under_way(state)

    def shares(self) -> tuple[dict[int, float], int | None]:
        """Return which version has which part of the requests, and which is in the shadow."""
        self.plane.refresh()
        plan = self.plane.route("e").plan
        return {share.number: round(share.part, 9) for share in plan.shares}, plan.shadow

    def told(self) -> list[str]:
        return [entry.message for entry in list_history(self.session.catalog, subject="endpoint e")]

    @property
    def champion(self) -> int:
        return aliases(self.session.catalog, "m")["champion"]


@pytest.fixture
def serve_project(open_work: OpenWork) -> Iterator[Callable[[str], Served]]:
    opened: list[Served] = []

    def served(options: str) -> Served:
        opened.append(Served(open_work(), f"{options}, {QUICK}"))
        return opened[-1]

    yield served
    for each in opened:
        each.plane.close()


ServeProject = Callable[[str], Served]


def test_a_canary_goes_on_step_by_step_until_it_serves(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary'")
    assert served.champion == 1, "The first version has nobody to prove itself against."
    assert served.run(slope=2.01)["m"].endswith("release begins")
    assert served.champion == 1
    assert served.shares() == ({1: 1.0}, 2)
    assert served.turn(10 * MINUTES) == [], "Nobody has asked yet."
    served.ask(19)
    assert served.turn(MINUTES) == []
    served.ask(1)
    assert served.turn() == ["release stage"]
    assert served.shares() == ({1: 0.9, 2: 0.1}, None)
    served.ask(400)
    assert served.turn(9 * MINUTES) == []
    assert served.turn(MINUTES) == ["release stage"]
    assert served.shares() == ({1: 0.5, 2: 0.5}, None)
    answers = served.ask(200)
    assert {answer.version for answer in answers} == {1, 2}
    assert served.turn(10 * MINUTES) == ["promoted"]
    assert served.champion == 2
    assert served.release is None
    assert served.shares() == ({2: 1.0}, None)
    assert "candidate" not in aliases(served.session.catalog, "m")
    assert health_of(served.session.catalog, "e") == {}
    began, first, second, promoted = served.told()
    assert began == "release of version 2 beside version 1: canary: shadow, 10 %, 50 %, each for 10 minutes"
    assert first.startswith("version 2 goes on to 10 % after shadow: 20 requests, 0 failed, p99 ")
    assert "agreement 0.99" in first
    assert second.startswith("version 2 goes on to 50 % after 10 %: ")
    assert promoted.startswith("version 2 serves: ")
    (entry,) = [e for e in list_history(served.session.catalog) if e.kind == "promoted"]
    assert entry.data["figures"]["failed"] == 0


def test_a_version_that_takes_other_columns_is_seen_in_the_shadow_at_once(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary'")
    served.run(more="z,")
    assert all(answer.version == 1 for answer in served.ask(8)), "No caller notices."
    assert served.turn() == ["rolled back"]
    assert served.shares() == ({1: 1.0}, None)
    assert served.told()[-1] == (
        "version 2 taken back at shadow: version 2 failed 8 of 8 requests, version 1 failed 0 of 8 requests"
    )
    version = get_version(served.session.catalog, "m", 2)
    assert version.status == "rejected"
    assert version.reason.startswith("release at endpoint e: version 2 failed 8 of 8")
    assert aliases(served.session.catalog, "m") == {"champion": 1, "candidate": 2}


def to_step(served: Served, slope: float = 2.01) -> None:
    """Bring version 2 to the first step of its canary."""
    served.run(slope=slope)
    served.ask(20)
    assert served.turn(10 * MINUTES) == ["release stage"]


def test_a_canary_whose_outcomes_are_worse_is_taken_back(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary', release_min_agreement = 0")
    to_step(served, slope=9)
    served.tell(served.ask(600), slope=2)
    assert served.turn(MINUTES) == ["rolled back"]
    assert "version 2 has a mean absolute error of" in served.told()[-1]
    assert served.shares() == ({1: 1.0}, None)
    assert served.champion == 1


def test_a_canary_whose_outcomes_are_better_serves_though_it_disagrees(serve_project: ServeProject) -> None:
    served = serve_project("release = 'shadow'")
    served.run(slope=9)
    answers = served.ask(60)
    served.plane.compact()
    served.tell(answers, slope=9)
    assert served.turn(10 * MINUTES) == ["promoted"]
    assert served.champion == 2
    assert ", mean absolute error " in served.told()[-1]


def test_a_shadow_that_disagrees_and_has_no_outcomes_ends_badly(serve_project: ServeProject) -> None:
    served = serve_project("release = 'shadow'")
    served.run(slope=9)
    served.ask(60)
    assert served.turn(9 * MINUTES) == []
    assert served.turn(MINUTES) == ["rolled back"]
    assert "and no outcomes show it to be better" in served.told()[-1]
    assert served.champion == 1


def test_blue_green_asks_the_past_first_and_keeps_the_former_champion_warm(serve_project: ServeProject) -> None:
    served = serve_project("release = 'blue_green'")
    served.ask(30)
    served.plane.compact()
    served.run(slope=2.01)
    assert served.turn() == [], "No server has loaded it yet."
    served.plane.refresh()
    assert set(served.plane.route("e").models) == {1, 2}
    assert served.turn() == ["release stage"]
    assert "after smoke: 30 requests, 0 failed, agreement 0.99" in served.told()[-1]
    assert served.shares() == ({2: 1.0}, None)
    assert set(served.plane.route("e").models) == {1, 2}
    assert served.champion == 1, "It is not over yet."
    assert served.turn(10 * MINUTES) == [], "Nobody has asked it yet."
    assert {answer.version for answer in served.ask(20)} == {2}
    assert served.turn() == ["promoted"]
    assert served.champion == 2


def test_blue_green_does_not_switch_to_what_cannot_answer_the_past(serve_project: ServeProject) -> None:
    served = serve_project("release = 'blue_green'")
    served.ask(30)
    served.plane.compact()
    served.run(more="z,")
    served.plane.refresh()
    assert served.turn() == ["rolled back"]
    assert "could not answer 30 of the 30 newest requests that version 1 can" in served.told()[-1]
    assert served.shares() == ({1: 1.0}, None)


def test_blue_green_switches_back_when_it_fails_and_the_workers_figures_are_summed(serve_project: ServeProject) -> None:
    served = serve_project("release = 'blue_green'")
    served.run(slope=2.01)
    served.plane.refresh()
    assert served.turn() == ["release stage"]
    assert served.release is not None
    for worker in ("one", "two"):
        failing = Health("e", served.release.tag, 2, worker, Figures(asked=3, failed=3))
        report_health(served.session.catalog, [failing], served.work.clock.now())
    served.ask(2)
    assert served.turn() == ["rolled back"]
    assert "version 2 failed 6 of 8 requests" in served.told()[-1]
    assert served.shares() == ({1: 1.0}, None)


def test_a_newer_version_takes_the_place_of_one_on_its_way(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary'")
    to_step(served)
    served.run(slope=2.02)
    assert served.release is not None
    assert (served.release.version, served.release.place) == (3, 0)
    assert served.shares() == ({1: 1.0}, 3)
    assert "version 2 gives way to version 3" in served.told()
    listed = served.work.sql("SHOW RELEASES OF e").table().to_pylist()
    assert [(row["version"], row["status"], row["stage"]) for row in listed] == [
        (3, "under way", "shadow"),
        (2, "release ended", "10 %"),
    ]


def test_a_version_that_no_goal_accepts_leaves_the_release_alone(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary'")
    to_step(served)
    text = PROJECT.format(slope=2.5, more="", options=served.options)
    served.work.put("p.sql", f"{text} CREATE GOAL g ON MODEL m ACCEPT WHEN mean_absolute_error < 0;")
    assert served.work.run()["m"].endswith("rejected")
    assert aliases(served.session.catalog, "m")["candidate"] == 2
    assert served.shares() == ({1: 0.9, 2: 0.1}, None)


def test_a_person_ends_a_release_either_way(serve_project: ServeProject) -> None:
    from penstock.engine.approval import approve

    served = serve_project("release = 'canary'")
    to_step(served)
    with pytest.raises(UserError, match="The release of version 2 moves the traffic of endpoint e now"):
        served.work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 100)")
    told = served.work.sql("ROLLBACK ENDPOINT e").message
    assert told == "version 2 taken back at 10 %: by hand"
    assert served.shares() == ({1: 1.0}, None)
    begun = served.work.sql("RELEASE ENDPOINT e").message
    assert begun.startswith("endpoint e: release of version 2 begins, canary: shadow, 10 %, 50 %")
    assert served.shares() == ({1: 1.0}, 2)
    approve(served.session, "m", "2")
    assert served.release is None
    assert served.shares() == ({2: 1.0}, None)
    assert served.told()[-1] == "version 2 serves: approved by a person"
    served.work.sql("ALTER MODEL m SET ALIAS candidate = 1")
    assert served.work.sql("ROLLBACK ENDPOINT e").message == "endpoint e serves version 1 again"
    assert aliases(served.session.catalog, "m") == {"champion": 1}
    served.work.sql("BEGIN; ROLLBACK")


def test_what_cannot_be_released_is_said(serve_project: ServeProject) -> None:
    served = serve_project("release = 'direct'")
    served.run(slope=3)
    assert served.champion == 2
    for statement, message in (
        ("RELEASE ENDPOINT e VERSION 1", "its versions take over directly"),
        ("RELEASE ENDPOINT e VERSION 2", "Version 2 of model m serves already"),
        ("RELEASE ENDPOINT e VERSION 9", "9"),
        ("RELEASE ENDPOINT ee", "There is no endpoint 'ee'"),
        ("ROLLBACK ENDPOINT ee", "There is no endpoint 'ee'"),
        ("RELEASE ENDPOINT e VERSON 1", "Expected VERSION or the end"),
        ("RELEASE ENDPONT e", "Did you mean ENDPOINT"),
        ("ROLLBACK ENDPONT e", "Did you mean ENDPOINT"),
        ("ROLLBACK ENDPOINT e now", "should end here"),
    ):
        with pytest.raises(UserError, match=message):
            served.work.sql(statement)
    assert served.champion == 2


def test_aliases_that_are_moved_by_others_end_a_release(serve_project: ServeProject) -> None:
    from penstock.catalog.versions import set_alias

    served = serve_project("release = 'canary'")
    to_step(served)
    now = served.work.clock.now()
    set_alias(served.session.catalog, "m", "candidate", None, now, "somebody else")
    assert served.turn() == ["release ended"]
    assert served.shares() == ({1: 1.0}, None)
    assert served.told()[-1] == "version 2 is no candidate any more"


def test_traffic_that_was_set_comes_back_when_a_release_is_over(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary'")
    served.run(slope=2.01)
    served.work.sql("ROLLBACK ENDPOINT e")
    served.work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 75, 2 = 25)")
    served.run(slope=2.02)
    served.ask(40)
    served.turn(10 * MINUTES)
    assert served.shares() == ({1: 0.675, 2: 0.225, 3: 0.1}, None)
    served.work.sql("ROLLBACK ENDPOINT e")
    assert served.shares() == ({1: 0.75, 2: 0.25}, None)


def test_a_release_goes_on_where_the_catalog_says_whoever_turns(serve_project: ServeProject) -> None:
    served = serve_project("release = 'canary'")
    served.run(slope=2.01)
    served.ask(20)
    served.work.clock.advance(10 * MINUTES)
    assert [moved.kind for moved in advance_releases(served.session)] == ["release stage"]
    assert advance_releases(served.session) == [], "A second look at the same moment moves nothing."


def test_describe_and_status_say_what_a_release_waits_for(serve_project: ServeProject) -> None:
    served = serve_project("release = 'direct'")
    served.work.sql("ALTER ENDPOINT e SET OPTIONS (release = 'canary')")
    to_step(served)
    served.ask(5)
    facts = {
        (row["part"], row["property"]): row["value"]
        for row in served.work.sql("DESCRIBE ENDPOINT e").table().to_pylist()
    }
    assert facts["release", "version"] == "version 2 beside version 1"
    assert facts["release", "stage"] == "10 %, 2 of 3"
    assert facts["release", "verdict"].startswith("10 minutes to go; ")
    assert facts["option", "release"] == "canary"
    assert facts["endpoint", "status"].endswith("releases version 2: 10 %, stage 2 of 3")
    (listed,) = served.work.sql("SHOW RELEASES").table().to_pylist()
    assert (listed["endpoint"], listed["version"], listed["status"]) == ("e", 2, "under way")
    assert listed["reason"].startswith("10 minutes to go; ")
    (model,) = served.work.sql("SHOW MODELS").table().to_pylist()
    assert model["status"] == "version 2 is accepted and waits"


def test_two_endpoints_of_a_model_must_both_be_content(open_work: OpenWork) -> None:
    work = open_work()
    served = Served(work, f"release = 'shadow', {QUICK}")
    try:
        text = PROJECT.format(slope=2.01, more="", options=served.options)
        other = "CREATE ENDPOINT f ON MODEL m OPTIONS (release = 'shadow', bake_time = '20 minutes');"
        work.put("p.sql", PROJECT.format(slope=2, more="", options=served.options) + other)
        work.run()
        work.put("p.sql", text + other)
        work.run()
        served.ask(20)
        assert served.turn(10 * MINUTES) == [], "The other endpoint is not done."
        assert served.champion == 1
        assert work.sql("SHOW RELEASES OF e").table()["reason"].to_pylist() == [
            "waits for the other endpoints of its model"
        ]
        for number in range(100):
            served.plane.score_shadow(served.plane.predict("f", [{"x": number}]))
        served.plane.refresh()
        assert served.turn(10 * MINUTES) == ["promoted"]
        assert served.champion == 2
        kinds = [(e.subject, e.kind) for e in list_history(work.session.catalog) if e.kind == "promoted"]
        assert kinds == [("endpoint e", "promoted"), ("endpoint f", "promoted")]
    finally:
        served.plane.close()
