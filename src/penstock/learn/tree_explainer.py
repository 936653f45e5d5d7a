"""Why a tree model scored a row as it did: Shapley values of its trees, or the cheaper sums along their
paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact
from penstock.learn.booster import Booster, read_booster
from penstock.learn.encoding import codes_from_json
from penstock.learn.learner import Attributions
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.tree_ensemble import path_sums, read_ensemble, read_scale
from penstock.learn.tree_graph import Link, read_output
from penstock.learn.tree_matrix import feature_places

Floats = NDArray[np.float64]
Json = Any
# Numbers that LightGBM may return in one go.
_MOST_NUMBERS = 2**22


class TreeExplainer:
    """Attributions of a fitted tree model from its details and its native text.

    Exact: TreeSHAP (Lundberg et al. 2020, "From local explanations to global understanding with explainable
    AI for trees", algorithm 2) by LightGBM, summed over the matrix columns of each feature. Approximate:
    what each split on a row's path adds to the mean (Saabas 2014). Both are additive in the raw output: the
    value, the log odds of the predicted class (its logit among more than two), or a forest's share of the
    predicted class. It works in the thread that asks: whoever has more of them parts the rows.
    """

    def __init__(self, details: Mapping[str, Json], native: str | None) -> None:
        if native is None:
            raise CorruptArtifact.of("The artifact has no trees to explain.", hint="Train the model again.")
        self._native = native
        self._scale = read_scale(native)
        self._output = read_output(details["output"])
        self._outputs = int(details["outputs"])
        features = [
            Feature(item["name"], FeatureType(item["type"]), item["arrow"], item["dimension"])
            for item in details["features"]
        ]
        codes = codes_from_json(details["encoding"])
        self._names = tuple(feature.name for feature in features)
        self._encoder = MatrixEncoder(features, codes)
        places = feature_places(codes, self._names)
        self._by_feature = (places[:, None] == np.arange(len(self._names))).astype(np.float64)

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        predicted = np.zeros(len(scores), np.int64) if scores.ndim == 1 else np.argmax(scores, axis=1)
        values = np.empty((len(scores), len(self._names)))
        baseline = np.empty(len(scores))
        contributions = self._by_path if approximate else self._by_shapley
        step = max(1, _MOST_NUMBERS // (self._outputs * (self._encoder.width + 1)))
        for begin in range(0, len(scores), step):
            rows = slice(begin, begin + step)
            matrix = self._encoder.encode(columns.slice(begin, step))
            values[rows], baseline[rows] = contributions(matrix, predicted[rows])
        values *= self._output.scale
        baseline = baseline * self._output.scale + self._output.base
        if self._outputs == 1 and self._output.link is not Link.IDENTITY:
            # One output says how likely the second class is; of the first it says the opposite.
            first = predicted == 0
            values[first] *= -1.0
            of_certainty = 1.0 if self._output.link is Link.SHARE else 0.0
            baseline[first] = of_certainty - baseline[first]
        return Attributions(self._names, values, baseline, baseline + values.sum(axis=1))

    def predictions(self, columns: pa.Table, scores: Floats) -> Floats:
        """Return the raw output (n,) of each row as LightGBM gives it, for the class with the highest of `scores`."""
        predicted = np.zeros(len(scores), np.int64) if scores.ndim == 1 else np.argmax(scores, axis=1)
        raw = self._booster.predict(self._encoder.encode(columns), threads=1) * self._scale
        of_class = raw[np.arange(len(raw)), predicted if self._outputs > 1 else 0]
        found: Floats = of_class * self._output.scale + self._output.base
        if self._outputs == 1 and self._output.link is not Link.IDENTITY:
            found[predicted == 0] = (1.0 if self._output.link is Link.SHARE else 0.0) - found[predicted == 0]
        return found

    @cached_property
    def _ensemble(self) -> Any:
        return read_ensemble(self._native)

    @cached_property
    def _booster(self) -> Booster:
        return read_booster(self._native)

    @cached_property
    def _paths(self) -> tuple[Floats, list[Floats]]:
        expected, moves = path_sums(self._ensemble, self._encoder.width)
        return expected, [move @ self._by_feature for move in moves]

    def _by_shapley(self, matrix: Floats, predicted: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return attributions (n, f) and baselines (n,) of the predicted output, before the output's
        scale.
        """
        width = self._encoder.width + 1
        parts = self._booster.predict(matrix, "contribution", threads=1).reshape(len(matrix), self._outputs, width)
        of_class = parts[np.arange(len(matrix)), predicted if self._outputs > 1 else 0] * self._scale
        return of_class[:, :-1] @ self._by_feature, of_class[:, -1]

    def _by_path(self, matrix: Floats, predicted: NDArray[np.int64]) -> tuple[Floats, Floats]:
        expected, moves = self._paths
        leaves = self._booster.predict(matrix, "leaf", threads=1).astype(np.int64)
        values = np.zeros((len(matrix), len(self._names)))
        baseline = np.zeros(len(matrix))
        for tree, move in enumerate(moves):
            rows = np.flatnonzero(predicted == tree % self._outputs) if self._outputs > 1 else slice(None)
            values[rows] += move[leaves[rows, tree]]
            baseline[rows] += expected[tree]
        return values * self._scale, baseline * self._scale
