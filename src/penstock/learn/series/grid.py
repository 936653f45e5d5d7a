"""A series on a regular grid: duplicates averaged, gaps filled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penstock.learn.series.fitted_series import Floats
from penstock.learn.series.frequency import STEPS, Frequency, Step, Times, inferred_step, on_month_end

MOST_POINTS = 1_000_000
"""The longest series: BigQuery's limit without its decomposition."""

AVERAGED = "rows of the same time were averaged"


@dataclass(frozen=True)
class Grid:
    """A series at every time of its grid, shape (n,); `present` is False where a value was interpolated.

    `rows` says, for each row that was given, its place on the grid, or -1.
    """

    step: Step
    times: Times
    values: Floats
    present: NDArray[np.bool_]
    rows: NDArray[np.int64]
    notes: tuple[str, ...]


def regular(
    times: Times, values: Floats, frequency: Frequency | None, lower: float | None, upper: float | None
) -> Grid | str:
    """Return the series on its grid, or words for why there is none.

    Rows without a finite value, and those at or over a limit, are dropped. The grid begins at the first row left.
    """
    known = np.isfinite(values)
    if lower is not None:
        known &= values > lower
    if upper is not None:
        known &= values < upper
    if not known.any():
        return "no row has a value" if lower is None and upper is None else "no row has a value inside the limits"
    at, of = times[known], values[known]
    # A row without a value still says how often there is one.
    moments = np.unique(times)
    step = inferred_step(moments) if frequency is None else on_month_end(STEPS[frequency], moments)
    if step is None:
        return "all rows have the same time"
    start = int(at.min())
    places = step.index(at, start)
    count = int(places.max()) + 1
    if count > MOST_POINTS:
        return (
            f"from the first time to the last it is {count:,} steps; a series may have {MOST_POINTS:,}; "
            "one time may be wrong, or DATA_FREQUENCY too fine"
        )
    filled, present = _filled(places, of, count)
    rows = np.full(len(times), -1, np.int64)
    rows[known] = places
    notes = _notes(len(at) - int(present.sum()), count - int(present.sum()), len(values) - len(at))
    return Grid(step, step.times(start, count), filled, present, rows, notes)


def again(before: Grid, values: Floats, lower: float | None, upper: float | None) -> Grid | None:
    """Return the grid of another series that has a row at each time of `before` and no other, both in their order.

    None where it must be looked at by itself, since a row was or would be averaged, interpolated or left out.
    """
    if before.notes or not np.isfinite(values).all():
        return None
    if (lower is not None and values.min() <= lower) or (upper is not None and values.max() >= upper):
        return None
    return replace(before, values=values)


def _filled(places: NDArray[np.int64], values: Floats, count: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the mean value at each place, gaps by linear interpolation between their neighbours."""
    many = np.bincount(places, minlength=count)
    present = many > 0
    # A mean of huge numbers must not overflow on the way: each is divided before they are added.
    means = np.bincount(places, weights=values / many[places], minlength=count)
    index = np.arange(count)
    filled: Floats = np.interp(index, index[present], means[present])
    return filled, present


def _notes(duplicates: int, gaps: int, dropped: int) -> tuple[str, ...]:
    words = (
        (duplicates, AVERAGED),
        (gaps, "times without a row were interpolated"),
        (dropped, "rows without a usable value were left out"),
    )
    return tuple(what for count, what in words if count)
