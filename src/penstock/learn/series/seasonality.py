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
LONG_PERIOD = 60
"""From so many steps on, a cycle is looked at through this many means, so that noise does not hide it."""
LEAST_LONG = 0.35
"""What the autocorrelation of a long cycle must reach at the least: of few cycles chance makes more."""


@dataclass(frozen=True)
class Seasonal:
    """The seasons of a series: the names, the periods in steps, and each one's part on the fitting scale.

    `multiplicative` says that the parts are logarithms of factors on the trend, not amounts beside it.
    """

    names: tuple[str, ...]
    periods: tuple[int, ...]
    parts: tuple[Floats, ...]
    multiplicative: bool

    def ahead(self, count: int) -> Seasonal:
        """Return the seasons of the next `count` steps: the last cycle again, which is what ETS makes of a part
        without trend that loess has smoothed.
        """
        index = np.arange(count)
        parts = tuple(part[-period:][index % period] for part, period in zip(self.parts, self.periods, strict=True))
        return Seasonal(self.names, self.periods, parts, self.multiplicative)

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


def _looked_for(step: Step) -> tuple[str, ...]:
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
    known = periods_of(step, len(values), _looked_for(step) if names is None else names)
    if names is None:
        known = _shown(values, known)
    if not known:
        return Seasonal((), (), (), multiplicative=False)
    periods = list(known.values())
    windows = [SEASON_WINDOW] * len(periods)
    plain = several(values, periods, windows)
    multiplicative = False
    parts = plain
    if values.min() > 0:
        logs = several(np.log(values), periods, windows)
        nothing = np.zeros(len(values))
        factor, amount = np.exp(sum(logs, nothing)), sum(plain, nothing)
        multiplicative = _roughness(values / factor, factor) < _roughness(values - amount, np.ones(len(values)))
        parts = logs if multiplicative else plain
    return Seasonal(tuple(known), tuple(periods), tuple(parts), multiplicative)


def shows(values: Floats, period: int) -> bool:
    """Return whether the series repeats itself every `period` steps, by the autocorrelation at that lag.

    Taken of the differences, so that a trend is no season. For a long period, of its means over a sixtieth part:
    there the changes from day to day say little about the year.
    """
    lag = period
    least = 0.0
    if period > LONG_PERIOD:
        block = period // LONG_PERIOD
        whole = len(values) // block
        means = values[len(values) - whole * block :].reshape(whole, block).mean(axis=1)
        lag = round(period / block)
        trend = smooth(means[:, None], odd_at_least(1.5 * lag), 1)[:, 0]
        rest = means - trend
        least = LEAST_LONG
    else:
        rest = np.diff(values)
    rest = rest - rest.mean()
    n = len(rest)
    if n <= lag or not rest.any():
        return False
    power = float(rest @ rest)
    correlation = np.array([float(rest[k:] @ rest[: n - k]) / power for k in range(1, lag + 1)])
    # The longest lags have few products: the sum is made good for those that are missing.
    at_lag = correlation[-1] * (n / (n - lag) if least else 1)
    bound = CONFIDENCE * np.sqrt((1 + 2 * float(np.sum(correlation[:-1] ** 2))) / n)
    return bool(at_lag > max(bound if not least else 0.0, least))


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
