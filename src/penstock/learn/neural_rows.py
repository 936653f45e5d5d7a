"""The rows of a linear design as a neural network takes them: small numbers, categories as places in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.linear_design import code_size
from penstock.learn.linear_input import LinearInput
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature

# Values encoded in one go, and the most rows.
_CELLS, _SLICE = 8_000_000, 65_536


@dataclass(frozen=True)
class NeuralRows:
    """`numbers` (n, q) as the model reads them, `places` (n, c): of each category column the row of the table of
    all categories; 0, whose weights are 0, for a category that is none of them.
    """

    numbers: NDArray[np.float32]
    places: NDArray[np.int32]

    @property
    def count(self) -> int:
        return len(self.numbers)

    def mean(self, categories: int) -> NDArray[np.float64]:
        """Return the mean of each number, then how frequent each of the categories is, (q + categories,)."""
        counts = np.bincount(self.places.ravel(), minlength=categories + 1)[1:]
        return np.concatenate([self.numbers.mean(axis=0, dtype=np.float64), counts / self.count])

    def taken(self, order: NDArray[np.int64]) -> NeuralRows:
        """Return the rows in another order."""
        return NeuralRows(self.numbers[order], self.places[order])


def neural_rows(columns: pa.Table, features: Sequence[Feature], read: LinearInput) -> NeuralRows:
    """Return the rows of `columns`, encoded slice by slice: a row takes four bytes a column, whatever the number
    of its categories.
    """
    encoder = MatrixEncoder(features, read.codes)
    sizes = code_size(read)
    before = np.cumsum([0, *sizes])[:-1]
    numbers = np.empty((columns.num_rows, read.numbers), np.float32)
    places = np.empty((columns.num_rows, len(sizes)), np.int32)
    step = min(_SLICE, max(1, _CELLS // max(encoder.width, 1)))
    for begin in range(0, columns.num_rows, step):
        matrix = encoder.encode(columns.slice(begin, step))
        end = begin + len(matrix)
        numbers[begin:end] = read.standardised(matrix)
        codes = matrix[:, read.numbers :]
        places[begin:end] = np.where(codes > 0, codes + before, 0)
    return NeuralRows(numbers, places)
