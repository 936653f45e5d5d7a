"""Figures of workers: they add up, whatever was counted, and go when a release is over."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.database import open_catalog
from penstock.catalog.endpoint_health import TIME_BOUNDS, Figures, Health, forget_health, health_of, report_health

times = st.lists(st.integers(0, 50), min_size=len(TIME_BOUNDS) + 1, max_size=len(TIME_BOUNDS) + 1).map(tuple)
whole = st.integers(0, 1000)
figures = st.builds(Figures, whole, whole, st.one_of(st.just(()), times), whole, whole, whole, whole, whole)


@given(figures, figures, figures)
def test_figures_add_up_in_any_order(one: Figures, two: Figures, three: Figures) -> None:
    assert (one + two) + three == one + (two + three) == three + one + two
    assert one + Figures() == one


def test_a_quantile_is_that_of_the_times_within_a_class() -> None:
    chance = np.random.default_rng(3)
    taken = chance.lognormal(-6, 1, 10_000)
    counts = np.bincount(np.searchsorted(TIME_BOUNDS, taken), minlength=len(TIME_BOUNDS) + 1)
    found = Figures(asked=10_000, times=tuple(int(count) for count in counts))
    exact = float(np.quantile(taken, 0.99))
    assert exact <= found.quantile(0.99) <= exact * 1.2001
    assert found.slower_than(exact) <= int((taken > exact).sum())
    assert found.slower_than(0.0) == 10_000 - counts[0]
    assert Figures().quantile(0.99) is None
    assert Figures(times=(0,) * len(TIME_BOUNDS) + (1,)).quantile(0.99) == TIME_BOUNDS[-1]


def test_workers_are_summed_and_a_report_takes_the_place_of_the_one_before(catalog_url, now) -> None:
    with open_catalog(catalog_url) as catalog:
        full = Figures(3, 1, (0,) * len(TIME_BOUNDS) + (2,), 2, 1, 0.5, 1.5, 2.5)
        report_health(catalog, [Health("E", "a.0", 1, "one", Figures(asked=9))], now)
        report_health(catalog, [Health("e", "a.0", 1, "one", full)], now + timedelta(seconds=1))
        report_health(catalog, [Health("e", "a.0", 1, "two", full), Health("e", "a.1", 2, "two", Figures(7))], now)
        report_health(catalog, [Health("other", "b.0", 1, "one", full)], now)
        assert health_of(catalog, "e") == {"a.0": {1: full + full}, "a.1": {2: Figures(7)}}
        forget_health(catalog, "E")
        assert health_of(catalog, "e") == {}
        assert health_of(catalog, "other") == {"b.0": {1: full}}


def test_slow_answers_are_those_that_certainly_took_longer() -> None:
    found = Figures(times=tuple(range(len(TIME_BOUNDS) + 1)))
    at = TIME_BOUNDS[10]
    assert found.slower_than(at) == sum(range(11, len(TIME_BOUNDS) + 1))
    assert found.slower_than(at * 1.01) == pytest.approx(sum(range(12, len(TIME_BOUNDS) + 1)))
