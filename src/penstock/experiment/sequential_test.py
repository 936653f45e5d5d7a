"""Intervals that hold at every moment at once: whoever looks daily, or at each row, errs no more often than alpha.

The boundary is the normal mixture: Robbins (1970), Johari, Koomen, Pekelis and Walsh, "Peeking at A/B tests" (KDD
2017), Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Annals
of Statistics 2021). With variances that are estimated it holds as asymptotic confidence sequences do: Waudby-Smith,
Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (2021).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from penstock.experiment.moments import Floats

POWER = 0.8


@dataclass(frozen=True)
class Interval:
    """An effect and the bounds between which it lies, at every look at once."""

    effect: float
    low: float
    high: float

    def turned(self) -> Interval:
        """Return the interval of the effect the other way round: a gain where less is better."""
        return Interval(-self.effect, -self.high, -self.low)


def mixture_scale(min_effect: float, alpha: float, power: float = POWER) -> float:
    """Return the spread of effects that the boundary is narrowest for: when `min_effect` is to be seen.

    It follows from what was agreed before the first row, so that data cannot choose it.
    """
    return min_effect * math.sqrt(_ripeness(alpha)) / (_boundary(alpha) + NormalDist().inv_cdf(power))


def radius(variance: Floats, scale: float, alpha: float) -> Floats:
    """Return half the width of the interval around an estimate with this variance; NaN where that is NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = scale**2 / np.asarray(variance, dtype=np.float64)
        return np.sqrt(variance * (1 + 1 / ratio) * (np.log1p(ratio) - 2 * math.log(alpha)))


def interval(effect: float, variance: float, scale: float, alpha: float) -> Interval | None:
    """Return the interval of one estimate; None for one whose variance is not known."""
    half = float(radius(np.asarray(variance), scale, alpha))
    return Interval(effect, effect - half, effect + half) if math.isfinite(half) else None


def rows_needed(
    min_effect: float, variances: Sequence[float], shares: Sequence[float], alpha: float, power: float = POWER
) -> float:
    """Return of how many units together an effect of `min_effect` is found with probability `power`, or before.

    `variances` are those of a unit's value with the control and the other variant, `shares` the parts of the units that
    each of them gets.
    """
    information = ((_boundary(alpha) + NormalDist().inv_cdf(power)) / min_effect) ** 2
    return information * sum(spread / share for spread, share in zip(variances, shares, strict=True))


def _ripeness(alpha: float) -> float:
    """Return by how much the variance of the mixture exceeds that of the estimate where the boundary is narrowest
    (Howard et al. 2021, section 3.5, by its usual approximation).
    """
    doubt = -2 * math.log(alpha)
    return doubt + math.log1p(doubt)


def _boundary(alpha: float) -> float:
    """Return the boundary there, in standard errors."""
    ripe = _ripeness(alpha)
    return math.sqrt((1 + 1 / ripe) * (math.log1p(ripe) - 2 * math.log(alpha)))
