"""Rows of other data with those of the sums of a hierarchy added, so that forecasts of sums are judged too."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.forecast_model import ForecastModel, GivenRows
from penstock.learn.hierarchy import parents_of

Whole = NDArray[np.int64]


def with_sums(model: ForecastModel, given: GivenRows) -> GivenRows:
    """Return the rows and, after them, the sums of a hierarchical model at each time at which all their parts have one.

    The parts are the series that have a forecast then. Rows that are of sums already are taken for all there are.
    """
    rolled = model.series.column("rolled_up").to_numpy()
    own = int((~rolled).sum())
    if own == len(rolled) or (given.series >= own).any():
        return given
    owners = model.forecast.column("series").to_numpy().astype(np.int64)
    parts = model.forecast.filter(pa.array(owners < own))
    owners = owners[owners < own]
    times = parts.column("time").cast(pa.int64()).to_numpy()
    places = model.places(parts, given)
    hit = (places >= 0) & np.isfinite(given.values)
    count = np.bincount(places[hit], minlength=len(owners))
    total = np.bincount(places[hit], given.values[hit], len(owners))
    values = np.where(count > 0, total / np.where(count > 0, count, 1), np.nan)
    moments, moment = np.unique(times, return_inverse=True)
    series, when = [given.series], [given.times]
    sums = [given.values]
    for first, parents in _levels(model, own):
        keys, group = np.unique(parents[owners] * len(moments) + moment, return_inverse=True)
        added = np.bincount(group, values, len(keys)).astype(np.float64)
        whole = np.isfinite(added)
        series.append(first + keys[whole] // len(moments))
        when.append(moments[keys[whole] % len(moments)])
        sums.append(added[whole])
    more = sum(len(part) for part in series[1:])
    known = np.concatenate([given.known, np.ones(more, np.bool_)])
    return GivenRows(np.concatenate(series), np.concatenate(when), known, np.concatenate(sums))


def _levels(model: ForecastModel, own: int) -> Iterator[tuple[int, Whole]]:
    """Yield of each level the number of its first sum, and which of its sums each series is part of."""
    base = model.ids.slice(0, own)
    first = own
    while first < model.ids.num_rows:
        # A NULL among the ids of the series themselves is a value like others, and no sum.
        over = [
            name
            for name in base.column_names
            if not base.column(name).null_count and not model.ids.column(name)[first].is_valid
        ]
        ids, parents = parents_of(base, over)
        yield first, parents
        first += ids.num_rows
