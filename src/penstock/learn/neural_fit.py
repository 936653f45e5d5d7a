"""What the neural families of a label do: read the features, begin, train, put the network together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.options import OptionValue, number_of
from penstock.learn.activation import LINEAR, width_after
from penstock.learn.feature_column import array_of
from penstock.learn.learner import NUM_STEPS, FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.linear_design import code_size
from penstock.learn.linear_input import LinearInput, linear_input
from penstock.learn.linear_model import Link
from penstock.learn.network import NETWORK, Layer, Network, network_from
from penstock.learn.neural_goal import ClassGoal, NumberGoal
from penstock.learn.neural_option import DEEP, WIDE, check_penalties, optimizer_of, rate_of
from penstock.learn.neural_rows import neural_rows
from penstock.learn.neural_training import Plan, Rows, Weights, fitted, torch_of
from penstock.learn.splitting import row_fingerprints
from penstock.learn.warm_start import check_unchanged

Floats = NDArray[np.float64]
Json = Any
_BATCH, _MOST_UNITS, _ROWS_A_UNIT = 32, 128, 10


def fit_network(
    data: TrainingData,
    options: Mapping[str, OptionValue],
    progress: Progress,
    warm_start: WarmStart | None,
    model_type: str,
    *,
    wide: bool,
) -> FittedModel:
    """Return the fitted model of a neural family with a label."""
    check_penalties(options, (DEEP, WIDE) if wide else (DEEP,))
    torch = torch_of(model_type)
    order = steady_order(data)
    target = data.train_target[order]
    weights = None if data.train_weights is None else data.train_weights[order]
    earlier = network_from(warm_start.details, warm_start.files) if warm_start else None
    read = earlier.read if earlier else linear_input(data.train_columns, data.features)
    scale = _Scale.of(warm_start, target, data.classes)
    link = link_of(data.classes)
    begin = _begin(earlier, read, options, len(target), link, scale, data, wide=wide)
    rows = neural_rows(data.train_columns, data.features, read).taken(order)
    train = Rows(rows, goal_of(torch, link, scale.standardised(target), weights))
    judging = None
    if data.held_out.any():
        held_out = neural_rows(data.columns.filter(array_of(data.held_out)), data.features, read)
        judging = Rows(held_out, goal_of(torch, link, scale.standardised(data.target[data.held_out]), None))
    watch = Rounds(progress, options, warm_start, rate_of(options, DEEP), scale.scale**2)
    found = fitted(torch, begin, train, judging, plan_of(options, rows.count, data.seed, wide=wide), watch)
    network = Network(read, found.layers, link, found.wide).scaled(scale.scale, scale.center)
    details = {
        **network.as_json(),
        "features": [asdict(feature) for feature in data.features],
        "target": asdict(scale),
        NUM_STEPS: options[NUM_STEPS],
    }
    return FittedModel(network.graph(data.features), tuple(watch.rows), details, files={NETWORK: network.as_bytes()})


def steady_order(data: TrainingData) -> NDArray[np.int64]:
    """Return an order of the rows of training that only depends on the rows.

    A query without ORDER BY gives its rows in any order; the same rows then make the same batches all the same.
    """
    fingerprints = row_fingerprints(data.train_columns)
    if not data.task.learns_from_label:
        return np.argsort(fingerprints, kind="stable")
    return np.lexsort((data.train_target, fingerprints))


@dataclass(frozen=True)
class _Scale:
    """How a number to predict is standardised while the network is trained."""

    center: float
    scale: float

    @classmethod
    def of(cls, warm_start: WarmStart | None, target: Floats, classes: Sequence[Json]) -> _Scale:
        if warm_start:
            return cls(**warm_start.details["target"])
        if classes:
            return cls(0.0, 1.0)
        spread = float(target.std())
        return cls(float(target.mean()), spread if spread > 0 else 1.0)

    def standardised(self, target: Floats) -> Floats:
        return (target - self.center) / self.scale


class Rounds:
    """Writes the rounds down. A loss of standardised values times `unit` is that of the values."""

    def __init__(
        self,
        progress: Progress,
        options: Mapping[str, OptionValue],
        warm_start: WarmStart | None,
        rate: float,
        unit: float = 1.0,
    ) -> None:
        self.rows: list[Iteration] = list(warm_start.iterations) if warm_start else []
        self._run = self.rows[-1].training_run + 1 if self.rows else 0
        self._before, self._most = len(self.rows), int(number_of(options, "max_iterations"))
        self._progress, self._rate, self._unit = progress, rate, unit
        self._since = time.perf_counter()

    def saw(self, loss: float, eval_loss: float | None) -> None:
        now = time.perf_counter()
        spent, self._since = round((now - self._since) * 1000), now
        number = len(self.rows) - self._before
        judged = None if eval_loss is None else eval_loss * self._unit
        self.rows.append(Iteration(self._run, number, loss * self._unit, judged, self._rate, spent))
        self._progress(number + 1, self._most, f"loss {loss * self._unit:.6g}")


def plan_of(
    options: Mapping[str, OptionValue], rows: int, seed: int, *, wide: bool = False, undropped: Sequence[int] = ()
) -> Plan:
    """Return how to train a network with these options on so many rows."""
    batch = options["batch_size"]
    return Plan(
        (optimizer_of(options, DEEP), optimizer_of(options, WIDE) if wide else ""),
        (rate_of(options, DEEP), rate_of(options, WIDE)),
        number_of(options, "l1_reg"),
        number_of(options, "l2_reg"),
        min(batch if isinstance(batch, int) else _BATCH, rows),
        number_of(options, "dropout"),
        int(number_of(options, "max_iterations")),
        number_of(options, "min_rel_progress") if options["early_stop"] else None,
        seed,
        frozenset(undropped),
    )


def width_of(read: LinearInput) -> int:
    """Return the number of columns of the design, categories included."""
    return read.numbers + sum(code_size(read))


def random_layers(read: LinearInput, units: Sequence[int], activations: Sequence[str], seed: int) -> tuple[Layer, ...]:
    """Return layers to begin with: uniform weights of the size that keeps the spread of the values (X. Glorot,
    Y. Bengio 2010), no biases.

    Of one-hot columns only one of each feature is ever 1, so that a feature counts as one input.
    """
    random = np.random.default_rng(seed)
    layers: list[Layer] = []
    width, inputs = width_of(read), max(1, read.numbers + len(read.categories))
    for count, activation in zip(units, activations, strict=True):
        bound = np.sqrt(6.0 / (inputs + count))
        layers.append(Layer(random.uniform(-bound, bound, (width, count)), np.zeros(count), activation))
        width = inputs = width_after(activation, count)
    return tuple(layers)


def _begin(
    earlier: Network | None,
    read: LinearInput,
    options: Mapping[str, OptionValue],
    rows: int,
    link: Link,
    scale: _Scale,
    data: TrainingData,
    *,
    wide: bool,
) -> Weights:
    outputs = len(data.classes) if link is Link.SOFTMAX else 1
    if earlier:
        given = options["hidden_units"]
        check_same_network(earlier, options, given)
        same = earlier.scaled(1.0 / scale.scale, -scale.center / scale.scale)
        return Weights(same.layers, same.wide)
    units = options["hidden_units"]
    if not isinstance(units, list):
        columns = width_of(read) + outputs
        units = [max(1, min(_MOST_UNITS, rows // (_ROWS_A_UNIT * columns)))]
    activations = [str(options["activation_fn"])] * len(units)
    layers = random_layers(read, [*units, outputs], [*activations, LINEAR], data.seed)
    last = replace(layers[-1], bias=first_guess(data.train_target, data.train_weights, link, len(data.classes)))
    return Weights((*layers[:-1], last), np.zeros((width_of(read), outputs)) if wide else None)


def check_same_network(earlier: Network, options: Mapping[str, OptionValue], units: OptionValue) -> None:
    """Raise InvalidOption when a warm start asks for other layers than the earlier version has."""
    check_unchanged("hidden_units", [len(layer.bias) for layer in earlier.layers[:-1]], units)
    activations = {layer.activation for layer in earlier.layers} - {LINEAR}
    if activations:
        check_unchanged("activation_fn", activations.pop(), options["activation_fn"])


def first_guess(target: Floats, weights: Floats | None, link: Link, classes: int) -> Floats:
    """Return what the network says before it has learned anything: how frequent each class is."""
    if link is Link.IDENTITY:
        return np.zeros(1)
    counts = np.bincount(target.astype(np.int64), weights=weights, minlength=classes)
    logs = np.log(np.maximum(counts, 1e-9))
    return np.diff(logs) if link is Link.LOGIT else logs - logs.mean()


def link_of(classes: Sequence[Json]) -> Link:
    """Return what the sums of a network for these classes are; of none, for a number."""
    if not classes:
        return Link.IDENTITY
    return Link.LOGIT if len(classes) == 2 else Link.SOFTMAX


def goal_of(
    torch: Any, link: Link, target: Floats, weights: Floats | None, *, absolute: bool = False
) -> ClassGoal | NumberGoal:
    """Return what a network is trained for: the log loss of classes, the squared or absolute error of a number."""
    relative = None if weights is None else weights / max(float(weights.mean()), 1e-300)
    if link is Link.IDENTITY:
        return NumberGoal(torch, target, relative, absolute=absolute)
    return ClassGoal(torch, target, relative, binary=link is Link.LOGIT)
