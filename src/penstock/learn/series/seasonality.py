"""Which seasons a series has, what they add to it, and how they go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.frequency import DAY, HOUR, WEEK, Step
from penstock.learn.series.loess import smooth
from penstock.learn.series.stl import odd_at_least, several

CYCLES = {
    "daily": float(DAY),
    "weekly": float(WEEK),
    "monthly": 365.2425 / 12 * DAY,
    "quarterly": 365.2425 / 4 * DAY,
    "yearly": 365.2425 * DAY,
}
SEASONALITIES = tuple(CYCLES)
"""The names of the seasons, shortest first."""
SEASON_WINDOW = 35
"""How many cycles one point of a season is smoothed over: many, so that noise does not move it."""
CONFIDENCE = 1.645
"""A season is there when its autocorrelation exceeds so many standard errors, as in the Theta method's test."""
LONG_PERIOD = 24
"""The longest cycle that shows in the differences from step to step."""
STRICT, LONG_CYCLES = 2.33, 4
"""What a longer one must exceed in the differences, and how often it must be seen for that."""
LONG_BOUND = 0.95
"""What the correlation of a long cycle with the one before must exceed, times the root of the number of cycles."""


CALM_PERIOD = 52
"""From so many steps on, a cycle seen fewer than CALM_CYCLES times is smoothed, to about CALM_POINTS numbers."""
CALM_CYCLES = 8
CALM_POINTS = 26


@dataclass(frozen=True)
class Seasonal:
    """The seasons of a series: the names, the periods in steps, and each one's part on the fitting scale.

    `multiplicative` says that the parts are logarithms of factors on the trend, not amounts beside it.
    """

    names: tuple[str, ...]
    periods: tuple[int, ...]
    parts: tuple[Floats, ...]
    multiplicative: bool

    @property
    def parameters(self) -> int:
        """How many numbers of the data the seasons have used up, at the most."""
        whole = sum(_points(period, len(part)) for period, part in zip(self.periods, self.parts, strict=True))
        return whole - len(self.periods)

    def ahead(self, count: int) -> Seasonal:
        """Return the seasons of the next `count` steps: the last cycle again, which is what ETS makes of a part
        without trend that loess has smoothed.
        """
        index = np.arange(count)
        parts = tuple(part[-period:][index % period] for part, period in zip(self.parts, self.periods, strict=True))
        return Seasonal(self.names, self.periods, parts, self.multiplicative)

    def doubt(self, count: int) -> Floats:
        """Return the variance of the seasons of the next `count` steps, in that of one point's noise, shape (count,).

        Each number of a cycle is a mean over the cycles seen, and may move as far again from one cycle to the next.
        """
        cycles = np.arange(count)[:, None] // np.array(self.periods, np.int64) + 1
        known = np.array(
            [_points(period, len(part)) / len(part) for period, part in zip(self.periods, self.parts, strict=True)]
        )
        spread: Floats = cycles @ known if self.periods else np.zeros(count)
        return spread

    def without(self, values: Floats) -> Floats:
        """Return the values less their seasons, shape (n,)."""
        total = self._total(len(values))
        return values / np.exp(total) if self.multiplicative else values - total

    def factor(self, count: int) -> Floats:
        """Return what a deviation of the trend is multiplied by at each step, shape (count,)."""
        return np.exp(self._total(count)) if self.multiplicative else np.ones(count)

    def amounts(self, trend: Floats) -> dict[str, Floats]:
        """Return what each season adds to the trend, in the data's unit; the parts and the trend add up."""
        if not self.multiplicative:
            return dict(zip(self.names, self.parts, strict=True))
        found = {}
        level = trend
        for name, part in zip(self.names, self.parts, strict=True):
            found[name] = level * np.expm1(part)
            level = level + found[name]
        return found

    def _total(self, count: int) -> Floats:
        return sum(self.parts, np.zeros(count))


def periods_of(step: Step, n: int, names: Sequence[str]) -> dict[str, int]:
    """Return the period in steps of each season that a series of n such steps can have, shortest first.

    A cycle must hold two steps at least and be seen twice. Only those of `names` are looked at.
    """
    found = {}
    for name, length in CYCLES.items():
        period = round(length / step.length)
        if name in names and period >= 2 and n >= 2 * period and abs(period - length / step.length) < 0.25 * period:
            found[name] = period
    return found


def unsuited(step: Step, n: int, names: Sequence[str] | None) -> tuple[str, ...]:
    """Return what to tell of the seasons asked for that a series of n such steps cannot have: a sentence, or none."""
    possible = periods_of(step, n, SEASONALITIES)
    wrong = [name.upper() for name in names or () if name not in possible]
    if not wrong:
        return ()
    others = ", ".join(name.upper() for name in possible) or "none"
    what = f"no season {' and '.join(wrong)}: a season must last two steps at least and be seen twice"
    return (f"{what}; those that this is so of: {others}",)


