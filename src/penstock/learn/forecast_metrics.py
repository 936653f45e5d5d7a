"""How far forecasts were off, series by series, under the names of ML.EVALUATE."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
FORECAST_METRICS = (
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "mean_absolute_percentage_error",
    "symmetric_mean_absolute_percentage_error",
    "mean_absolute_scaled_error",
)


def forecast_metrics(series: Whole, actual: Floats, forecast: Floats, scales: Floats) -> tuple[Whole, pa.Table]:
    """Return the numbers of the series that are judged, ascending, and a table of FORECAST_METRICS, a row for each.

    `series`, `actual` and `forecast` have shape (n,); rows without either value judge nothing. `scales` holds of each
    series the mean size of its steps in training, in which the scaled error is measured (Hyndman and Koehler 2006). The
    two percentages are in per cent; a value of 0 has none of the first, and counts 0 in the second when forecast.
    """
    judged = np.isfinite(actual) & np.isfinite(forecast) & (series >= 0)
    numbers, owner = np.unique(series[judged], return_inverse=True)
    value, said = actual[judged], forecast[judged]
    off = np.abs(said - value)
    size, both = np.abs(value), np.abs(value) + np.abs(said)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(size > 0, off / size, np.nan)
        symmetric = np.where(both > 0, 2 * off / both, 0.0)
        scaled = _mean(off, owner, len(numbers)) / scales[numbers]
    squared = _mean(off**2, owner, len(numbers))
    columns = (
        _mean(off, owner, len(numbers)),
        squared,
        np.sqrt(squared),
        100 * _mean(share, owner, len(numbers)),
        100 * _mean(symmetric, owner, len(numbers)),
        scaled,
    )
    arrays = [pa.array(values, pa.float64(), mask=~np.isfinite(values)) for values in columns]
    return numbers, pa.table(arrays, names=list(FORECAST_METRICS))


def _mean(values: Floats, owner: Whole, count: int) -> Floats:
    """Return the mean of the known values of each owner, NaN where there is none."""
    known = np.isfinite(values)
    number = np.bincount(owner[known], minlength=count)
    sums = np.bincount(owner[known], values[known], count)
    means: Floats = np.where(number > 0, sums / np.where(number > 0, number, 1), np.nan)
    return means
