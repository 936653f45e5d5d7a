"""Autoencoders: neural networks that give a row back through a layer that is too narrow for all of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue, Tunable, number_of
from penstock.learn.activation import LINEAR
from penstock.learn.graph import GraphBuilder
from penstock.learn.learner import FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.linear_design import code_size
from penstock.learn.linear_input import LinearInput, linear_input
from penstock.learn.linear_model import Link
from penstock.learn.linear_sum import standardised_numbers
from penstock.learn.network import NETWORK, Layer, Network, network_from
from penstock.learn.neural_fit import Rounds, check_same_network, plan_of, random_layers, steady_order, width_of
from penstock.learn.neural_option import (
    AUTOENCODER_ACTIVATIONS,
    DEEP,
    check_penalties,
    neural_options,
    optimizer_options,
    rate_of,
)
from penstock.learn.neural_rows import neural_rows
from penstock.learn.neural_training import Batch, Rows, Weights, fitted, torch_of
from penstock.learn.schema import Feature, Task

Floats = NDArray[np.float64]
Tensor = Any
Json = Any
LOSSES = ("mean_absolute_error", "mean_squared_error", "mean_squared_log_error")
ROWS_AT_ONCE = "rows_at_once"
# Rows times columns that the graph gives back in one go.
_CELLS = 4_000_000
# Keras's: logarithms are of 1 + what is more than this.
_EPSILON = 1e-7
# onnx.TensorProto.DOUBLE, whose library is not imported here.
_DOUBLE = 11
_UNITS = (
    "The units of each hidden layer, an odd number of layers: the middle one holds the latent columns, [32, 8, 32]. By "
    "default three layers: as many latent columns as half the features, at most 32, between layers of half the columns "
    "that the features make, at most 128."
)


class Autoencoder:
    """Rows through a narrow layer and back."""

    model_type = "autoencoder"
    task = Task.AUTOENCODING
    summary = (
        "An autoencoder (Hinton and Salakhutdinov 2006) of standardised numbers and one-hot categories, trained with "
        "PyTorch; the middle layer is linear."
    )
    options: tuple[OptionSpec, ...] = (
        *neural_options(AUTOENCODER_ACTIVATIONS, _UNITS),
        *optimizer_options(log=True),
        OptionSpec(
            "l1_reg_activation",
            "number",
            0.0,
            "How strongly the latent columns are drawn to 0, by Σ |value| of each row.",
            minimum=0,
            tunable=Tunable(0.0, 10.0, log=True),
        ),
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit; raises MissingExtra without PyTorch, InvalidOption for an even number of layers."""
        check_penalties(options, (DEEP,))
        _check_layers(options["hidden_units"])
        torch = torch_of(self.model_type)
        earlier = network_from(warm_start.details, warm_start.files) if warm_start else None
        if earlier:
            check_same_network(earlier, options, options["hidden_units"])
        read = earlier.read if earlier else linear_input(data.columns, data.features)
        rows = neural_rows(data.columns, data.features, read).taken(steady_order(data))
        units = _units(options["hidden_units"], read, len(data.features))
        layers = earlier.layers if earlier else _layers(read, units, str(options["activation_fn"]), data.seed)
        middle = len(layers) // 2 - 1
        penalty = number_of(options, "l1_reg_activation")
        goal = _Reconstruction(torch, len(data.features), sum(code_size(read)), middle, penalty)
        watch = Rounds(progress, options, warm_start, rate_of(options, DEEP))
        plan = plan_of(options, rows.count, data.seed, undropped=(middle,))
        found = fitted(torch, Weights(layers), Rows(rows, goal), None, plan, watch)
        network = Network(read, found.layers, Link.IDENTITY)
        details = {
            **network.as_json(),
            "features": [asdict(feature) for feature in data.features],
            "latent_columns": len(network.layers[middle].bias),
            ROWS_AT_ONCE: max(16, min(16_384, _CELLS // width_of(read))),
        }
        graph = _graph(network, middle, data.features)
        return FittedModel(graph, tuple(watch.rows), details, files={NETWORK: network.as_bytes()})


def _check_layers(units: OptionValue) -> None:
    if isinstance(units, list) and len(units) % 2 == 0:
        raise InvalidOption.of(
            f"Option hidden_units of an autoencoder has an odd number of layers, not {len(units)}: the middle one "
            "holds the latent columns.",
            hint="For instance hidden_units = [32, 8, 32].",
            option="hidden_units",
        )


def _units(given: OptionValue, read: LinearInput, features: int) -> list[int]:
    if isinstance(given, list):
        return given
    latent = max(1, min(32, features // 2))
    outer = max(latent, min(128, math.ceil(width_of(read) / 2)))
    return [outer, latent, outer]


def _layers(read: LinearInput, units: Sequence[int], activation: str, seed: int) -> tuple[Layer, ...]:
    middle = len(units) // 2
    activations = [LINEAR if place == middle else activation for place in range(len(units))]
    return random_layers(read, [*units, width_of(read)], [*activations, LINEAR], seed)


class _Reconstruction:
    """The squared error over all columns of the design, divided by the number of features, and a penalty on the
    latent columns.
    """

    def __init__(self, torch: Any, features: int, categories: int, middle: int, penalty: float) -> None:
        self._torch, self._features, self._categories = torch, features, categories
        self._middle, self._penalty = middle, penalty

    def loss(self, outputs: Sequence[Tensor], batch: Batch) -> Tensor:
        hot = batch.numbers.new_zeros((len(batch.numbers), self._categories + 1))
        hot.scatter_(1, batch.places.long(), 1.0)
        wanted = self._torch.cat([batch.numbers, hot[:, 1:]], dim=1)
        losses = (outputs[-1] - wanted).square().sum(dim=1) / self._features
        if self._penalty:
            losses = losses + self._penalty * outputs[self._middle].abs().sum(dim=1)
        return losses


def _graph(network: Network, middle: int, features: Sequence[Feature]) -> bytes:
    """Return the ONNX model from raw columns to `autoencoded`: the latent columns, then the three losses of the
    row, each over all columns of the design and divided by the number of features.
    """
    builder = GraphBuilder(features)
    matrix = builder.matrix(network.read.codes)
    values = network.layers_in(builder, network.summed(builder, matrix))
    wanted = _design(builder, matrix, network.read)
    error = builder.node("Sub", [values[-1], wanted])
    logs = builder.node("Sub", [_logarithm(builder, values[-1]), _logarithm(builder, wanted)])
    axis, count = builder.constant(np.array([1])), builder.constant(float(len(features)))
    sums = [
        builder.node("ReduceSum", [builder.node("Abs", [error]), axis], keepdims=1),
        builder.node("ReduceSumSquare", [error, axis], keepdims=1),
        builder.node("ReduceSumSquare", [logs, axis], keepdims=1),
    ]
    losses = [builder.node("Div", [each, count]) for each in sums]
    latent = len(network.layers[middle].bias)
    return builder.finish(builder.concatenate([values[middle], *losses]), "autoencoded", latent + len(losses))


def _design(builder: GraphBuilder, matrix: str, read: LinearInput) -> str:
    """Return the design written out, [n, width]: standardised numbers, one-hot categories."""
    parts = [standardised_numbers(builder, matrix, read)] if read.numbers else []
    axis = builder.constant(np.array([1]))
    for place, size in enumerate(code_size(read), read.numbers):
        ends = [builder.constant(np.array([at])) for at in (place, place + 1)]
        codes = builder.node("Slice", [matrix, *ends, axis])
        words = builder.constant(np.arange(1.0, size + 1.0)[None, :])
        parts.append(builder.node("Cast", [builder.node("Equal", [codes, words])], to=_DOUBLE))
    return parts[0] if len(parts) == 1 else builder.concatenate(parts)


def _logarithm(builder: GraphBuilder, values: str) -> str:
    positive = builder.node("Max", [values, builder.constant(_EPSILON)])
    return builder.node("Log", [builder.node("Add", [positive, builder.constant(1.0)])])
