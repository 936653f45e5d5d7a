"""Intervals hold as many outcomes to come as they say."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.learn.conformal import Conformity


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_so_many_outcomes_to_come_are_within(level):
    random = np.random.default_rng(1)
    held = []
    for _ in range(400):
        seen, to_come = np.abs(random.standard_t(3, 60)), np.abs(random.standard_t(3, 100))
        held.append((to_come <= Conformity(np.sort(seen)).bound(level)).mean())
    # At least the level, and at most one rank more (Lei et al. 2018, theorem 2.1).
    assert level - 0.01 < np.mean(held) < level + 1 / 61 + 0.01


def test_too_few_rows_tell_no_interval():
    assert Conformity(np.arange(8.0)).bound(0.9) is None
    assert Conformity(np.arange(9.0)).bound(0.9) == 8.0
    assert Conformity(np.empty(0)).least_rows(0.9) == 9
