"""Trees asked for many rows at once, by bits rather than row by row.

A row that walks down a tree waits at every split for a guess of the processor's that is wrong as often as not. Here no
row walks. Each test that any split makes of a column is answered for all rows first, eight rows a byte; then, from the
roots downwards, the rows that reach a split are parted by one AND, all splits of a level at once; and the bits of a
tree's leaves say, digit by digit, at which leaf each row ends. QuickScorer (Lucchese et al. 2015, «QuickScorer: A Fast
Algorithm to Rank Documents with Additive Ensembles of Regression Trees») keeps such bits by row; kept by split they
need neither branches nor sums of the rows' own. Nothing is rounded: thresholds are compared as float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.threshold_rank import ThresholdRanks

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bits = NDArray[np.uint8]
# The modes of ai.onnx.ml's TreeEnsemble that are read here.
AT_MOST, EQUAL, MEMBER = 0, 4, 6
# Rows, trees and answers of tests worked on in one go: what there is of them stays in the processor's second cache.
_ROWS, _TREES, _CELLS = 4_096, 64, 1 << 18
_EACH_BIT = np.array([1 << bit for bit in range(8)], np.uint8)[:, None]
# Trees with more splits than this on average are asked sooner row by row.
_MOST_SPLITS = 512
_MOST_WORDS = 1 << 16


@dataclass(frozen=True)
class FlatTrees:
    """All trees of an ensemble, one after another.

    A child is the number of a node, or -1 - the number of a leaf. The rows that pass a node's test go left: by its
    `mode` their value is at most the threshold (or NaN, where `missing_left` says so), equal to it, or among the node's
    `members`. A row's value is, by output, the sum of the weights of the leaves that it ends in.
    """

    outputs: int
    roots: Integers
    feature: Integers
    mode: NDArray[np.uint8]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    members: dict[int, Floats]
    left: Integers
    right: Integers
    target: Integers
    weight: Floats


class BitTrees:
    """Trees made ready. Immutable, and safe to use from many threads."""

    def __init__(self, trees: FlatTrees) -> None:
        self._outputs = trees.outputs
        test_of: Integers = np.zeros(len(trees.feature), np.int64)
        self._columns = tuple(_columns(trees, test_of))
        self._tests = sum(column.tests for column in self._columns)
        self._groups = tuple(_groups(trees, test_of))

    def sums(self, matrix: Floats) -> Floats:
        """Return the sum of the leaves of each row of a matrix, shape (n, outputs); columns that lie together are read
        sooner.
        """
        found: Floats = np.empty((len(matrix), self._outputs))
        room: _Room | None = None
        for begin in range(0, len(matrix), _ROWS):
            rows = matrix[begin : begin + _ROWS]
            if room is None or room.rows != len(rows):
                room = _Room(len(rows), self._tests, self._groups)
            for column in self._columns:
                column.ask(rows, room.bits)
            sums: Floats = np.zeros((self._outputs, len(rows)))
            for group in self._groups:
                sums[group.output] += group.values(room)
            found[begin : begin + _ROWS] = sums.T
        return found


def can_be_asked(trees: FlatTrees) -> bool:
    """Whether `BitTrees` reads these trees, and sooner than row by row."""
    if not set(np.unique(trees.mode).tolist()) <= {AT_MOST, EQUAL, MEMBER}:
        return False
    words = trees.mode != AT_MOST
    named = np.concatenate([np.zeros(1), trees.threshold[trees.mode == EQUAL], *trees.members.values()])
    return bool(
        len(trees.feature) <= _MOST_SPLITS * len(trees.roots)
        and not trees.missing_left[words].any()
        and np.all((named >= 0) & (named < _MOST_WORDS) & (named == np.floor(named)))
        and not any(np.ptp(trees.target[leaves]) for leaves in _leaves_by_tree(trees))
    )


class _Numbers:
    """The thresholds of a column. A value's rank among them takes the value's place: it is compared in one byte."""

    def __init__(self, place: int, trees: FlatTrees, nodes: Integers, test_of: Integers, first: int) -> None:
        self._place = place
        thresholds = np.unique(trees.threshold[nodes])
        self._ranks = ThresholdRanks(thresholds)
        # NaN goes where zero is, or beyond all thresholds: tests that it passes, and tests that it does not.
        self._parts: list[tuple[bool, int, NDArray[Any]]] = []
        self.tests = 0
        for left in (False, True):
            of_part = nodes[trees.missing_left[nodes] == left]
            ranks, test = np.unique(np.searchsorted(thresholds, trees.threshold[of_part]), return_inverse=True)
            begin = first + self.tests
            test_of[of_part] = begin + test
            if len(ranks):
                limits = ranks.astype(self._ranks.dtype)[:, None]
                self._parts.append((left, begin, limits))
            self.tests += len(ranks)
        self._beyond = self._ranks.dtype.type(len(thresholds))

    def ask(self, rows: Floats, bits: Bits) -> None:
        """Write the answers of the column's tests."""
        values = np.ascontiguousarray(rows[:, self._place])
        ranks = self._ranks.of(values)
        missing = np.isnan(values)
        holey = bool(missing.any())
        for left, first, limits in self._parts:
            compared = np.where(missing, 0 if left else self._beyond, ranks) if holey else ranks
            together = _tests_together(len(rows))
            for begin in range(0, len(limits), together):
                some = compared <= limits[begin : begin + together]
                bits[first + begin : first + begin + len(some)] = np.packbits(some, axis=1)


