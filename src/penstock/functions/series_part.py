"""ML.TREND, ML.SEASONALITY and ML.DETECT_CHANGE_POINTS: time series taken apart, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions import series_call as series
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.series_call import SeriesColumns
from penstock.lake.database import ArrowRows
from penstock.learn.forecast_file import MOMENT, SEASONAL
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.forecast_option import SEASONALITIES, seasons
from penstock.learn.series.fitted_series import SeriesSettings

SEGMENT = pa.struct(
    [*((name, pa.float64()) for name in ("avg", "min", "max", "stddev")), pa.field("count", pa.int64())]
)


def trend(call: Call) -> ArrowRows:
    """Return every series with its trend, the past and so many steps ahead."""
    settings = SeriesSettings(
        trend_smoothing_window=cast("int", call.options["smoothing_window_size"]),
        adjust_step_changes=call.options["adjust_step_changes"] is True,
    )
    return _parts(call, ("trend",), settings)


def seasonality(call: Call) -> ArrowRows:
    """Return every series with its seasons, the past and so many steps ahead."""
    wanted = seasons(call.options["seasonalities"])
    shown = SEASONAL if not wanted else tuple(name for name in SEASONAL if name in wanted)
    return _parts(call, shown, SeriesSettings(seasonalities=wanted))


def _parts(call: Call, names: Sequence[str], settings: SeriesSettings) -> ArrowRows:
    columns = SeriesColumns(call, call.rows)
    horizon = cast("int", call.options["horizon"])
    schema = pa.schema(
        [
            *columns.id_fields,
            pa.field(columns.time, MOMENT),
            pa.field("time_series_type", pa.string()),
            pa.field(columns.data, pa.float64()),
            *(pa.field(name, pa.float64()) for name in names),
            pa.field("status", pa.string()),
        ]
    )

    def table() -> pa.Table:
        asked = replace(settings, horizon=max(horizon, 1))
        model = series.fitted(call, columns, series.read(call, call.rows.sql), asked)
        past = _rows(model, model.history, "history", "observed", names, schema)
        if not horizon:
            return series.with_failures(model, past)
        ahead = _rows(model, model.forecast, "forecast", "value", names, schema)
        owners = np.concatenate([of.column("series").to_numpy() for of in (model.history, model.forecast)])
        both = pa.concat_tables([past, ahead]).take(pa.array(np.argsort(owners, kind="stable")))
        return series.with_failures(model, both)

    return series.made_once(schema, table)


def _rows(
    model: ForecastModel, rows: pa.Table, kind: str, value: str, names: Sequence[str], schema: pa.Schema
) -> pa.Table:
    parts = [
        *model.ids_of(rows.column("series").to_numpy()),
        rows.column("time"),
        pa.array(np.full(rows.num_rows, kind), pa.string()),
        rows.column(value),
        *(rows.column(name) for name in names),
        pa.array(np.full(rows.num_rows, ""), pa.string()),
    ]
    return pa.table(parts, schema=schema)


def detect_change_points(call: Call) -> ArrowRows:
    """Return the stretches of every series between lasting jumps of its level."""
    columns = SeriesColumns(call, call.rows)
    own = [("begin_timestamp", MOMENT), ("end_timestamp", MOMENT), ("metrics", SEGMENT), ("status", pa.string())]
    schema = pa.schema([*columns.id_fields, *own])

    def table() -> pa.Table:
        model = series.fitted(call, columns, series.read(call, call.rows.sql), SeriesSettings(horizon=1))
        return series.with_failures(model, _segments(model, schema))

    return series.made_once(schema, table)


def _segments(model: ForecastModel, schema: pa.Schema) -> pa.Table:
    history = model.history
    owner = history.column("series").to_numpy()
    level = np.nan_to_num(history.column("step_changes").to_numpy(zero_copy_only=False))
    values = history.column("observed").to_numpy(zero_copy_only=False)
    if not len(owner):
        return schema.empty_table()
    begins = np.flatnonzero(np.concatenate([[True], (np.diff(owner) != 0) | (np.diff(level) != 0)]))
    ends = np.concatenate([begins[1:], [len(owner)]]) - 1
    counts = ends - begins + 1
    means = np.add.reduceat(values, begins) / counts
    off = values - np.repeat(means, counts)
    spread = np.sqrt(np.add.reduceat(off**2, begins) / np.maximum(counts - 1, 1))
    parts = [means, np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins), spread]
    metrics = pa.StructArray.from_arrays([*(pa.array(part) for part in parts), pa.array(counts)], fields=list(SEGMENT))
    times = history.column("time")
    columns = [
        *model.ids_of(owner[begins]),
        times.take(pa.array(begins)),
        times.take(pa.array(ends)),
        metrics,
        pa.array(np.full(len(begins), ""), pa.string()),
    ]
    return pa.table(columns, schema=schema)


HORIZON = OptionSpec(
    "horizon", "integer", 0, "How many steps ahead are given too.", minimum=0, maximum=series.MOST_AHEAD
)
COLUMNS = (
    series.ID,
    OutputColumn("<timestamp>", "TIMESTAMP", "The time, under the name of its column."),
    OutputColumn("time_series_type", "STRING", "'history' or 'forecast'."),
    OutputColumn("<data>", "FLOAT64", "The value, gaps filled, under the name of its column."),
)
STATUS = OutputColumn("status", "STRING", series.STATUS)
SAMPLE = "(SELECT 날, 금액 FROM rows), data_col => '금액', timestamp_col => '날'"
EXAMPLE = "(TABLE sales, data_col => 'amount', timestamp_col => 'day')"

TREND = FunctionSpec(
    name="ML.TREND",
    summary="Gives the trend of time series.",
    run=trend,
    input="required",
    model=False,
    named=True,
    options=(
        *series.COLUMNS,
        series.ID_COLS,
        HORIZON,
        OptionSpec(
            "smoothing_window_size", "integer", 5, "Smooth the trend by a moving average over so many times.", minimum=1
        ),
        OptionSpec("adjust_step_changes", "boolean", False, "Take lasting jumps of the level out first."),
    ),
    output=(*COLUMNS, OutputColumn("trend", "FLOAT64", "The trend."), STATUS),
    sample=SAMPLE,
    example=f"SELECT * FROM ML.TREND{EXAMPLE}",
)

SEASONALITY = FunctionSpec(
    name="ML.SEASONALITY",
    summary="Gives the seasons of time series.",
    run=seasonality,
    input="required",
    model=False,
    named=True,
    options=(*series.COLUMNS, series.ID_COLS, SEASONALITIES, HORIZON),
    output=(
        *COLUMNS,
        *(OutputColumn(name, "FLOAT64", f"The {name} season; NULL where there is none.") for name in SEASONAL),
        STATUS,
    ),
    sample=SAMPLE,
    example=f"SELECT * FROM ML.SEASONALITY{EXAMPLE}",
    notes=("With seasonalities only the columns of those that are named.",),
)

DETECT_CHANGE_POINTS = FunctionSpec(
    name="ML.DETECT_CHANGE_POINTS",
    summary="Finds where the level of time series jumps for good.",
    run=detect_change_points,
    input="required",
    model=False,
    named=True,
    options=(*series.COLUMNS, series.ID_COLS),
    output=(
        series.ID,
        OutputColumn("begin_timestamp", "TIMESTAMP", "Where a stretch of the same level begins."),
        OutputColumn("end_timestamp", "TIMESTAMP", "Where it ends."),
        OutputColumn(
            "metrics",
            "STRUCT<avg FLOAT64, min FLOAT64, max FLOAT64, stddev FLOAT64, count INT64>",
            "The values of the stretch.",
        ),
        STATUS,
    ),
    sample=SAMPLE,
    example=f"SELECT begin_timestamp, metrics.avg FROM ML.DETECT_CHANGE_POINTS{EXAMPLE}",
)
