"""Whether units came as told: the p-value that may be looked at as often as one likes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks import experiment_error
from penstock.experiment.sample_ratio import CONCENTRATION, SUSPECT, Stretch, sample_ratio_p


def test_the_evidence_is_that_of_a_beta_binomial_against_a_binomial() -> None:
    seen = (640, 360)
    prior = (CONCENTRATION * 0.6, CONCENTRATION * 0.4)
    theirs = stats.betabinom(1000, *prior).pmf(seen[0]) / stats.binom(1000, 0.6).pmf(seen[0])
    assert sample_ratio_p([Stretch(seen, (60, 40))]) == pytest.approx(min(1.0, 1 / theirs))


@pytest.mark.parametrize(("seen", "suspect"), [((5000, 5000), False), ((5080, 4920), False), ((5300, 4700), True)])
def test_a_lost_part_is_found_and_chance_is_let_pass(seen: tuple[int, int], suspect: bool) -> None:
    assert (sample_ratio_p([Stretch(seen, (50, 50))]) < SUSPECT) is suspect


def test_shares_may_change_with_time() -> None:
    kept = [Stretch((9000, 1000), (90, 10)), Stretch((5000, 5000), (50, 50))]
    assert sample_ratio_p(kept) == 1.0
    together = Stretch((14000, 6000), (50, 50))
    assert sample_ratio_p([together]) < SUSPECT


def test_a_unit_of_a_version_that_was_told_nothing_is_no_chance() -> None:
    assert sample_ratio_p([Stretch((100, 1), (100, 0))]) == 0.0
    assert sample_ratio_p([Stretch((100, 0), (100, 0))]) == 1.0


@given(st.lists(st.integers(0, 3000), min_size=3, max_size=3))
def test_the_order_of_the_versions_is_no_matter(seen: list[int]) -> None:
    told = (50.0, 30.0, 20.0)
    turned = sample_ratio_p([Stretch(seen[::-1], told[::-1])])
    assert sample_ratio_p([Stretch(seen, told)]) == pytest.approx(turned)


def test_before_the_first_unit_nothing_is_suspect() -> None:
    assert sample_ratio_p([]) == 1.0
    assert sample_ratio_p([Stretch((0, 0), (50, 50))]) == 1.0


def test_who_looks_daily_hardly_ever_suspects_shares_that_were_kept() -> None:
    assert experiment_error.ratio_alarms(1000) <= SUSPECT


def test_three_versions_are_asked_together() -> None:
    generator = np.random.default_rng(5)
    kept = generator.multinomial(20_000, (0.5, 0.3, 0.2)).tolist()
    assert sample_ratio_p([Stretch(kept, (50, 30, 20))]) > SUSPECT
    assert sample_ratio_p([Stretch((10_000, 6_600, 3_400), (50, 30, 20))]) < SUSPECT