class _Words:
    """The sets of a column's categories."""

    def __init__(self, place: int, trees: FlatTrees, nodes: Integers, test_of: Integers, first: int) -> None:
        self._place = place
        self._first = first
        test_of[nodes] = np.arange(first, first + len(nodes))
        sets = [trees.members.get(node, trees.threshold[node : node + 1]) for node in nodes.tolist()]
        self._none = int(max(members.max(initial=0.0) for members in sets)) + 1
        held: NDArray[np.bool_] = np.zeros((self._none + 1, len(nodes)), np.bool_)
        for test, members in enumerate(sets):
            held[members.astype(np.int64), test] = True
        # A row of bytes a word, a bit a test; the last byte has bits that are no test.
        self._table = np.packbits(held, axis=1, bitorder="little")
        self.tests = 8 * self._table.shape[1]

    def ask(self, rows: Floats, bits: Bits) -> None:
        """Write the answers of the column's tests."""
        values = rows[:, self._place]
        words = np.fmin(np.fmax(values, -1.0), float(self._none)).astype(np.int64)
        # NaN and whatever is no category is a member of no set.
        words[(words != values) | (words < 0)] = self._none
        held = np.ascontiguousarray(self._table.take(words, axis=0).T)
        together = _tests_together(len(rows)) // 8
        for begin in range(0, len(held), together):
            some = np.packbits(held[begin : begin + together, None] & _EACH_BIT, axis=2)
            first = self._first + 8 * begin
            bits[first : first + 8 * len(some)] = some.reshape(-1, bits.shape[1])


@dataclass(frozen=True)
class _Level:
    """The splits at one depth of a group's trees.

    Of their children, those that pass first, `ends` are leaves, which are kept at `leaves`, and `inner` the next
    level's splits.
    """

    tests: Integers
    ends: Integers
    leaves: Integers
    inner: Integers


@dataclass(frozen=True)
class _Group:
    """Some trees of one output. Leaf l of tree t is kept at t · width + l; a tree with fewer leaves leaves places
    `absent`. The width is a power of two.
    """

    output: int
    width: int
    levels: tuple[_Level, ...]
    weights: Floats
    starts: Integers
    absent: Integers

    def values(self, room: _Room) -> Floats:
        """Return the sum of the trees' leaves for each row, shape (rows,)."""
        held = room.leaves[: len(self.weights)]
        held[self.absent] = 0
        for depth, level in enumerate(self.levels):
            splits = len(level.tests)
            passed, failed = room.children[:splits], room.children[splits : 2 * splits]
            np.take(room.bits, level.tests, axis=0, out=passed, mode="clip")
            if depth == 0:
                np.invert(passed, out=failed)
            else:
                reached = room.reached[:splits]
                np.bitwise_and(passed, reached, out=passed)
                np.bitwise_xor(reached, passed, out=failed)
            held[level.leaves] = room.children[level.ends]
            np.take(room.children, level.inner, axis=0, out=room.reached[: len(level.inner)], mode="clip")
        places = np.add(self._numbers(held, room.rows), self.starts, dtype=np.int64)
        sums: Floats = self.weights.take(places).sum(axis=0)
        return sums

    def _numbers(self, held: Bits, rows: int) -> NDArray[Any]:
        """Return the number of the leaf that each row ends in, by tree: its digits from the first, each the question
        whether the row is in the upper half of the leaves that are left.
        """
        folded = held.reshape(-1, self.width, held.shape[1])
        numbers: NDArray[Any] = np.zeros((len(folded), rows), np.min_scalar_type(self.width - 1))
        while folded.shape[1] > 1:
            half = folded.shape[1] // 2
            upper = folded[:, half:]
            digit = np.unpackbits(np.bitwise_or.reduce(upper, axis=1), axis=1, count=rows)
            numbers += numbers
            numbers |= digit
            folded = folded[:, :half] | upper
        return numbers


