"""What backtests told of many series: how far methods and their ensemble were off, from where and how far ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.backtest import METRICS, losses, told
from penstock.learn.automl.forecast_member import MEMBERS, SEASONAL_NAIVE
from penstock.learn.automl.forecast_spread import LEVELS, standard_errors
from penstock.learn.series.fitted_series import intervals

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Json = Any
MOST_STEPS = 60
"""So many steps ahead are told apart at the most; of more, neighbours are put together."""
MOST_NAMED = 5
"""So many series are named as the best, and as the worst."""
_NAIVE = MEMBERS.index(SEASONAL_NAIVE)


@dataclass(frozen=True)
class Backtests:
    """The backtests of s series; a loss is NaN where nothing was judged, and in units of `scale` (s,) as `losses` says.

    `numbers` (s,) are the series' places in the table, `weights` (s, m) those of the methods. `methods` (m, s) holds
    the methods' losses, `origins` (m + 1, k, s) those at each origin, the newest first, the ensemble's last.
    `measures` (metrics, 2, s) by each of METRICS, and `steps` (2, s, h) by steps ahead, hold those of the ensemble and
    of the last cycle again; `held` (levels, s, h) the share of values within the ensemble's intervals.
    """

    numbers: Whole
    scale: Floats
    weights: Floats
    methods: Floats
    origins: Floats
    measures: Floats
    steps: Floats
    held: Floats

    @property
    def ensemble(self) -> Floats:
        """The losses of the ensemble, (metrics, s)."""
        found: Floats = self.measures[:, 0]
        return found


def backtests_of(
    numbers: Sequence[int],
    said: tuple[Floats, Floats],
    actual: Floats,
    scale: Floats,
    weights: Floats,
    present: NDArray[np.bool_],
    one_step: Floats,
    metric: str,
) -> Backtests:
    """Return what the methods (m, k, s, h) and their ensemble (k, s, h), which `said` holds, were beside what came.

    `actual` (k, s, h) is NaN where nothing is judged, `present` (s, m) says which methods a series has, and `one_step`
    (s,) is the ensemble's one-step error in the history.
    """
    forecasts, ensemble = said
    pair = (ensemble, forecasts[_NAIVE])

    def loss(by: str, forecast: Floats, came: Floats) -> Floats:
        known: NDArray[np.bool_] = np.any(~np.isnan(came), axis=(0, 2))
        return np.where(known, losses(by, forecast, came, scale), np.nan)

    methods = np.array([loss(metric, one, actual) for one in forecasts])
    everything = np.concatenate([forecasts, ensemble[None]])
    origins = np.full((len(everything), len(actual), len(scale)), np.nan)
    for place in range(len(actual)):
        origins[:, place] = [loss(metric, one[[place]], actual[[place]]) for one in everything]
    origins[:-1] = np.where(present.T[:, None], origins[:-1], np.nan)
    return Backtests(
        np.array(numbers, np.int64),
        scale,
        weights,
        np.where(present.T, methods, np.nan),
        origins,
        np.array([[loss(name, one, actual) for one in pair] for name in METRICS]),
        np.array([_by_step(metric, one, actual, scale) for one in pair]),
        _held(ensemble, actual, one_step),
    )


def _by_step(metric: str, forecast: Floats, actual: Floats, scale: Floats) -> Floats:
    """Return the loss of each series at each step ahead (s, h), NaN where nothing was judged."""
    k, s, h = actual.shape
    known = np.any(~np.isnan(actual), axis=0)
    each = losses(metric, forecast.reshape(k, s * h, 1), actual.reshape(k, s * h, 1), np.repeat(scale, h))
    return np.where(known, each.reshape(s, h), np.nan)


def _held(ensemble: Floats, actual: Floats, one_step: Floats) -> Floats:
    """Return which share of the values lay within their intervals (levels, s, h), NaN where none was judged.

    The intervals of an origin are as wide as the errors from the other origins ask, so that none is judged by itself;
    of one origin alone nothing is known.
    """
    k, s, h = actual.shape
    held = np.full((len(LEVELS), k, s, h), np.nan)
    for place in range(k) if k > 1 else ():
        others = np.delete(ensemble - actual, place, axis=0)
        spread = standard_errors(others, one_step, h)
        for row, level in enumerate(LEVELS):
            low, high = intervals(ensemble[place], spread, level)
            inside = (low <= actual[place]) & (actual[place] <= high)
            held[row, place] = np.where(np.isnan(actual[place]), np.nan, inside)
    return _mean(held, 1)


def _mean(values: Floats, axis: int) -> Floats:
    """Return the mean of what is known, NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    found: Floats = np.where(count > 0, np.nansum(values, axis=axis) / np.maximum(count, 1), np.nan)
    return found


