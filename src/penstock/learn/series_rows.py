"""The rows of many series in one table, told apart by their id columns and put in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData
from penstock.learn.feature_column import numbers
from penstock.learn.series.frequency import Times, inferred_step

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
UTC = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class SeriesRows:
    """Series after series, each in the order of time.

    `ids` has one row a series, in ascending order, and no column for a single series without one; rows `bounds[s]` to
    before `bounds[s + 1]` of `times` and `values` are those of series s. `order` says which row of the table each was.
    """

    ids: pa.Table
    bounds: Whole
    times: Times
    values: Floats
    order: Whole

    @property
    def count(self) -> int:
        """The number of series."""
        return len(self.bounds) - 1

    def name(self, number: int) -> str:
        """Return the ids of a series in one text; empty for a single series without one."""
        values = (column[number].as_py() for column in self.ids.columns)
        return ", ".join("NULL" if value is None else str(value) for value in values)

    def steps_to(self, owners: Whole, times: Times) -> int:
        """Return how many steps the last of some times, each of the series `owners` says, is after its series' end.

        0 where none is after it. The end is the last known value; a series of one time has no steps.
        """
        latest = np.full(self.count, np.iinfo(np.int64).min)
        np.maximum.at(latest, owners, times)
        most = 0
        for number in np.unique(owners):
            part = slice(self.bounds[number], self.bounds[number + 1])
            moments = self.times[part][np.isfinite(self.values[part])]
            step = inferred_step(np.unique(self.times[part]))
            if step is not None and len(moments) and latest[number] > moments[-1]:
                places = step.index(np.array([moments[-1], latest[number]]), int(moments[0]))
                most = max(most, int(places[1] - places[0]))
        return most


def series_rows(ids: pa.Table, times: pa.ChunkedArray, values: pa.ChunkedArray) -> SeriesRows:
    """Return the rows by series; those whose time is NULL are left out.

    `ids` may have no column, and has as many rows as the others otherwise.
    """
    moments, known = microseconds(times)
    amounts = floats(values)
    codes, firsts = numbered(ids, len(moments))
    kept = np.flatnonzero(known)
    order = kept[np.lexsort((moments[kept], codes[kept]))]
    counts = np.bincount(codes[order], minlength=len(firsts))
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    found = pa.table([_plain(column.take(pa.array(firsts))) for column in ids.columns], names=ids.column_names)
    return SeriesRows(found, bounds, moments[order], amounts[order], order)


def check_columns(ids: pa.Table, times: pa.ChunkedArray, time: str, values: pa.ChunkedArray, value: str) -> None:
    """Raise BadData for a column of times, numbers or ids that is none."""
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type) or pa.types.is_null(times.type)):
        hint = f"CAST it in the query: CAST({time} AS TIMESTAMP)."
        raise BadData.of(f"The column of times {time!r} has the type {times.type}, not a date or time.", hint=hint)
    kind = values.type
    if not (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    ):
        raise BadData.of(f"The column of numbers {value!r} has the type {kind}, not a number.")
    for name, column in zip(ids.column_names, ids.columns, strict=True):
        if not (pa.types.is_integer(column.type) or _is_text(column.type) or pa.types.is_null(column.type)):
            raise BadData.of(
                f"The id column {name!r} has the type {column.type}; series are told apart by texts or whole numbers.",
                hint=_as_text(name, column.type),
            )


def _as_text(name: str, kind: pa.DataType) -> str:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"Make it one text in the query: ARRAY_TO_STRING({name}, ',') AS {name}."
    return f"CAST it in the query: CAST({name} AS VARCHAR)."


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def microseconds(times: pa.ChunkedArray) -> tuple[Times, NDArray[np.bool_]]:
    """Return moments in microseconds since 1970 UTC, and which of them are known; a date is its midnight."""
    if pa.types.is_null(times.type):
        return np.zeros(len(times), np.int64), np.zeros(len(times), np.bool_)
    zone = times.type.tz if pa.types.is_timestamp(times.type) else None
    moments = times.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64())
    known = pc.is_valid(moments).to_numpy()
    return pc.fill_null(moments, 0).to_numpy(), known


def floats(values: pa.ChunkedArray) -> Floats:
    """Return numbers as float64, NaN for NULL, infinities too."""
    found = np.concatenate([numbers(chunk) for chunk in values.chunks] or [np.empty(0)])
    return np.where(np.isfinite(found), found, np.nan)


def numbered(ids: pa.Table, rows: int) -> tuple[Whole, Whole]:
    """Return the number of each row's series, and the first row of each series; series are in ascending order."""
    if not ids.num_columns:
        return np.zeros(rows, np.int64), np.zeros(1, np.int64)
    keys = [_ranked(column) for column in ids.columns]
    combined = np.zeros(rows, np.int64)
    for key in keys:
        # Numbered anew after each column, so that many columns of many values never overflow.
        _, combined = np.unique(combined * (int(key.max(initial=0)) + 1) + key, return_inverse=True)
    _, firsts, codes = np.unique(combined, return_index=True, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), firsts.astype(np.int64)


def _ranked(column: pa.ChunkedArray) -> Whole:
    """Return each value's place among the column's distinct values in ascending order; NULL is 0."""
    coded = _plain(column).combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    order = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    rank[-1] = 0
    ranked: Whole = rank[pc.fill_null(coded.indices, -1).to_numpy()]
    return ranked


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of texts or numbers without a dictionary; one without a type as NULL texts."""
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def series_of(ids: pa.Table, rows: Sequence[pa.ChunkedArray], length: int) -> Whole:
    """Return for each row the number of the series with its ids, −1 where there is none.

    `ids` is that of a model; `rows` are the id columns of other data in the same order, of `length` rows. Raises
    BadData for a column whose values cannot be those of the model's.
    """
    if not ids.num_columns:
        return np.zeros(length, np.int64)
    known = ids.num_rows
    columns = []
    for name, model, column in zip(ids.column_names, ids.columns, rows, strict=True):
        try:
            cast = column.cast(model.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise BadData.of(
                f"The id column {name!r} has the type {column.type}; the model was trained on {model.type}."
            ) from problem
        columns.append(pa.chunked_array([*model.chunks, *cast.chunks], model.type))
    codes, _ = numbered(pa.table(columns, names=[str(place) for place in range(len(columns))]), known + length)
    places = np.full(int(codes.max(initial=0)) + 1, -1, np.int64)
    places[codes[:known]] = np.arange(known)
    return places[codes[known:]]
