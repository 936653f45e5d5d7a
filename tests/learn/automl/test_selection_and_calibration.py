"""How an ensemble is put together: weights, members left out for want of time, calibration, what is tried again."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from penstock.learn.automl.calibration import Stretch, calibration
from penstock.learn.automl.candidate import PORTFOLIO, TREES, candidates, drawn, winners
from penstock.learn.automl.selection import greedy_weights
from penstock.learn.automl.tree_candidate import merged
from penstock.learn.tree_graph import Link


def test_members_that_err_on_opposite_sides_are_weighed_alike():
    truth = np.linspace(0, 1, 50)[:, None]
    error = np.random.default_rng(0).normal(size=(50, 1))
    raws = [truth + error, truth - error, truth + 5.0]
    weights = greedy_weights(raws, lambda raw: -float(np.mean((raw - truth) ** 2)))
    assert weights == pytest.approx([0.5, 0.5, 0.0])


def test_a_member_that_is_right_stands_alone():
    truth = np.linspace(0, 1, 50)[:, None]
    weights = greedy_weights([truth + 1.0, truth], lambda raw: -float(np.mean((raw - truth) ** 2)))
    assert weights.tolist() == [0.0, 1.0]


def test_where_nothing_has_a_measure_the_first_is_taken():
    raws = [np.zeros((3, 1)), np.ones((3, 1))]
    assert greedy_weights(raws, lambda raw: -np.inf).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("classes", [2, 4])
def test_what_is_too_sure_is_stretched_back(classes):
    random = np.random.default_rng(1)
    honest = random.normal(size=(20_000, 1 if classes == 2 else classes))
    if classes == 2:
        target = (random.random(20_000) < 1 / (1 + np.exp(-honest[:, 0]))).astype(float)
    else:
        target = np.argmax(honest + random.gumbel(size=honest.shape), axis=1).astype(float)
    found = calibration(3.0 * honest, target, None, Link.LOGISTIC if classes == 2 else Link.SOFTMAX)
    assert found.scale == pytest.approx(1 / 3, abs=0.02)
    assert found.base == pytest.approx(0.0, abs=0.05)


def test_numbers_and_few_rows_are_left_as_they_are():
    raw, target = np.ones((50, 1)), np.zeros(50)
    assert calibration(raw, target, None, Link.LOGISTIC) == Stretch()
    assert calibration(np.ones((500, 1)), np.zeros(500), None, Link.IDENTITY) == Stretch()


BOARD = [
    {"name": "linear", "family": "linear", "values": {"l2": 1.0}, "weight": 0.5},
    {"name": "again drawn 3", "family": TREES, "values": {"num_leaves": 9}, "weight": 0.2},
    {"name": PORTFOLIO[0].name, "family": PORTFOLIO[0].family, "values": dict(PORTFOLIO[0].values), "weight": 0.3},
    {"name": "drawn 1", "family": TREES, "values": {}, "weight": 0.0},
]


def test_what_won_before_is_tried_first_trees_before_others_and_nothing_twice():
    first = winners(BOARD)
    assert [each.name for each in first] == [PORTFOLIO[0].name, "again drawn 3", "again linear"]
    tried = list(islice(candidates(drawn(1), first), 30))
    assert tuple(tried[:3]) == first
    assert tried.count(PORTFOLIO[0]) == 1
    assert all(each in tried for each in PORTFOLIO)


def test_draws_are_the_same_for_the_same_seed():
    one, same, other = (list(islice(drawn(seed), 5)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_models_merged_into_one_give_the_weighted_sum():
    import pyarrow as pa

    from penstock.learn.booster import BinnedRows, new_booster, read_booster

    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 3))
    table = pa.table({str(place): rows[:, place] for place in range(3)})
    given = {"objective": "regression", "verbosity": -1, "min_data_in_leaf": 5, "num_threads": 1}
    texts = []
    for number in range(3):
        booster = new_booster(given, BinnedRows(table, rows[:, number] ** 2, None, given), [])
        for _ in range(4 + number):
            booster.grow()
        texts.append(booster.text())
    weights = [0.5, 0.3, 0.2]
    wanted = sum(weight * read_booster(text).predict(rows) for weight, text in zip(weights, texts, strict=True))
    assert read_booster(merged(texts, weights)).predict(rows) == pytest.approx(wanted, abs=1e-12)


def test_of_very_many_values_a_part_tells_nearly_the_same_scale(monkeypatch):
    random = np.random.default_rng(3)
    raw = random.normal(size=(6_000, 5))
    shares = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    target = (shares.cumsum(axis=1) < random.random((6_000, 1))).sum(axis=1).astype(float)
    whole = calibration(3 * raw, target, None, Link.SOFTMAX)
    monkeypatch.setattr("penstock.learn.automl.calibration.MOST_VALUES", 10_000)
    part = calibration(3 * raw, target, np.ones(6_000), Link.SOFTMAX)
    assert whole.scale == pytest.approx(1 / 3, rel=0.1)
    assert part.scale != whole.scale
    assert part.scale == pytest.approx(whole.scale, rel=0.1)
