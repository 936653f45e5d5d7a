"""Experiments looked at daily: how often they tell a difference where there is none, and find one that is there.

Every run is 14 days of two versions; after each day the interval is computed as `SHOW EXPERIMENT` does, from the
moments of all units so far. A run counts as an alarm when the interval leaves 0 out on any day. For comparison the same
days are looked at with the usual interval of one look, 1.96 standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from benchmarks.measurement import Claim
from penstock.experiment.covariate_adjustment import Difference, centre, difference, estimate, over_strata, slope
from penstock.experiment.moments import Floats, Moments
from penstock.experiment.sample_ratio import SUSPECT, Stretch, sample_ratio_p
from penstock.experiment.sequential_test import mixture_scale, radius, rows_needed

RUNS = 10_000
DAYS = 14
ALPHA = 0.05
LEAST = 100
# So many runs are held in memory at once.
_CHUNK = 500


@dataclass(frozen=True)
class Looks:
    """Differences after each day, of shape (runs, days), and half the width of the intervals."""

    found: Difference
    half: Floats

    @property
    def alarms(self) -> Floats:
        """Whether each run told a difference on any day."""
        with np.errstate(invalid="ignore"):
            return np.any(np.abs(self.found.effect) > self.half, axis=-1)

    @property
    def naive_alarms(self) -> Floats:
        """The same, with the interval of a single look at each day."""
        with np.errstate(invalid="ignore"):
            z = NormalDist().inv_cdf(1 - ALPHA / 2)
            return np.any(np.abs(self.found.effect) > z * np.sqrt(self.found.variance), axis=-1)


Scenario = Callable[[np.random.Generator, int, float], Looks]


def _until_each_day(values: Floats, covariate: Floats) -> Moments:
    """Return the moments of all units up to each day, of shape (runs, days), from values of (runs, days, units)."""
    per_day = values.shape[-1]
    units = np.arange(1, values.shape[1] + 1) * float(per_day)
    columns = (values, np.ones_like(values), covariate)
    mean = np.stack([np.cumsum(each.sum(axis=-1), axis=-1) / units for each in columns], axis=-1)
    second = [[np.cumsum((one * other).sum(axis=-1), axis=-1) / units for other in columns] for one in columns]
    products = np.moveaxis(np.array(second), (0, 1), (-2, -1))
    return Moments(np.broadcast_to(units, mean.shape[:-1]), mean, products - mean[..., :, None] * mean[..., None, :])


def _of_counts(ones: Floats, units: Floats) -> Moments:
    """Return the moments of values of 0 and 1, so many of each."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(units > 0, ones / units, 0.0)
    mean = np.stack([share, np.ones_like(share), np.zeros_like(share)], axis=-1)
    covariance = np.zeros((*share.shape, 3, 3))
    covariance[..., 0, 0] = share * (1 - share)
    return Moments(units, mean, covariance)


def _looked_at(control: Moments, treated: Moments, min_effect: float) -> Looks:
    """Return what is told of moments of shape (runs, days, strata)."""
    steepness = slope([control.pooled(), treated.pooled()])[..., None]
    middle = centre([control, treated])
    one, other = (estimate(each, steepness, middle) for each in (control, treated))
    found = over_strata(difference(one, other), control.units, treated.units, 30)
    enough = np.minimum(control.units.sum(axis=-1), treated.units.sum(axis=-1)) >= LEAST
    found = Difference(found.effect, np.where(enough, found.variance, np.nan))
    return Looks(found, radius(found.variance, mixture_scale(min_effect, ALPHA), ALPHA))


def _one_stratum(moments: Moments) -> Moments:
    return Moments(moments.units[..., None], moments.mean[..., None, :], moments.covariance[..., None, :, :])


CONVERSION = 0.1
CONVERSION_EFFECT = 0.02


def planned_per_day() -> int:
    """Return how many units of each version a day makes of what the plan says for the conversion."""
    spread = [rate * (1 - rate) for rate in (CONVERSION, CONVERSION + CONVERSION_EFFECT)]
    return math.ceil(rows_needed(CONVERSION_EFFECT, spread, (0.5, 0.5), ALPHA) / 2 / DAYS)


def conversion(generator: np.random.Generator, runs: int, effect: float) -> Looks:
    """One in ten converts; as many units as the plan says."""
    per_day = planned_per_day()
    units = np.broadcast_to(np.arange(1, DAYS + 1) * float(per_day), (runs, DAYS))
    ones = [
        np.cumsum(generator.binomial(per_day, rate, (runs, DAYS)), axis=-1).astype(np.float64)
        for rate in (CONVERSION, CONVERSION + effect)
    ]
    control, treated = (_one_stratum(_of_counts(each, units)) for each in ones)
    return _looked_at(control, treated, CONVERSION_EFFECT)


def revenue(generator: np.random.Generator, runs: int, effect: float) -> Looks:
    """Nine in ten buy nothing, the others for a log-normal amount: far from normal."""
    values = [
        generator.lognormal(1.0, 1.0, (runs, DAYS, 150)) * (generator.random((runs, DAYS, 150)) < 0.1) + shift
        for shift in (0.0, effect)
    ]
    control, treated = (_one_stratum(_until_each_day(each, np.zeros_like(each))) for each in values)
    return _looked_at(control, treated, 0.2)


