"""Distances of distributions that need not share their bins, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from penstock.drift.distribution import Bins, Categories, Distribution, greatest_difference, jensen_shannon


def bins(edges: list[float], counts: list[float], nans: float = 0, infinities: float = 0) -> Bins:
    return Bins(np.array(edges[:-1], float), np.array(edges[1:], float), np.array(counts, float), nans, infinities)


def point(value: float, count: float = 1) -> Bins:
    return Bins(np.array([value], float), np.array([value], float), np.array([count], float))


SPREADS = st.dictionaries(st.text(max_size=2), st.integers(0, 9), max_size=5).map(Categories)
NUMBERS = st.one_of(
    st.builds(
        lambda edges, counts, nans: bins(sorted(edges), counts[: len(edges) - 1], nans),
        st.sets(st.integers(-20, 20), min_size=2, max_size=5),
        st.lists(st.integers(0, 9), min_size=4, max_size=4),
        st.integers(0, 3),
    ),
    st.builds(point, st.integers(-20, 20), st.integers(0, 5)),
)


def test_bins_are_cut_where_either_side_has_an_edge() -> None:
    # [0, 2] with 4, against [0, 1] with 1 and [1, 4] with 3: pieces 0-1, 1-2, 2-4.
    p, q = [2, 2, 0], [1, 1, 2]
    expected = jensenshannon(p, q, base=2) ** 2
    assert jensen_shannon(bins([0, 2], [4]), bins([0, 1, 4], [1, 3])) == pytest.approx(expected)


def test_the_same_spread_told_in_other_bins_has_no_distance() -> None:
    assert jensen_shannon(bins([0, 4], [8]), bins([0, 1, 2, 4], [1, 1, 2])) == pytest.approx(0)


def test_a_constant_is_near_the_bin_that_it_lies_in_and_far_from_all_else() -> None:
    assert jensen_shannon(point(1), bins([0, 4], [8])) == 0
    assert jensen_shannon(point(1), bins([0, 2, 4], [1, 1])) == pytest.approx(jensenshannon([1, 0], [1, 1], 2) ** 2)
    assert jensen_shannon(point(4), bins([0, 2, 4], [0, 3])) == 0
    assert jensen_shannon(point(9), bins([0, 4], [8])) == 1
    assert jensen_shannon(point(1), point(1)) == 0
    assert jensen_shannon(point(1), point(2)) == 1


def test_nan_and_infinity_are_values_of_their_own() -> None:
    assert jensen_shannon(bins([0, 1], [5]), bins([0, 1], [0], nans=5)) == 1
    assert jensen_shannon(bins([0, 1], [0], infinities=5), bins([0, 1], [0], nans=5)) == 1
    assert jensen_shannon(bins([0, 1], [5], nans=5), bins([0, 1], [1], nans=1)) == 0


def test_categories_are_compared_value_by_value() -> None:
    first, second = Categories({"a": 3, "나": 1}), Categories({"나": 1, "c": 1})
    assert greatest_difference(first, second) == (0.75, "a")
    assert jensen_shannon(first, second) == pytest.approx(jensenshannon([3, 1, 0], [0, 1, 1], 2) ** 2)


def test_an_empty_side_has_no_distance_and_kinds_do_not_mix() -> None:
    assert greatest_difference(Categories({}), Categories({"a": 1})) is None
    assert jensen_shannon(bins([0, 1], [0]), bins([0, 1], [1])) is None
    with pytest.raises(ValueError, match="no distance"):
        jensen_shannon(point(1), Categories({"1": 1}))


@given(st.one_of(st.tuples(SPREADS, SPREADS), st.tuples(NUMBERS, NUMBERS)))
def test_the_divergence_is_symmetric_and_between_0_and_1(pair: tuple[Distribution, Distribution]) -> None:
    first, second = pair
    apart = jensen_shannon(first, second)
    back = jensen_shannon(second, first)
    if apart is None or back is None:
        assert apart is back
        return
    assert apart == pytest.approx(back)
    assert 0 <= apart <= 1 + 1e-12
    assert jensen_shannon(first, first) == pytest.approx(0)
