"""The judge of releases: known intervals, what it must see, what it must not, and how seldom it is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.endpoint_health import TIME_BOUNDS, Figures
from penstock.engine.release import Release
from penstock.engine.release_judge import (
    FEWEST_ASKED,
    Facts,
    Losses,
    Ruling,
    agreement,
    alarm,
    least_difference,
    loss_difference,
    rule,
    wilson,
)

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
BAKE = timedelta(minutes=10)
CANARY = Release(
    id="abc",
    endpoint="e",
    model="m",
    kind="canary",
    version=2,
    champion=1,
    steps=(5.0, 50.0),
    bake_time=BAKE,
    min_rows=100,
    min_agreement=0.5,
    outcome="number",
    began=NOW,
    since=NOW,
    before={},
    place=1,
)
SHADOW = replace(CANARY, kind="shadow", place=0)
BLUE_GREEN = replace(CANARY, kind="blue_green", place=0)
counts = st.integers(0, 10_000)


def figures(asked: int, failed: int = 0, seconds: float = 0.001, **more: float) -> Figures:
    """What a version has answered, each in the same time."""
    times = [0] * (len(TIME_BOUNDS) + 1)
    times[int(np.searchsorted(TIME_BOUNDS, seconds))] = asked - failed
    return replace(Figures(asked=asked, failed=failed, times=tuple(times)), **more)


def ruled(release: Release, champion: Figures, candidate: Figures | None, after: timedelta = BAKE) -> Ruling:
    return rule(release, Facts(champion, candidate), NOW + after)


def agreeing(count: int, off: float = 0.0, shift: float = 0.0) -> Figures:
    """Predictions of numbers 0 to 9 in turn; the new version's are `off` away in turn, and all `shift` higher."""
    champion = np.arange(count) % 10.0
    mine = champion + off * (-1.0) ** np.arange(count) + shift
    return replace(
        figures(count),
        compared=count,
        gap=float(np.sum((mine - champion) ** 2)),
        total=float(champion.sum()),
        squares=float(np.sum(champion**2)),
    )


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    # Newcombe 1998, table II, example (a): 56/70 and 48/80, method 10.
    assert least_difference(56, 70, 48, 80, 1.959964) == pytest.approx(0.0524, abs=5e-5)


@given(st.integers(1, 500), st.data())
def test_the_interval_of_a_share_is_that_of_scipy(trials: int, data: st.DataObject) -> None:
    from scipy.stats import binomtest

    failures = data.draw(st.integers(0, trials))
    known = binomtest(failures, trials).proportion_ci(0.95, method="wilson")
    assert wilson(failures, trials, 1.959963984540054) == pytest.approx((known.low, known.high), abs=1e-9)


def test_the_interval_of_losses_is_welchs() -> None:
    chance = np.random.default_rng(1)
    champion, candidate = chance.exponential(1.0, 400), chance.exponential(1.2, 900)

    def losses(values: np.ndarray) -> Losses:
        return Losses(len(values), float(values.mean()), float(values.var(ddof=1)))

    from scipy.stats import norm, ttest_ind

    found = loss_difference(losses(champion), losses(candidate), norm.ppf(0.975))
    known = ttest_ind(candidate, champion, equal_var=False).confidence_interval(0.95)
    # Its t has hundreds of degrees of freedom.
    assert found == pytest.approx((known.low, known.high), abs=2e-3)
    assert loss_difference(Losses(29, 1, 1), losses(candidate), 2.0) is None


def test_a_version_that_fails_every_answer_goes_at_once() -> None:
    found = ruled(CANARY, figures(100), figures(FEWEST_ASKED, FEWEST_ASKED), timedelta(seconds=1))
    assert (found.word, found.reason) == (
        "back",
        "version 2 failed 5 of 5 requests, version 1 failed 0 of 100 requests",
    )
    assert found.figures["failed"] == 5
    assert ruled(CANARY, figures(0), figures(20, 20)).word == "back", "Nobody has asked the champion yet."
    assert ruled(CANARY, figures(100), figures(1, 1)).word == "wait", "One failure may be the caller's."