def with_covariate(generator: np.random.Generator, runs: int, effect: float) -> Looks:
    """Half of what varies was known before, and is taken off (CUPED)."""
    pair = []
    for shift in (0.0, effect):
        known = generator.normal(size=(runs, DAYS, 80))
        values = (known + generator.normal(size=known.shape)) / math.sqrt(2) + shift
        pair.append(_one_stratum(_until_each_day(values, known)))
    return _looked_at(pair[0], pair[1], 0.15)


def ramp(generator: np.random.Generator, runs: int, effect: float) -> Looks:
    """The candidate gets 10 %, after three days half, while conversion rises for both from 10 % to 20 %."""
    shares = np.where(np.arange(DAYS) < 3, 0.1, 0.5)
    rates = np.linspace(0.1, 0.2, DAYS)
    strata = np.stack([np.arange(DAYS) < 3, np.arange(DAYS) >= 3], axis=-1).astype(np.float64)
    pair = []
    for part, shift in ((1 - shares, 0.0), (shares, effect)):
        came = np.round(1000 * part).astype(np.int64)
        ones = generator.binomial(came, rates + shift, (runs, DAYS))
        counted = np.cumsum(ones[..., None] * strata, axis=1)
        units = np.broadcast_to(np.cumsum(came[:, None] * strata, axis=0), counted.shape)
        pair.append(_of_counts(counted, units))
    return _looked_at(pair[0], pair[1], CONVERSION_EFFECT)


def bandit(generator: np.random.Generator, runs: int, effect: float) -> Looks:
    """Each day's traffic goes by the chance of being the best so far, at least 5 % to each."""
    rates = (CONVERSION, CONVERSION + effect)
    ones, units = np.zeros((2, runs)), np.zeros((2, runs))
    share = np.full(runs, 0.5)
    days = []
    for _ in range(DAYS):
        second = generator.binomial(2 * planned_per_day(), share)
        came = np.stack([2 * planned_per_day() - second, second])
        ones += np.stack([generator.binomial(count, rate) for count, rate in zip(came, rates, strict=True)])
        units += came
        mean = (ones + 1) / (units + 2)
        error = np.sqrt((mean * (1 - mean) / units).sum(axis=0))
        best = 0.5 * (1 + np.vectorize(math.erf)((mean[1] - mean[0]) / error / math.sqrt(2)))
        share = 0.05 + 0.9 * best
        days.append((ones.copy(), units.copy()))
    scale = mixture_scale(CONVERSION_EFFECT, ALPHA)
    sides = []
    for side in range(2):
        moments = _of_counts(
            np.stack([each[side] for each, _ in days], axis=-1), np.stack([each[side] for _, each in days], axis=-1)
        )
        sides.append(estimate(moments, np.asarray(0.0), np.asarray(0.0)))
    # Each version by an interval of its own, as bandits are told.
    half = sum(radius(np.where(each.units >= LEAST, each.variance, np.nan), scale, ALPHA / 2) for each in sides)
    return Looks(Difference(sides[1].mean - sides[0].mean, sides[0].variance + sides[1].variance), np.asarray(half))


SCENARIOS: Mapping[str, Scenario] = {
    "conversion": conversion,
    "revenue": revenue,
    "with a covariate": with_covariate,
    "a ramp while rates rise": ramp,
    "a bandit": bandit,
}


def alarms(scenario: Scenario, runs: int, effect: float = 0.0, seed: int = 1) -> tuple[float, float]:
    """Return which part of the runs told a difference, and which would have by the interval of a single look."""
    generator = np.random.default_rng(seed)
    told, naive = [], []
    for start in range(0, runs, _CHUNK):
        looks = scenario(generator, min(_CHUNK, runs - start), effect)
        told.append(looks.alarms)
        naive.append(looks.naive_alarms)
    return float(np.concatenate(told).mean()), float(np.concatenate(naive).mean())


def ratio_alarms(runs: int, seed: int = 1) -> float:
    """Return which part of the runs takes shares that were kept for shares that were not, looked at daily."""
    generator = np.random.default_rng(seed)
    came = np.cumsum(generator.binomial(1000, 0.5, (runs, DAYS)), axis=-1)
    suspect = [
        any(
            sample_ratio_p([Stretch((int(first), 1000 * day - int(first)), (50, 50))]) < SUSPECT
            for day, first in enumerate(row, start=1)
        )
        for row in came
    ]
    return float(np.mean(suspect))


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    del folder
    runs = round(RUNS * scale)
    for name, scenario in SCENARIOS.items():
        told, naive = alarms(scenario, runs)
        note = f"{runs:,} A/A runs of {DAYS} daily looks; the interval of one look: {naive:.1%}"
        yield Claim(f"false alarms, {name}:", [100 * told], 100 * ALPHA, unit=" %", note=note)
    found, _ = alarms(conversion, runs, CONVERSION_EFFECT)
    rates = f"{CONVERSION:g} against {CONVERSION + CONVERSION_EFFECT:g}"
    note = f"{2 * DAYS * planned_per_day():,} units, as planned for {rates}"
    yield Claim("power at the stated effect", [100 * found], 80.0, at_least=True, unit=" %", note=note)
    yield Claim(
        "shares taken for wrong", [100 * ratio_alarms(runs)], 100 * SUSPECT, unit=" %", note="told and got 50 %"
    )
