"""Lloyd's algorithm for k-means over a linear design, in chunks of rows (S. Lloyd, Least squares quantization in
PCM, 1982), seeded at random or by k-means++ (D. Arthur, S. Vassilvitskii, 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.linear_design import Design

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Rows measured in one go, so that memory does not grow with rows × clusters.
_CHUNK = 65_536


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

    def sums(self, rows: Design, groups: Codes, count: int) -> Floats:
        """Return what a centroid is the mean of, summed by group: the rows, or their directions."""
        if not self.cosine:
            return rows.sums(groups, count)
        lengths = np.sqrt(rows.squared_norms())
        return rows.sums(groups, count, np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0))


@dataclass(frozen=True)
class Round:
    """The state after a round: `groups` (n,) and `squares` (n,), the squared distance of each row to its
    centroid.
    """

    centroids: Floats
    groups: Codes
    squares: Floats

    @property
    def loss(self) -> float:
        """The mean squared distance to the nearest centroid."""
        return float(self.squares.mean())

    def sizes(self) -> list[int]:
        """Return how many rows each cluster has."""
        return [int(size) for size in np.bincount(self.groups, minlength=len(self.centroids))]

    def radii(self) -> list[float]:
        """Return the root mean squared distance of each cluster's rows; 0 for an empty one."""
        totals = np.bincount(self.groups, weights=self.squares, minlength=len(self.centroids))
        return [float(np.sqrt(total / max(size, 1))) for total, size in zip(totals, self.sizes(), strict=True)]


def random_rows(design: Design, count: int, random: np.random.Generator, order: Codes) -> Floats:
    """Return `count` rows drawn without replacement; `order` (n,) says in which order the rows are drawn from."""
    return design.dense_rows(order[np.sort(random.choice(design.rows, size=count, replace=False))])


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


def assigned(design: Design, centroids: Floats, geometry: Geometry, threads: int) -> Round:
    """Return each row's nearest centroid, the first of equals."""
    groups, squares = np.empty(design.rows, np.int64), np.empty(design.rows)

    def of_chunk(begin: int) -> None:
        part = slice(begin, begin + _CHUNK)
        distances = geometry.squared(design.part(begin, begin + _CHUNK), centroids)
        groups[part] = nearest = np.argmin(distances, axis=1)
        squares[part] = distances[np.arange(len(nearest)), nearest]

    each(of_chunk, range(0, design.rows, _CHUNK), threads)
    return Round(centroids, groups, squares)


def moved(design: Design, state: Round, geometry: Geometry, threads: int) -> Floats:
    """Return the means of the clusters; an empty cluster goes to the row that is farthest from its own centroid."""
    count = len(state.centroids)

    def of_chunk(begin: int) -> Floats:
        part = slice(begin, begin + _CHUNK)
        return geometry.sums(design.part(begin, begin + _CHUNK), state.groups[part], count)

    totals: Floats = np.sum(list(each(of_chunk, range(0, design.rows, _CHUNK), threads)), axis=0)
    sizes = np.bincount(state.groups, minlength=count)
    centroids: Floats = totals / np.maximum(sizes, 1)[:, None]
    empty = np.flatnonzero(sizes == 0)
    if len(empty):
        farthest = np.argsort(-state.squares, kind="stable")[: len(empty)]
        centroids[empty] = design.dense_rows(farthest)
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
    state = assigned(design, start, geometry, threads)
    for _ in range(most):
        following = assigned(design, moved(design, state, geometry, threads), geometry, threads)
        seen(following)
        settled = bool(np.array_equal(following.groups, state.groups))
        slow = least_progress is not None and state.loss - following.loss < least_progress * state.loss
        state = following
        if settled or slow:
            break
    return state


def apart(centroids: Floats, geometry: Geometry) -> Sequence[Sequence[float]]:
    """Return the distances between centroids, shape (k, k)."""
    rows = Design(centroids, (), ())
    distances: Sequence[Sequence[float]] = np.sqrt(geometry.squared(rows, centroids)).tolist()
    return distances
