"""What holidays add to a series, each by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.fitted_series import Floats, HolidayWindow
from penstock.learn.series.frequency import DAY, WEEK, Step, Times
from penstock.learn.series.rough import deviation, rough

LEAST_SPAN = 365
"""How many days a series must span for holidays to be looked at."""
NOT_LOOKED_AT = "The holidays change nothing: they are looked at in daily and weekly series of more than a year."


@dataclass(frozen=True)
class HolidayEffects:
    """The amount of each holiday on each day of its window."""

    windows: tuple[HolidayWindow, ...]
    amounts: tuple[Floats, ...]

    def at(self, times: Times, step: Step) -> dict[str, Floats]:
        """Return what each holiday adds at each time, by its name, each of shape (n,)."""
        found: dict[str, Floats] = {}
        for window, amounts in zip(self.windows, self.amounts, strict=True):
            places = offsets(window, times, step)
            added = np.concatenate([[0.0], amounts])[places + 1]
            found[window.name] = found[window.name] + added if window.name in found else added
        return found


def applies(step: Step, times: Times) -> bool:
    """Return whether holidays are looked at: only in daily and weekly data of more than a year, as in BigQuery."""
    return step.microseconds in {DAY, WEEK} and int(times[-1] - times[0]) > LEAST_SPAN * DAY


def offsets(window: HolidayWindow, times: Times, step: Step) -> NDArray[np.int64]:
    """Return for each time which day of the holiday's window it is, from 0, or -1, shape (n,).

    A week has the holiday if one of its primary dates falls into it: there is one offset then.
    """
    days = np.floor_divide(times, DAY)
    primary = np.unique(window.days.astype("datetime64[D]").astype(np.int64))
    found = np.full(len(times), -1, np.int64)
    if not len(primary):
        return found
    if step.microseconds == WEEK:
        next_one = np.searchsorted(primary, days)
        inside = np.append(primary, np.iinfo(np.int64).max)[next_one] < days + 7
        found[inside] = 0
        return found
    # The nearest primary date wins where two windows of one holiday meet.
    after = np.append(primary, np.iinfo(np.int64).max // 2)[np.searchsorted(primary, days)] - days
    before = days - np.append(np.iinfo(np.int64).min // 2, primary)[np.searchsorted(primary, days, side="right")]
    ahead = after <= np.minimum(window.before, before)
    found[ahead] = window.before - after[ahead]
    late = ~ahead & (before <= window.after)
    found[late] = window.before + before[late]
    return found


def marked(windows: Sequence[HolidayWindow], times: Times, step: Step) -> NDArray[np.bool_]:
    """Return which times belong to a holiday, shape (n,)."""
    found = np.zeros(len(times), np.bool_)
    for window in windows:
        found |= offsets(window, times, step) >= 0
    return found


def estimated(windows: Sequence[HolidayWindow], values: Floats, times: Times, step: Step) -> HolidayEffects:
    """Return the effects: least squares on the days of all windows, of what level and season leave.

    Each holiday is then shrunk by what noise alone would make of so many days (James and Stein, 1961): one that
    does nothing gets nothing, one that does much keeps it.
    """
    inside = marked(windows, times, step)
    if not inside.any() or inside.all():
        return HolidayEffects((), ())
    rest = _beside_other_days(values, inside, step)
    noise = deviation(rest[~inside]) ** 2
    places = [offsets(window, times, step) for window in windows]
    widths = [1 if step.microseconds == WEEK else window.before + window.after + 1 for window in windows]
    begins = np.cumsum([0, *widths])
    design = np.zeros((int(inside.sum()), int(begins[-1])))
    for begin, place in zip(begins, places, strict=False):
        of_days = place[inside]
        rows = np.flatnonzero(of_days >= 0)
        design[rows, begin + of_days[rows]] = 1.0
    weights: Floats = np.asarray(np.linalg.lstsq(design, rest[inside], rcond=None)[0], np.float64)
    amounts: list[Floats] = []
    for begin, place, width in zip(begins, places, widths, strict=False):
        days = np.bincount(place[place >= 0], minlength=width)
        amounts.append(_shrunk(weights[begin : begin + width], days, noise))
    return HolidayEffects(tuple(windows), tuple(amounts))


def _beside_other_days(values: Floats, inside: NDArray[np.bool_], step: Step) -> Floats:
    """Return what is left of each value by the level and the season of the days that are not `inside`."""
    index = np.arange(len(values))
    season = rough(np.where(inside, np.interp(index, index[~inside], values[~inside]), values), step).season
    bridged = np.interp(index, index[~inside], (values - season)[~inside])
    rest: Floats = values - season - rough(bridged + season, step).level
    return rest


def _shrunk(amounts: Floats, days: NDArray[np.int64], noise: float) -> Floats:
    """Return the amounts times the share of them that noise of this variance would not make, on so many days each."""
    power = float(days @ amounts**2)
    share = max(0.0, 1 - max(int((days > 0).sum()) - 1, 1) * noise / power) if power > 0 else 0.0
    shrunk: Floats = share * amounts
    return shrunk
