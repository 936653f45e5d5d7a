from __future__ import annotations

import threading

import pytest

from penstock.core.errors import StorageFailure
from penstock.serving.data_plane import Answer
from penstock.serving.prediction_id import PredictionIds
from penstock.serving.row import InvalidRows

ROW = {"기온": 10.0, "weather": "맑음"}


@pytest.fixture
def plane(world, serve, demand_files):
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")
    world.add_endpoint("quiet", "demand", log=False)
    return serve()


def test_questions_are_answered_in_their_order_each_with_its_own_rows(world, plane):
    questions = [
        plane.question(endpoint, [{**ROW, "기온": float(10 * number + row)} for row in range(number)], f"r{number}")
        for number, endpoint in enumerate(["api", "quiet", "api", "api"], 1)
    ]
    answers = plane.answers(questions)
    for number, answer in enumerate(answers, 1):
        assert answer.request_id == f"r{number}"
        found = [prediction["prediction"] for prediction in answer.predictions]
        assert found == pytest.approx([2.0 * (10 * number + row) for row in range(number)])
    logged = world.logged(plane, "request_id, prediction_id")
    told = {(f"r{number}", p["prediction_id"]) for number in (1, 3, 4) for p in answers[number - 1].predictions}
    assert set(logged) == told
    assert len(logged) == 1 + 3 + 4


def test_two_versions_are_asked_at_once_and_none_is_mixed(world, plane, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("split", "demand", traffic={"champion": 50, "candidate": 50})
    plane.refresh()
    answers = plane.answers([plane.question("split", [ROW] * 2, f"r{number}") for number in range(40)])
    assert {answer.version for answer in answers} == {1, 2}
    for answer in answers:
        expected = 20.0 if answer.version == 1 else 50.0
        assert [each["prediction"] for each in answer.predictions] == pytest.approx([expected] * 2)


def test_a_question_that_cannot_be_scored_fails_alone(plane):
    questions = [plane.question("api", [ROW]) for _ in range(3)]
    questions[1].rows.values[0]["기온"] = 10**400
    first, second, third = plane.answers(questions)
    assert isinstance(first, Answer)
    assert isinstance(third, Answer)
    assert isinstance(second, InvalidRows)


def test_where_the_log_cannot_be_written_only_what_is_not_logged_is_answered(world, plane):
    (world.settings.state / "log").write_text("in the way")
    logged, unlogged = plane.answers([plane.question(name, [ROW]) for name in ("api", "quiet")])
    assert isinstance(logged, StorageFailure)
    assert isinstance(unlogged, Answer)


def test_ids_are_32_hexadecimal_digits_and_differ_over_threads():
    ids = PredictionIds()
    found: list[str] = []

    def take():
        found.extend([ids.take() for _ in range(2000)])

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 8000
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in found)
