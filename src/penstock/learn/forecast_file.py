"""The files of a time series model: its series, the ARIMA models tried, the history in its parts, the forecast.

Every one is Arrow IPC. `ids.arrow` has one row a series and its id columns under their own names; the others have a
column `series`, the place of the series in it. They are written as the series are fitted, so that no more than a few
series are held at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact
from penstock.learn.feature_column import array_of
from penstock.learn.series.fitted_series import FittedSeries, History, SeriesForecast

Floats = NDArray[np.float64]
IDS, SERIES, CANDIDATES = "ids.arrow", "series.arrow", "candidates.arrow"
HISTORY, FORECAST, HOLIDAYS = "history.arrow", "forecast.arrow", "holidays.arrow"
SEASONAL = ("yearly", "quarterly", "monthly", "weekly", "daily")
MOMENT = pa.timestamp("us", "UTC")
_NUMBERS = pa.list_(pa.float64())

SERIES_SCHEMA = pa.schema(
    [
        ("rolled_up", pa.bool_()),
        ("error_message", pa.string()),
        ("seasonal_periods", pa.list_(pa.string())),
        ("has_holiday_effect", pa.bool_()),
        ("has_spikes_and_dips", pa.bool_()),
        ("has_step_changes", pa.bool_()),
        ("standard_error", pa.float64()),
        ("naive_error", pa.float64()),
        ("last", MOMENT),
        ("months", pa.int64()),
        ("microseconds", pa.int64()),
        ("weights", _NUMBERS),
        ("means", _NUMBERS),
    ]
)
CANDIDATES_SCHEMA = pa.schema(
    [
        ("series", pa.int32()),
        ("chosen", pa.bool_()),
        ("non_seasonal_p", pa.int64()),
        ("non_seasonal_d", pa.int64()),
        ("non_seasonal_q", pa.int64()),
        ("has_drift", pa.bool_()),
        ("log_likelihood", pa.float64()),
        ("AIC", pa.float64()),
        ("variance", pa.float64()),
        ("ar_coefficients", _NUMBERS),
        ("ma_coefficients", _NUMBERS),
        ("intercept_or_drift", pa.float64()),
    ]
)


def part_names(holidays: int) -> list[str]:
    """Return the columns of the parts that history and forecast share; each holiday has one of its own."""
    return ["trend", *SEASONAL, "holiday", *(f"holiday_{place}" for place in range(holidays))]


def history_schema(holidays: int, regressors: int) -> pa.Schema:
    """Return the columns of the history: times, values, parts, and what each regressor adds."""
    numbers = ["observed", "adjusted", *part_names(holidays), "spikes_and_dips", "step_changes", "residual"]
    numbers += [f"attribution_{place}" for place in range(regressors)]
    plain = [("series", pa.int32()), ("time", MOMENT), ("present", pa.bool_())]
    return pa.schema([*plain, *((name, pa.float64()) for name in numbers)])


def forecast_schema(holidays: int) -> pa.Schema:
    """Return the columns of the forecast: how many steps ahead, times, values and parts."""
    plain = [("series", pa.int32()), ("ahead", pa.int32()), ("time", MOMENT)]
    numbers = ["value", "standard_error", *part_names(holidays)]
    return pa.schema([*plain, *((name, pa.float64()) for name in numbers)])


class ArrowFile:
    """An Arrow file that grows by record batches."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self._sink = pa.BufferOutputStream()
        self._writer = pa.ipc.new_file(self._sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))

    def add(self, columns: Sequence[pa.Array]) -> None:
        """Append a batch of rows, one array a column."""
        self._writer.write_batch(pa.RecordBatch.from_arrays(list(columns), schema=self.schema))

    def content(self) -> bytes:
        """Return the whole file; nothing can be added afterwards."""
        self._writer.close()
        content: bytes = self._sink.getvalue().to_pybytes()
        return content


def file_of(table: pa.Table) -> bytes:
    """Return a table as an Arrow file."""
    file = ArrowFile(table.schema)
    for batch in table.combine_chunks().to_batches():
        file.add(batch.columns)
    return file.content()


def read_file(files: Mapping[str, bytes], name: str) -> pa.Table:
    """Return the table of a file; raises CorruptArtifact where it is missing."""
    if name not in files:
        raise CorruptArtifact.of(f"The artifact has no {name}.", hint="Train the model again.")
    with pa.ipc.open_file(pa.BufferReader(files[name])) as reader:
        return reader.read_all()


