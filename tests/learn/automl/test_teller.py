"""What a search says while it works, it says twice a second at most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import Cancelled
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.derivation import derive
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.teller import Teller
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link


def test_it_says_how_far_the_time_has_gone_twice_a_second_at_most():
    now, heard = [0.0], []
    teller = Teller(Budget(10.0, 1.0, clock=lambda: now[0]), lambda *told: heard.append(told))
    for tenths in range(21):
        now[0] = tenths / 10
        teller.tell("works")
    assert heard == [(done, 100, "works") for done in (0, 5, 10, 15, 20)]


def test_of_many_threads_one_is_heard():
    heard = []
    teller = Teller(Budget(10.0, 1.0, clock=lambda: 3.0), lambda *told: heard.append(told))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(teller.tell, ["works"] * 200))
    assert len(heard) == 1


def test_who_is_told_may_end_it():
    def cancel(done: int, most: int, note: str) -> None:
        raise Cancelled.of("enough")

    with pytest.raises(Cancelled):
        Teller(Budget(10.0, 1.0), cancel).tell("works")


def test_derived_features_are_told_of_at_the_same_pace():
    random = np.random.default_rng(2)
    first, second = random.uniform(1, 9, (2, 300))
    table, nowhere = pa.table({"paid": first, "owed": second}), np.zeros(300, np.bool_)
    target = np.log(first / second)
    data = TrainingData(table, features_of(table), target, nowhere, None, (), Task.REGRESSION, 1, 1)
    folds = folds_of(data, "K_FOLD", None)
    ticks = [0]

    def clock() -> float:
        ticks[0] += 1
        return ticks[0] / 10_000

    heard = []
    found = derive(
        data,
        TreeRows(data, folds),
        folds,
        metric_of(data.task, None, 0),
        Link.IDENTITY,
        Budget(60.0, 1.0, clock=clock),
        lambda *told: heard.append(told),
    )
    assert found.kept
    assert 1 <= len(heard) <= 1 + ticks[0] / 5_000