def looked_for(step: Step) -> tuple[str, ...]:
    """Return the seasons that are looked for by themselves: a quarter that is part of a year is no season more."""
    if step.length < HOUR:
        return ("daily", "weekly")
    if step.length < DAY:
        return ("daily", "weekly", "yearly")
    return ("weekly", "monthly", "yearly") if step.length < WEEK else ("yearly",)


def decomposed(values: Floats, step: Step, names: Sequence[str] | None) -> Seasonal:
    """Return the seasons of a series without gaps, spikes and steps.

    `names` None: those that show (`shows`); else all of them that its length allows.
    """
    known = periods_of(step, len(values), looked_for(step) if names is None else names)
    if names is None:
        known = _shown(values, known)
    if not known:
        return Seasonal((), (), (), multiplicative=False)
    periods = list(known.values())
    windows = [SEASON_WINDOW] * len(periods)
    plain = _calm(several(values, periods, windows), periods)
    multiplicative = False
    parts = plain
    if values.min() > 0:
        logs = _calm(several(np.log(values), periods, windows), periods)
        nothing = np.zeros(len(values))
        factor, amount = np.exp(sum(logs, nothing)), sum(plain, nothing)
        multiplicative = _roughness(values / factor, factor) < _roughness(values - amount, np.ones(len(values)))
        parts = logs if multiplicative else plain
    return Seasonal(tuple(known), tuple(periods), tuple(parts), multiplicative)


def _calm(parts: Sequence[Floats], periods: Sequence[int]) -> list[Floats]:
    """Return the parts, long ones of few cycles smoothed along themselves: a year over a fortnight.

    Each of their points would else hold the noise of its own few days.
    """
    return [
        part
        if _points(period, len(part)) == period
        else smooth(part[:, None], odd_at_least(period / CALM_POINTS), 1)[:, 0]
        for part, period in zip(parts, periods, strict=True)
    ]


def _points(period: int, n: int) -> int:
    """Return how many numbers one cycle consists of, of a series of n points."""
    return CALM_POINTS if period >= CALM_PERIOD and n < CALM_CYCLES * period else period


def shows(values: Floats, period: int) -> bool:
    """Return whether the series repeats itself every `period` steps.

    By the autocorrelation of its differences at that lag. A long cycle must pass a stricter bound, or show in its
    twelfths (`_shows_long`).
    """
    long = period > LONG_PERIOD
    rest = np.diff(values)
    rest = rest - rest.mean()
    n = len(rest)
    power = float(rest @ rest)
    if n <= period or not power > 0:
        return False
    correlation = _autocovariances(rest, period) / power
    bound = (STRICT if long else CONFIDENCE) * np.sqrt((1 + 2 * float(np.sum(correlation[:-1] ** 2))) / n)
    if correlation[-1] > bound and (not long or n >= LONG_CYCLES * period):
        return True
    return long and _shows_long(values, period)


def _autocovariances(values: Floats, lags: int) -> Floats:
    """Return the sums of products at the lags 1 … lags, shape (lags,), by the fast Fourier transform."""
    size = 1 << int(len(values) + lags).bit_length()
    spectrum = np.fft.rfft(values, size)
    products: Floats = np.fft.irfft(spectrum * spectrum.conj(), size)[1 : lags + 1]
    return products


def _shows_long(values: Floats, period: int) -> bool:
    """Return whether the means of twelfths of a cycle go with those one cycle before.

    From one step to the next a long cycle hardly moves, so its differences would show nothing but noise. A slow
    trend is taken off first. The bound is what 19 of 20 random walks and autoregressions of so many cycles keep to.
    """
    block = period // 12
    whole = len(values) // block
    means = values[len(values) - whole * block :].reshape(whole, block).mean(axis=1)
    lag = round(period / block)
    rest = means - smooth(means[:, None], odd_at_least(1.5 * lag), 1)[:, 0]
    later, before = rest[lag:] - rest[lag:].mean(), rest[:-lag] - rest[:-lag].mean()
    power = np.sqrt(float(later @ later) * float(before @ before))
    bound = LONG_BOUND / np.sqrt(len(values) / period)
    return bool(power > 0 and float(later @ before) / power > bound)


def _shown(values: Floats, known: dict[str, int]) -> dict[str, int]:
    """Return the seasons that show, each looked for in what the shorter ones leave."""
    found: dict[str, int] = {}
    rest = values
    for name, period in known.items():
        if shows(rest, period):
            found[name] = period
            parts = several(values, list(found.values()), [SEASON_WINDOW] * len(found))
            rest = values - sum(parts, np.zeros(len(values)))
    return found


def _roughness(rest: Floats, factor: Floats) -> float:
    """Return how much what the season leaves moves from step to step, in the data's unit."""
    moves = np.diff(rest) * factor[1:]
    return float(moves @ moves)
