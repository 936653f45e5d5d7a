"""The clock of a search: injected here, so that no test waits."""

from __future__ import annotations

from penstock.learn.automl.budget import Budget


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_is_counted_from_when_the_training_began():
    clock = Clock()
    budget = Budget(10.0, 2.0, clock, began=97.0)
    assert (budget.spent, budget.left, budget.over) == (3.0, 5.0, False)
    clock.now = 105.0
    assert budget.over


def test_without_a_beginning_it_is_now():
    assert Budget(10.0, 2.0, Clock()).spent == 0.0


def test_more_is_kept_for_the_end_never_less():
    budget = Budget(10.0, 2.0, Clock())
    budget.keep(4.0)
    budget.keep(1.0)
    assert budget.left == 6.0


def test_nothing_is_left_once_it_is_stopped():
    asked = []
    budget = Budget(10.0, 2.0, Clock(), stopped=lambda: bool(asked))
    assert budget.left == 8.0
    asked.append(True)
    assert budget.over
