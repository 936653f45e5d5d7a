"""Lloyd's algorithm for k-means over a linear design, in chunks of rows (S. Lloyd, Least squares quantization in
PCM, 1982), seeded at random or by k-means++ (D. Arthur, S. Vassilvitskii, 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.blas import rows_alone
from penstock.learn.linear_design import Design

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Rows measured in one go, so that memory does not grow with rows × clusters.
_CHUNK = 65_536
# Of these, so many at most are multiplied in one go, so that what comes of them stays in the cache.
_SMALL = 8_192


@dataclass(frozen=True)
class Geometry:
    """How far rows and centroids are apart: by the Euclidean distance, or √(1 − cosine)."""

    cosine: bool

    def squared(self, rows: Design, centroids: Floats) -> Floats:
        """Return the squared distances, shape (n, k)."""
        norms = rows.squared_norms()
        lengths = np.einsum("ij,ij->i", centroids, centroids)
        products: Floats = rows.dot(np.ascontiguousarray(centroids.T))
        if self.cosine:
            both = np.sqrt(norms)[:, None] * np.sqrt(lengths)[None, :]
            cosines = np.divide(products, both, out=np.zeros_like(products), where=both > 0)
            distances: Floats = np.maximum(1.0 - cosines, 0.0)
            return distances
        products *= -2.0
        products += norms[:, None]
        products += lengths[None, :]
        np.maximum(products, 0.0, out=products)
        return products

    def linear(self, centroids: Floats) -> tuple[Floats, Floats]:
        """Return of each centroid an offset, (k,), and weights, (k, width): the nearer a row, the less are the offset
        and its weighted sum.
        """
        lengths = np.einsum("ij,ij->i", centroids, centroids)
        if not self.cosine:
            return lengths, -2.0 * centroids
        safe = np.sqrt(np.where(lengths > 0, lengths, 1.0))
        return np.zeros(len(centroids)), -centroids / safe[:, None]

    def squares(self, least: Floats, norms: Floats) -> Floats:
        """Return the squared distances, (n,), out of offset and weighted sum and the squared lengths of the rows."""
        found: Floats
        if self.cosine:
            lengths = np.sqrt(norms)
            found = 1.0 + np.divide(least, lengths, out=np.zeros_like(least), where=lengths > 0)
        else:
            found = least + norms
        return np.maximum(found, 0.0, out=found)


@dataclass(frozen=True)
class Rows:
    """The rows that are put into clusters: `norms` (n,) are their squared lengths; with the cosine each counts by
    `weights` (n,), one over its length, for it is its direction that counts.
    """

    design: Design
    norms: Floats
    weights: Floats | None

    @classmethod
    def of(cls, design: Design, geometry: Geometry) -> Rows:
        norms = design.squared_norms()
        if not geometry.cosine:
            return cls(design, norms, None)
        lengths = np.sqrt(norms)
        return cls(design, norms, np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0))


@dataclass(frozen=True)
class Round:
    """The state after a round: `groups` (n,) and `squares` (n,), the squared distance of each row to its
    centroid; `totals` (k, width) are the sums of each centroid's rows.
    """

    centroids: Floats
    groups: NDArray[np.uint8]
    squares: Floats
    totals: Floats

    @property
    def loss(self) -> float:
        """The mean squared distance to the nearest centroid."""
        return float(self.squares.mean())

    @cached_property
    def counts(self) -> Codes:
        """How many rows each cluster has, (k,)."""
        return np.bincount(self.groups, minlength=len(self.centroids))

    def sizes(self) -> list[int]:
        """Return how many rows each cluster has."""
        return [int(size) for size in self.counts]

    def radii(self) -> list[float]:
        """Return the root mean squared distance of each cluster's rows; 0 for an empty one."""
        totals = np.bincount(self.groups, weights=self.squares, minlength=len(self.centroids))
        return [float(np.sqrt(total / max(size, 1))) for total, size in zip(totals, self.sizes(), strict=True)]


def random_rows(design: Design, count: int, random: np.random.Generator, prints: NDArray[np.uint64]) -> Floats:
    """Return `count` rows drawn without replacement, in the order of their fingerprints `prints` (n,)."""
    places = np.sort(random.choice(design.rows, size=count, replace=False))
    return design.dense_rows(np.argpartition(prints, places)[places])


def spread_rows(
    design: Design, count: int, geometry: Geometry, random: np.random.Generator, order: Codes, threads: int
) -> Floats:
    """Return `count` rows drawn by k-means++: each with a chance in proportion to its squared distance to those
    drawn before; `order` (n,) says in which order the rows are drawn from.
    """
    chosen = [int(order[random.integers(design.rows)])]
    nearest = np.full(design.rows, np.inf)
    while len(chosen) < count:
        newest = design.dense_rows(np.array(chosen[-1:]))

        def of_chunk(begin: int, newest: Floats = newest) -> None:
            part = slice(begin, begin + _CHUNK)
            squares = geometry.squared(design.part(begin, begin + _CHUNK), newest)[:, 0]
            np.minimum(nearest[part], squares, out=nearest[part])

        each(of_chunk, range(0, design.rows, _CHUNK), threads)
        nearest[chosen] = 0.0
        total = float(nearest.sum())
        if total > 0:
            chosen.append(int(random.choice(order, p=nearest[order] / total)))
        else:
            # All rows that are left are copies of those drawn.
            chosen.append(int(order[random.integers(design.rows)]))
    return design.dense_rows(np.array(chosen))


