"""Networks that read the rows alike, one a fold, as one model: the mean of what they give."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact
from penstock.learn.activation import graph_of
from penstock.learn.graph import GraphBuilder, compact
from penstock.learn.integrated_gradients import IntegratedGradients
from penstock.learn.learner import FittedModel
from penstock.learn.linear_input import encoding_of, input_from_json
from penstock.learn.linear_model import Link
from penstock.learn.linear_sum import weighted_sum
from penstock.learn.network import Layer, Network
from penstock.learn.schema import Feature, features_from_json

Floats = NDArray[np.float64]
Json = Any
# The key of a model's details, and the file with all weights.
BAG, WEIGHTS = "network_bag", "network_bag.npz"
# The steps of an explanation: there are as many networks as folds to go through.
_STEPS = 10


@dataclass(frozen=True)
class NetworkBag:
    """Networks with the same input, link and sizes, and no wide part. `typical` (width of the design,) is the mean row
    as they read it: where explanations begin.
    """

    networks: tuple[Network, ...]
    typical: Floats

    def fitted(self, features: Sequence[Feature]) -> FittedModel:
        """Return the mean as a model whose graph gives raw outputs."""
        first = self.networks[0]
        details = {
            "encoding": encoding_of(first.read),
            "features": [asdict(feature) for feature in features],
            BAG: {
                **first.read.as_json(),
                "typical": self.typical.tolist(),
                "link": str(first.link),
                "activations": [layer.activation for layer in first.layers],
            },
        }
        return FittedModel(self._graph(features), (), details, files={WEIGHTS: self._as_bytes()})

    def _graph(self, features: Sequence[Feature]) -> bytes:
        """All networks side by side: the first layers are one product, each further one is a batch of products."""
        builder = GraphBuilder(features)
        first, count = self.networks[0], len(self.networks)
        weights = np.concatenate([network.layers[0].weights for network in self.networks], axis=1)
        bias = np.concatenate([network.layers[0].bias for network in self.networks])
        sums = weighted_sum(builder, builder.matrix(first.read.codes), first.read, weights, bias)
        units = len(first.layers[0].bias)
        apart = builder.node("Reshape", [sums, builder.constant(np.array([0, count, units]))])
        values = builder.node("Transpose", [apart], perm=[1, 0, 2])
        for place, layer in enumerate(first.layers):
            if place:
                products = builder.node("MatMul", [values, builder.weights(self._stacked(place))])
                biases = np.stack([network.layers[place].bias[None, :] for network in self.networks])
                values = builder.node("Add", [products, builder.constant(biases)])
            values = graph_of(builder, layer.activation, values)
        mean = builder.node("ReduceMean", [values, builder.constant(np.array([0]))], keepdims=0)
        return builder.finish(mean, "raw", first.outputs)

    def _stacked(self, place: int) -> Floats:
        """Return the weights of a layer of all networks, (networks, inputs, units)."""
        return np.stack([network.layers[place].weights for network in self.networks])

    def _as_bytes(self) -> bytes:
        """Return the weights as NumPy's zip of arrays, those of the training's float32 as such."""
        arrays: dict[str, NDArray[Any]] = {}
        for place in range(len(self.networks[0].layers)):
            arrays[f"weights_{place}"] = compact(self._stacked(place))
            arrays[f"bias_{place}"] = np.stack([network.layers[place].bias for network in self.networks])
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **arrays)
        return stream.getvalue()


def explainers(details: Mapping[str, Json], files: Mapping[str, bytes]) -> list[IntegratedGradients]:
    """Return the explainers of a bag's networks, whose mean explains it; raises CorruptArtifact without the file."""
    if WEIGHTS not in files:
        raise CorruptArtifact.of(f"The artifact has no {WEIGHTS}.", hint="Train the model again.")
    raw = details[BAG]
    read = input_from_json(details["encoding"], raw)
    with np.load(io.BytesIO(files[WEIGHTS]), allow_pickle=False) as held:
        arrays = {name: held[name].astype(np.float64) for name in held.files}
    features = features_from_json(details["features"])
    return [
        IntegratedGradients(
            Network(
                read,
                tuple(
                    Layer(arrays[f"weights_{place}"][number], arrays[f"bias_{place}"][number], activation)
                    for place, activation in enumerate(raw["activations"])
                ),
                Link(raw["link"]),
            ),
            features,
            _STEPS,
            np.array(raw["typical"], np.float64),
        )
        for number in range(len(arrays["bias_0"]))
    ]
