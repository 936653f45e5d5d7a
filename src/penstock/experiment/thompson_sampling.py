"""Thompson sampling: each variant gets traffic by the chance that it is the best one.

After Thompson (1933); Chapelle and Li, "An empirical evaluation of Thompson sampling" (NeurIPS 2011). Traffic moves in
bounded steps and keeps a floor, so that late outcomes do not decide it all at once and every variant goes on being
measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.experiment.moments import COUNT, SUM, Floats, Moments

_DRAWS = 20_000
# Shares are told to a tenth of a percent.
_DIGITS = 1


def best_chances(variants: Sequence[Moments], *, binary: bool, increase: bool, seed: int, least: int = 30) -> Floats:
    """Return the chance of each variant that its mean is the best one; they add up to 1.

    With values of 0 and 1, one a unit, a mean is drawn from Beta(1 + ones, 1 + zeros); else from a normal with the
    variance of the mean. Below `least` units of any variant all chances are the same.
    """
    if min(float(each.units) for each in variants) < least:
        return np.full(len(variants), 1 / len(variants))
    generator = np.random.default_rng(seed)
    draws = np.stack([_drawn(generator, each, binary=binary) for each in variants])
    best = np.argmax(draws if increase else -draws, axis=0)
    return np.bincount(best, minlength=len(variants)) / _DRAWS


def _drawn(generator: np.random.Generator, variant: Moments, *, binary: bool) -> Floats:
    units, mean = float(variant.units), float(variant.value)
    if binary:
        ones = float(variant.mean[SUM]) * units
        return generator.beta(1 + ones, 1 + max(units - ones, 0.0), _DRAWS)
    spread = variant.covariance
    of_unit = spread[SUM, SUM] - 2 * mean * spread[SUM, COUNT] + mean**2 * spread[COUNT, COUNT]
    error = np.sqrt(max(float(of_unit), 0.0) / units) / float(variant.mean[COUNT])
    return generator.normal(mean, error, _DRAWS)


def next_shares(current: Sequence[float], chances: Floats, *, floor: float, step: float) -> list[float]:
    """Return the next shares in percent: towards the chances, none below `floor`, none moved by more than `step`.

    `current` adds up to 100 and `floor` leaves room for all.
    """
    now = np.asarray(current, dtype=np.float64)
    wanted = floor + (100 - floor * len(now)) * chances
    way = np.abs(wanted - now).max()
    moved = now + (wanted - now) * min(1.0, step / way) if way > 0 else now
    shares = [round(float(share), _DIGITS) for share in moved]
    largest = max(range(len(shares)), key=lambda place: shares[place])
    shares[largest] = round(100 - sum(shares[:largest]) - sum(shares[largest + 1 :]), _DIGITS)
    return shares