def assigned(rows: Rows, centroids: Floats, geometry: Geometry, threads: int) -> Round:
    """Return each row's nearest centroid, the first of equals, and the sums of each centroid's rows."""
    count, design = len(centroids), rows.design
    groups, squares = np.empty(design.rows, np.uint8), np.empty(design.rows)
    offsets, weights = geometry.linear(centroids)
    numbers = np.ascontiguousarray(weights[:, : design.numbers.shape[1]])
    tables = [
        np.concatenate([np.zeros((count, 1)), weights[:, start : start + size]], axis=1)
        for start, size in zip(design.starts, design.sizes, strict=True)
    ]
    step = rows_alone(count * max(design.numbers.shape[1], 1))

    def of_block(begin: int) -> Floats:
        end = min(begin + _CHUNK, design.rows)
        totals = np.zeros((count, design.width))
        for first in range(begin, end, min(step or _SMALL, _SMALL)):
            part = slice(first, min(first + min(step or _SMALL, _SMALL), end))
            distances = numbers @ design.numbers[part].T
            distances += offsets[:, None]
            for table, codes in zip(tables, design.codes, strict=True):
                distances += np.take(table, codes[part], axis=1)
            least = distances.min(axis=0)
            for number in range(count - 1, -1, -1):
                np.putmask(groups[part], distances[number] == least, number)
            squares[part] = geometry.squares(least, rows.norms[part])
            totals += _sums(rows, part, groups[part], count)
        return totals

    totals = np.sum(each(of_block, range(0, design.rows, _CHUNK), 1 if step is None else threads), axis=0)
    return Round(centroids, groups, squares, totals)


def _sums(rows: Rows, part: slice, groups: NDArray[np.uint8], count: int) -> Floats:
    """Return what a centroid is the mean of, summed by group: the rows, or their directions; shape (count, width)."""
    members = (groups[:, None] == np.arange(count, dtype=np.uint8)).astype(np.float64)
    weights = None if rows.weights is None else rows.weights[part]
    if weights is not None:
        members *= weights[:, None]
    parts = [members.T @ rows.design.numbers[part]]
    for codes, size in zip(rows.design.codes, rows.design.sizes, strict=True):
        pairs = groups.astype(np.int64) * (size + 1) + codes[part]
        sums = np.bincount(pairs, weights=weights, minlength=count * (size + 1))
        parts.append(sums.reshape(count, size + 1)[:, 1:].astype(np.float64))
    return np.concatenate(parts, axis=1)


def member_means(design: Design, state: Round, threads: int) -> Floats:
    """Return the means of the rows of each cluster, (k, width), whatever the distance that made them; of an empty
    one its centroid.
    """
    rows, count = Rows(design, np.empty(0), None), len(state.centroids)

    def of_block(begin: int) -> Floats:
        part = slice(begin, begin + _CHUNK)
        return _sums(rows, part, state.groups[part], count)

    totals = np.sum(each(of_block, range(0, design.rows, _CHUNK), threads), axis=0)
    sizes = state.counts[:, None]
    means: Floats = np.where(sizes > 0, totals / np.maximum(sizes, 1), state.centroids)
    return means


def moved(rows: Rows, state: Round) -> Floats:
    """Return the means of the clusters; an empty cluster goes to the row that is farthest from its own centroid."""
    sizes = state.counts
    centroids: Floats = state.totals / np.maximum(sizes, 1)[:, None]
    empty = np.flatnonzero(sizes == 0)
    if len(empty):
        farthest = np.argsort(-state.squares, kind="stable")[: len(empty)]
        centroids[empty] = rows.design.dense_rows(farthest)
    return centroids


def lloyd(
    design: Design,
    start: Floats,
    geometry: Geometry,
    *,
    most: int,
    least_progress: float | None,
    threads: int,
    seen: Callable[[Round], None],
) -> Round:
    """Return the last state of at most `most` rounds, each told to `seen`.

    It stops when no row changes its cluster, or when a round lowers the loss by less than `least_progress` of it.
    """
    rows = Rows.of(design, geometry)
    state = assigned(rows, start, geometry, threads)
    for _ in range(most):
        following = assigned(rows, moved(rows, state), geometry, threads)
        seen(following)
        settled = bool(np.array_equal(following.groups, state.groups))
        slow = least_progress is not None and state.loss - following.loss < least_progress * state.loss
        state = following
        if settled or slow:
            break
    return state


def distances(rows: Design, centroids: Floats, geometry: Geometry) -> Floats:
    """Return the distances, shape (n, k); Euclidean ones by way of the differences, which loses no digits."""
    if geometry.cosine:
        return np.sqrt(geometry.squared(rows, centroids))
    width = rows.numbers.shape[1]
    squares: Floats = np.empty((rows.rows, len(centroids)))
    for number, centroid in enumerate(centroids):
        away = rows.numbers - centroid[:width]
        squares[:, number] = np.einsum("ij,ij->i", away, away)
    for codes, start, size in zip(rows.codes, rows.starts, rows.sizes, strict=True):
        shares = centroids[:, start : start + size]
        lengths = np.einsum("ij,ij->i", shares, shares)
        table = np.concatenate([lengths[None, :], lengths[None, :] - 2.0 * shares.T + 1.0])
        squares += table[codes]
    return np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)


def apart(centroids: Floats, geometry: Geometry) -> Sequence[Sequence[float]]:
    """Return the distances between centroids, shape (k, k)."""
    rows = Design(centroids, (), ())
    distances: Sequence[Sequence[float]] = np.sqrt(geometry.squared(rows, centroids)).tolist()
    return distances
