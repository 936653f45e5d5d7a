"""Shadows wait in a queue that never holds up an answer."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from penstock.core.errors import UserError
from penstock.serving.shadow_queue import ShadowQueue


def answer(endpoint="api", rows=1, has_shadow=True):
    route = SimpleNamespace(shadow_for=lambda request_id, version: "a version" if has_shadow else None)
    return SimpleNamespace(endpoint=endpoint, request_id="r", version=1, route=route, rows=[{}] * rows)


@pytest.fixture
def held():
    """A queue whose work waits until the event is set, and what it has scored."""
    gate, scored = threading.Event(), []

    def score(found):
        assert gate.wait(10)
        scored.append(found)

    queue = ShadowQueue(score, most_rows=10)
    yield queue, gate, scored
    gate.set()
    queue.close()


def test_what_does_not_fit_is_dropped_and_counted_and_nobody_waits(held):
    queue, gate, scored = held
    for _ in range(5):
        queue.offer(answer(rows=4))
    assert queue.failures == {("api", "dropped"): 3}
    gate.set()
    queue.drain()
    assert len(scored) == 2
    queue.offer(answer(rows=4))
    queue.drain()
    assert len(scored) == 3, "What was scored has left its place."


def test_an_answer_larger_than_the_queue_is_scored_when_nothing_else_waits(held):
    queue, gate, scored = held
    queue.offer(answer(rows=100))
    queue.offer(answer(rows=1))
    assert queue.failures == {("api", "dropped"): 1}
    gate.set()
    queue.drain()
    assert len(scored) == 1


def test_an_answer_without_a_shadow_is_left_alone(held):
    queue, gate, scored = held
    gate.set()
    queue.offer(answer(has_shadow=False))
    queue.drain()
    assert (scored, queue.failures) == ([], {})


@pytest.mark.parametrize(
    ("problem", "traced"), [(UserError.of("other columns"), False), (ZeroDivisionError("a fault"), True)]
)
def test_a_shadow_that_fails_harms_nobody_and_is_told(caplog, problem, traced):
    def score(_):
        raise problem

    queue = ShadowQueue(score)
    queue.offer(answer("다른"))
    queue.offer(answer("다른"))
    queue.close()
    assert queue.failures == {("다른", "failed"): 2}
    assert "The shadow version of endpoint 다른 failed" in caplog.text
    assert bool(caplog.records[0].exc_info) is traced
