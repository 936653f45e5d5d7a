"""Each detector against an independent implementation, and the check suite over all of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, wasserstein_distance
from scipy.stats.contingency import association

from penstock.core.errors import InternalError
from penstock.drift.detector import CATEGORY_BINS, shares
from penstock.drift.registry import DETECTORS, detectors
from penstock.drift.summary import CategorySummary, NumericSummary, summarise, summarise_against
from penstock.testing.detector_checks import detector_checks

counts = st.lists(st.integers(0, 50), min_size=3, max_size=12).filter(lambda some: sum(some) > 0)
count_pairs = st.integers(2, 12).flatmap(
    lambda size: st.tuples(
        *[st.lists(st.integers(0, 60), min_size=size, max_size=size).filter(lambda some: sum(some) > 0) for _ in "pq"]
    )
)


def categories(some: list[int]) -> CategorySummary:
    return CategorySummary(tuple(f"v{i}" for i in range(len(some))), tuple(some), 0, sum(some), 0)


def numbers(some: list[int]) -> NumericSummary:
    """Bin i holds `some[i]` times the number i."""
    values = np.repeat(np.arange(len(some), dtype=float), some)
    edges = pa.array(values)
    reference = NumericSummary(
        "value", tuple(float(i) for i in range(len(some) - 1)), (0,) * len(some), (0.0,) * len(some),
        0, 0, 0, 0, None, None, None, 0.0,
    )  # fmt: skip
    made = summarise_against(edges, reference)
    assert isinstance(made, NumericSummary)
    return made


def distance(
    name: str, reference: CategorySummary | NumericSummary, current: CategorySummary | NumericSummary
) -> float:
    found = DETECTORS[name].distance(reference, current)
    assert found is not None
    return found


@pytest.mark.parametrize("check", [check for each in DETECTORS.values() for check in detector_checks(each)], ids=str)
def test_every_detector_passes_the_check_suite(check) -> None:
    check()


@given(count_pairs)
def test_jensen_shannon_is_the_square_of_scipys_distance_to_base_2(pair) -> None:
    p, q = pair
    # scipy takes the root, and may find a NaN where rounding makes the divergence of equal sides negative.
    with np.errstate(invalid="ignore"):
        expected = np.nan_to_num(jensenshannon(p, q, base=2)) ** 2
    assert distance("js", categories(p), categories(q)) == pytest.approx(expected, abs=1e-12)


@given(count_pairs)
def test_chi_square_is_scipys_cramer_v_of_equal_sides(pair) -> None:
    p, q = pair
    table = np.array([np.array(p) * sum(q), np.array(q) * sum(p)])
    table = table[:, table.sum(axis=0) > 0]
    expected = association(table, method="cramer", correction=False) if table.shape[1] > 1 else 0.0
    assert distance("chi_square", categories(p), categories(q)) == pytest.approx(expected, abs=1e-12)


@given(count_pairs)
def test_kolmogorov_smirnov_is_scipys_over_values_that_fill_a_bin_each(pair) -> None:
    p, q = pair
    places = np.arange(len(p))
    expected = ks_2samp(np.repeat(places, p), np.repeat(places, q), method="asymp").statistic
    assert distance("ks", numbers(p), numbers(q)) == pytest.approx(expected, abs=1e-12)


@given(count_pairs.filter(lambda pair: np.count_nonzero(pair[0]) > 1))
def test_wasserstein_is_scipys_over_values_that_fill_a_bin_each_in_standard_deviations(pair) -> None:
    p, q = pair
    places = np.arange(len(p), dtype=float)
    expected = wasserstein_distance(places, places, p, q) / np.repeat(places, p).std()
    assert distance("wasserstein", numbers(p), numbers(q)) == pytest.approx(expected, abs=1e-9)


@given(count_pairs)
def test_hellinger_is_the_norm_of_the_difference_of_roots(pair) -> None:
    p, q = (np.array(side) / sum(side) for side in pair)
    expected = np.sqrt(max(0.0, 1 - np.sqrt(p * q).sum()))
    assert distance("hellinger", categories(pair[0]), categories(pair[1])) == pytest.approx(expected, abs=1e-7)


@given(count_pairs)
def test_l_infinity_is_the_greatest_difference_of_shares(pair) -> None:
    p, q = (np.array(side) / sum(side) for side in pair)
    expected = np.linalg.norm(p - q, ord=np.inf)
    assert distance("l_infinity", categories(pair[0]), categories(pair[1])) == pytest.approx(expected, abs=1e-12)


def test_population_stability_is_the_sum_by_hand() -> None:
    # (.3 − .5) ln(.3 / .5) + (.7 − .5) ln(.7 / .5)
    assert distance("psi", categories([50, 50]), categories([30, 70])) == pytest.approx(0.1694595720774406)


def test_population_stability_counts_an_empty_bin_as_one_row_in_ten_thousand() -> None:
    found = distance("psi", categories([100, 0]), categories([50, 50]))
    assert found == pytest.approx((0.5 - 1) * np.log(0.5) + (0.5 - 1e-4) * np.log(0.5 / 1e-4))


def test_wasserstein_of_a_shifted_normal_is_the_shift() -> None:
    draws = np.random.default_rng(3).normal(size=50_000)
    reference = summarise(pa.array(draws * 4))
    for shift in (0.05, 0.5, 2.0):
        moved = summarise_against(pa.array((draws + shift) * 4), reference)
        assert distance("wasserstein", reference, moved) == pytest.approx(shift, rel=0.02)


def test_kolmogorov_smirnov_never_exceeds_the_exact_statistic() -> None:
    rng = np.random.default_rng(4)
    before, now = rng.normal(size=3000), rng.normal(0.4, 1.3, size=800)
    reference = summarise(pa.array(before))
    exact = ks_2samp(before, now).statistic
    assert exact * 0.7 < distance("ks", reference, summarise_against(pa.array(now), reference)) <= exact + 1e-12


def test_a_small_window_of_many_categories_is_not_far_from_its_reference() -> None:
    rng = np.random.default_rng(5)
    words = np.array([f"item {i}" for i in range(800)])
    reference = summarise(pa.array(words[rng.zipf(1.3, size=20_000) % 800]))
    window = summarise_against(pa.array(words[rng.zipf(1.3, size=300) % 800]), reference)
    assert distance("psi", reference, window) < 0.2
    pair = shares(reference, window)
    assert pair is not None
    assert len(pair[0]) == CATEGORY_BINS + 1


def test_values_that_the_reference_never_held_are_seen() -> None:
    reference = summarise(pa.array(["a", "b"] * 50))
    window = summarise_against(pa.array(["a", "c"] * 50), reference)
    assert distance("l_infinity", reference, window) == pytest.approx(0.5)
    assert distance("psi", reference, window) > 1


def test_l_infinity_looks_at_every_listed_value_by_itself() -> None:
    before = [100] * 50
    now = [100] * 49 + [5000]
    found = distance("l_infinity", categories(before), categories(now))
    assert found == pytest.approx(5000 / 9900 - 1 / 50)


def test_summaries_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="bins of its reference"):
        DETECTORS["psi"].distance(summarise(pa.array([1.0, 2.0])), summarise(pa.array([5.0, 9.0])))
    with pytest.raises(ValueError, match="no distance"):
        DETECTORS["psi"].distance(summarise(pa.array([1.0, 2.0])), summarise(pa.array(["a"])))


def test_the_registry_names_each_detector_as_it_names_itself() -> None:
    assert {name: detector.name for name, detector in DETECTORS.items()} == {name: name for name in DETECTORS}
    assert set(DETECTORS) <= set(detectors())


class _Entry:
    name, value = "broken", "some_package:Detector"

    def __init__(self, loaded) -> None:
        self._loaded = loaded

    def load(self):
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def test_a_package_whose_detector_does_not_load_is_named(monkeypatch) -> None:
    broken = [_Entry(ImportError("no module"))]
    monkeypatch.setattr("penstock.drift.registry.entry_points", lambda group: broken)
    with pytest.raises(InternalError, match="'broken' of some_package:Detector does not load"):
        detectors()


def test_a_package_may_add_a_detector_but_not_replace_one(monkeypatch) -> None:
    class Mine(type(DETECTORS["ks"])):
        name = "mine"

    monkeypatch.setattr("penstock.drift.registry.entry_points", lambda group: [_Entry(Mine)])
    assert isinstance(detectors()["mine"], Mine)
    monkeypatch.setattr("penstock.drift.registry.entry_points", lambda group: [_Entry(type(DETECTORS["ks"]))])
    with pytest.raises(InternalError, match="'ks', which exists already"):
        detectors()
