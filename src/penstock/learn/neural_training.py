"""Training of neural networks with PyTorch: steps over batches, rounds over the rows, when to stop.

PyTorch is imported here alone, when a network is trained. What comes out are NumPy arrays; its random numbers and
number of threads are left as they were.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import MissingExtra, UntrainableModel
from penstock.core.names import with_article
from penstock.learn.activation import width_after
from penstock.learn.network import Layer
from penstock.learn.neural_optimizer import Optimizer, Penalty, optimizer
from penstock.learn.neural_rows import NeuralRows

Floats = NDArray[np.float64]
Tensor = Any
# A round of fewer steps than this goes over the rows more than once.
STEPS = 200
# Numbers that a loss over all rows is computed with at once.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Weights:
    """The layers of a network, and what leads straight to its output, (width, outputs), or None."""

    layers: tuple[Layer, ...]
    wide: Floats | None = None


@dataclass(frozen=True)
class Batch:
    """Some rows as tensors: see NeuralRows. `chosen` are their numbers, for what stands beside them."""

    numbers: Tensor
    places: Tensor
    chosen: Tensor


class Goal(Protocol):
    """What a network is trained for."""

    def loss(self, outputs: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return the loss of each row, (rows,), weighted; `outputs` is what each layer gave."""
        ...


@dataclass(frozen=True)
class Plan:
    """How to train. `optimizers` and `rates` are of the deep part and of the wide one."""

    optimizers: tuple[str, str]
    rates: tuple[float, float]
    l1: float
    l2: float
    batch: int
    dropout: float
    rounds: int
    least_progress: float | None
    seed: int
    undropped: frozenset[int] = frozenset()


class Watch(Protocol):
    def saw(self, loss: float, eval_loss: float | None) -> None:
        """Record a finished round."""
        ...


@dataclass(frozen=True)
class Rows:
    """Rows and what is wanted of them."""

    rows: NeuralRows
    goal: Goal


def torch_of(model_type: str) -> Any:
    """Return PyTorch; raises MissingExtra where it is not installed."""
    try:
        import torch
    except ImportError as problem:
        raise MissingExtra.of(
            f"{with_article(model_type).capitalize()} model is trained with PyTorch, which is not installed.",
            hint="Install it with: pip install 'penstock[deep]'. A model that is trained already needs it no more.",
        ) from problem
    return torch


class OneThread:
    """Lets PyTorch use one thread: steps are small, and the sums are then the same on every machine.

    Several threads of ours may be inside at once; when the last one leaves, PyTorch has what it had before.
    """

    def __init__(self, torch: Any) -> None:
        self._torch, self._inside, self._before = torch, 0, 1
        self._turn = threading.Lock()

    def __enter__(self) -> None:
        with self._turn:
            if not self._inside:
                self._before = self._torch.get_num_threads()
            self._inside += 1
            self._torch.set_num_threads(1)

    def __exit__(self, *problem: object) -> None:
        with self._turn:
            self._inside -= 1
            if not self._inside:
                self._torch.set_num_threads(self._before)


def fitted(torch: Any, start: Weights, train: Rows, judging: Rows | None, plan: Plan, watch: Watch) -> Weights:
    """Return the weights after the last round, or, of a training that may stop early, after its best one.

    Raises UntrainableModel when the loss leaves all bounds.
    """
    with OneThread(torch):
        network = TorchNetwork(torch, start, train.rows.numbers.shape[1], plan)
        best, kept, before = math.inf, network.weights(), math.inf
        random = np.random.default_rng(plan.seed)
        for _ in range(plan.rounds):
            _round(torch, network, train, plan, random)
            loss = mean_loss(torch, network, train)
            eval_loss = None if judging is None else mean_loss(torch, network, judging)
            watch.saw(loss, eval_loss)
            judged = loss if eval_loss is None else eval_loss
            if plan.least_progress is None:
                continue
            if judged < best:
                best, kept = judged, network.weights()
            if before - judged < plan.least_progress * abs(before):
                break
            before = judged
        return network.weights() if plan.least_progress is None else kept


