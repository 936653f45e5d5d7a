"""The judge of a release: what was counted goes in, a verdict with its reasons comes out. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from penstock.catalog.endpoint_health import Figures
from penstock.engine.release import Release
from penstock.project.duration import duration_text
from penstock.project.release import SHADOW

# In standard errors. A release is looked at every second, so that chance has many tries: tests simulate how seldom
# two equal versions are told apart.
SURE = 4.0
# The same for outcomes, which come more slowly and are looked at less often.
SURE_OF_OUTCOMES = 3.3
# A version is let in over poor agreement when its outcomes are better by so much.
BETTER = 2.0
# So much more of the requests may fail before it matters.
FAILING_MORE = 0.01
# Fewer requests judge nothing.
FEWEST_ASKED = 5
FEWEST_TIMED = 100
FEWEST_OUTCOMES = 30
# An answer is slow when it takes so many times as long as 99 of 100 of the champion's, and longer than this.
SLOWER = 2.0
SLOW_SECONDS = 0.010
SLOW_SHARE = 0.01


@dataclass(frozen=True)
class Losses:
    """What a version's predictions missed where outcomes are known: of numbers |prediction − outcome|, of classes 0 or
    1; how many, their mean and their variance.
    """

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True)
class Facts:
    """What is known of a stage: the champion's figures since the release began, the new version's in this stage, and
    the losses of both since the release began. `candidate` is None while no server has loaded it for the stage.
    """

    champion: Figures = field(default_factory=Figures)
    candidate: Figures | None = None
    champion_losses: Losses = field(default_factory=Losses)
    candidate_losses: Losses = field(default_factory=Losses)


@dataclass(frozen=True)
class Ruling:
    """What is to be done: `wait`, go `on` to the next stage, or take the version `back`; why; and the numbers."""

    word: Literal["wait", "on", "back"]
    reason: str
    figures: Mapping[str, float]


def rule(release: Release, facts: Facts, now: datetime) -> Ruling:
    """Return what a release's stage comes to.

    Errors, latency and outcomes take a version back at any moment; that it goes on is told at the stage's end, where
    agreement is judged too.
    """
    candidate = facts.candidate
    figures = _figures(release, facts)
    if candidate is None:
        return Ruling("wait", f"waits for a server to load version {release.version}", figures)
    worse = alarm(release, facts) or missing(release, facts)
    if worse:
        return Ruling("back", worse, figures)
    if release.stage.name == "smoke":
        return Ruling("on", _told(release, facts), figures)
    rest = release.since + release.bake_time - now
    if rest.total_seconds() > 0:
        whole = timedelta(seconds=math.ceil(rest.total_seconds()))
        return Ruling("wait", f"{duration_text(whole)} to go; {_told(release, facts)}", figures)
    missing_rows = release.min_rows - candidate.asked
    if missing_rows > 0:
        return Ruling("wait", f"waits for {missing_rows:,} more requests; {_told(release, facts)}", figures)
    apart = disagreeing(release, facts)
    return Ruling("back", apart, figures) if apart else Ruling("on", _told(release, facts), figures)


def alarm(release: Release, facts: Facts) -> str | None:
    """Return why a version must go at once, by what the workers count; None without a reason."""
    return _smoke(release, facts) or failing(release, facts) or slow(release, facts)


def failing(release: Release, facts: Facts) -> str | None:
    """Return why the new version fails too many requests, or None."""
    champion, candidate = facts.champion, facts.candidate
    if candidate is None or candidate.asked < FEWEST_ASKED:
        return None
    least = least_difference(candidate.failed, candidate.asked, champion.failed, champion.asked, SURE)
    if least <= FAILING_MORE:
        return None
    return f"{_failed(release.version, candidate)}, {_failed(release.champion, champion)}"


def slow(release: Release, facts: Facts) -> str | None:
    """Return why the new version is too slow, or None: more than one answer of a hundred is slow."""
    champion, candidate = facts.champion, facts.candidate
    usual = champion.quantile(0.99)
    if candidate is None or usual is None or sum(champion.times) < FEWEST_TIMED:
        return None
    answers = sum(candidate.times)
    if answers < FEWEST_TIMED:
        return None
    bound = max(SLOWER * usual, SLOW_SECONDS)
    slower = candidate.slower_than(bound)
    if wilson(slower, answers, SURE)[0] <= SLOW_SHARE:
        return None
    return (
        f"version {release.version} took longer than {_ms(bound)} for {slower:,} of {answers:,} answers; "
        f"99 of 100 answers of version {release.champion} take at most {_ms(usual)}"
    )


def missing(release: Release, facts: Facts) -> str | None:
    """Return why the new version's predictions miss the outcomes by more than the champion's, or None."""
    champion, candidate = facts.champion_losses, facts.candidate_losses
    interval = loss_difference(champion, candidate, SURE_OF_OUTCOMES)
    if interval is None or interval[0] <= 0:
        return None
    return (
        f"{_losses(release, candidate, release.version)}, {_losses(release, champion, release.champion)}: "
        f"worse by {interval[0]:.4g} to {interval[1]:.4g}"
    )


def disagreeing(release: Release, facts: Facts) -> str | None:
    """Return why the new version agrees with the champion too little, or None. Better outcomes excuse it."""
    found = agreement(release, facts.candidate)
    if found is None or release.stage.name != SHADOW or not release.min_agreement or found >= release.min_agreement:
        return None
    interval = loss_difference(facts.champion_losses, facts.candidate_losses, BETTER)
    if interval is not None and interval[1] < 0:
        return None
    outcomes = "and no outcomes show it to be better" if interval is None else "and its outcomes are not better"
    return (
        f"version {release.version} agrees with version {release.champion} by {found:.3g}, "
        f"where {release.min_agreement:g} is asked for, {outcomes}"
    )


def agreement(release: Release, candidate: Figures | None) -> float | None:
    """Return how far a version agrees with the champion, at most 1; None where that cannot be said.

    Of classes the share of equal predictions; of numbers 1 − root mean squared difference / standard deviation of the
    champion's predictions, where these are not all the same.
    """
    if candidate is None or not candidate.compared or release.outcome is None:
        return None
    count = candidate.compared
    if release.outcome == "class":
        return candidate.equal / count
    mean = candidate.total / count
    spread = math.sqrt(max(candidate.squares / count - mean * mean, 0.0))
    apart = math.sqrt(candidate.gap / count)
    return 1 - apart / spread if spread > 1e-9 * abs(mean) else None


def wilson(failures: int, trials: int, sure: float) -> tuple[float, float]:
    """Return the interval of a share by E. B. Wilson (JASA 22, 1927); of no trials, all of [0, 1]."""
    if not trials:
        return 0.0, 1.0
    share, square = failures / trials, sure * sure
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = sure / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def least_difference(failures: int, trials: int, others: int, other_trials: int, sure: float) -> float:
    """Return the lower end of the interval of the difference of two shares, by R. G. Newcombe's tenth method
    (Statistics in Medicine 17, 1998). Of others that nobody tried it is assumed that none failed.
    """
    share = failures / trials
    low = wilson(failures, trials, sure)[0]
    if not other_trials:
        return low
    other = others / other_trials
    high = wilson(others, other_trials, sure)[1]
    return share - other - math.sqrt((share - low) ** 2 + (high - other) ** 2)


def loss_difference(champion: Losses, candidate: Losses, sure: float) -> tuple[float, float] | None:
    """Return the interval of the difference of mean losses, candidate − champion, by B. L. Welch (Biometrika 34, 1947)
    with the normal distribution; None where either is of too few outcomes.
    """
    if min(champion.count, candidate.count) < FEWEST_OUTCOMES:
        return None
    difference = candidate.mean - champion.mean
    half = sure * math.sqrt(champion.variance / champion.count + candidate.variance / candidate.count)
    return difference - half, difference + half


def _smoke(release: Release, facts: Facts) -> str | None:
    """Return why the requests of the past speak against a version: it must answer every one that the champion does."""
    candidate = facts.candidate
    if release.stage.name != "smoke" or candidate is None or not candidate.failed:
        return None
    return (
        f"version {release.version} could not answer {candidate.failed:,} of the {candidate.asked:,} newest requests "
        f"that version {release.champion} can"
    )


def _told(release: Release, facts: Facts) -> str:
    """Return the figures of a stage in words."""
    candidate = facts.candidate or Figures()
    asked = "1 request" if candidate.asked == 1 else f"{candidate.asked:,} requests"
    parts = [f"{asked}, {candidate.failed:,} failed"]
    usual, its = facts.champion.quantile(0.99), candidate.quantile(0.99)
    if its is not None:
        against = f" against {_ms(usual)}" if usual is not None else ""
        parts.append(f"p99 {_ms(its)}{against}")
    found = agreement(release, candidate)
    if found is not None:
        parts.append(f"agreement {found:.3g}")
    if loss_difference(facts.champion_losses, facts.candidate_losses, SURE_OF_OUTCOMES) is not None:
        mine, other = facts.candidate_losses, facts.champion_losses
        parts.append(f"{_measure(release)} {mine.mean:.4g} against {other.mean:.4g}")
    return ", ".join(parts)


def _figures(release: Release, facts: Facts) -> dict[str, float]:
    """Return the numbers that a ruling rests on, for the history."""
    candidate = facts.candidate or Figures()
    found: dict[str, float | None] = {
        "asked": candidate.asked,
        "failed": candidate.failed,
        "champion_asked": facts.champion.asked,
        "champion_failed": facts.champion.failed,
        "p99_seconds": candidate.quantile(0.99),
        "champion_p99_seconds": facts.champion.quantile(0.99),
        "agreement": agreement(release, candidate),
        "outcomes": facts.candidate_losses.count,
        "champion_outcomes": facts.champion_losses.count,
    }
    if facts.candidate_losses.count and facts.champion_losses.count:
        found |= {"loss": facts.candidate_losses.mean, "champion_loss": facts.champion_losses.mean}
    return {name: float(value) for name, value in found.items() if value is not None}


def _failed(version: int, figures: Figures) -> str:
    return f"version {version} failed {figures.failed:,} of {figures.asked:,} requests"


def _losses(release: Release, losses: Losses, version: int) -> str:
    return f"version {version} has a {_measure(release)} of {losses.mean:.4g} over {losses.count:,} outcomes"


def _measure(release: Release) -> str:
    return "mean absolute error" if release.outcome == "number" else "share of wrong answers"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2g} ms" if seconds < 0.0995 else f"{seconds * 1000:.0f} ms"
