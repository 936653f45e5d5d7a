"""Matrix factorization by alternating least squares: with the items' factors held, each user's are a small ridge
regression, and the other way round (explicit ratings: Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan, Large-scale
parallel collaborative filtering for the Netflix prize, 2008; implicit feedback: Y. Hu, Y. Koren, C. Volinsky,
Collaborative filtering for implicit feedback datasets, 2008).

The regressions are solved many at a time: those of about as many observations are padded to the same length and become
one stack of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.parallel import each
from penstock.learn.blas import rows_alone

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Numbers held at a time by one thread while regressions are set up: they stay in its cache.
_CELLS = 200_000
# Regressions share a stack when the shortest has at least so much of the longest, less a few observations.
_ALIKE, _FEW = 0.8, 4


@dataclass(frozen=True)
class Interactions:
    """Who gave what: `users` and `items` (n,) are numbers from 0, `values` (n,) the ratings; `user_count` and
    `item_count` say how many there are.
    """

    users: Codes
    items: Codes
    values: Floats
    user_count: int
    item_count: int


def summed(users: Codes, items: Codes, values: Floats, user_count: int, item_count: int) -> Interactions:
    """Return the interactions user by user, those of one user and item summed up."""
    pairs, places = np.unique(users * item_count + items, return_inverse=True)
    users, items = np.divmod(pairs, item_count)
    sums: Floats = np.bincount(places, weights=values).astype(np.float64, copy=False)
    return Interactions(users, items, sums, user_count, item_count)


@dataclass(frozen=True)
class Factors:
    """What a factorization learned: `users` (u, k) and `items` (i, k), and the intercepts: `user_intercepts` (u,),
    `item_intercepts` (i,) and one for all. Implicit feedback has none: they are 0.
    """

    users: Floats
    items: Floats
    user_intercepts: Floats
    item_intercepts: Floats
    intercept: float

    def scores(self, users: Codes, items: Codes) -> Floats:
        """Return the score of each pair, shape (n,)."""
        products: Floats = np.einsum("ij,ij->i", self.users[users], self.items[items])
        return products + self.user_intercepts[users] + self.item_intercepts[items] + self.intercept


@dataclass(frozen=True)
class _Stack:
    """Regressions of about the same length: the rows that they are of, (g,), and for each its observations: which
    others, (g, m), filled up with a row of zeros, and their values, filled up with 0.
    """

    rows: Codes
    others: NDArray[np.int32]
    values: Floats


def explicit_factors(
    given: Interactions, count: int, l2: float, random: np.random.Generator, threads: int
) -> Iterator[tuple[Factors, float]]:
    """Yield, round after round, the factors that minimise Σ (r − μ − bᵤ − bᵢ − xᵤ·yᵢ)² + l2 (Σ |x|² + Σ b²), and the
    mean of the squared errors; μ is the mean rating.
    """
    # In an order of its own, for the sake of the last digit.
    mean = float(np.sort(given.values).mean())
    of_users, of_items = _sides(given, given.values - mean, count + 1)
    users = np.zeros((given.user_count, count + 1))
    items = np.zeros((given.item_count, count + 1))
    items[:, :count] = _start(given, count, random)
    while True:
        _explicit_half(users, items, of_users, l2, threads)
        squares = _explicit_half(items, users, of_items, l2, threads)
        found = Factors(users[:, :count], items[:, :count], users[:, count], items[:, count], mean)
        yield found, squares / len(given.values)


def implicit_factors(
    given: Interactions, count: int, l2: float, alpha: float, random: np.random.Generator, threads: int
) -> Iterator[tuple[Factors, float]]:
    """Yield, round after round, the factors that minimise Σ c (p − xᵤ·yᵢ)² + l2 (Σ |x|² + Σ |y|²) over all pairs, where
    p is 1 and c is 1 + alpha · value for the pairs given, each of them once, and p = 0, c = 1 for all others; and that
    sum of squares over the number of pairs given.
    """
    of_users, of_items = _sides(given, alpha * given.values, count)
    users, items = np.zeros((given.user_count, count)), _start(given, count, random)
    while True:
        _implicit_half(users, items, of_users, l2, threads)
        squares = _implicit_half(items, users, of_items, l2, threads)
        found = Factors(users, items, np.zeros(given.user_count), np.zeros(given.item_count), 0.0)
        yield found, squares / max(len(given.values), 1)


def _start(given: Interactions, count: int, random: np.random.Generator) -> Floats:
    """Return random factors of the items; those that nobody has anything to do with stay at 0."""
    start = random.normal(scale=1.0 / np.sqrt(count), size=(given.item_count, count))
    start[np.bincount(given.items, minlength=given.item_count) == 0] = 0.0
    return start


def _explicit_half(solved: Floats, held: Floats, side: list[_Stack], l2: float, threads: int) -> float:
    """Solve one side in place, its intercepts in the last column; return the sum of the squared errors."""
    width = solved.shape[1]
    # Vector, 1 for the own intercept, and what is taken off the value.
    known = np.zeros((len(held) + 1, width + 1))
    known[:-1, : width - 1], known[:-1, width - 1], known[:-1, width] = held[:, :-1], 1.0, held[:, -1]
    ridge = l2 * np.eye(width)

    def of_stack(stack: _Stack) -> float:
        rows = known[stack.others]
        np.subtract(stack.values, rows[:, :, -1], out=rows[:, :, -1])
        found, right = _solved(rows[:, :, :-1], rows, ridge)
        solved[stack.rows] = found
        # The error of a solved ridge regression, without going over its observations again.
        wanted = np.einsum("ij,ij->", rows[:, :, -1], rows[:, :, -1])
        return float(wanted - np.vdot(found, right) - l2 * np.vdot(found, found))

    return sum(each(of_stack, side, _own_threads(width, threads)))


def _implicit_half(solved: Floats, held: Floats, side: list[_Stack], l2: float, threads: int) -> float:
    """Solve one side in place; return the weighted sum of the squared errors over all pairs."""
    width = solved.shape[1]
    known = np.concatenate([held, np.zeros((1, width))])
    of_all = held.T @ held + l2 * np.eye(width)

    def of_stack(stack: _Stack) -> float:
        inputs = known[stack.others]
        weighted = np.empty((*inputs.shape[:2], width + 1))
        np.multiply(inputs, stack.values[:, :, None], out=weighted[:, :, :-1])
        np.add(stack.values, 1.0, out=weighted[:, :, -1])
        found, right = _solved(inputs, weighted, of_all)
        solved[stack.rows] = found
        wanted = float(weighted[:, :, -1][stack.others < len(held)].sum())
        return wanted - float(np.vdot(found, right)) - l2 * float(np.vdot(found, found))

    return sum(each(of_stack, side, _own_threads(width, threads)))


def _own_threads(width: int, threads: int) -> int:
    return 1 if rows_alone(width * (width + 1)) is None else threads


def _part_count(length: int, width: int) -> int:
    """Return of how many parts regressions of this length are summed up, each made by the calling thread."""
    longest = rows_alone(width * (width + 1))
    return 1 if longest is None else -(-length // longest)


def _solved(inputs: Floats, weighted: Floats, ridge: Floats) -> tuple[Floats, Floats]:
    """Return the solutions (g, d) of a stack of regressions, and their right sides.

    `inputs` has shape (g, m, d); `weighted` (g, m, d + 1) is the same times the weights, and the wanted values.
    """
    stacked, length, width = inputs.shape
    parts = _part_count(length, width)
    if parts > 1:
        inputs = inputs.reshape(stacked, parts, length // parts, width)
        weighted = weighted.reshape(stacked, parts, length // parts, width + 1)
    both = np.matmul(inputs.swapaxes(-1, -2), weighted)
    if parts > 1:
        both = both.sum(axis=1)
    right = both[:, :, -1]
    try:
        found: Floats = np.linalg.solve(both[:, :, :-1] + ridge, right[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError as problem:
        raise UntrainableModel.of(
            "The factors of some rows are not determined: l2_reg is too small for so few ratings.",
            hint="Give a greater l2_reg, or fewer factors with num_factors.",
        ) from problem
    return found, right


def _sides(given: Interactions, values: Floats, width: int) -> tuple[list[_Stack], list[_Stack]]:
    """Return the regressions of the users and those of the items."""
    return (
        list(_stacks(given.users, given.items, values, given.user_count, given.item_count, width)),
        list(_stacks(given.items, given.users, values, given.item_count, given.user_count, width)),
    )


def _stacks(rows: Codes, others: Codes, values: Floats, count: int, other_count: int, width: int) -> Iterator[_Stack]:
    """Yield the regressions of one side, the longest first; rows without observations have none."""
    # Sorted by both, so that the order in which a query gives its rows changes no sum.
    pairs = rows * other_count + others
    order = np.argsort(pairs)
    if (np.diff(pairs[order]) == 0).any():
        order = np.lexsort((values, pairs))
    others, values = others[order], values[order]
    lengths = np.bincount(rows, minlength=count)
    begins = np.cumsum(lengths) - lengths
    by_length = np.argsort(-lengths, kind="stable")
    by_length = by_length[: np.count_nonzero(lengths)]
    descending = -lengths[by_length]
    place = 0
    while place < len(by_length):
        longest = int(-descending[place])
        alike = int(np.searchsorted(descending, -int(_ALIKE * longest - _FEW), side="right"))
        end = min(max(alike, place + 1), place + max(1, _CELLS // (longest * width)))
        of_stack = by_length[place:end]
        parts = _part_count(longest, width)
        columns = np.arange(parts * -(-longest // parts))
        there = columns < lengths[of_stack][:, None]
        at = np.where(there, begins[of_stack][:, None] + columns, 0)
        yield _Stack(
            of_stack,
            np.where(there, others[at], other_count).astype(np.int32),
            np.where(there, values[at], 0.0),
        )
        place = end
