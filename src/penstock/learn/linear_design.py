"""The design matrix of a linear model, never written out: columns of numbers dense, one-hot columns as codes.

Ten thousand categories then cost no more than one column of integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.linear_input import LinearInput
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Rows encoded in one go.
_BLOCK = 32_768


@dataclass(frozen=True)
class Design:
    """Rows of a linear model: `numbers` (n, q) as the model reads them, and for each category column its
    codes (n,).

    Column q + offset + i stands for code i + 1 of a category column; code 0 stands for none of them. `alone`: products
    are made by the calling thread, where OpenBLAS's would stand in the way of other threads of ours (see `blas`).
    """

    numbers: Floats
    codes: tuple[Codes, ...]
    sizes: tuple[int, ...]
    alone: bool = False

    @property
    def rows(self) -> int:
        return len(self.numbers)

    @property
    def width(self) -> int:
        """The number of columns, one-hot columns included."""
        return int(self.numbers.shape[1]) + sum(self.sizes)

    @property
    def starts(self) -> list[int]:
        """Where the one-hot columns of each category column begin."""
        return [self.numbers.shape[1] + start for start in np.cumsum([0, *self.sizes])[:-1].tolist()]

    def part(self, begin: int, end: int) -> Design:
        """Return the rows from `begin` up to `end`, without a copy."""
        return Design(self.numbers[begin:end], tuple(codes[begin:end] for codes in self.codes), self.sizes)

    def dense_rows(self, rows: NDArray[np.int64]) -> Floats:
        """Return some rows written out, shape (rows, width)."""
        written = np.zeros((len(rows), self.width))
        written[:, : self.numbers.shape[1]] = self.numbers[rows]
        for codes, start in zip(self.codes, self.starts, strict=True):
            known = np.flatnonzero(codes[rows])
            written[known, start + codes[rows][known] - 1] = 1.0
        return written

    def squared_norms(self) -> Floats:
        """Return the squared length of each row, shape (n,)."""
        norms: Floats = np.einsum("ij,ij->i", self.numbers, self.numbers)
        for codes in self.codes:
            norms += codes > 0
        return norms

    def sums(self, groups: Codes, count: int, weights: Floats | None = None) -> Floats:
        """Return the sum of the rows of each of `count` groups, shape (count, width); `groups` has shape (n,)."""
        members = np.zeros((self.rows, count))
        members[np.arange(self.rows), groups] = 1.0 if weights is None else weights
        parts = [members.T @ self.numbers]
        for codes, size in zip(self.codes, self.sizes, strict=True):
            pairs = np.bincount(groups * (size + 1) + codes, weights=weights, minlength=count * (size + 1))
            parts.append(pairs.reshape(count, size + 1)[:, 1:].astype(np.float64))
        return np.concatenate(parts, axis=1)

    def dot(self, weights: Floats) -> Floats:
        """Return X @ weights: (width, k) to (n, k)."""
        count = self.numbers.shape[1]
        few = weights[:count]
        scores: Floats = np.einsum("ij,jk->ik", self.numbers, few) if self.alone else self.numbers @ few
        none = np.zeros((1, weights.shape[1]))
        for codes, start, size in zip(self.codes, self.starts, self.sizes, strict=True):
            scores += np.concatenate([none, weights[start : start + size]])[codes]
        return scores

    def transposed_dot(self, values: Floats) -> Floats:
        """Return Xᵀ @ values: (n, k) to (width, k)."""
        parts = [np.einsum("ij,ik->jk", self.numbers, values) if self.alone else self.numbers.T @ values]
        for codes, size in zip(self.codes, self.sizes, strict=True):
            sums = [np.bincount(codes, weights=column, minlength=size + 1)[1:] for column in values.T]
            parts.append(np.column_stack(sums))
        return np.concatenate(parts)

    def gram(self, weights: Floats | None) -> Floats:
        """Return Xᵀ diag(weights) X, shape (width, width)."""
        count = self.numbers.shape[1]
        gram: Floats = np.zeros((self.width, self.width))
        weighted = self.numbers if weights is None else self.numbers * weights[:, None]
        gram[:count, :count] = weighted.T @ self.numbers
        for place, (codes, start, size) in enumerate(zip(self.codes, self.starts, self.sizes, strict=True)):
            of_codes = slice(start, start + size)
            for column in range(count):
                sums = np.bincount(codes, weights=weighted[:, column], minlength=size + 1)[1:]
                gram[of_codes, column] = gram[column, of_codes] = sums
            for other in range(place + 1):
                block = _counts(codes, size, self.codes[other], self.sizes[other], weights)
                across = slice(self.starts[other], self.starts[other] + self.sizes[other])
                gram[of_codes, across] = block
                gram[across, of_codes] = block.T
        return gram


def _counts(codes: Codes, size: int, others: Codes, other_size: int, weights: Floats | None) -> Floats:
    """Return how many rows, or how much weight, have each pair of codes, code 0 left out."""
    pairs = codes * (other_size + 1) + others
    counts = np.bincount(pairs, weights=weights, minlength=(size + 1) * (other_size + 1))
    of_pairs: Floats = counts.reshape(size + 1, other_size + 1)[1:, 1:].astype(np.float64)
    return of_pairs


def design_of(
    columns: pa.Table, features: Sequence[Feature], read: LinearInput, dropped: Sequence[int], threads: int = 1
) -> Design:
    """Return the design of the rows of `columns`.

    `dropped` names for each category column the code that is no column of its own (dummy encoding); 0 for
    none.
    """
    encoder = MatrixEncoder(features, read.codes)
    numbers = np.empty((columns.num_rows, read.numbers))
    codes: tuple[Codes, ...] = tuple(np.empty(columns.num_rows, np.int64) for _ in dropped)

    def of_block(begin: int) -> None:
        part = slice(begin, begin + _BLOCK)
        matrix = encoder.encode(columns.slice(begin, _BLOCK))
        numbers[part] = read.standardised(matrix)
        for place, (of_rows, without) in enumerate(zip(codes, dropped, strict=True)):
            of_rows[part] = matrix[:, read.numbers + place]
            if without:
                of_rows[part][of_rows[part] == without] = 0

    each(of_block, range(0, columns.num_rows, _BLOCK), threads)
    return Design(numbers, codes, tuple(code_size(read)))


def code_size(read: LinearInput) -> list[int]:
    """Return the number of categories of each category column."""
    return [len(code.vocabulary) for code in read.categories]


def most_frequent(columns: pa.Table, features: Sequence[Feature], read: LinearInput) -> list[int]:
    """Return the code of the most frequent category of each category column, the first of equals; 0 where
    there is none.
    """
    found = []
    for code in read.categories:
        codes = MatrixEncoder(features, [code]).encode(columns)[:, 0].astype(np.int64)
        counts = np.bincount(codes, minlength=len(code.vocabulary) + 1)[1:]
        found.append(int(np.argmax(counts)) + 1 if len(counts) else 0)
    return found
