"""The matrix of a few rows of Python values: columns that are a number of the row, or one that a text stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class QuickColumn:
    """A matrix column: a feature's value, or what `values` has for it, `other` for a text that it has not."""

    name: str
    values: Mapping[str | None, float] | None = None
    other: float = 0.0


class QuickRows:
    """Rows of numbers and of texts that each stand for numbers, column by column of the matrix."""

    def __init__(self, columns: Sequence[QuickColumn]) -> None:
        """`columns` are those of the matrix, in their order."""
        self._values = itemgetter(*(column.name for column in columns))
        self._words = [
            (place, column.values, column.other) for place, column in enumerate(columns) if column.values is not None
        ]

    def matrix(self, rows: Sequence[Mapping[str, object]]) -> NDArray[np.float64]:
        """Return the matrix of rows that are known to fit, shape (n, columns)."""
        coded = []
        for row in rows:
            values = list(self._values(row))
            for place, known, other in self._words:
                values[place] = known.get(values[place], other)
            coded.append(values)
        # NumPy reads None as NaN.
        matrix: NDArray[np.float64] = np.array(coded, np.float64)
        return matrix
