"""What the functions over time series that need no model have in common: their columns, and a fit for one answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.column_choice import chosen_column, is_number
from penstock.functions.function import Call, InputRows, OutputColumn
from penstock.lake.database import ArrowRows
from penstock.learn.arima_plus import fitted_at_once
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.series.fitted_series import SeriesSettings
from penstock.learn.series.grid import AVERAGED
from penstock.learn.series_rows import microseconds, series_of, series_rows
from penstock.sql.quoting import quote_identifier

MOST_AHEAD = 10_000
TIMESFM = ("TimesFM 2.0", "TimesFM 2.5")
_NEEDED = "; must be given."
DATA_COL = OptionSpec("data_col", "string", None, "The column of the numbers" + _NEEDED)
TIMESTAMP_COL = OptionSpec("timestamp_col", "string", None, "The column of the times" + _NEEDED)
ID_COLS = OptionSpec("id_cols", "string list", None, "The columns that tell series apart.")
MODEL = OptionSpec(
    "model",
    "string",
    None,
    "The model that BigQuery would ask. TimesFM is not here: ARIMA_PLUS answers in its place, and says so.",
    choices=TIMESFM,
)
CONTEXT_WINDOW = OptionSpec(
    "context_window",
    "integer",
    None,
    "How many of the newest times of each series are read; all by default.",
    minimum=64,
    maximum=15_360,
)
COLUMNS = (DATA_COL, TIMESTAMP_COL)
STATUS = "Empty, or why there is nothing."
ID = OutputColumn("<id>", "any", "The columns of id_cols.")
IN_PLACE_OF_TIMESFM = "BigQuery asks TimesFM; here each series is fitted by ARIMA_PLUS at the time of the call."


class SeriesColumns:
    """The columns of time, number and ids that a call names, as one of its data spells them."""

    def __init__(self, call: Call, rows: InputRows) -> None:
        self.time = chosen_column(call, rows, _required(call, TIMESTAMP_COL), _is_time, "a DATE, DATETIME or TIMESTAMP")
        self.data = chosen_column(call, rows, _required(call, DATA_COL), is_number, "a number")
        wanted = cast("list[str] | None", call.options["id_cols"]) or []
        self.ids = [chosen_column(call, rows, name, _is_id, "a text or a whole number") for name in wanted]
        self.id_fields = [pa.field(name, rows.schema.field(name).type) for name in self.ids]

    @property
    def partition(self) -> str:
        """The SQL that tells series apart in a window."""
        keys = ", ".join(quote_identifier(name) for name in self.ids)
        return f"PARTITION BY {keys} " if keys else ""

    def newest(self, sql: str, count: int, *, without: bool = False) -> str:
        """Return the query for the newest rows of each series, or for all but these."""
        order = f"row_number() OVER ({self.partition}ORDER BY {quote_identifier(self.time)} DESC)"
        return f"SELECT * FROM ({sql}) QUALIFY {order} {'>' if without else '<='} {count}"


def _required(call: Call, option: OptionSpec) -> str:
    value = call.options[option.name]
    if value is None:
        raise InvalidOption.of(
            f"{call.name} needs {option.name}.", span=call.span, hint=f"Write {option.name} => 'the column'."
        )
    return str(value)


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _is_id(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind))


def tell_of_timesfm(call: Call) -> None:
    """Tell a user who asks for TimesFM by name that it is not there."""
    if call.options["model"] is not None:
        call.environment.notice(
            f"{call.options['model']} is not part of Penstock; {call.name} fits ARIMA_PLUS to each series instead."
        )


def read(call: Call, sql: str) -> pa.Table:
    """Return the rows of a query over the data of a call."""
    rows = call.environment.query(sql)
    return pa.Table.from_batches(list(rows.batches()), schema=rows.schema)


def fitted(call: Call, columns: SeriesColumns, table: pa.Table, settings: SeriesSettings) -> ForecastModel:
    """Return a model of the series of a table."""
    return fitted_at_once(
        table.select([columns.time]),
        table.select([columns.data]),
        table.select(columns.ids),
        settings,
        call.environment.threads,
        lambda note: call.environment.notice(f"{note}{_how_to_part(columns, note)}"),
    )


def _how_to_part(columns: SeriesColumns, note: str) -> str:
    """Return what to do about rows of the same time where nothing tells series apart."""
    return "; if they are of several series, name what tells them apart in id_cols" * (
        note == AVERAGED and not columns.ids
    )


def steps_ahead(columns: SeriesColumns, past: pa.Table, later: pa.Table) -> int:
    """Return how many steps a forecast from the past needs to reach every time of the later rows, up to MOST_AHEAD."""
    rows = series_rows(past.select(columns.ids), past.column(columns.time), past.column(columns.data))
    owners = series_of(rows.ids, [later.column(name) for name in columns.ids], later.num_rows)
    times, known = microseconds(later.column(columns.time))
    asked = (owners >= 0) & known
    return min(max(rows.steps_to(owners[asked], times[asked]), 1), MOST_AHEAD)


def made_once(schema: pa.Schema, make: Callable[[], pa.Table]) -> ArrowRows:
    """Return rows that are computed when they are first read, and kept for whoever reads them again."""
    lock = threading.Lock()
    kept: list[pa.Table] = []

    def batches() -> Iterator[pa.RecordBatch]:
        with lock:
            if not kept:
                kept.append(make())
        yield from kept[0].to_batches()

    return ArrowRows(schema, batches)


def with_failures(model: ForecastModel, table: pa.Table) -> pa.Table:
    """Return the rows after which each series that could not be fitted has one, NULL but for ids and its status.

    The status is the last column.
    """
    messages = model.series.column("error_message")
    numbers = np.flatnonzero(pc.is_valid(messages).to_numpy())
    if not len(numbers):
        return table
    ids = model.ids_of(numbers)
    nulls = [pa.nulls(len(numbers), kind) for kind in table.schema.types[len(ids) : -1]]
    told = messages.take(pa.array(numbers))
    return pa.concat_tables([table, pa.table([*ids, *nulls, told], schema=table.schema)])
