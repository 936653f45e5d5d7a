"""How often a series is observed: the words for it, and the step from one time to the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
"""Moments in microseconds since 1970, UTC."""

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY


class Frequency(StrEnum):
    """The frequencies that have a name, as DATA_FREQUENCY spells them."""

    PER_MINUTE = "PER_MINUTE"
    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True)
class Step:
    """From one time of a grid to the next: so many months of the calendar, or else so many microseconds.

    `month_end` says that the grid stands on the last day of each month.
    """

    months: int = 0
    microseconds: int = 0
    month_end: bool = False

    @property
    def length(self) -> float:
        """How long the step is on average, in microseconds."""
        return self.months * 365.2425 / 12 * DAY if self.months else float(self.microseconds)

    def times(self, start: int, count: int, first: int = 0) -> Times:
        """Return the moments first, first + 1, … of the grid that begins at `start`, shape (count,)."""
        index = np.arange(first, first + count, dtype=np.int64)
        if not self.months:
            return start + index * self.microseconds
        month, day, rest = _parts(np.array([start], np.int64))
        months = month[0] + index * self.months
        begin = _month_begin(months)
        length = _month_begin(months + 1) - begin
        last = length // DAY - 1
        days = last if self.month_end else np.minimum(day[0], last)
        moments: Times = begin + days * DAY + rest[0]
        return moments

    def index(self, times: Times, start: int) -> NDArray[np.int64]:
        """Return the place of each moment on the grid that begins at `start`: the nearest one, shape (n,)."""
        if not self.months:
            return np.floor_divide(times - start + self.microseconds // 2, self.microseconds)
        begin, _, _ = _parts(np.array([start], np.int64))
        month, _, _ = _parts(times)
        low = np.floor_divide(month - begin[0], self.months)
        choices = np.stack([low - 1, low, low + 1])
        count = int(choices.max() - choices.min()) + 1
        grid = self.times(start, count, int(choices.min()))
        distance = np.abs(grid[choices - choices.min()] - times)
        nearest: NDArray[np.int64] = choices[distance.argmin(axis=0), np.arange(len(times))]
        return nearest


STEPS = {
    Frequency.PER_MINUTE: Step(microseconds=MINUTE),
    Frequency.HOURLY: Step(microseconds=HOUR),
    Frequency.DAILY: Step(microseconds=DAY),
    Frequency.WEEKLY: Step(microseconds=WEEK),
    Frequency.MONTHLY: Step(months=1),
    Frequency.QUARTERLY: Step(months=3),
    Frequency.YEARLY: Step(months=12),
}


def _parts(times: Times) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return months since 1970, the day in the month from 0, and the microseconds in the day."""
    moments = times.astype("datetime64[us]")
    months = moments.astype("datetime64[M]").astype(np.int64)
    days = np.floor_divide(times, DAY)
    day = days - np.floor_divide(_month_begin(months), DAY)
    return months, day, times - days * DAY


def _month_begin(months: NDArray[np.int64]) -> Times:
    return months.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)


def inferred_step(times: Times) -> Step | None:
    """Return the step that most neighbours of `times` (sorted, without duplicates) are apart; None for one moment.

    Months, quarters and years are those of the calendar, whatever their length in days.
    """
    if len(times) < 2:
        return None
    gaps = np.diff(times)
    usual, counts = np.unique(gaps, return_counts=True)
    length = int(usual[counts.argmax()])
    if counts.max() * 2 < len(gaps):
        length = int(np.median(gaps))
    if length < 28 * DAY:
        return Step(microseconds=_round_length(length))
    month, day, _ = _parts(times)
    ends = _on_month_ends(times)
    same_day = (day == np.bincount(day).argmax()).mean() > 0.5
    if not (ends or same_day or len(times) < 4) and counts.max() > 0.9 * len(gaps):
        return Step(microseconds=length)
    months = np.diff(month)
    words, many = np.unique(months[months > 0], return_counts=True)
    if not len(words):
        return Step(microseconds=length)
    return Step(months=int(words[many.argmax()]), month_end=ends)


def on_month_end(step: Step, times: Times) -> Step:
    """Return `step` for these times: a step of months stands on month ends where all of them do."""
    if not step.months:
        return step
    return Step(months=step.months, month_end=_on_month_ends(times))


def _on_month_ends(times: Times) -> bool:
    """Return whether nearly all of the times are on the last day of their month."""
    month, _, _ = _parts(times)
    return bool((_month_begin(month + 1) - times <= DAY).mean() > 0.9)


def _round_length(length: int) -> int:
    """Return the length in whole numbers of the coarsest unit that it nearly is: times are written a moment late."""
    for unit in (WEEK, DAY, HOUR, MINUTE, 1_000_000):
        whole = round(length / unit)
        if whole and abs(length - whole * unit) <= unit // 100:
            return whole * unit
    return length
