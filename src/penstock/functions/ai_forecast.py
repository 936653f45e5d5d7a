"""AI.FORECAST, AI.EVALUATE and AI.DETECT_ANOMALIES: forecasts of series for which no model was made."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions import series_call as series
from penstock.functions.features_at_time import moment_of, moment_problem
from penstock.functions.forecast import CONFIDENCE
from penstock.functions.forecast_anomalies import PROBABILITY_THRESHOLD, judgement
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.literal import text_sql
from penstock.functions.series_call import SeriesColumns
from penstock.lake.database import ArrowRows
from penstock.learn.forecast_file import MOMENT
from penstock.learn.forecast_metrics import FORECAST_METRICS, forecast_metrics
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.series.fitted_series import SeriesSettings
from penstock.sql.quoting import quote_identifier

Floats = NDArray[np.float64]
_INTERVAL = ("confidence_level", "prediction_interval_lower_bound", "prediction_interval_upper_bound")
_JUDGED = ("lower_bound", "upper_bound", "anomaly_probability")


def ai_forecast(call: Call) -> ArrowRows:
    """Return the next times of every series, after the past ones where these are asked for."""
    columns = SeriesColumns(call, call.rows)
    series.tell_of_timesfm(call)
    with_history = bool(call.options["output_historical_time_series"])
    names = ["forecast_timestamp", "forecast_value"]
    kinds = [MOMENT, pa.float64()]
    if with_history:
        names = ["time_series_timestamp", "time_series_type", "time_series_data"]
        kinds = [MOMENT, pa.string(), pa.float64()]
    own = [*zip(names, kinds, strict=True), *((name, pa.float64()) for name in _INTERVAL)]
    schema = pa.schema([*columns.id_fields, *own, ("ai_forecast_status", pa.string())])
    return series.made_once(schema, lambda: _forecast(call, columns, schema, with_history=with_history))


def _forecast(call: Call, columns: SeriesColumns, schema: pa.Schema, *, with_history: bool) -> pa.Table:
    end = cast("str | None", call.options["forecast_end_timestamp"])
    horizon = cast("int", call.options["horizon"])
    if end is not None and "horizon" not in call.given:
        horizon = series.MOST_AHEAD
    model = series.fitted(call, columns, series.read(call, _context(call, columns)), SeriesSettings(horizon=horizon))
    rows = model.forecast
    if end is not None:
        limit = int(moment_of(end).timestamp() * 1e6)
        rows = rows.filter(pa.array(rows.column("time").cast(pa.int64()).to_numpy() <= limit))
    table = _future(model, rows, schema, cast("float", call.options["confidence_level"]), named=with_history)
    if with_history:
        table = _after_history(model, rows, table, schema)
    return series.with_failures(model, table)


def _future(model: ForecastModel, rows: pa.Table, schema: pa.Schema, level: float, *, named: bool) -> pa.Table:
    value, error = rows.column("value").to_numpy(), rows.column("standard_error").to_numpy()
    low, high = model.bounds(value, error, level)
    parts = [
        *model.ids_of(rows.column("series").to_numpy()),
        rows.column("time"),
        *([pa.array(np.full(len(value), "forecast"), pa.string())] if named else []),
        *(pa.array(part) for part in (value, np.full(len(value), level), low, high)),
        pa.array(np.full(len(value), ""), pa.string()),
    ]
    return pa.table(parts, schema=schema)


def _after_history(model: ForecastModel, rows: pa.Table, future: pa.Table, schema: pa.Schema) -> pa.Table:
    known = model.history.filter(model.history.column("present"))
    count = known.num_rows
    parts = [
        *model.ids_of(known.column("series").to_numpy()),
        known.column("time"),
        pa.array(np.full(count, "history"), pa.string()),
        known.column("observed"),
        *(pa.nulls(count, pa.float64()) for _ in _INTERVAL),
        pa.array(np.full(count, ""), pa.string()),
    ]
    owners = np.concatenate([known.column("series").to_numpy(), rows.column("series").to_numpy()])
    both = pa.concat_tables([pa.table(parts, schema=schema), future])
    return both.take(pa.array(np.argsort(owners, kind="stable")))


def _context(call: Call, columns: SeriesColumns) -> str:
    window = cast("int | None", call.options["context_window"])
    return call.rows.sql if window is None else columns.newest(call.rows.sql, window)


def ai_evaluate(call: Call) -> ArrowRows:
    """Return how far forecasts from the first data are off the second, series by series."""
    columns = SeriesColumns(call, call.rows)
    later = SeriesColumns(call, call.second_rows)
    series.tell_of_timesfm(call)
    numbers = [(name, pa.float64()) for name in FORECAST_METRICS]
    schema = pa.schema([*columns.id_fields, *numbers, ("ai_evaluate_status", pa.string())])

    def table() -> pa.Table:
        settings = SeriesSettings(horizon=cast("int", call.options["horizon"]))
        model = series.fitted(call, columns, series.read(call, _context(call, columns)), settings)
        given = model.read_rows(_renamed(series.read(call, call.second_rows.sql), later, columns))
        said = model.outlook(given, model.horizon).value
        scales = model.series.column("naive_error").to_numpy(zero_copy_only=False)
        judged, found = forecast_metrics(given.series, given.values, said, scales)
        status = pa.array(np.full(len(judged), ""), pa.string())
        whole = pa.table([*model.ids_of(judged), *found.columns, status], schema=schema)
        return series.with_failures(model, whole)

    return series.made_once(schema, table)


def _renamed(table: pa.Table, own: SeriesColumns, other: SeriesColumns) -> pa.Table:
    """Return time, number and ids of the second data under the names that the first has for them."""
    return pa.table(
        [table.column(name) for name in (own.time, own.data, *own.ids)], names=[other.time, other.data, *other.ids]
    )


def ai_detect_anomalies(call: Call) -> ArrowRows:
    """Return the values of the second data, or of the newest rows, that what came before makes improbable."""
    columns = SeriesColumns(call, call.rows)
    later = columns if call.second is None else SeriesColumns(call, call.second)
    series.tell_of_timesfm(call)
    past, target = _parted(call, columns)
    numbers = [(name, pa.float64()) for name in _JUDGED]
    own = [("time_series_timestamp", MOMENT), ("time_series_data", pa.float64()), ("is_anomaly", pa.bool_()), *numbers]
    schema = pa.schema([*columns.id_fields, *own, ("ai_detect_anomalies_status", pa.string())])

    def table() -> pa.Table:
        rows = _renamed(series.read(call, target), later, columns)
        known = series.read(call, past)
        settings = SeriesSettings(horizon=series.steps_ahead(columns, known, rows))
        model = series.fitted(call, columns, known, settings)
        given = model.read_rows(rows)
        found = model.outlook(given, model.horizon)
        threshold = cast("float", call.options["anomaly_prob_threshold"])
        judged = judgement(model, given.values, found.value, found.standard_error, threshold)
        ids = [rows.column(name).cast(field.type) for name, field in zip(columns.ids, columns.id_fields, strict=True)]
        moments = pa.array(given.times, mask=~given.known).view(MOMENT)
        status = np.where(np.isfinite(found.value), "", "there is no forecast for this series and time")
        parts = [*ids, moments, pa.array(given.values, from_pandas=True), *judged, pa.array(status, pa.string())]
        return pa.table(parts, schema=schema)

    return series.made_once(schema, table)


def _parted(call: Call, columns: SeriesColumns) -> tuple[str, str]:
    """Return the queries of the past and of what is judged."""
    count = cast("int | None", call.options["target_last_n_points"])
    start = cast("str | None", call.options["target_start_timestamp"])
    ways = [call.second is not None, count is not None, start is not None]
    if sum(ways) != 1:
        raise InvalidOption.of(
            f"{call.name} is told in one way what to judge; here are {sum(ways)}.",
            span=call.span,
            hint="Give a second table or query, target_last_n_points or target_start_timestamp.",
        )
    whole = call.rows.sql
    if call.second is not None:
        past, target = whole, call.second.sql
    elif count is not None:
        past, target = columns.newest(whole, count, without=True), columns.newest(whole, count)
    else:
        moment = f"TIMESTAMPTZ {text_sql(moment_of(str(start)).isoformat())}"
        time = f"CAST({quote_identifier(columns.time)} AS TIMESTAMPTZ)"
        past, target = (f"SELECT * FROM ({whole}) WHERE {time} {sign} {moment}" for sign in ("<", ">="))
    window = cast("int | None", call.options["context_window"])
    return (past if window is None else columns.newest(past, window)), target


STATUS = OutputColumn("ai_forecast_status", "STRING", series.STATUS)
SAMPLE = "(SELECT 날, 금액, 종류 FROM rows), data_col => '금액', timestamp_col => '날'"

AI_FORECAST = FunctionSpec(
    name="AI.FORECAST",
    summary="Says what comes next in time series, without a model that was made before.",
    run=ai_forecast,
    input="required",
    model=False,
    named=True,
    options=(
        *series.COLUMNS,
        series.MODEL,
        series.ID_COLS,
        OptionSpec("horizon", "integer", 10, "How many steps ahead.", minimum=1, maximum=series.MOST_AHEAD),
        OptionSpec(
            "forecast_end_timestamp",
            "any",
            None,
            "The last time to forecast, a constant; without horizon as many steps as it takes.",
            check=moment_problem,
        ),
        CONFIDENCE,
        OptionSpec("output_historical_time_series", "boolean", False, "Give the past, too."),
        series.CONTEXT_WINDOW,
    ),
    output=(
        series.ID,
        OutputColumn("forecast_timestamp", "TIMESTAMP", "The time; with the past, time_series_timestamp."),
        OutputColumn("time_series_timestamp", "TIMESTAMP", "With the past: the time."),
        OutputColumn("time_series_type", "STRING", "With the past: 'history' or 'forecast'."),
        OutputColumn("forecast_value", "FLOAT64", "What is expected; with the past, time_series_data."),
        OutputColumn("time_series_data", "FLOAT64", "With the past: what was, or is expected."),
        OutputColumn("confidence_level", "FLOAT64", "The share of the outcomes that the interval holds."),
        OutputColumn("prediction_interval_lower_bound", "FLOAT64", "Its lower end."),
        OutputColumn("prediction_interval_upper_bound", "FLOAT64", "Its upper end."),
        STATUS,
    ),
    sample=SAMPLE,
    example="SELECT * FROM AI.FORECAST(TABLE sales, data_col => 'amount', timestamp_col => 'day', horizon => 30)",
    notes=(series.IN_PLACE_OF_TIMESFM,),
)

AI_EVALUATE = FunctionSpec(
    name="AI.EVALUATE",
    summary="Measures how far forecasts from one table are off what stands in another.",
    run=ai_evaluate,
    input="required",
    second_input="required",
    model=False,
    named=True,
    options=(
        *series.COLUMNS,
        series.MODEL,
        series.ID_COLS,
        OptionSpec(
            "horizon", "integer", 1024, "How many steps ahead are judged.", minimum=1, maximum=series.MOST_AHEAD
        ),
        series.CONTEXT_WINDOW,
    ),
    output=(
        series.ID,
        OutputColumn("mean_absolute_error", "FLOAT64", "The mean size of the errors."),
        OutputColumn("mean_squared_error", "FLOAT64", "The mean of the squared errors."),
        OutputColumn("root_mean_squared_error", "FLOAT64", "Its root."),
        OutputColumn("mean_absolute_percentage_error", "FLOAT64", "The mean of |error| / |value|, in per cent."),
        OutputColumn(
            "symmetric_mean_absolute_percentage_error",
            "FLOAT64",
            "The mean of 2 |error| / (|value| + |forecast|), in per cent.",
        ),
        OutputColumn(
            "mean_absolute_scaled_error", "FLOAT64", "The mean absolute error over that of saying that nothing changes."
        ),
        OutputColumn("ai_evaluate_status", "STRING", series.STATUS),
    ),
    sample=f"{SAMPLE.partition('),')[0]}), (SELECT 날 + 60 AS 날, 금액 FROM rows){SAMPLE.partition(')')[2]}",
    example=(
        "SELECT * FROM AI.EVALUATE((SELECT * FROM sales WHERE day < '2024-01-01'), "
        "(SELECT * FROM sales WHERE day >= '2024-01-01'), data_col => 'amount', timestamp_col => 'day')"
    ),
    notes=(series.IN_PLACE_OF_TIMESFM,),
)

AI_DETECT_ANOMALIES = FunctionSpec(
    name="AI.DETECT_ANOMALIES",
    summary="Finds values that what came before makes improbable, without a model that was made before.",
    run=ai_detect_anomalies,
    input="required",
    second_input="optional",
    model=False,
    named=True,
    options=(
        *series.COLUMNS,
        OptionSpec("target_last_n_points", "integer", None, "Judge so many newest rows of each series.", minimum=1),
        OptionSpec(
            "target_start_timestamp", "any", None, "Judge what is not earlier than this constant.", check=moment_problem
        ),
        series.MODEL,
        series.ID_COLS,
        PROBABILITY_THRESHOLD,
        series.CONTEXT_WINDOW,
    ),
    output=(
        series.ID,
        OutputColumn("time_series_timestamp", "TIMESTAMP", "The time."),
        OutputColumn("time_series_data", "FLOAT64", "The value."),
        OutputColumn("is_anomaly", "BOOL", "Whether its anomaly probability exceeds the threshold."),
        OutputColumn("lower_bound", "FLOAT64", "Below it a value is an anomaly."),
        OutputColumn("upper_bound", "FLOAT64", "Above it a value is an anomaly."),
        OutputColumn("anomaly_probability", "FLOAT64", "The share of the outcomes nearer to what is expected."),
        OutputColumn("ai_detect_anomalies_status", "STRING", series.STATUS),
    ),
    sample=f"{SAMPLE}, target_last_n_points => 3",
    example=(
        "SELECT * FROM AI.DETECT_ANOMALIES(TABLE sales, data_col => 'amount', timestamp_col => 'day', "
        "target_last_n_points => 7)"
    ),
    notes=(series.IN_PLACE_OF_TIMESFM, "What is judged: the second table or query, or the newest rows of the first."),
)
