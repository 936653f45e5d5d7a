"""Boosted trees that say the next value of any series of a panel from its last ones and from the calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.booster import BinnedRows, new_booster
from penstock.learn.series.panel import Panel, Said

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
ROUNDS = 120
LEAST_ROWS, MOST_ROWS = 300, 20_000
ROWS_A_THREAD = 30_000
"""Of fewer rows threads would wait for each other longer than they work."""
STEP, STEP_OF_ONE = 0.03, 0.0008
"""The time of one step ahead, and what each series adds, over that of a tree of MOST_ROWS."""
_LAGS = (1, 2, 3, 4, 5, 6, 7, 8, 12)
_PARAMETERS = {
    "objective": "regression_l1",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    # Trees of a part of the rows and lags each: on seven of eleven sets their forecasts erred less, on average by 1 %.
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "num_iterations": ROUNDS,
}


@dataclass(frozen=True)
class _Frame:
    """Which values a row sees: `lags` steps before, around the mean of the last `width`, in units of `scale` (s,)."""

    lags: tuple[int, ...]
    width: int
    scale: Floats

    @property
    def depth(self) -> int:
        return max(*self.lags, self.width)


def lag_trees(
    panel: Panel, times: Whole, horizon: int, seed: int, threads: int, goes_on: Callable[[float], bool]
) -> Said | None:
    """Return what one model of all series says, step after step, each said value being read as one that came.

    `times` (s, n + horizon) are those of the columns, row by row. `goes_on` is told the share that is done. None
    where the rows are too few. Raises OutOfTime when it says no.
    """
    s, n = panel.values.shape
    frame = _frame(panel)
    matrix, target = _rows(panel, times, frame, seed)
    if len(target) < LEAST_ROWS or not np.ptp(target):
        return None
    names = [f"c{place}" for place in range(matrix.shape[1])]
    table = pa.table([pa.array(np.ascontiguousarray(column)) for column in matrix.T], names=names)
    threads = min(threads, 1 + len(target) // ROWS_A_THREAD)
    parameters = {**_PARAMETERS, "seed": seed, "num_threads": threads}
    # One step for all series takes less than a tree of all rows, by about so much.
    step = (STEP + s * STEP_OF_ONE) * MOST_ROWS / len(target)
    whole = ROUNDS + step * horizon
    booster = new_booster(parameters, BinnedRows(table, target, None, parameters), [])
    for done in range(ROUNDS):
        booster.grow()
        if not goes_on((done + 1) / whole):
            raise OutOfTime
    path = np.concatenate([panel.values, np.empty((s, horizon))], axis=1)
    for ahead in range(horizon):
        at = n + ahead
        known, level = _seen(path, at, frame)
        row = np.concatenate([known, _calendar(times[:, at])], axis=1)
        path[:, at] = level + frame.scale * booster.predict(row, threads=threads)[:, 0]
        if ahead % 16 == 0 and not goes_on((ROUNDS + step * ahead) / whole):
            raise OutOfTime
    path[:, :n] = np.nan
    return Said(path, np.zeros_like(path))


def _frame(panel: Panel) -> _Frame:
    shortest = int((panel.values.shape[1] - panel.starts).min())
    seasonal = [panel.period + place for place in (-1, 0, 1)] if panel.period > 1 else []
    seasonal += [2 * panel.period, panel.long_period] if panel.period > 1 else []
    room = max(shortest - 2, 1)
    lags = tuple(sorted({lag for lag in (*_LAGS, *seasonal) if 0 < lag <= room})) or (1,)
    moves = np.abs(np.diff(panel.values, axis=1))
    mean = np.nansum(moves, axis=1) / np.maximum((~np.isnan(moves)).sum(axis=1), 1)
    return _Frame(lags, min(max(panel.period, 4), room), np.where(mean > 0, mean, 1.0))


def _seen(values: Floats, at: int, frame: _Frame) -> tuple[Floats, Floats]:
    """Return what a row sees of the values before column `at`, (s, lags), and its level (s,)."""
    level = values[:, at - frame.width : at].mean(axis=1)
    before = values[:, [at - lag for lag in frame.lags]]
    return (before - level[:, None]) / frame.scale[:, None], level


def _rows(panel: Panel, times: Whole, frame: _Frame, seed: int) -> tuple[Floats, Floats]:
    n, depth = panel.values.shape[1], frame.depth
    most = max(MOST_ROWS // max(n - depth, 1), 1)
    kept = np.arange(len(panel.starts))
    if len(kept) > most:
        kept = np.sort(np.random.default_rng(seed).choice(kept, most, replace=False))
    first = max(depth, n - max(MOST_ROWS // len(kept), depth))
    parts, targets = [], []
    part = _Frame(frame.lags, frame.width, frame.scale[kept])
    values, starts = panel.values[kept], panel.starts[kept]
    for at in range(first, n):
        rows = int(np.searchsorted(starts, at - depth, side="right"))
        if rows:
            inner = _Frame(part.lags, part.width, part.scale[:rows])
            known, level = _seen(values[:rows], at, inner)
            parts.append(np.concatenate([known, _calendar(times[kept[:rows], at])], axis=1))
            targets.append((values[:rows, at] - level) / inner.scale)
    if not parts:
        return np.empty((0, 1)), np.empty(0)
    return np.concatenate(parts), np.concatenate(targets)


def _calendar(times: Whole) -> Floats:
    """Return month, day of the month, day of the week and hour of moments, (n, 4)."""
    moments = times.astype("datetime64[us]")
    days = moments.astype("datetime64[D]")
    months = moments.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day = (days - months.astype("datetime64[D]")).astype(np.int64)
    week = (days.astype(np.int64) + 3) % 7
    hour = (moments - days).astype(np.int64) // 3_600_000_000
    found: Floats = np.stack([month, day, week, hour], axis=1).astype(np.float64)
    return found
