"""Why a linear model scored a row as it did: weight times value, input by input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.learner import Attributions
from penstock.learn.linear_model import Link, model_from_json
from penstock.learn.linear_sum import category_tables
from penstock.learn.matrix import MatrixEncoder

Floats = NDArray[np.float64]
Json = Any
# Rows explained in one go.
_SLICE = 16_384


class LinearExplainer:
    """Attributions of a fitted linear model: weight × standardised value, or the weight of the category.

    They are exact, so that `approximate` changes nothing. The baseline is the intercept.
    """

    def __init__(self, details: Mapping[str, Json]) -> None:
        self._model = model_from_json(details)
        self._tables = category_tables(self._model.read, self._model.weights)
        self._encoder = MatrixEncoder(self._model.features, self._model.read.codes)
        self._names = tuple(feature.name for feature in self._model.features)

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:  # noqa: ARG002
        """Return the attributions of each row, for the class with the highest of `scores`, (n,) or (n, k)."""
        predicted = np.argmax(scores, axis=1) if scores.ndim == 2 else np.zeros(len(scores), np.int64)
        output = predicted if self._model.link is Link.SOFTMAX else np.zeros(len(scores), np.int64)
        values = np.zeros((len(scores), len(self._names)))
        for begin in range(0, len(scores), _SLICE):
            rows = slice(begin, begin + _SLICE)
            self._add(values[rows], self._encoder.encode(columns.slice(begin, _SLICE)), output[rows])
        baseline = self._model.intercept[output]
        if self._model.link is Link.LOGIT:
            # One output says how likely the second class is; of the first it says the opposite.
            sign = np.where(predicted == 0, -1.0, 1.0)
            values, baseline = values * sign[:, None], baseline * sign
        return Attributions(self._names, values, baseline, baseline + values.sum(axis=1))

    def _add(self, values: Floats, matrix: Floats, output: NDArray[np.int64]) -> None:
        """Add what each matrix column gives to its feature's column of `values`."""
        read = self._model.read
        weighted = read.standardised(matrix) * self._model.weights[: read.numbers, output].T
        place = 0
        for code in read.number_codes:
            of_code = weighted[:, place : place + code.width]
            values[:, self._names.index(code.feature)] += of_code.sum(axis=1)
            place += code.width
        for at, (code, table) in enumerate(zip(read.categories, self._tables, strict=True)):
            codes = matrix[:, read.numbers + at].astype(np.int64)
            values[:, self._names.index(code.feature)] += table[codes, output]