def test_failures_that_the_champion_has_as_well_are_the_callers() -> None:
    assert ruled(CANARY, figures(2000, 600), figures(500, 160)).word == "on"
    assert ruled(CANARY, figures(2000, 600), figures(500, 260)).word == "back"


@given(counts, counts, counts, counts)
def test_one_failure_more_never_speaks_for_a_version(asked: int, failed: int, others: int, other_failed: int) -> None:
    failed, other_failed = min(failed, asked), min(other_failed, others)
    before = alarm(CANARY, Facts(figures(others, other_failed), figures(asked, failed)))
    if before is not None and failed < asked:
        assert alarm(CANARY, Facts(figures(others, other_failed), figures(asked, failed + 1))) is not None


@given(counts, counts)
def test_a_version_that_does_as_the_champion_does_is_never_taken_back(asked: int, failed: int) -> None:
    same = figures(asked, min(failed, asked))
    losses = Losses(asked, 1.0, 2.0)
    assert rule(CANARY, Facts(same, same, losses, losses), NOW + BAKE).word != "back"


def test_equal_versions_are_told_apart_in_less_than_one_of_a_hundred_releases() -> None:
    chance = np.random.default_rng(7)
    wrong = 0
    for release in range(200):
        rate = (0.002, 0.05, 0.3)[release % 3]
        failures = np.cumsum(chance.random((2, 6000)) < rate, axis=1)
        looks = np.unique(np.geomspace(FEWEST_ASKED, 6000, 100).astype(int))
        wrong += any(
            alarm(CANARY, Facts(figures(n, int(failures[0, n - 1])), figures(n, int(failures[1, n - 1])))) is not None
            for n in looks
        )
    assert wrong <= 2


def test_equally_slow_versions_are_told_apart_in_less_than_one_of_a_hundred_releases() -> None:
    chance = np.random.default_rng(9)
    looks = np.unique(np.geomspace(100, 4000, 40).astype(int))
    wrong = 0
    for _ in range(150):
        classes = np.searchsorted(TIME_BOUNDS, chance.lognormal(np.log(0.02), 1.0, (2, 4000)))
        counted = [[np.bincount(row[:n], minlength=len(TIME_BOUNDS) + 1) for n in looks] for row in classes]
        pairs = [
            (Figures(n, times=tuple(a)), Figures(n, times=tuple(b))) for n, a, b in zip(looks, *counted, strict=True)
        ]
        wrong += any(alarm(CANARY, Facts(champion, candidate)) is not None for champion, candidate in pairs)
    assert wrong <= 1


def test_equal_outcomes_are_told_apart_in_less_than_one_of_fifty_releases() -> None:
    chance = np.random.default_rng(8)
    wrong = 0
    for _ in range(300):
        losses = chance.exponential(1.0, (2, 3000))
        looks = np.linspace(30, 3000, 60).astype(int)
        mine, others = ([Losses(n, row[:n].mean(), row[:n].var(ddof=1)) for n in looks] for row in losses)
        wrong += any(
            (found := loss_difference(other, own, 3.3)) is not None and found[0] > 0
            for own, other in zip(mine, others, strict=True)
        )
    assert wrong <= 6


def test_a_slow_version_goes_and_an_outlier_does_not_make_it_slow() -> None:
    champion = figures(1000, seconds=0.004)
    slow = ruled(CANARY, champion, figures(200, seconds=0.09), timedelta(seconds=5))
    assert slow.word == "back"
    assert "version 2 took longer than 10 ms for 200 of 200 answers" in slow.reason
    assert ruled(CANARY, champion, figures(200, seconds=0.006)).word == "on", "Below what anybody feels."
    assert ruled(CANARY, champion, figures(99, seconds=0.004) + figures(1, seconds=2.0)).word == "on"
    assert ruled(CANARY, figures(50), figures(200, seconds=5.0)).word == "on", "Too little of the champion is known."