class _Room:
    """Memory for the bits of so many rows, used again and again: fresh memory costs more than what is done in it."""

    def __init__(self, rows: int, tests: int, groups: Sequence[_Group]) -> None:
        self.rows = rows
        splits = max((len(level.tests) for group in groups for level in group.levels), default=0)
        leaves = max((len(group.weights) for group in groups), default=0)
        length = -(-rows // 8)
        self.bits: Bits = np.empty((tests, length), np.uint8)
        self.leaves: Bits = np.empty((leaves, length), np.uint8)
        self.children: Bits = np.empty((2 * splits, length), np.uint8)
        self.reached: Bits = np.empty((splits, length), np.uint8)


def _tests_together(rows: int) -> int:
    """Return how many tests to answer in one go, a multiple of eight."""
    return 8 * max(8, _CELLS // (8 * max(rows, 1)))


def _columns(trees: FlatTrees, test_of: Integers) -> Iterator[_Numbers | _Words]:
    """Give the columns that are tested; the number of each node's test is written into `test_of`."""
    first = 0
    for place in np.unique(trees.feature).tolist():
        of_column = trees.feature == place
        for kind, words in ((_Numbers, False), (_Words, True)):
            nodes = np.flatnonzero(of_column & ((trees.mode != AT_MOST) == words))
            if len(nodes):
                column = kind(place, trees, nodes, test_of, first)
                first += column.tests
                yield column


def _groups(trees: FlatTrees, test_of: Integers) -> Iterator[_Group]:
    leaves = _leaves_by_tree(trees)
    output = np.array([trees.target[of_tree[0]] for of_tree in leaves])
    for target in np.unique(output).tolist():
        own = np.flatnonzero(output == target)
        for begin in range(0, len(own), _TREES):
            some = own[begin : begin + _TREES]
            yield _group(target, trees, trees.roots[some], [leaves[tree] for tree in some.tolist()], test_of)


def _group(output: int, trees: FlatTrees, roots: Integers, leaves: Sequence[Integers], test_of: Integers) -> _Group:
    width = 1 << (max(len(of_tree) for of_tree in leaves) - 1).bit_length()
    place = np.full(len(trees.weight), -1, np.int64)
    for tree, of_tree in enumerate(leaves):
        place[of_tree] = tree * width + np.arange(len(of_tree))
    weights = np.zeros(len(leaves) * width)
    listed = np.concatenate(list(leaves))
    weights[place[listed]] = trees.weight[listed]
    levels = []
    nodes = roots
    while len(nodes):
        children = np.concatenate([trees.left[nodes], trees.right[nodes]])
        ends, inner = np.flatnonzero(children < 0), np.flatnonzero(children >= 0)
        levels.append(_Level(test_of[nodes], ends, place[-1 - children[ends]], inner))
        nodes = children[inner]
    absent = np.setdiff1d(np.arange(len(weights)), place[listed])
    return _Group(output, width, tuple(levels), weights, np.arange(len(leaves))[:, None] * width, absent)


def _leaves_by_tree(trees: FlatTrees) -> list[Integers]:
    """Return the numbers of each tree's leaves."""
    nodes, tree = trees.roots, np.arange(len(trees.roots))
    found, owner = [], []
    while len(nodes):
        children = np.concatenate([trees.left[nodes], trees.right[nodes]])
        tree = np.concatenate([tree, tree])
        ends = children < 0
        found.append(-1 - children[ends])
        owner.append(tree[ends])
        nodes, tree = children[~ends], tree[~ends]
    owners = np.concatenate(owner)
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(trees.roots))
    return np.split(np.concatenate(found)[order], np.cumsum(counts)[:-1])
