"""A network trained in the time there is: steps that grow smaller along half a cosine (I. Loshchilov, F. Hutter, SGDR,
2017), and of the mean weights of the latest steps (O. Shamir, T. Zhang, Stochastic Gradient Descent for Non-smooth
Optimization, 2013, section 4) those that are best on rows which it is not fitted on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.neural_rows import NeuralRows
from penstock.learn.neural_training import (
    Batch,
    Plan,
    Rows,
    TorchNetwork,
    Weights,
    activated,
    batch_of,
    mean_loss,
    tensors_of,
)

Floats = NDArray[np.float64]
Tensor = Any
# How often the weights are judged on the way, and how often in a row they may be no better.
_LOOKS, _PATIENCE = 20, 6
# The mean of the weights is that of about the last ninth of the steps so far: a network that is best early on, when its
# steps are still large, is good at once. On 4,000 rows of adult-income that is worth 0.0014 ROC AUC.
_LATE = 8
# After this share of the time it is known how many steps there is time for; fewer than that share of them make no
# network.
_PACED, _LEAST_SHARE = 0.2, 0.25
# Numbers that are computed with at once.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Course:
    """So many steps, unless the time is over before: `gone` says which share of it has gone, `goes_on` whether anybody
    still waits for the network.
    """

    steps: int
    gone: Callable[[], float]
    goes_on: Callable[[], bool]


def cooled(torch: Any, start: Weights, train: Rows, judging: Rows, plan: Plan, course: Course) -> Weights | None:
    """Return the mean weights that are best on `judging`; None where there is no time for enough steps.

    How far the steps have cooled goes by their number, or by the time where that has gone further. They end before
    where the weights have long been no better. Raises UntrainableModel when the loss leaves all bounds.
    """
    network = TorchNetwork(torch, start, train.rows.numbers.shape[1], plan)
    best, kept, worse, paced = math.inf, None, 0, False
    for step, batch in enumerate(_batches(torch, train.rows, plan), 1):
        train.goal.loss(network.outputs(batch, training=True), batch).mean().backward()
        gone = course.gone()
        network.step(0.5 + 0.5 * math.cos(math.pi * min(max((step - 1) / course.steps, gone), 1.0)))
        network.follow((_LATE + 1) / (step + _LATE))
        if gone >= _PACED and not paced:
            if step < gone * _LEAST_SHARE * course.steps:
                return None
            paced = True
        last = step >= course.steps or gone >= 1.0 or not course.goes_on()
        if last or step % max(1, course.steps // _LOOKS) == 0:
            worse += 1
            with network.averaged():
                loss = mean_loss(torch, network, judging)
                if loss < best:
                    best, kept, worse = loss, network.weights(), 0
        if last or worse >= _PATIENCE:
            break
    return kept


def _batches(torch: Any, rows: NeuralRows, plan: Plan) -> Iterator[Batch]:
    """Yield batches without end, every row once before any comes again."""
    random, tensors = np.random.default_rng(plan.seed), tensors_of(torch, rows)
    while True:
        order = torch.from_numpy(random.permutation(rows.count))
        for begin in range(0, max(rows.count - plan.batch // 2, 1), plan.batch):
            yield batch_of(tensors, order[begin : begin + plan.batch])


def outputs_of(torch: Any, weights: Weights, rows: NeuralRows) -> Floats:
    """Return what a network without a wide part gives for rows, (n, outputs), in float64."""
    first, *others = weights.layers
    count = rows.numbers.shape[1]
    table = torch.from_numpy(np.concatenate([np.zeros((1, first.weights.shape[1])), first.weights[count:]]))
    numbers, places = tensors_of(torch, rows)
    size = max(1, _AT_ONCE // max(len(first.weights), 1))
    parts = []
    for begin in range(0, rows.count, size):
        end = begin + size
        values = numbers[begin:end].double() @ torch.from_numpy(first.weights[:count]) + torch.from_numpy(first.bias)
        if places.shape[1]:
            values = values + torch.nn.functional.embedding_bag(places[begin:end], table, mode="sum", padding_idx=0)
        values = activated(torch, first.activation, values)
        for layer in others:
            values = values @ torch.from_numpy(layer.weights) + torch.from_numpy(layer.bias)
            values = activated(torch, layer.activation, values)
        parts.append(values.numpy())
    found: Floats = np.concatenate(parts) if parts else np.empty((0, len(others[-1].bias)))
    return found
