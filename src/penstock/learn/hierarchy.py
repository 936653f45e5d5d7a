"""Sums of series over the levels of a hierarchy: bottom-up reconciliation (Hyndman and Athanasopoulos 2021, §11.1).

What is forecast of a sum is the sum of what is forecast of its parts, so that all levels agree. Errors of the parts are
taken to be independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.learn import forecast_file as file
from penstock.learn.series_rows import numbered

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# Columns that tell rows apart or mark them; every other one of history and forecast is a number that adds up.
_KEYS = ("series", "ahead", "time", "present")


def rolled_up(files: Mapping[str, bytes], columns: Sequence[str]) -> dict[str, bytes]:
    """Return the files with the series that are sums over `columns`, id columns from the widest to the narrowest.

    The narrowest is summed over first, then the one before it too, up to all of them; the ids of a sum have NULL there.
    """
    tables = {name: file.read_file(files, name) for name in (file.IDS, file.SERIES, file.FORECAST)}
    if file.HISTORY in files:
        tables[file.HISTORY] = file.read_file(files, file.HISTORY)
    parts = dict(tables)
    grown = {name: [table] for name, table in tables.items()}
    count = parts[file.IDS].num_rows
    for level in range(1, len(columns) + 1):
        ids, parents = parents_of(parts[file.IDS], columns[-level:])
        sums = _summed(parts, parents, ids.num_rows)
        grown[file.IDS].append(ids)
        grown[file.SERIES].append(sums[file.SERIES])
        for name in (file.FORECAST, file.HISTORY):
            if name in sums:
                moved = pc.add(sums[name].column("series"), pa.scalar(count, pa.int32()))
                grown[name].append(sums[name].set_column(0, "series", moved))
        count += ids.num_rows
    return {**files, **{name: file.file_of(pa.concat_tables(found)) for name, found in grown.items()}}


def parents_of(ids: pa.Table, over: Sequence[str]) -> tuple[pa.Table, Whole]:
    """Return the ids of the sums over some columns, and the number of the sum that each series is part of."""
    kept = [name for name in ids.column_names if name not in over]
    parents, firsts = numbered(ids.select(kept), ids.num_rows)
    found = ids.take(pa.array(firsts))
    for name in over:
        kind = found.schema.field(name).type
        found = found.set_column(found.column_names.index(name), name, pa.nulls(len(firsts), kind))
    return found, parents


def _summed(parts: Mapping[str, pa.Table], parents: Whole, count: int) -> dict[str, pa.Table]:
    series, forecast = parts[file.SERIES], parts[file.FORECAST]
    last = np.full(count, np.iinfo(np.int64).min)
    ends = pc.fill_null(series.column("last").cast(pa.int64()), np.iinfo(np.int64).min).to_numpy()
    np.maximum.at(last, parents, ends)
    members = _members(forecast, parents, last)
    found: dict[str, pa.Table] = {}
    naive = np.full(count, np.nan)
    if file.HISTORY in parts:
        found[file.HISTORY], _ = _added(parts[file.HISTORY], parents)
        naive = _naive_errors(found[file.HISTORY], count)
    sums, terms = _added(forecast, parents)
    owner, time = sums.column("series").to_numpy(), sums.column("time").cast(pa.int64()).to_numpy()
    whole = (terms == members[owner]) & (time > last[owner])
    sums, owner = sums.filter(pa.array(whole)), owner[whole]
    begins = np.searchsorted(owner, np.arange(count))
    ahead = np.arange(1, len(owner) + 1) - begins[owner]
    place = sums.column_names.index("ahead")
    found[file.FORECAST] = sums.set_column(place, "ahead", pa.array(ahead, pa.int32()))
    reached = np.bincount(owner, minlength=count) > 0
    found[file.SERIES] = _series(series, parents, count, last, naive, reached)
    return found


def _members(forecast: pa.Table, parents: Whole, last: Whole) -> Whole:
    """Return of how many series each sum is made: one whose forecast ends before the history of the sum is over."""
    reach = np.full(len(parents), np.iinfo(np.int64).min)
    times = forecast.column("time").cast(pa.int64()).to_numpy()
    np.maximum.at(reach, forecast.column("series").to_numpy(), times)
    return np.bincount(parents[reach > last[parents]], minlength=len(last))


def _added(rows: pa.Table, parents: Whole) -> tuple[pa.Table, Whole]:
    """Return the sums of rows of the same parent and time, in that order, and how many rows each is the sum of."""
    owner = parents[rows.column("series").to_numpy()]
    time = rows.column("time").cast(pa.int64()).to_numpy()
    moments, moment = np.unique(time, return_inverse=True)
    keys, group = np.unique(owner * len(moments) + moment, return_inverse=True)
    columns = []
    for field in rows.schema:
        if field.name == "series":
            columns.append(pa.array(keys // max(len(moments), 1), pa.int32()))
        elif field.name == "time":
            columns.append(pa.array(moments[keys % max(len(moments), 1)], field.type))
        elif field.name == "ahead":
            columns.append(pa.nulls(len(keys), field.type))
        elif field.name == "present":
            present = np.bincount(group, rows.column("present").to_numpy(), len(keys))
            columns.append(pa.array(present > 0))
        else:
            values = rows.column(field.name)
            columns.append(_sum(values, group, len(keys), squared=field.name == "standard_error"))
    return pa.table(columns, schema=rows.schema), np.bincount(group, minlength=len(keys))


def _sum(values: pa.ChunkedArray, group: Whole, count: int, *, squared: bool) -> pa.Array:
    """Return the sum of each group, or the root of that of the squares; NULL where all are NULL."""
    known = pc.is_valid(values).to_numpy()
    amounts = pc.fill_null(values, 0.0).to_numpy()
    sums = np.bincount(group, amounts**2 if squared else amounts, count)
    absent = np.bincount(group, known, count) == 0
    return pa.array(np.sqrt(sums) if squared else sums, pa.float64(), mask=absent)


def _naive_errors(history: pa.Table, count: int) -> Floats:
    owner, values = history.column("series").to_numpy(), history.column("observed").to_numpy()
    same = owner[1:] == owner[:-1]
    steps = np.abs(np.diff(values))[same]
    number = np.bincount(owner[1:][same], minlength=count)
    errors: Floats = np.bincount(owner[1:][same], steps, count) / np.where(number, number, np.nan)
    return errors


def _series(
    series: pa.Table, parents: Whole, count: int, last: Whole, naive: Floats, reached: NDArray[np.bool_]
) -> pa.Table:
    order = np.argsort(parents, kind="stable")
    firsts = order[np.searchsorted(parents[order], np.arange(count))]
    base = series.take(pa.array(firsts))
    message = "the series that it is the sum of have no time of their forecasts in common"
    replaced: dict[str, pa.Array] = {
        "rolled_up": pa.array(np.ones(count, np.bool_)),
        "error_message": pa.array([None if found else message for found in reached], pa.string()),
        "standard_error": _sum(series.column("standard_error"), parents, count, squared=True),
        "naive_error": pa.array(naive, pa.float64(), mask=np.isnan(naive)),
        "last": pa.array(last, mask=last == np.iinfo(np.int64).min).view(file.MOMENT),
    }
    for name in ("has_holiday_effect", "has_spikes_and_dips", "has_step_changes"):
        some = np.bincount(parents, pc.fill_null(series.column(name), False).to_numpy(), count)
        replaced[name] = pa.array(some > 0)
    for name, column in replaced.items():
        base = base.set_column(base.column_names.index(name), name, column)
    return base
