"""Why a linear model scored a row as it did: weight times value, column by column.

It reads these of a fitted model's details:
- `features`: name, type, arrow and dimension of each feature (`dataclasses.asdict(Feature)`);
- `encoding`: the codes of the matrix (`encoding.codes_as_json`);
- `linear`: `center` and `scale`, one number a matrix column (0 and 1 for a column that is not standardised);
  `weights`, for each output a list of one number a matrix column; `intercept`, one number an output.

An output is intercept + Σ weight · (value - center) / scale, where NULL stands at the center. Regression has
one output, so have two classes (the log odds of the second); more classes have one each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.encoding import codes_from_json
from penstock.learn.learner import Attributions
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature, FeatureType

Floats = NDArray[np.float64]
Json = Any
# Rows explained in one go.
_SLICE = 16_384


class LinearExplainer:
    """Attributions of a fitted linear model; exact, so that `approximate` changes nothing."""

    def __init__(self, details: Mapping[str, Json]) -> None:
        features = [
            Feature(item["name"], FeatureType(item["type"]), item["arrow"], item["dimension"])
            for item in details["features"]
        ]
        codes = codes_from_json(details["encoding"])
        linear = details["linear"]
        self._names = tuple(feature.name for feature in features)
        self._encoder = MatrixEncoder(features, codes)
        self._center = np.array(linear["center"], np.float64)
        self._scale = np.array(linear["scale"], np.float64)
        self._weights = np.array(linear["weights"], np.float64).reshape(-1, self._encoder.width)
        self._intercept = np.array(linear["intercept"], np.float64).reshape(-1)
        place = {name: index for index, name in enumerate(self._names)}
        self._place = np.array([place[code.feature] for code in codes for _ in range(code.width)], np.int64)

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:  # noqa: ARG002
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        classes = scores.ndim == 2
        predicted = np.argmax(scores, axis=1) if classes else np.zeros(len(scores), np.int64)
        output = predicted if len(self._weights) > 1 else np.zeros(len(scores), np.int64)
        values = np.zeros((len(scores), len(self._names)))
        for begin in range(0, len(scores), _SLICE):
            rows = slice(begin, begin + _SLICE)
            matrix = self._encoder.encode(columns.slice(begin, _SLICE))
            standardised = np.nan_to_num(
                (matrix - self._center) / self._scale, nan=0.0, posinf=np.inf, neginf=-np.inf
            )
            parts = standardised * self._weights[output[rows]]
            for column, place in enumerate(self._place):
                values[rows, place] += parts[:, column]
        baseline = self._intercept[output]
        if classes and len(self._weights) == 1:
            # One output says how likely the second class is; of the first it says the opposite.
            sign = np.where(predicted == 0, -1.0, 1.0)
            values, baseline = values * sign[:, None], baseline * sign
        return Attributions(self._names, values, baseline, baseline + values.sum(axis=1))
