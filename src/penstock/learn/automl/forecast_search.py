"""Forecasts of many series by several methods, weighed by what each said at earlier origins, within a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.automl.backtest import Origins, origins_of
from penstock.learn.automl.backtest_record import Backtests, backtests_of
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.forecast_member import (
    ARIMA,
    MEMBERS,
    QUICK,
    SEASONAL_NAIVE,
    TREES,
    USUAL_CYCLE,
    ArimaSaid,
    GridSeries,
    cut_panel,
    in_order,
    times_of,
)
from penstock.learn.automl.forecast_spread import standard_errors
from penstock.learn.automl.forecast_weight import forecast_weights
from penstock.learn.automl.lag_tree import lag_trees
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.series.fit import fit_series
from penstock.learn.series.fitted_series import HolidayWindow, SeriesSettings
from penstock.learn.series.panel import Said

Floats = NDArray[np.float64]


@dataclass
class Tally:
    """What the search did, over all parts of the table: seconds of each method, and why it was left out of how many."""

    seconds: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    series: int = 0

    def spend(self, member: str, begun: float) -> None:
        self.seconds[member] = self.seconds.get(member, 0.0) + time.perf_counter() - begun

    def leave_out(self, member: str, why: str, count: int) -> None:
        reasons = self.left_out.setdefault(member, {})
        reasons[why] = reasons.get(why, 0) + count


@dataclass(frozen=True)
class Ensembles:
    """What is found for s series: for each method what it says (None where it was not asked), weights (s, m), the
    spread of what comes (s, horizon), and what the backtests told.
    """

    said: tuple[Said | None, ...]
    arima: tuple[ArimaSaid | None, ...]
    weights: Floats
    spread: Floats
    backtests: Backtests


WANT_OF_TIME = "for want of time"
TOO_FEW_ROWS = "too few rows"
ALWAYS = (SEASONAL_NAIVE, USUAL_CYCLE)
PROBED = 100
MOST_REACH = 10.0
"""A forecast that leaves the range of the series by more than so many times the range is a method gone astray."""


@dataclass(frozen=True)
class ForecastSearch:
    """How every series is forecast: the settings of ARIMA_PLUS, the metric that is to be least, and the time."""

    settings: SeriesSettings
    holidays: Sequence[HolidayWindow]
    metric: str
    budget: Budget
    tally: Tally
    seed: int
    threads: int

    def run(self, series: Sequence[GridSeries], scale: Floats, share: float) -> Ensembles:
        """Search for the ensembles of series of one season; `scale` (s,) is the mean size of their steps.

        `share` is the part of the time left that this part of the table may take.
        """
        self.tally.series += len(series)
        until = self.budget.spent + max(self.budget.left, 0.0) * share
        horizon = self.settings.horizon
        origins = [origins_of(len(one.values), one.season.period, horizon) for one in series]
        count = max(len(each.cuts) for each in origins)
        reach = max(each.reach for each in origins)
        actual = _actual(series, origins, count, reach)
        said: list[Said | None] = [None] * len(MEMBERS)
        forecasts = np.zeros((len(MEMBERS), count, len(series), reach))
        present = np.zeros((len(series), len(MEMBERS)), np.bool_)
        bounds = _bounds(series)
        for place, member in enumerate(MEMBERS[:-1]):
            begun = time.perf_counter()
            found = self._asked(member, series, origins, forecasts[place], until)
            self.tally.spend(member, begun)
            if found is not None:
                said[place] = found
                present[:, place] = _plausible(found.path[:, -horizon:], *bounds)
        arima = self._arima(series, origins, forecasts[-1], until)
        present[:, -1] = [one is not None for one in arima]
        for part, column in zip(forecasts, present.T, strict=True):
            for then, came in zip(part, actual, strict=True) if reach else ():
                column &= _plausible(np.where(np.isnan(came), bounds[0], then), *bounds)
        forecasts = np.where(np.isfinite(forecasts), forecasts, 0.0)
        weights = forecast_weights(forecasts, actual, scale, self.metric, present)
        mixed = self._of_other_origins(forecasts, actual, scale, present)
        one_step = np.array([_one_step(one, row, horizon, weights, said, arima) for row, one in enumerate(series)])
        spread = standard_errors(mixed - actual, one_step, horizon)
        numbers = [one.number for one in series]
        both = (forecasts, mixed)
        backtests = backtests_of(numbers, both, actual, scale, weights, present, one_step, self.metric)
        return Ensembles(tuple(said), arima, weights, spread, backtests)

    def _asked(
        self, member: str, series: Sequence[GridSeries], origins: Sequence[Origins], into: Floats, until: float
    ) -> Said | None:
        """Ask a quick method or the trees at each origin, which fills `into` (k, s, h), and of what comes."""
        count, _, reach = into.shape
        if member not in ALWAYS and self._now() + self._expected(member, series) * (count + 1) > until:
            self.tally.leave_out(member, WANT_OF_TIME, len(series))
            return None
        begun = self.budget.spent
        for place in range(count):
            cuts = [own.cuts[min(place, len(own.cuts) - 1)] if own.cuts else 0 for own in origins]
            found = self._once(member, series, cuts, reach, until, count + 1 - place)
            if found is None:
                return None
            into[place] = found.path[:, found.path.shape[1] - reach :]
            took = (self.budget.spent - begun) / (place + 1)
            if member not in ALWAYS and self._now() + took * (count - place) > until:
                self.tally.leave_out(member, WANT_OF_TIME, len(series))
                return None
        return self._once(member, series, [0] * len(series), self.settings.horizon, until, 1)

    def _of_other_origins(self, forecasts: Floats, actual: Floats, scale: Floats, present: NDArray[np.bool_]) -> Floats:
        """Return what the ensemble says at each origin (k, s, h) by the weights that the other origins give it.

        Weights that were chosen on an origin would make it look better, and the spread too small.
        """
        found = np.zeros(actual.shape)
        for origin in range(len(actual)):
            others = [place for place in range(len(actual)) if place != origin]
            weights = forecast_weights(forecasts[:, others], actual[others], scale, self.metric, present)
            found[origin] = np.einsum("sm,msh->sh", weights, forecasts[:, origin])
        return found

    def _now(self) -> float:
        """Return the seconds that are spent: without end once the search is to stop."""
        return math.inf if self.budget.stopped() else self.budget.spent

    def _expected(self, member: str, series: Sequence[GridSeries]) -> float:
        """Return how many seconds a quick method may take for all series, by what a few take."""
        if member not in QUICK or len(series) < 2 * PROBED:
            return 0.0
        some = [series[place] for place in range(0, len(series), len(series) // PROBED)]
        begun = self.budget.spent
        QUICK[member](cut_panel(some, [0] * len(some)), 1)
        return (self.budget.spent - begun) * len(series) / len(some)

    def _once(
        self, member: str, series: Sequence[GridSeries], cuts: Sequence[int], horizon: int, until: float, fits: int
    ) -> Said | None:
        """Ask once; trees are given up where there is no time for so many `fits`, this one the first."""
        panel = cut_panel(series, cuts)
        if member in QUICK:
            return in_order(QUICK[member](panel, horizon), panel)
        times = times_of(series, panel, cuts, horizon)
        begun = self.budget.spent
        seen: list[tuple[float, float]] = []

        def goes_on(share: float) -> bool:
            """Say whether there is time for this model, and for those of the other origins as it seems."""
            now = self.budget.spent
            seen.append((share, now))
            first, then = seen[0]
            # The rows have been put together before the first tree; what follows goes on evenly.
            whole = now - begun + ((now - then) * (1 - share) / (share - first) if share > 0.1 else 0.0)
            return self._now() < until and begun + whole * fits <= until

        try:
            found = lag_trees(panel, times, horizon, self.seed, self.threads, goes_on)
        except OutOfTime:
            self.tally.leave_out(TREES, WANT_OF_TIME, len(series))
            return None
        if found is None:
            self.tally.leave_out(TREES, TOO_FEW_ROWS, len(series))
            return None
        return in_order(found, panel)

    def _arima(
        self, series: Sequence[GridSeries], origins: Sequence[Origins], into: Floats, until: float
    ) -> tuple[ArimaSaid | None, ...]:
        """Ask ARIMA_PLUS of one series after another for as long as there is time; `into` (k, s, h) is filled."""
        begun = time.perf_counter()
        found: list[ArimaSaid | None] = []
        slowest = 0.0
        late = 0
        for first in range(0, len(series), self.threads):
            rows = range(first, min(first + self.threads, len(series)))
            asked = self.budget.spent
            if self._now() + 1.2 * slowest > until:
                late = len(series) - first
                found += [None] * late
                break
            found += each(lambda row: self._arima_of(series[row], origins[row], until), rows, self.threads)
            slowest = max(slowest, self.budget.spent - asked)
        for row, one in enumerate(found):
            if one is not None:
                into[: len(one.backtests), row, : one.backtests.shape[1]] = one.backtests
        without = found.count(None) - late
        if late:
            self.tally.leave_out(ARIMA, WANT_OF_TIME, late)
        if without:
            self.tally.leave_out(ARIMA, "it could not be fitted, or not in time", without)
        self.tally.spend(ARIMA, begun)
        return tuple(found)

    def _arima_of(self, one: GridSeries, origins: Origins, until: float) -> ArimaSaid | None:
        said = np.full((len(origins.cuts), origins.reach), np.nan)
        begun = self.budget.spent
        for place, cut in enumerate(origins.cuts):
            left = len(origins.cuts) + 1 - place
            took = (self.budget.spent - begun) / max(place, 1)
            if self._now() + took * left > until:
                return None
            short = replace(self.settings, horizon=origins.reach, decompose=False)
            known = one.recent(cut)
            fitted = fit_series(known.times, known.values, short, self.holidays)
            if fitted.forecast is None:
                return None
            said[place] = fitted.forecast.value
        known = one.recent(0)
        final = fit_series(known.times, known.values, replace(self.settings, decompose=True), self.holidays)
        if final.forecast is None or not np.isfinite(final.forecast.value).all():
            return None
        return ArimaSaid(said, final)


def _bounds(series: Sequence[GridSeries]) -> tuple[Floats, Floats]:
    """Return between what numbers every forecast of each series must be to be believed, (s, 1) each."""
    least = np.array([one.values.min() for one in series])[:, None]
    most = np.array([one.values.max() for one in series])[:, None]
    far = MOST_REACH * (most - least) + 1e-9 * (np.abs(most) + np.abs(least))
    return least - far, most + far


def _plausible(forecast: Floats, least: Floats, most: Floats) -> NDArray[np.bool_]:
    """Return of which series (s,) a forecast (s, h) is finite and between bounds."""
    with np.errstate(invalid="ignore"):
        found: NDArray[np.bool_] = np.all((forecast >= least) & (forecast <= most), axis=1)
    return found


def _actual(series: Sequence[GridSeries], origins: Sequence[Origins], count: int, reach: int) -> Floats:
    """Return what came after each origin, (k, s, h), NaN for what was interpolated or is beyond the reach."""
    found = np.full((count, len(series), reach), np.nan)
    for row, (one, own) in enumerate(zip(series, origins, strict=True)):
        values = np.where(one.grid.present, one.grid.values, np.nan)
        for place, cut in enumerate(own.cuts):
            first = len(values) - cut
            found[place, row, : own.reach] = values[first : first + own.reach]
    return found


def one_step_path(
    one: GridSeries,
    row: int,
    horizon: int,
    weights: Floats,
    said: Sequence[Said | None],
    arima: Sequence[ArimaSaid | None],
) -> tuple[Floats, Floats]:
    """Return what the ensemble said of each value from those before it (n,), NaN where nothing, and what share of the
    weights each method has there (m, n).
    """
    n = len(one.grid.values)
    paths = np.full((len(said), n), np.nan)
    for place, found in enumerate(said):
        if found is not None:
            length = len(one.values)
            end = found.path.shape[1] - horizon
            paths[place, n - length :] = found.path[row, end - length : end]
    own = arima[row]
    if own is not None and own.final.history is not None:
        adjusted = own.final.history.adjusted
        paths[-1, n - len(adjusted) :] = adjusted
    known = ~np.isnan(paths)
    share = weights[row][:, None] * known
    # Where no method with a weight says anything, those without one do.
    bare = share.sum(axis=0) <= 0
    share[:, bare] = known[:, bare]
    total = share.sum(axis=0)
    share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    path = np.where(total > 0, (np.where(known, paths, 0.0) * share).sum(axis=0), np.nan)
    return path, share


def _one_step(
    one: GridSeries,
    row: int,
    horizon: int,
    weights: Floats,
    said: Sequence[Said | None],
    arima: Sequence[ArimaSaid | None],
) -> float:
    path, _ = one_step_path(one, row, horizon, weights, said, arima)
    off = (one.grid.values - path)[one.grid.present]
    off = off[np.isfinite(off)]
    return float(np.sqrt(np.mean(off**2))) if len(off) else 0.0
