"""A feed-forward network over a linear design, as numbers: its layers, its file, its ONNX graph.

Whatever trains it, it is scored and explained from here, without the training library.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact
from penstock.learn.activation import LINEAR, graph_of
from penstock.learn.graph import GraphBuilder
from penstock.learn.linear_input import LinearInput, encoding_of, input_from_json
from penstock.learn.linear_model import Link, linked
from penstock.learn.linear_sum import weighted_sum
from penstock.learn.schema import Feature

Floats = NDArray[np.float64]
Json = Any
NETWORK = "network.npz"


@dataclass(frozen=True)
class Layer:
    """`weights` has shape (inputs, units), `bias` (units,); `activation` follows the sum.

    The inputs of the first layer are the columns of the design. CRELU hands on twice as many values as it has units.
    """

    weights: Floats
    bias: Floats
    activation: str = LINEAR


@dataclass(frozen=True)
class Network:
    """`wide` holds the weights that lead from the design straight to the output, (width, outputs), or None.

    What the last layer gives, `wide` added, is linked to the outcome as in a linear model.
    """

    read: LinearInput
    layers: tuple[Layer, ...]
    link: Link
    wide: Floats | None = None

    @property
    def outputs(self) -> int:
        return len(self.layers[-1].bias)

    def as_json(self) -> dict[str, Json]:
        """Return what goes into the artifact's details; the weights are in `as_bytes`."""
        return {
            "encoding": encoding_of(self.read),
            "network": {
                **self.read.as_json(),
                "link": str(self.link),
                "activations": [layer.activation for layer in self.layers],
                "units": [len(layer.bias) for layer in self.layers],
            },
        }

    def as_bytes(self) -> bytes:
        """Return the weights as NumPy's zip of arrays, the same bytes for the same weights."""
        arrays = {f"weights_{place}": layer.weights for place, layer in enumerate(self.layers)}
        arrays |= {f"bias_{place}": layer.bias for place, layer in enumerate(self.layers)}
        if self.wide is not None:
            arrays["wide"] = self.wide
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **arrays)
        return stream.getvalue()

    def graph(self, features: Sequence[Feature]) -> bytes:
        """Return the ONNX model from raw columns to `score` or `probabilities`."""
        builder = GraphBuilder(features)
        matrix = builder.matrix(self.read.codes)
        scores = self.layers_in(builder, self.summed(builder, matrix))[-1]
        if self.wide is not None:
            scores = builder.node("Add", [scores, weighted_sum(builder, matrix, self.read, self.wide)])
        return linked(builder, scores, self.link, self.outputs)

    def summed(self, builder: GraphBuilder, matrix: str) -> str:
        """Return what the units of the first layer sum up, before its activation, [n, units]."""
        return weighted_sum(builder, matrix, self.read, self.layers[0].weights, self.layers[0].bias)

    def layers_in(self, builder: GraphBuilder, sums: str) -> list[str]:
        """Return the tensor that each layer gives for the sums of the first one."""
        values = [graph_of(builder, self.layers[0].activation, sums)]
        for layer in self.layers[1:]:
            product = builder.node("MatMul", [values[-1], builder.constant(layer.weights)])
            sums = builder.node("Add", [product, builder.constant(layer.bias[None, :])])
            values.append(graph_of(builder, layer.activation, sums))
        return values

    def scaled(self, scale: float, center: float) -> Network:
        """Return the network whose output is this one's times `scale` plus `center`."""
        last = self.layers[-1]
        last = replace(last, weights=last.weights * scale, bias=last.bias * scale + center)
        wide = None if self.wide is None else self.wide * scale
        return replace(self, layers=(*self.layers[:-1], last), wide=wide)


def network_from(details: Mapping[str, Json], files: Mapping[str, bytes]) -> Network:
    """Return the network of an artifact; raises CorruptArtifact when its file is missing."""
    if NETWORK not in files:
        raise CorruptArtifact.of(f"The artifact has no {NETWORK}.", hint="Train the model again.")
    raw = details["network"]
    with np.load(io.BytesIO(files[NETWORK]), allow_pickle=False) as arrays:
        layers = tuple(
            Layer(arrays[f"weights_{place}"], arrays[f"bias_{place}"], activation)
            for place, activation in enumerate(raw["activations"])
        )
        wide = arrays.get("wide")
    return Network(input_from_json(details["encoding"], raw), layers, Link(raw["link"]), wide)