def series_columns(fitted: Sequence[FittedSeries], naive_errors: Sequence[float]) -> list[pa.Array]:
    """Return the columns of SERIES_SCHEMA for fitted series."""
    rows = [
        {
            "rolled_up": False,
            "error_message": one.error_message or None,
            "seasonal_periods": list(one.seasonal_periods),
            "has_holiday_effect": one.has_holiday_effect,
            "has_spikes_and_dips": one.has_spikes_and_dips,
            "has_step_changes": one.has_step_changes,
            "standard_error": None if np.isnan(one.standard_error) else one.standard_error,
            "naive_error": None if np.isnan(naive) else naive,
            "last": None if one.history is None else int(one.history.times[-1]),
            "months": one.step.months if one.step else None,
            "microseconds": one.step.microseconds if one.step else None,
            "weights": one.regression.weights.tolist() if one.regression else None,
            "means": one.regression.means.tolist() if one.regression else None,
        }
        for one, naive in zip(fitted, naive_errors, strict=True)
    ]
    table = pa.Table.from_pylist(rows, schema=SERIES_SCHEMA)
    return [column.combine_chunks() for column in table.columns]


def candidate_columns(first: int, fitted: Sequence[FittedSeries]) -> list[pa.Array]:
    """Return the columns of CANDIDATES_SCHEMA for series from number `first` on."""
    rows: list[dict[str, Any]] = [
        {
            "series": number,
            "chosen": candidate == one.chosen,
            "non_seasonal_p": candidate.p,
            "non_seasonal_d": candidate.d,
            "non_seasonal_q": candidate.q,
            "has_drift": candidate.has_drift,
            "log_likelihood": candidate.log_likelihood,
            "AIC": candidate.aic,
            "variance": candidate.variance,
            "ar_coefficients": list(candidate.ar),
            "ma_coefficients": list(candidate.ma),
            "intercept_or_drift": candidate.intercept_or_drift,
        }
        for number, one in enumerate(fitted, first)
        for candidate in one.candidates or ((one.chosen,) if one.chosen else ())
    ]
    table = pa.Table.from_pylist(rows, schema=CANDIDATES_SCHEMA).combine_chunks()
    return [column.combine_chunks() for column in table.columns]


def history_columns(
    first: int,
    histories: Iterable[History | None],
    names: Sequence[str],
    attributions: Sequence[Floats | None],
    regressors: int,
) -> list[pa.Array]:
    """Return the columns of `history_schema` for series from number `first` on; `names` are the holidays'.

    `attributions` holds of each series what its regressors add, (n, regressors), or None.
    """
    known = [(number, *pair) for number, pair in enumerate(zip(histories, attributions, strict=True), first)]
    some = [(number, one, added) for number, one, added in known if one is not None]
    counts = [len(one.times) for _, one, _ in some]
    numbers = [
        [one.observed, one.adjusted, *_parts_of(one, names), one.spikes_and_dips, one.step_changes, one.residual]
        + ([None] * regressors if added is None else list(added.T))
        for _, one, added in some
    ]
    return [
        _owners([number for number, _, _ in some], counts),
        array_of(np.concatenate([one.times for _, one, _ in some])).view(MOMENT),
        array_of(np.concatenate([one.present for _, one, _ in some])),
        *_numbers(numbers, counts),
    ]


def forecast_columns(first: int, forecasts: Iterable[SeriesForecast | None], names: Sequence[str]) -> list[pa.Array]:
    """Return the columns of `forecast_schema` for series from number `first` on; `names` are the holidays'."""
    some = [(number, one) for number, one in enumerate(forecasts, first) if one is not None]
    counts = [len(one.times) for _, one in some]
    return [
        _owners([number for number, _ in some], counts),
        array_of(np.concatenate([np.arange(1, count + 1, dtype=np.int32) for count in counts])),
        array_of(np.concatenate([one.times for _, one in some])).view(MOMENT),
        *_numbers([[one.value, one.standard_error, *_parts_of(one, names)] for _, one in some], counts),
    ]


def _owners(numbers: Sequence[int], counts: Sequence[int]) -> pa.Array:
    return array_of(np.repeat(np.array(numbers, np.int32), counts))


def _parts_of(one: History | SeriesForecast, names: Sequence[str]) -> list[Floats | None]:
    return [
        one.trend,
        *(one.seasonal.get(season) for season in SEASONAL),
        one.holiday,
        *(one.holidays.get(name) for name in names),
    ]


def _numbers(series: Sequence[Sequence[Floats | None]], counts: Sequence[int]) -> list[pa.Array]:
    """Return float64 arrays, the series one after the other; NULL for a part that is not there or is no number."""
    found = []
    for parts in zip(*series, strict=True):
        if all(part is None for part in parts):
            found.append(pa.nulls(sum(counts), pa.float64()))
            continue
        whole = [
            np.full(count, np.nan) if part is None else part.astype(np.float64, copy=False)
            for part, count in zip(parts, counts, strict=True)
        ]
        values = np.concatenate(whole)
        wrong = ~np.isfinite(values)
        found.append(pa.array(values, pa.float64(), mask=wrong) if wrong.any() else array_of(values))
    return found
