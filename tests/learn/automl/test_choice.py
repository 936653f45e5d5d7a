"""What an ensemble is worth is told by rows that chose neither its weights nor its calibration nor its threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.automl.choice import Asked, Crossed, parts_of
from penstock.learn.automl.decision import Costs, cost, decided
from penstock.learn.automl.metric import metric_of
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

ROWS, MEMBERS = 200, 6


def asked(target: np.ndarray, classes: int) -> Asked:
    columns = pa.table({"x": np.zeros(len(target))})
    nowhere = np.zeros(len(target), np.bool_)
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    link = (Link.IDENTITY, None, Link.LOGISTIC, Link.SOFTMAX)[classes]
    assert link is not None
    data = TrainingData(columns, features_of(columns), target, nowhere, None, tuple(range(classes)), task, 1, 1)
    return Asked(data, metric_of(task, "log_loss" if classes else None, classes), link)


def members(outputs: int = 1) -> list[np.ndarray]:
    return list(np.random.default_rng(6).normal(size=(MEMBERS, ROWS, outputs)))


def test_the_weights_of_a_part_know_nothing_of_its_labels():
    target = np.random.default_rng(7).normal(size=ROWS)
    one, raws = asked(target, 0), members()
    found = one.crossed(raws, np.full(MEMBERS, 1 / MEMBERS))
    own = found.part == 2
    other = asked(np.where(own, -target, target), 0).crossed(raws, np.full(MEMBERS, 1 / MEMBERS))
    np.testing.assert_array_equal(found.weights[2], other.weights[2])
    assert not np.array_equal(found.weights[0], other.weights[0])
    assert found.weights.sum(axis=1) == pytest.approx(1.0)


def test_members_that_mean_nothing_gain_nothing_crosswise_though_they_gain_by_their_own_choice():
    random = np.random.default_rng(8)
    apart = []
    for _ in range(5):
        target = random.normal(size=ROWS)
        raws = [0.4 * random.normal(size=(ROWS, 1)) for _ in range(30)]
        one = asked(target, 0)
        weights, gain = one.best_together(raws, np.arange(ROWS))
        crossed = one.crossed(raws, weights).raw(raws)
        constant = one.metric.gain(target, np.zeros((ROWS, 1)))
        apart.append((gain - constant, one.metric.gain(target, crossed) - constant))
    own, honest = np.mean(apart, axis=0)
    assert own > 0.01
    assert honest < 0.002


@pytest.mark.parametrize("classes", [2, 3])
def test_the_calibration_of_a_part_knows_nothing_of_its_labels(classes):
    target = (np.arange(ROWS) % classes).astype(float)
    raw = 3.0 * members(1 if classes == 2 else classes)[0]
    raw[np.arange(ROWS), 0 if classes == 2 else target.astype(int)] += 2.0 * (target if classes == 2 else 1.0)
    part = parts_of(ROWS, 1)
    own = part == 1
    found = asked(target, classes).crossed_scores(raw, part)
    other = asked(np.where(own, target[::-1], target), classes).crossed_scores(raw, part)
    np.testing.assert_array_equal(found[own], other[own])
    assert not np.array_equal(found[~own], other[~own])
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_rows_that_no_fold_judged_have_no_score_and_tell_nothing():
    target = (np.arange(ROWS) % 2).astype(float)
    raw = members()[0]
    raw[:50] = np.nan
    found = asked(target, 2).crossed_scores(raw, parts_of(ROWS, 1))
    assert np.isnan(found[:50]).all()
    assert np.isfinite(found[50:]).all()


def test_many_rows_are_halves_and_each_row_stands_in_one_part():
    assert np.bincount(parts_of(5_000, 1)).tolist() == [2_500, 2_500]
    assert np.bincount(parts_of(10, 1)).tolist() == [2] * 5
    assert parts_of(0, 1).tolist() == []


def test_where_there_are_no_other_rows_the_weights_of_all_are_taken():
    one = asked(np.array([1.0]), 0)
    raws = [np.array([[1.0]]), np.array([[3.0]])]
    crossed = one.crossed(raws, np.array([0.25, 0.75]))
    assert crossed.raw(raws).tolist() == [[2.5]]


def test_members_that_are_left_out_have_no_weight_in_any_part():
    crossed = Crossed(np.array([0, 1]), np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]))
    left = crossed.among(np.array([0.6, 0.4, 0.0]))
    assert left.weights.tolist() == [[0.5, 0.5, 0.0], [0.6, 0.4, 0.0]]


def test_the_threshold_of_a_part_knows_nothing_of_its_labels():
    random = np.random.default_rng(9)
    share = random.random(ROWS)
    target = (random.random(ROWS) < share).astype(float)
    scores, part, costs = np.column_stack([1 - share, share]), parts_of(ROWS, 1), Costs(1.0, 4.0)
    data = asked(target, 2).data
    details, found = decided(data, scores, costs, part)
    own = part == 3
    _, other = decided(replace(data, target=np.where(own, 1 - target, target)), scores, costs, part)
    assert found is not None
    assert other is not None
    np.testing.assert_array_equal(found[own], other[own])
    assert len(np.unique(found)) > 1
    # The cost that is told is that of the rows' own thresholds.
    assert details["decision"]["cost"] == pytest.approx(cost(target == 1, share, None, costs, found))


def test_where_nothing_is_to_be_decided_there_are_no_thresholds():
    data = asked(np.arange(ROWS) % 2 * 1.0, 2).data
    assert decided(data, np.full((ROWS, 2), 0.5), None, parts_of(ROWS, 1)) == ({}, None)
