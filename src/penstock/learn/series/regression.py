"""The linear part of a series with regressors."""

from __future__ import annotations

import numpy as np

from penstock.learn.series.arima import differences
from penstock.learn.series.fitted_series import Floats, Regression
from penstock.learn.series.grid import Grid


def on_grid(regressors: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Return the regressors at each time of the grid, shape (n, k), and the mean of each column, shape (k,).

    Rows of one time are averaged; what is missing is the column's mean.
    """
    known = np.isfinite(regressors)
    many = known.sum(axis=0)
    means = np.where(known, regressors, 0.0).sum(axis=0) / np.maximum(many, 1)
    filled = np.where(known, regressors, means)
    placed = grid.rows >= 0
    places = grid.rows[placed]
    n = len(grid.values)
    counts = np.bincount(places, minlength=n)
    columns = [np.bincount(places, weights=filled[placed, k], minlength=n) for k in range(regressors.shape[1])]
    table = np.column_stack(columns) / np.maximum(counts, 1)[:, None]
    table[counts == 0] = means
    return table, means


def estimated(values: Floats, design: Floats, means: Floats, l2_reg: float) -> Regression:
    """Return the ridge regression of the series on its regressors.

    Both are differenced first where the series is not level: two things that wander seem to depend on
    each other (Granger and Newbold, 1974). `l2_reg` is added to the sum of squares of each standardised column.
    """
    d = differences(values)
    target, columns = np.diff(values, d), np.diff(design, d, axis=0)
    target = target - target.mean()
    columns = columns - columns.mean(axis=0)
    spread = columns.std(axis=0)
    moving = spread > 1e-12 * np.maximum(np.abs(design).max(axis=0), 1e-300)
    scaled = columns[:, moving] / spread[moving]
    k = scaled.shape[1]
    weights = np.zeros(design.shape[1])
    if k:
        padded = np.concatenate([scaled, np.sqrt(l2_reg) * np.eye(k)])
        found = np.linalg.lstsq(padded, np.concatenate([target, np.zeros(k)]), rcond=None)[0]
        weights[moving] = found / spread[moving]
    return Regression(weights, means)
