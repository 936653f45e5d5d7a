"""A network trained by steps that cool, step by step against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from penstock.learn.cooled_network import Course, cooled, outputs_of
from penstock.learn.network import Layer
from penstock.learn.neural_goal import NumberGoal
from penstock.learn.neural_rows import NeuralRows
from penstock.learn.neural_training import Plan, Rows, Weights

RANDOM = np.random.default_rng(6)
NUMBERS = RANDOM.normal(size=(80, 2))
PLACES = RANDOM.integers(0, 4, (80, 1))
TARGET = np.sin(NUMBERS[:, 0]) + (PLACES[:, 0] == 2)
FIRST, SECOND = RANDOM.normal(size=(5, 4)) / 2, RANDOM.normal(size=(4, 1)) / 2


def rows(some=slice(None)):
    held = NeuralRows(NUMBERS[some].astype(np.float32), PLACES[some].astype(np.int32))
    return Rows(held, NumberGoal(torch, TARGET[some], None))


def start():
    return Weights((Layer(FIRST, np.zeros(4), "TANH"), Layer(SECOND, np.zeros(1))))


def plan(batch=80):
    return Plan(("ADAM", ""), (0.05, 0.0), 0.0, 0.0, batch, 0.0, 1, None, 3)


def design():
    return np.column_stack([NUMBERS, *(PLACES[:, 0] == place for place in (1, 2, 3))]).astype(float)


def by_hand(steps, paces):
    """Return what the mean network gives after so many steps of Adam over all rows."""
    values = [FIRST.copy(), np.zeros(4), SECOND.copy(), np.zeros(1)]
    means, squares = ([np.zeros_like(value) for value in values] for _ in range(2))
    matrix, kept = design(), [value.copy() for value in values]
    for step in range(1, steps + 1):
        hidden = np.tanh(matrix @ values[0] + values[1])
        error = 2 * (hidden @ values[2] + values[3] - TARGET[:, None]) / len(matrix)
        back = (error @ values[2].T) * (1 - hidden**2)
        slopes = [matrix.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        for value, mean, square, slope in zip(values, means, squares, slopes, strict=True):
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            value -= 0.05 * paces(step) * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        for held, value in zip(kept, values, strict=True):
            held += 9 / (step + 8) * (value - held)
    return np.tanh(matrix @ kept[0] + kept[1]) @ kept[2] + kept[3]


def test_the_steps_cool_along_half_a_cosine():
    found = cooled(torch, start(), rows(), rows(), plan(), Course(60, lambda: 0.0, lambda: True))
    expected = by_hand(60, lambda step: 0.5 + 0.5 * np.cos(np.pi * (step - 1) / 60))
    np.testing.assert_allclose(outputs_of(torch, found, rows().rows), expected, atol=2e-4)


def test_where_the_time_runs_faster_the_steps_cool_by_the_time():
    asked = iter(np.arange(0, 60) / 40)
    found = cooled(torch, start(), rows(), rows(), plan(), Course(60, lambda: next(asked), lambda: True))
    expected = by_hand(41, lambda step: 0.5 + 0.5 * np.cos(np.pi * (step - 1) / 40))
    np.testing.assert_allclose(outputs_of(torch, found, rows().rows), expected, atol=2e-4)


def test_the_weights_are_kept_that_are_best_on_the_rows_that_judge():
    judging = Rows(rows().rows, NumberGoal(torch, -TARGET, None))
    losses = []
    for course in (2, 20):
        found = cooled(torch, start(), rows(), judging, plan(), Course(course, lambda: 0.0, lambda: True))
        losses.append(np.mean((outputs_of(torch, found, rows().rows)[:, 0] + TARGET) ** 2))
    # What is learned makes it worse by these rows, so that the first look is the best one.
    assert losses[1] <= losses[0] * 1.05


@pytest.mark.parametrize("places", [PLACES, PLACES[:, :0]])
def test_outputs_are_those_of_the_layers_in_any_size_of_slices(places, monkeypatch):
    monkeypatch.setattr("penstock.learn.cooled_network._AT_ONCE", 60)
    held = NeuralRows(NUMBERS.astype(np.float32), places.astype(np.int32))
    width = 5 if places.shape[1] else 2
    weights = Weights((Layer(FIRST[:width], np.full(4, 0.3), "SELU"), Layer(SECOND, np.ones(1))))
    sums = design()[:, :width].astype(np.float32) @ FIRST[:width] + 0.3
    expected = np.where(sums > 0, sums, 1.6732632423543772 * np.expm1(sums)) * 1.0507009873554805 @ SECOND + 1
    np.testing.assert_allclose(outputs_of(torch, weights, held), expected, atol=1e-9)
    assert outputs_of(torch, weights, held.taken(np.empty(0, np.int64))).shape == (0, 1)