def _round(torch: Any, network: TorchNetwork, train: Rows, plan: Plan, random: np.random.Generator) -> None:
    rows, count = tensors_of(torch, train.rows), train.rows.count
    for _ in range(math.ceil(STEPS / math.ceil(count / plan.batch))):
        order = torch.from_numpy(random.permutation(count))
        for begin in range(0, count, plan.batch):
            batch = batch_of(rows, order[begin : begin + plan.batch])
            train.goal.loss(network.outputs(batch, training=True), batch).mean().backward()
            network.step()


def mean_loss(torch: Any, network: TorchNetwork, judged: Rows) -> float:
    """Return the mean loss over rows; raises UntrainableModel where it is beyond every number."""
    rows, total = tensors_of(torch, judged.rows), 0.0
    size = max(1, _AT_ONCE // network.widest)
    with torch.no_grad():
        for begin in range(0, judged.rows.count, size):
            batch = batch_of(rows, torch.arange(begin, min(begin + size, judged.rows.count)))
            total += float(judged.goal.loss(network.outputs(batch), batch).sum(dtype=torch.float64))
    loss = total / judged.rows.count
    if not math.isfinite(loss):
        raise UntrainableModel.of(
            "The training ran away: the loss is beyond every number.",
            hint="Give a smaller learn_rate, and look for values of an absurd size.",
        )
    return loss


def tensors_of(torch: Any, rows: NeuralRows) -> tuple[Tensor, Tensor]:
    """Return the numbers and the places of rows, without a copy."""
    return torch.from_numpy(rows.numbers), torch.from_numpy(rows.places)


def batch_of(rows: tuple[Tensor, Tensor], chosen: Tensor) -> Batch:
    """Return those of the rows that are chosen by number."""
    return Batch(rows[0][chosen], rows[1][chosen], chosen)


class _Part:
    """Tensors that one optimiser moves: all of them are views of one vector, the biases behind the weights."""

    def __init__(self, torch: Any, weights: Sequence[Floats], biases: Sequence[Floats], plan: Plan, place: int) -> None:
        self._torch = torch
        arrays = [np.ascontiguousarray(array, np.float32) for array in (*weights, *biases)]
        self._flat = torch.from_numpy(np.concatenate([array.ravel() for array in arrays]))
        self._slope, self._mean = torch.zeros_like(self._flat), self._flat.clone()
        self.tensors = []
        begin = 0
        for array in arrays:
            end = begin + array.size
            tensor = self._flat[begin:end].view(array.shape).detach().requires_grad_()
            tensor.grad = self._slope[begin:end].view(array.shape)
            self.tensors.append(tensor)
            begin = end
        penalty = Penalty(plan.l1, plan.l2, sum(array.size for array in weights))
        self._rate = plan.rates[place]
        self._optimizer: Optimizer = optimizer(plan.optimizers[place], self._rate, penalty, self._flat)

    def step(self, pace: float) -> None:
        self._optimizer.rate = self._rate * pace
        with self._torch.no_grad():
            self._optimizer.step(self._flat, self._slope)
            self._slope.zero_()

    def follow(self, share: float) -> None:
        with self._torch.no_grad():
            self._mean.lerp_(self._flat, share)

    def swap(self) -> None:
        with self._torch.no_grad():
            held = self._flat.clone()
            self._flat.copy_(self._mean)
            self._mean.copy_(held)


class TorchNetwork:
    """The network as PyTorch calculates with it. The weights of the categories are looked up and summed, so that
    a category costs nothing but its weights.
    """

    def __init__(self, torch: Any, start: Weights, numbers: int, plan: Plan) -> None:
        self._torch, self._plan = torch, plan
        self._activations = [layer.activation for layer in start.layers]
        first, *others = start.layers
        weights = [*_tables(first.weights, numbers), *(layer.weights for layer in others)]
        self._parts = [_Part(torch, weights, [layer.bias for layer in start.layers], plan, 0)]
        if start.wide is not None:
            self._parts.append(_Part(torch, _tables(start.wide, numbers), [], plan, 1))
        self.widest = max(
            [width_after(layer.activation, len(layer.bias)) for layer in start.layers] + [first.weights.shape[1]]
        )
        self._random = torch.Generator().manual_seed(plan.seed)

    def outputs(self, batch: Batch, *, training: bool = False) -> list[Tensor]:
        """Return what each layer gives, (rows, units) each; `training` leaves units out."""
        design, weights, biases = self._deep()
        given: list[Tensor] = []
        for place, (activation, bias) in enumerate(zip(self._activations, biases, strict=True)):
            sums = (given[-1] @ weights[place - 1] if place else self._summed(batch, design)) + bias
            last = place == len(biases) - 1
            if last and len(self._parts) > 1:
                sums = sums + self._summed(batch, self._parts[1].tensors)
            values = activated(self._torch, activation, sums)
            if training and self._plan.dropout and not last and place not in self._plan.undropped:
                values = self._dropped(values)
            given.append(values)
        return given

    def step(self, pace: float = 1.0) -> None:
        """Go down the slopes that are there, by steps of `pace` times the plan's rates."""
        for part in self._parts:
            part.step(pace)

    def follow(self, share: float) -> None:
        """Move the mean of the weights by a share of the way to where they are now."""
        for part in self._parts:
            part.follow(share)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the network have the mean of its weights."""
        for part in self._parts:
            part.swap()
        try:
            yield
        finally:
            for part in self._parts:
                part.swap()

    def weights(self) -> Weights:
        """Return the weights as they are now."""
        design, weights, biases = self._deep()
        arrays = [_design_weights(design), *map(_array, weights)]
        layers = tuple(map(Layer, arrays, map(_array, biases), self._activations))
        return Weights(layers, _design_weights(self._parts[1].tensors) if len(self._parts) > 1 else None)

    def _deep(self) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Return the weights of the design, those of the other layers, and the biases."""
        tensors, count = self._parts[0].tensors, len(self._activations)
        return tensors[:2], tensors[2 : count + 1], tensors[count + 1 :]

    def _summed(self, batch: Batch, design: Sequence[Tensor]) -> Tensor:
        """Return the rows of the design times its weights: of the numbers, and of the categories."""
        numbers, categories = design
        if not batch.places.shape[1]:
            return batch.numbers @ numbers
        found = self._torch.nn.functional.embedding_bag(batch.places, categories, mode="sum", padding_idx=0)
        return batch.numbers @ numbers + found if batch.numbers.shape[1] else found

    def _dropped(self, values: Tensor) -> Tensor:
        kept = self._torch.rand(values.shape, generator=self._random) >= self._plan.dropout
        return values * kept / (1.0 - self._plan.dropout)


def _tables(weights: Floats, numbers: int) -> list[Floats]:
    """Return the weights of the columns of numbers, and those of the categories, after a row of zeros."""
    return [weights[:numbers], np.concatenate([np.zeros((1, weights.shape[1])), weights[numbers:]])]


def _design_weights(tables: Sequence[Tensor]) -> Floats:
    numbers, categories = map(_array, tables)
    return np.concatenate([numbers, categories[1:]])


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().numpy().astype(np.float64)
    return array


def activated(torch: Any, activation: str, sums: Tensor) -> Tensor:
    """Return what units give for their sums: `activation.value_of` of tensors."""
    match activation:
        case "RELU":
            return torch.relu(sums)
        case "RELU6":
            return torch.clamp(sums, 0.0, 6.0)
        case "CRELU":
            return torch.cat([torch.relu(sums), torch.relu(-sums)], dim=1)
        case "ELU":
            return torch.nn.functional.elu(sums)
        case "SELU":
            return torch.selu(sums)
        case "SIGMOID":
            return torch.sigmoid(sums)
        case "TANH":
            return torch.tanh(sums)
        case _:
            return sums