def test_worse_outcomes_take_a_version_back_and_noise_does_not() -> None:
    same = figures(200)
    worse = rule(CANARY, Facts(same, same, Losses(400, 1.0, 1.0), Losses(200, 1.6, 1.0)), NOW)
    assert worse.word == "back"
    assert worse.reason.startswith(
        "version 2 has a mean absolute error of 1.6 over 200 outcomes, "
        "version 1 has a mean absolute error of 1 over 400 outcomes: worse by 0.3"
    )
    noise = Facts(same, same, Losses(400, 1.0, 1.0), Losses(200, 1.1, 1.0))
    assert rule(CANARY, noise, NOW + BAKE).word == "on"
    few = Facts(same, same, Losses(400, 1.0, 1.0), Losses(20, 9.0, 1.0))
    assert rule(CANARY, few, NOW + BAKE).word == "on"


def test_a_stage_lasts_its_time_and_until_enough_were_asked() -> None:
    early = ruled(CANARY, figures(500), figures(200), BAKE - timedelta(seconds=90))
    assert (early.word, early.reason[:29]) == ("wait", "1 minute 30 seconds to go; 20")
    few = ruled(CANARY, figures(500), figures(60), BAKE)
    assert few.word == "wait"
    assert few.reason.startswith("waits for 40 more requests; 60 requests, 0 failed")
    assert ruled(CANARY, figures(500), None).reason == "waits for a server to load version 2"


def test_agreement_of_numbers_is_one_less_the_normalised_error() -> None:
    champion = np.arange(1000) % 10.0
    mine = champion + 0.5
    assert agreement(SHADOW, agreeing(1000, shift=0.5)) == pytest.approx(
        1 - np.sqrt(np.mean((mine - champion) ** 2)) / champion.std()
    )
    assert agreement(SHADOW, agreeing(1000)) == 1.0
    constant = replace(figures(10), compared=10, total=50.0, squares=250.0)
    assert agreement(SHADOW, replace(constant, gap=10.0)) is None, "One number has no spread to measure by."
    assert agreement(SHADOW, figures(10)) is None, "Nothing was compared."
    assert agreement(replace(SHADOW, outcome=None), agreeing(10)) is None


def test_a_shadow_that_disagrees_ends_badly_unless_its_outcomes_are_better() -> None:
    apart = agreeing(200, off=3.0)
    found = ruled(SHADOW, figures(200), apart)
    assert found.word == "back"
    assert found.reason.startswith("version 2 agrees with version 1 by -0.0")
    assert found.reason.endswith("where 0.5 is asked for, and no outcomes show it to be better")
    better = Facts(figures(200), apart, Losses(200, 3.0, 1.0), Losses(200, 1.0, 1.0))
    assert rule(SHADOW, better, NOW + BAKE).word == "on"
    alike = Facts(figures(200), apart, Losses(200, 3.0, 1.0), Losses(200, 3.0, 1.0))
    assert rule(SHADOW, alike, NOW + BAKE).reason.endswith("and its outcomes are not better")
    assert ruled(replace(SHADOW, min_agreement=0.0), figures(200), apart).word == "on"
    assert ruled(CANARY, figures(200), apart).word == "on", "Only the shadow is asked to agree."


def test_classes_agree_where_they_are_equal() -> None:
    classes = replace(SHADOW, outcome="class")
    assert ruled(classes, figures(200), replace(figures(200), compared=200, equal=120)).word == "on"
    assert ruled(classes, figures(200), replace(figures(200), compared=200, equal=80)).word == "back"


def test_the_past_is_answered_whole_before_a_version_gets_everything() -> None:
    assert ruled(BLUE_GREEN, figures(0), Figures(asked=40), timedelta(0)).word == "on"
    assert ruled(BLUE_GREEN, figures(0), Figures(), timedelta(0)).word == "on", "A new endpoint has no past."
    found = ruled(BLUE_GREEN, figures(0), Figures(asked=40, failed=1), timedelta(0))
    assert found.word == "back"
    assert found.reason == "version 2 could not answer 1 of the 40 newest requests that version 1 can"
