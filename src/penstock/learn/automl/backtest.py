"""Where forecasts of a series are judged: at several of its newest points, as if nothing were known after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST_ORIGINS = 3
METRICS = ("mase", "smape", "mae", "rmse", "wape")


@dataclass(frozen=True)
class Origins:
    """How many of the newest values each origin (k,) does not know, and how many steps ahead are judged from each."""

    cuts: tuple[int, ...]
    reach: int


def origins_of(length: int, period: int, horizon: int) -> Origins:
    """Return the origins of a series: up to three, fewer or none for one that is too short.

    Two cycles stay before each where there are three, and a quarter of the series at the most is forecast from one.
    """
    least = 2 * period + 2 if length >= 3 * period + 2 else max(period + 1, 4)
    reach = min(horizon, (length - least + 1) // 2, max(length // 4, 1))
    if reach < 1:
        return Origins((), 0)
    stride = max(1, reach // 2)
    most = 1 + (length - least - reach) // stride
    return Origins(tuple(reach + stride * k for k in range(min(most, MOST_ORIGINS))), reach)


def losses(metric: str, forecast: Floats, actual: Floats, scale: Floats) -> Floats:
    """Return the loss of each series (s,), in units of `scale` (s,) where the metric has the data's unit.

    `forecast` and `actual` have shape (k, s, h); what is NaN in `actual` is not judged. `mase` is the mean absolute
    error over that of saying that nothing changes from one time to the next (Hyndman and Koehler 2006).
    """
    off = np.abs(forecast - actual)
    known = ~np.isnan(actual)
    count = np.maximum(known.sum(axis=(0, 2)), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric == "smape":
            both = np.abs(actual) + np.abs(forecast)
            found: Floats = np.nansum(np.where(both > 0, 200 * off / both, 0.0) * known, axis=(0, 2)) / count
        elif metric == "wape":
            found = 100 * np.nansum(off, axis=(0, 2)) / np.maximum(np.nansum(np.abs(actual), axis=(0, 2)), 1e-300)
        elif metric == "rmse":
            found = np.sqrt(np.nansum(off**2, axis=(0, 2)) / count) / scale
        else:
            found = np.nansum(off, axis=(0, 2)) / count / scale
    return found


def told(metric: str, loss: Floats, scale: Floats) -> float:
    """Return the mean over the series, in the metric's own unit."""
    return float(np.mean(loss * scale if metric in ("mae", "rmse") else loss))
