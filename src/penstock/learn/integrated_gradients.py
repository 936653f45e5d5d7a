"""Why a neural network scored a row as it did: integrated gradients (M. Sundararajan, A. Taly, Q. Yan, Axiomatic
Attribution for Deep Networks, 2017), in NumPy.

The way goes in a straight line from the baseline, every number at its training mean and no category at all, to the
row. The first layer sums up linearly, so that the way is straight in its sums too: its gradients are collected there,
and each input gets its share of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.activation import slope_before, value_of
from penstock.learn.learner import NUM_STEPS, Attributions
from penstock.learn.linear_design import code_size
from penstock.learn.linear_model import Link
from penstock.learn.linear_sum import category_tables
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.network import Network, network_from
from penstock.learn.schema import Feature, features_from_json

Floats = NDArray[np.float64]
Json = Any
# Rows explained in one go.
_SLICE = 4096


class IntegratedGradients:
    """Attributions of a neural network.

    They sum up nearly, not exactly, the closer the more steps the details ask for. What leads straight from the
    inputs to the output is attributed exactly. `approximate` changes nothing.
    """

    def __init__(
        self, network: Network, features: Sequence[Feature], steps: int, baseline: Floats | None = None
    ) -> None:
        """`baseline` (width of the design,) is where the way begins, of a network without a wide part; 0 by default."""
        self._network, self._steps = network, steps
        self._names = tuple(feature.name for feature in features)
        read = self._network.read
        self._encoder = MatrixEncoder(features, read.codes)
        first = self._network.layers[0]
        base = np.zeros(len(first.weights)) if baseline is None else baseline
        self._baseline, self._first = base[: read.numbers], replace(first, bias=first.bias + base @ first.weights)
        ends = itertools.pairwise(read.numbers + np.cumsum([0, *code_size(read)]))
        tables = category_tables(read, first.weights)
        self._tables = [
            table - base[begin:end] @ first.weights[begin:end] for table, (begin, end) in zip(tables, ends, strict=True)
        ]
        wide = self._network.wide
        self._wide = None if wide is None else (wide, category_tables(read, wide))
        self._places = [self._names.index(code.feature) for code in read.number_codes for _ in range(code.width)]

    @classmethod
    def of(cls, details: Mapping[str, Json], files: Mapping[str, bytes]) -> IntegratedGradients:
        """Return the explainer of an artifact whose network stands alone; raises CorruptArtifact without its file."""
        return cls(network_from(details, files), features_from_json(details["features"]), int(details[NUM_STEPS]))

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:  # noqa: ARG002
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        rows, link = len(scores), self._network.link
        predicted = np.argmax(scores, axis=1) if scores.ndim == 2 else np.zeros(rows, np.int64)
        output = predicted if link is Link.SOFTMAX else np.zeros(rows, np.int64)
        values, prediction = np.zeros((rows, len(self._names))), np.zeros(rows)
        for begin in range(0, rows, _SLICE):
            part = slice(begin, begin + _SLICE)
            matrix = self._encoder.encode(columns.slice(begin, _SLICE))
            values[part], prediction[part] = self._explained(matrix, output[part])
        baseline = self._after(self._first.bias[None, :])[0][output]
        if link is Link.LOGIT:
            # One output says how likely the second class is; of the first it says the opposite.
            sign = np.where(predicted == 0, -1.0, 1.0)
            values, baseline, prediction = values * sign[:, None], baseline * sign, prediction * sign
        return Attributions(self._names, values, baseline, prediction, exact=False)

    def _explained(self, matrix: Floats, output: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the attributions of encoded rows, (n, features), and what the network gives, (n,)."""
        read = self._network.read
        numbers = read.standardised(matrix) - self._baseline
        codes = [matrix[:, read.numbers + at].astype(np.int64) for at in range(len(read.categories))]
        way = numbers @ self._first.weights[: read.numbers]
        for table, of_rows in zip(self._tables, codes, strict=True):
            way += table[of_rows]
        slope = np.zeros_like(way)
        for step in range(self._steps):
            # The middle of each step: the error falls with the square of their number.
            slope += self._slope(self._first.bias + way * ((step + 0.5) / self._steps), output)
        slope /= self._steps
        values = np.zeros((len(matrix), len(self._names)))
        shares = numbers * (slope @ self._first.weights[: read.numbers].T)
        for column, place in enumerate(self._places):
            values[:, place] += shares[:, column]
        for code, table, of_rows in zip(read.categories, self._tables, codes, strict=True):
            values[:, self._names.index(code.feature)] += np.einsum("ij,ij->i", table[of_rows], slope)
        given = np.arange(len(matrix))
        prediction = self._after(self._first.bias + way)[given, output]
        if self._wide is not None:
            straight = self._straight(numbers, codes, output)
            values += straight
            prediction = prediction + straight.sum(axis=1)
        return values, prediction

    def _straight(self, numbers: Floats, codes: list[NDArray[np.int64]], output: NDArray[np.int64]) -> Floats:
        """Return what the wide part gives for each feature, (n, features)."""
        assert self._wide is not None
        weights, tables = self._wide
        values = np.zeros((len(numbers), len(self._names)))
        shares = numbers * weights[: numbers.shape[1], output].T
        for column, place in enumerate(self._places):
            values[:, place] += shares[:, column]
        for code, table, of_rows in zip(self._network.read.categories, tables, codes, strict=True):
            values[:, self._names.index(code.feature)] += table[of_rows, output]
        return values

    def _after(self, sums: Floats) -> Floats:
        """Return what the last layer gives, (n, outputs), for the sums of the first."""
        values = value_of(self._first.activation, sums)
        for layer in self._network.layers[1:]:
            values = value_of(layer.activation, values @ layer.weights + layer.bias)
        return values

    def _slope(self, sums: Floats, output: NDArray[np.int64]) -> Floats:
        """Return the derivative of each row's output by the sums of the first layer, (n, units)."""
        layers, all_sums = self._network.layers, [sums]
        for layer, following in itertools.pairwise(layers):
            all_sums.append(value_of(layer.activation, all_sums[-1]) @ following.weights + following.bias)
        slope = np.zeros_like(all_sums[-1])
        slope[np.arange(len(sums)), output] = 1.0
        for layer, of_layer in zip(layers[:0:-1], all_sums[:0:-1], strict=True):
            slope = slope_before(layer.activation, of_layer, slope) @ layer.weights.T
        return slope_before(layers[0].activation, all_sums[0], slope)
