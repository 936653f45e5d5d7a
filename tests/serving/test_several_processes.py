"""One log of several processes: each knows what the others answered, and one compacts for all."""

from __future__ import annotations

import threading

import pytest

from penstock.serving import compaction
from penstock.serving.compaction import compact
from penstock.serving.prediction_log import PREDICTIONS

ROW = {"기온": 10.0, "weather": "맑음"}


@pytest.fixture
def two(world, serve, demand_files):
    """Two data planes of one project, as two processes have them."""
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")
    world.add_endpoint("other", "demand")
    return serve(), serve()


def outcome(answer):
    return [{"prediction_id": each["prediction_id"], "actual": 3} for each in answer.predictions]


def test_an_outcome_is_known_wherever_it_was_answered_and_however_far_its_line_has_come(world, two):
    first, second = two
    answer = first.predict("api", [ROW] * 3)
    assert second.feedback("api", outcome(answer)).unknown == 0
    first.keep_log()
    assert second.feedback("api", outcome(answer)).unknown == 0
    compact(world.lake, first.log.folder, world.clock.now())
    assert second.feedback("api", outcome(answer)).unknown == 0
    assert second.feedback("other", outcome(answer)).unknown == 3
    assert second.feedback("api", [{"prediction_id": "made up", "actual": 1}]).unknown == 1


def test_a_line_that_is_being_written_hides_none_before_it(two):
    first, second = two
    answer = first.predict("api", [ROW])
    (path,) = first.log.folder.glob(f"{PREDICTIONS}-*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"endpoint":"api","prediction_id":"half')
    assert second.feedback("api", [*outcome(answer), {"prediction_id": "half", "actual": 1}]).unknown == 1


def test_no_outcome_is_unknown_while_its_line_moves_into_the_lake(world, two):
    first, second = two
    ended = threading.Event()

    def move():
        while not ended.is_set():
            first.keep_log()
            compact(world.lake, first.log.folder, world.clock.now())

    mover = threading.Thread(target=move)
    mover.start()
    try:
        unknown = sum(second.feedback("api", outcome(first.predict("api", [ROW]))).unknown for _ in range(12))
    finally:
        ended.set()
        mover.join()
    assert unknown == 0


def test_the_segment_that_another_process_writes_to_waits_until_that_has_left_it(world, two):
    first, second = two
    first.predict("api", [ROW])
    second.predict("api", [ROW])
    assert second.compact().predictions == 1
    first.keep_log()
    assert second.compact().predictions == 1


def test_what_waited_long_comes_into_the_lake_bit_by_bit_and_every_line_once(world, two, monkeypatch):
    first, _ = two
    for _ in range(7):
        first.predict("api", [ROW])
        first.keep_log()
    monkeypatch.setattr(compaction, "_MOST_SEGMENTS", 2)
    done = compact(world.lake, first.log.folder, world.clock.now())
    assert (done.segments, done.predictions) == (7, 7)
    assert len(set(world.logged(first, "prediction_id"))) == 7
    assert list(first.log.folder.glob("*.jsonl")) == []
