"""Candidates that are neural networks, where the extra is installed: those of all folds are one part of the graph."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import MissingExtra, UntrainableModel
from penstock.learn.activation import LINEAR
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import Value
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.automl.linear_candidate import frequent_input
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.cooled_network import Course, cooled, outputs_of
from penstock.learn.learner import FittedModel, TrainingData
from penstock.learn.linear_design import code_size
from penstock.learn.network import Layer, Network
from penstock.learn.network_bag import NetworkBag
from penstock.learn.neural_fit import first_guess, goal_of, link_of, random_layers, width_of
from penstock.learn.neural_rows import neural_rows
from penstock.learn.neural_training import OneThread, Plan, Rows, Weights, torch_of
from penstock.learn.piecewise_input import piecewise
from penstock.learn.schema import FeatureType, Task

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
# A search of fewer seconds has none to spare, nor one that has fewer left: PyTorch alone takes two or three to be
# imported.
LEAST_SECONDS, _LEAST_LEFT = 30, 6.0
# Fewer rows than this tell a network nothing that a line does not know.
FEWEST_ROWS = 100
# Values that are kept, of four bytes each, and the columns that the numbers are cut into.
MOST_CELLS, _PIECED_COLUMNS = 40_000_000, 384
_MOST_PIECES, _LEAST_PIECES = 48, 2
# Words of all texts together, at least so many of each; and columns at most, since each weighs something in every fold.
_WORDS, _FEWEST_WORDS, _MOST_WIDTH = 1_000, 10, 2_500
# Hidden layers, and the units of each, of few rows and of more.
_LAYERS, _FEW_ROWS, _FEW_UNITS, _UNITS = 3, 2_000, 64, 128
# A step looks at a twelfth of the rows, within these bounds; of very many rows at more, since there is time for few.
_LEAST_BATCH, _BATCH, _MANY_ROWS, _LARGE_BATCH = 32, 256, 100_000, 1_024
_MOST_STEPS, _MOST_ROUNDS = 2_000, 100
# The log odds that a network begins with are within this: a class may be in none of a fold's rows.
_SUREST = 10.0
# The share of a fold's rows that says when the network was best; of few rows so many, or a quarter.
_INNER_SHARE, _INNER_ROWS, _MOST_INNER = 0.1, 100, 0.25


@dataclass(frozen=True)
class FittedNetwork:
    """The network of one fold, and what it says of the rows that judge, (m, outputs).

    `scoring` is in how many milliseconds it says something of 1,000 rows.
    """

    network: Network
    raw: Floats
    scoring: float

    @property
    def size(self) -> int:
        """The bytes of the weights in the graph, which are float32."""
        return 4 * sum(layer.weights.size + layer.bias.size for layer in self.network.layers)


class NetworkRows:
    """The rows of a search as networks read them: numbers in pieces, categories by the words that occur often."""

    def __init__(self, data: TrainingData, folds: Sequence[Fold], metric: SearchMetric, budget: Budget) -> None:
        """`data` holds nothing out. How rows are read is learned from all of them, without the label.

        Raises MissingExtra; UntrainableModel where the seconds of the search or the rows are too few, or too many for
        memory; OutOfTime where little is left.
        """
        if find_spec("torch") is None:
            raise MissingExtra.of(
                "'penstock[deep]' is not installed.", hint="Install it with: pip install 'penstock[deep]'."
            )
        count = len(data.target)
        if budget.seconds < LEAST_SECONDS:
            raise UntrainableModel.of(f"networks are tried in searches of {LEAST_SECONDS} seconds and more")
        if count < FEWEST_ROWS:
            raise UntrainableModel.of(f"{count} rows are too few for a network")
        if budget.left < _LEAST_LEFT:
            raise OutOfTime
        texts = sum(feature.type is FeatureType.STRING for feature in data.features)
        plain = frequent_input(data, max(_WORDS // max(texts, 1), _FEWEST_WORDS))
        numbers = max(plain.numbers, 1)
        most = min(_PIECED_COLUMNS // numbers, MOST_CELLS // (count * numbers), int(np.sqrt(count) / 2), _MOST_PIECES)
        if count * numbers > MOST_CELLS or width_of(plain) > _MOST_WIDTH:
            raise UntrainableModel.of("the table is too large for a network that reads it whole")
        self._data, self._folds, self._absolute = data, folds, metric.name == "mae"
        self._torch: Any = torch_of("neural")
        self._quiet = OneThread(self._torch)
        self._read = piecewise(data.columns, data.features, plain, max(most, _LEAST_PIECES))
        self._rows = neural_rows(data.columns, data.features, self._read)

    def of_folds(self, folds: Sequence[Fold]) -> NetworkRows:
        """Return the same rows in other folds."""
        other = copy.copy(self)
        other._folds = folds
        return other

    def fitted(
        self, number: int, values: Mapping[str, Value], gone: Callable[[], float], goes_on: Callable[[], bool]
    ) -> FittedNetwork:
        """Return the network of a fold, as it was best on some of the rows that it was not fitted on.

        `gone` says which share of its time has gone. Raises OutOfTime.
        """
        fold, data = self._folds[number], self._data
        seed = (data.seed + 7919 * number) % 2**31
        order = np.random.default_rng(seed).permutation(np.flatnonzero(fold.fitted))
        inner = round(max(_INNER_SHARE * len(order), min(_INNER_ROWS, _MOST_INNER * len(order))))
        batch = _batch(len(order) - inner)
        rounds = -(-(len(order) - inner) // batch)
        rate, dropout = float(values["learning_rate"]), float(values["dropout"])
        plan = Plan(("ADAM", ""), (rate, 0.0), 0.0, 0.0, batch, dropout, 1, None, seed)
        course = Course(min(_MOST_STEPS, _MOST_ROUNDS * rounds), gone, goes_on)
        center, scale = self._scale(data.target[order[inner:]])
        with self._quiet:
            train, judging = (self._of(rows, center, scale) for rows in (order[inner:], order[:inner]))
            start = self._start(order[inner:], seed, str(values["activation"]))
            found = cooled(self._torch, start, train, judging, plan, course)
            if found is None:
                raise OutOfTime
            network = Network(self._read, found.layers, link_of(data.classes)).scaled(scale, center)
            judged = self._rows.taken(np.flatnonzero(fold.judged))
            began = time.perf_counter()
            raw = outputs_of(self._torch, Weights(network.layers), judged)
            taken = time.perf_counter() - began
        return FittedNetwork(network, raw, 1e6 * taken / max(len(raw), 1))

    def merged(self, fitted: Sequence[FittedNetwork]) -> FittedModel:
        """Return the mean of networks as one model, whose graph gives raw outputs."""
        typical = self._rows.mean(sum(code_size(self._read)))
        return NetworkBag(tuple(each.network for each in fitted), typical).fitted(self._data.features)

    def _scale(self, target: Floats) -> tuple[float, float]:
        """Return how a number to predict is standardised while the network is fitted."""
        if self._data.task is not Task.REGRESSION:
            return 0.0, 1.0
        if self._absolute:
            center = float(np.median(target))
            return center, float(np.abs(target - center).mean()) or 1.0
        return float(target.mean()), float(target.std()) or 1.0

    def _of(self, rows: Places, center: float, scale: float) -> Rows:
        data = self._data
        weights = None if data.weights is None else data.weights[rows]
        wanted, link = (data.target[rows] - center) / scale, link_of(data.classes)
        goal = goal_of(self._torch, link, wanted, weights, absolute=self._absolute)
        return Rows(self._rows.taken(rows), goal)

    def _start(self, rows: Places, seed: int, activation: str) -> Weights:
        data, link = self._data, link_of(self._data.classes)
        weights = None if data.weights is None else data.weights[rows]
        guess = np.clip(first_guess(data.target[rows], weights, link, len(data.classes)), -_SUREST, _SUREST)
        units = _FEW_UNITS if len(data.target) < _FEW_ROWS else _UNITS
        layers = random_layers(self._read, [*[units] * _LAYERS, len(guess)], [*[activation] * _LAYERS, LINEAR], seed)
        last: Layer = replace(layers[-1], bias=guess)
        return Weights((*layers[:-1], last))


def _batch(rows: int) -> int:
    if rows > _MANY_ROWS:
        return _LARGE_BATCH
    return int(min(max(rows // 12, _LEAST_BATCH), _BATCH))
