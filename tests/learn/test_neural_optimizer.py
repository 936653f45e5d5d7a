"""Steps of the optimisers against PyTorch's own and against the published algorithms, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from penstock.learn.neural_optimizer import Penalty, optimizer

START = np.array([0.5, -0.3, 0.01, 2.0])
FREE = Penalty(0.0, 0.0, 4)


def slopes(rounds=30, seed=2):
    return np.random.default_rng(seed).normal(size=(rounds, 4))


def walked(name, rate, penalty=FREE, rounds=None):
    values = torch.tensor(START)
    steps = optimizer(name, rate, penalty, values)
    for slope in slopes() if rounds is None else rounds:
        steps.step(values, torch.tensor(slope))
    return values.numpy()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ADAM", lambda values: torch.optim.Adam([values], 0.05)),
        ("SGD", lambda values: torch.optim.SGD([values], 0.05)),
        ("ADAGRAD", lambda values: torch.optim.Adagrad([values], 0.05, initial_accumulator_value=0.1, eps=0.0)),
    ],
)
def test_steps_are_those_of_pytorch(name, made):
    values = torch.tensor(START, requires_grad=True)
    own = made(values)
    for slope in slopes():
        values.grad = torch.tensor(slope)
        own.step()
    np.testing.assert_allclose(walked(name, 0.05), values.detach().numpy(), rtol=1e-6)


def test_rmsprop_divides_by_the_root_of_a_falling_mean_of_squares():
    values, square = START.copy(), np.ones(4)
    for slope in slopes():
        square = 0.9 * square + 0.1 * slope**2
        values -= 0.05 * slope / np.sqrt(square + 1e-10)
    np.testing.assert_allclose(walked("RMSPROP", 0.05), values, rtol=1e-9)


def test_ftrl_is_algorithm_1_of_mcmahan_coordinate_by_coordinate():
    rate, l1, l2 = 0.5, 0.4, 0.1
    expected = []
    for place, begin in enumerate(START):
        value, square = begin, 0.1
        leader = -begin * math.sqrt(square) / rate
        for slope in slopes()[:, place]:
            sigma = (math.sqrt(square + slope**2) - math.sqrt(square)) / rate
            leader += slope - sigma * value
            square += slope**2
            value = 0.0
            if abs(leader) > l1:
                value = -(leader - math.copysign(l1, leader)) / (math.sqrt(square) / rate + l2)
        expected.append(value)
    np.testing.assert_allclose(walked("FTRL", rate, Penalty(l1, l2, 4)), expected, rtol=1e-9, atol=1e-12)


def test_ftrl_begins_where_the_weights_are():
    np.testing.assert_allclose(walked("FTRL", 0.01, rounds=[np.zeros(4)]), START, rtol=1e-12)


@pytest.mark.parametrize("name", ["SGD", "ADAGRAD", "FTRL"])
def test_a_penalty_on_sizes_makes_weights_nothing_and_leaves_biases_alone(name):
    rounds = [np.zeros(4)] * 400
    found = walked(name, 0.1, Penalty(2.0, 0.0, 2), rounds=rounds)
    assert found[:2].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found[2:], START[2:])


@pytest.mark.parametrize("name", ["SGD", "ADAGRAD", "FTRL"])
def test_a_penalty_on_squares_draws_weights_towards_nothing_in_proportion(name):
    found = walked(name, 0.1, Penalty(0.0, 0.5, 2), rounds=[np.zeros(4)])
    assert found[0] / START[0] == pytest.approx(found[1] / START[1])
    assert 0 < found[0] < START[0]