def score(metric: str, loss: Floats, scale: Floats) -> float | None:
    """Return the mean loss of the series (s,) that were judged in the metric's own unit; None without any."""
    known = np.isfinite(loss)
    return told(metric, loss[known], scale[known]) if known.any() else None


def scores_by_origin(parts: Sequence[Backtests], metric: str) -> list[list[float | None]]:
    """Return the score of each method, and of the ensemble as the last, at each origin, the newest first."""
    count = max((part.origins.shape[1] for part in parts), default=0)
    scale = np.concatenate([part.scale for part in parts])
    found: list[list[float | None]] = []
    for row in range(len(MEMBERS) + 1):
        at = [np.concatenate([_padded(part.origins[row], count, 0)[place] for part in parts]) for place in range(count)]
        found.append([score(metric, loss, scale) for loss in at])
    return found


def as_json(parts: Sequence[Backtests], metric: str, named: Callable[[int], str]) -> dict[str, Json]:
    """Return what a report tells of the backtests, as plain values; `named` gives the name of a series' number."""
    scale = np.concatenate([part.scale for part in parts])
    measures = np.concatenate([part.measures for part in parts], axis=2)
    metrics = [
        {"name": name, "value": score(name, pair[0], scale), "baseline": score(name, pair[1], scale)}
        for name, pair in zip(METRICS, measures, strict=True)
    ]
    ensemble, naive = measures[METRICS.index(metric)]
    judged = np.isfinite(ensemble)
    reach = max(part.steps.shape[2] for part in parts)
    steps = np.concatenate([_padded(part.steps, reach, 2) for part in parts], axis=1)
    held = np.concatenate([_padded(part.held, reach, 2) for part in parts], axis=1)
    return {
        "origins": max(part.origins.shape[1] for part in parts),
        "reach": reach,
        "series": int(judged.sum()),
        "first": named(int(min(part.numbers.min() for part in parts))),
        "better": int((ensemble[judged] < naive[judged]).sum()),
        "metrics": metrics,
        "held": [{"level": level, "share": _share(values)} for level, values in zip(LEVELS, held, strict=True)],
        "steps": _steps(metric, steps, held, scale),
        **_named(parts, metric, named, ensemble, naive),
    }


def _steps(metric: str, steps: Floats, held: Floats, scale: Floats) -> list[dict[str, Json]]:
    found = []
    for few in np.array_split(np.arange(steps.shape[2]), min(steps.shape[2], MOST_STEPS) or 1):
        if not len(few):
            continue
        pair = [score(metric, _mean(side[:, few], 1), scale) for side in steps]
        share = [_share(values[:, few]) for values in held]
        found.append({"step": int(few[-1]) + 1, "score": pair[0], "baseline": pair[1], "held": share})
    return found


def _named(
    parts: Sequence[Backtests], metric: str, named: Callable[[int], str], ensemble: Floats, naive: Floats
) -> dict[str, Json]:
    """Return the series that are forecast best and worst; a single one is the worst."""
    numbers = np.concatenate([part.numbers for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    unit = np.concatenate([part.scale for part in parts]) if metric in ("mae", "rmse") else np.ones(len(numbers))
    judged = np.flatnonzero(np.isfinite(ensemble))
    order = judged[np.lexsort((numbers[judged], (ensemble * unit)[judged]))]
    most = min(MOST_NAMED, len(order) // 2)
    return {
        name: [
            {
                "series": named(int(numbers[row])),
                "number": int(numbers[row]),
                "score": float(ensemble[row] * unit[row]),
                "baseline": float(naive[row] * unit[row]),
                "method": MEMBERS[int(np.argmax(weights[row]))],
            }
            for row in rows
        ]
        for name, rows in (("best", order[:most]), ("worst", order[::-1][:most] if most else order))
    }


def _share(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _padded(values: Floats, count: int, axis: int) -> Floats:
    """Return an array with NaN behind it along an axis, up to so many."""
    missing = list(values.shape)
    missing[axis] = count - values.shape[axis]
    return np.concatenate([values, np.full(missing, np.nan)], axis=axis)
