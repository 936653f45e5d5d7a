"""Which segments of the rows moved a metric between two sets of rows, test and control.

Segments are found dimension by dimension, depth first, and one that is too small is never divided further: BUC (Beyer
and Ramakrishnan, Bottom-up computation of sparse and iceberg cubes, 1999) with the support of Apriori (Agrawal and
Srikant, 1994). All segments over the same dimensions are summed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.feature_column import array_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# So many segments are held; a request for more is a mistake, or needs another machine.
MOST_SEGMENTS = 2_000_000
# Sums of the same rows in another order agree to so much.
_SAME = 1e-9
_ROOM = 1 << 62


class MetricForm(StrEnum):
    """SUM(a), SUM(a) / SUM(b), SUM(a) / COUNT(DISTINCT b)."""

    SUM = "sum"
    RATIO = "ratio"
    BY_CATEGORY = "by category"


@dataclass(frozen=True)
class Facts:
    """The rows to explain: of each its dimensions' codes, its set and its amounts.

    `codes` has shape (n, d), code i of dimension j standing for `values[j][i]`. `is_test` has shape (n,). `amounts`
    has shape (n, 1), or (n, 2) for a ratio, numerator first. `category` has the codes of the column whose values are
    counted, -1 for NULL.
    """

    names: tuple[str, ...]
    values: tuple[pa.Array, ...]
    codes: NDArray[np.int32]
    is_test: NDArray[np.bool_]
    amounts: Floats
    category: Integers | None = None


@dataclass(frozen=True)
class Segments:
    """What was summed, a row a segment, all rows first.

    `codes` has shape (m, d), -1 for a dimension that the segment leaves open. `amounts` has shape (m, 2, a): control
    and test, each with the amounts of `Facts` and then, where a category is counted, the number of its values.
    """

    codes: NDArray[np.int32]
    amounts: Floats

    @property
    def support(self) -> Floats:
        """The share that a segment has of the first amount, the greater of control's and test's; shape (m,)."""
        first = self.amounts[:, :, 0]
        shares = np.divide(first, first[0], out=np.zeros_like(first), where=first[0] != 0)
        shares[0] = 1.0
        return np.asarray(np.max(shares, axis=1))

    def chosen(self, places: Integers | NDArray[np.bool_]) -> Segments:
        return Segments(self.codes[places], self.amounts[places])


@dataclass
class _Found:
    """Segments as they are found, and the support below which none is wanted any more."""

    least: float
    most: int | None
    codes: list[NDArray[np.int32]]
    amounts: list[Floats]
    supports: Floats
    count: int = 0

    def add(self, codes: NDArray[np.int32], amounts: Floats, supports: Floats) -> None:
        self.codes.append(codes)
        self.amounts.append(amounts)
        self.count += len(codes)
        if self.count > MOST_SEGMENTS:
            raise UntrainableModel.of(
                f"There are more than {MOST_SEGMENTS:,} segments.",
                hint="Ask for larger ones (min_apriori_support), for a number of them, or use fewer dimensions.",
            )
        if self.most is None:
            return
        self.supports = np.concatenate([self.supports, supports])
        if len(self.supports) > self.most:
            # Those of equal support stay, so that the choice among them does not depend on the order of the search.
            self.supports = -np.partition(-self.supports, self.most - 1)[: self.most]
            self.least = max(self.least, float(self.supports.min()))


def find_segments(facts: Facts, *, least: float, most: int | None, prune: bool) -> Segments:
    """Return the segments whose support is at least `least`, or the `most` of the greatest support; all rows come
    first. With `least` 0 every segment is wanted, and amounts may be negative.

    With `prune`, of segments over the same amounts of which one is within the other only the narrower stays. Raises
    UntrainableModel where there are more than MOST_SEGMENTS.
    """
    least, wanted = least or -np.inf, most
    while True:
        found = _searched(facts, least, wanted)
        kept = found.chosen(~_redundant(found)) if prune else found
        if most is None:
            return kept
        # What was pruned has left room for smaller ones, where there are any.
        if len(kept.codes) >= most or wanted is None or len(found.codes) < wanted:
            order = np.lexsort((np.count_nonzero(kept.codes >= 0, axis=1), -kept.support))
            return kept.chosen(np.sort(order[:most]))
        wanted *= 2


def _searched(facts: Facts, least: float, most: int | None) -> Segments:
    whole = _sums(facts, np.zeros(len(facts.is_test), np.int64), 1, np.arange(len(facts.is_test)))
    found = _Found(least, most, [], [], np.empty(0))
    found.add(np.full((1, len(facts.names)), -1, np.int32), whole, np.ones(1))
    rows = np.arange(len(facts.is_test))
    _divide(facts, found, whole[0, :, 0], rows, np.zeros(len(rows), np.int64), found.codes[0], 0)
    segments = Segments(np.concatenate(found.codes), np.concatenate(found.amounts))
    wanted = segments.support >= found.least
    wanted[0] = True
    return segments.chosen(wanted)


def _divide(
    facts: Facts,
    found: _Found,
    totals: Floats,
    rows: Integers,
    segment: Integers,
    parents: NDArray[np.int32],
    first: int,
) -> None:
    """Divide segments by each dimension from `first` on, and what comes of it by those after.

    `rows` are the rows that lie in one of `parents`, `segment` says for each in which.
    """
    for place in range(first, len(facts.names)):
        codes = facts.codes[rows, place].astype(np.int64)
        size = len(facts.values[place])
        keys, within = _distinct(segment * size + codes, len(parents) * size)
        amounts = _sums(facts, within, len(keys), rows)
        supports = _shares(amounts[:, :, 0], totals)
        wanted = supports >= found.least
        if not wanted.any():
            continue
        children = parents[keys[wanted] // size].copy()
        children[:, place] = keys[wanted] % size
        found.add(children, amounts[wanted], supports[wanted])
        if place + 1 < len(facts.names):
            stays = wanted[within]
            number = np.cumsum(wanted) - 1
            _divide(facts, found, totals, rows[stays], number[within[stays]], children, place + 1)


def _distinct(keys: Integers, room: int) -> tuple[Integers, Integers]:
    """Return the distinct keys, ascending, and the place of each key among them; all are less than `room`."""
    if room > 4 * len(keys) + 1024:
        distinct, places = np.unique(keys, return_inverse=True)
        return distinct, places
    counts = np.bincount(keys, minlength=room)
    number = np.cumsum(counts > 0) - 1
    return np.flatnonzero(counts), number[keys]


def _shares(amounts: Floats, totals: Floats) -> Floats:
    shares = np.divide(amounts, totals, out=np.zeros_like(amounts), where=totals != 0)
    return np.asarray(np.max(shares, axis=1))


def _sums(facts: Facts, segment: Integers, count: int, rows: Integers) -> Floats:
    """Return the amounts of each segment, shape (count, 2, a)."""
    side = 2 * segment + facts.is_test[rows]
    columns: list[Floats] = []
    for amount in facts.amounts.T:
        weights: Floats = amount[rows]
        columns.append(np.bincount(side, weights, 2 * count).astype(np.float64, copy=False))
    if facts.category is not None:
        columns.append(_distinct_values(facts.category[rows], side, count))
    return np.asarray(np.stack(columns, axis=-1).reshape(count, 2, len(columns)))


def _distinct_values(category: Integers, side: Integers, count: int) -> Floats:
    known = category >= 0
    width = int(category.max(initial=0)) + 1
    pairs, _ = _distinct(side[known] * width + category[known], 2 * count * width)
    return np.bincount(pairs // width, minlength=2 * count).astype(np.float64)


def _redundant(segments: Segments) -> NDArray[np.bool_]:
    """Return which segments have the amounts of a narrower one; all rows never count as such.

    A segment's key is the sum of one random number an item (Zobrist, A new hashing method, 1970), so that the key of
    the segment with one item less is a difference.
    """
    codes = segments.codes
    tables = np.random.default_rng(0)
    numbers = [tables.integers(0, _ROOM, int(column.max(initial=-1)) + 2, np.uint64) for column in codes.T]
    items = [table[column] for table, column in zip(numbers, codes.T, strict=True)]
    items = [np.where(column >= 0, item, np.uint64(0)) for item, column in zip(items, codes.T, strict=True)]
    keys = np.zeros(len(codes), np.uint64)
    for item in items:
        keys += item
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    redundant = np.zeros(len(codes), np.bool_)
    for item, column in zip(items, codes.T, strict=True):
        child = np.flatnonzero(column >= 0)
        wider = keys[child] - item[child]
        place = np.minimum(np.searchsorted(sorted_keys, wider), len(keys) - 1)
        known = sorted_keys[place] == wider
        parent, child = order[place[known]], child[known]
        same = np.isclose(segments.amounts[parent], segments.amounts[child], rtol=_SAME, atol=0.0)
        redundant[parent[same.all(axis=(1, 2))]] = True
    redundant[0] = False
    return redundant


def insight_table(facts: Facts, segments: Segments, form: MetricForm) -> pa.Table:
    """Return the rows of ML.GET_INSIGHTS, those that contributed most first."""
    measures = _measures(segments, form)
    attribution = "aumann_shapley_attribution" if form is MetricForm.RATIO else "difference"
    contribution = np.abs(measures[attribution])
    measures = {**measures, "apriori_support": segments.support, "contribution": contribution}
    depth = np.count_nonzero(segments.codes >= 0, axis=1)
    order = np.lexsort((depth, -segments.support, -np.nan_to_num(contribution, nan=-1.0)))
    codes = segments.codes[order]
    dimensions = [
        values.take(pa.array(column, mask=column < 0)) for values, column in zip(facts.values, codes.T, strict=True)
    ]
    columns = [*dimensions, _contributors(facts, codes), *(_numbers(values[order]) for values in measures.values())]
    return pa.Table.from_arrays(columns, names=[*facts.names, "contributors", *measures])


def _numbers(values: Floats) -> pa.Array:
    """Return numbers as an Arrow array, NULL where a division had no answer."""
    return pc.if_else(array_of(np.isfinite(values)), array_of(values), pa.scalar(None, pa.float64()))


def _contributors(facts: Facts, codes: NDArray[np.int32]) -> pa.Array:
    """Return the items `dimension=value` of each segment; `all` where there is none."""
    pool = pa.concat_arrays([pa.array(["all"]), *_items(facts)])
    starts = np.cumsum([1, *(len(values) for values in facts.values)])[:-1]
    given = codes >= 0
    counts = np.count_nonzero(given, axis=1)
    ends = np.cumsum(np.maximum(counts, 1))
    places = np.zeros(int(ends[-1]), np.int64)
    full = np.repeat(counts > 0, np.maximum(counts, 1))
    places[full] = (codes + starts[None, :])[given]
    offsets = array_of(np.concatenate([[0], ends]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, pool.take(array_of(places)))


def _items(facts: Facts) -> Iterator[pa.Array]:
    for name, values in zip(facts.names, facts.values, strict=True):
        texts = pc.cast(values, pa.string())
        yield pc.binary_join_element_wise(pa.scalar(name), texts, "=")


def _measures(segments: Segments, form: MetricForm) -> dict[str, Floats]:
    amounts = segments.amounts
    if form is MetricForm.RATIO:
        return _ratio_measures(amounts)
    if form is MetricForm.BY_CATEGORY:
        per_value = _divided(amounts[:, :, 0], amounts[:, :, 1])
        control, test = per_value[:, 0], per_value[:, 1]
        return {
            **_differences(test, control),
            "metric_test_over_population": _divided(test, test[0]),
            "metric_control_over_population": _divided(control, control[0]),
        }
    control, test = amounts[:, 0, 0], amounts[:, 1, 0]
    rest = _complement(amounts)[:, :, 0]
    expected = control * _divided(rest[:, 1], rest[:, 0])
    # All rows have no others to go by: what is expected of them is what was.
    expected[0] = control[0]
    unexpected = test - expected
    return {
        **_differences(test, control),
        "unexpected_difference": unexpected,
        "relative_unexpected_difference": _divided(unexpected, expected),
    }


def _differences(test: Floats, control: Floats) -> dict[str, Floats]:
    return {
        "metric_test": test,
        "metric_control": control,
        "difference": test - control,
        "relative_difference": _divided(test - control, control),
    }


def _ratio_measures(amounts: Floats) -> dict[str, Floats]:
    ratios = _divided(amounts[:, :, 0], amounts[:, :, 1])
    rest = _complement(amounts)
    of_rest = _divided(rest[:, :, 0], rest[:, :, 1])
    control, test = ratios[:, 0], ratios[:, 1]
    return {
        "metric_test": test,
        "metric_control": control,
        "metric_test_over_metric_control": _divided(test, control),
        "metric_test_over_complement": _divided(test, of_rest[:, 1]),
        "metric_control_over_complement": _divided(control, of_rest[:, 0]),
        "aumann_shapley_attribution": _attributions(amounts),
    }


def _complement(amounts: Floats) -> Floats:
    """Return the amounts of all rows outside each segment."""
    rest: Floats = amounts[0] - amounts
    # What rounding leaves of a difference is none.
    rest[np.abs(rest) <= _SAME * np.abs(amounts[0])] = 0.0
    return rest


def _attributions(amounts: Floats) -> Floats:
    """Return how much of the change of the whole ratio comes from each segment, shape (m,).

    The ratio N / D of all rows goes in a straight line from control to test, and each segment gets the integral of what
    its own numerator n and denominator d move (Aumann and Shapley, Values of non-atomic games, 1974):
    Δn ∫ 1/D dt − Δd ∫ N/D² dt. Segments that together are all rows share the whole change.
    """
    change = amounts[:, 1] - amounts[:, 0]
    (numerator, denominator), (moved, grown) = amounts[0, 0], change[0]
    last = denominator + grown
    if denominator * last <= 0:
        return np.full(len(amounts), np.nan)
    relative = grown / denominator
    # ln(1 + r) / r and (ln(1 + r) − r / (1 + r)) / r², both by their series where r is next to nothing.
    if abs(relative) < 1e-4:
        once, twice = 1 - relative / 2 + relative**2 / 3, 0.5 - 2 * relative / 3 + 3 * relative**2 / 4
    else:
        once = np.log1p(relative) / relative
        twice = (np.log1p(relative) - relative / (1 + relative)) / relative**2
    of_inverse = once / denominator
    of_square = numerator / (denominator * last) + moved * twice / denominator**2
    return np.asarray(change[:, 0] * of_inverse - change[:, 1] * of_square)


def _divided(part: Floats, whole: Floats | float) -> Floats:
    """Return the quotient, NaN where the divisor is 0."""
    whole = np.broadcast_to(whole, part.shape)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0))


def dimension_codes(columns: Sequence[pa.ChunkedArray]) -> tuple[tuple[pa.Array, ...], NDArray[np.int32]]:
    """Return the values of each dimension, ascending, and the codes of its rows, shape (n, d); no row is NULL."""
    coded = [_ascending(column) for column in columns]
    rows = len(columns[0]) if columns else 0
    codes = np.stack([code for _, code in coded], axis=1) if coded else np.zeros((rows, 0), np.int32)
    return tuple(values for values, _ in coded), codes.astype(np.int32)


def _ascending(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    array = column.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    coded = array.dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return coded.dictionary.take(array_of(order)), rank[coded.indices.to_numpy(zero_copy_only=False)]
