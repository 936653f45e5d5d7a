"""ML.EVALUATE of a time series model: what it had forecast, beside what came."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.options import OptionSpec
from penstock.functions.arima_inspection import check_arima, evaluations
from penstock.functions.forecast import checked_horizon, read_all
from penstock.functions.function import Call, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.forecast_file import MOMENT
from penstock.learn.forecast_metrics import forecast_metrics
from penstock.learn.forecast_model import ForecastModel, GivenRows
from penstock.learn.summed_rows import with_sums

Floats = NDArray[np.float64]

PERFORM_AGGREGATION = OptionSpec(
    "perform_aggregation",
    "boolean",
    True,
    "Time series: metrics of each series; FALSE gives every forecast beside what came.",
)
EVALUATED_HORIZON = OptionSpec(
    "horizon", "integer", 1000, "Time series: how many steps ahead are judged, at most the model's horizon.", minimum=1
)
EVALUATED_CONFIDENCE = OptionSpec(
    "confidence_level",
    "number",
    0.95,
    "Time series: the share of the outcomes that the bounds hold; less than 1.",
    minimum=0,
    maximum=1,
    check=lambda value: "less than 1" if value == 1 else None,
)
OPTIONS = (PERFORM_AGGREGATION, EVALUATED_HORIZON, EVALUATED_CONFIDENCE)
OUTPUT = (
    OutputColumn("root_mean_squared_error", "FLOAT64", "Time series: the root of the mean squared error."),
    OutputColumn(
        "mean_absolute_percentage_error",
        "FLOAT64",
        "Time series: the mean of |error| / |value|, in per cent; values of 0 are left out.",
    ),
    OutputColumn(
        "symmetric_mean_absolute_percentage_error",
        "FLOAT64",
        "Time series: the mean of 2 |error| / (|value| + |forecast|), in per cent.",
    ),
    OutputColumn(
        "mean_absolute_scaled_error",
        "FLOAT64",
        "Time series: the mean absolute error over that of saying, in training, that nothing changes from one time to "
        "the next (Hyndman and Koehler 2006).",
    ),
)
PAIR_COLUMNS = (
    OutputColumn("<timestamp>", "TIMESTAMP", "Time series, perform_aggregation FALSE: the time."),
    OutputColumn("<data>", "FLOAT64", "Time series, perform_aggregation FALSE: what came."),
    OutputColumn("forecasted_<data>", "FLOAT64", "Time series, perform_aggregation FALSE: what was forecast."),
    OutputColumn("lower_bound", "FLOAT64", "Time series, perform_aggregation FALSE: the lower end of the interval."),
    OutputColumn("upper_bound", "FLOAT64", "Time series, perform_aggregation FALSE: the upper end of the interval."),
    OutputColumn("absolute_error", "FLOAT64", "Time series, perform_aggregation FALSE: the size of the error."),
    OutputColumn(
        "absolute_percentage_error",
        "FLOAT64",
        "Time series, perform_aggregation FALSE: its share of |value|, in per cent.",
    ),
)


def evaluate_forecast(call: Call) -> ArrowRows:
    """Return metrics of each series, or every forecast beside its value; without data the models themselves."""
    model = ForecastModel.of(call.fitted)
    if call.input is None:
        check_arima(call)
        call.environment.notice(
            "ML.EVALUATE without data shows the models of a time series, as ML.ARIMA_EVALUATE does, and is deprecated; "
            "give the data that came since to see how good the forecasts were."
        )
        own = np.flatnonzero(~model.series.column("rolled_up").to_numpy())
        return fixed_rows(evaluations(model, own, everything=False))
    horizon = checked_horizon(call, model)
    rows = read_all(call, model)[1]
    given = with_sums(model, model.read_rows(rows))
    found = model.outlook(given, horizon, rows if model.regressors else None)
    if call.options["perform_aggregation"]:
        return fixed_rows(_metrics(model, given, found.value))
    return fixed_rows(_pairs(call, model, given, found.value, found.standard_error))


def _metrics(model: ForecastModel, given: GivenRows, forecast: Floats) -> pa.Table:
    scales = model.series.column("naive_error").to_numpy(zero_copy_only=False)
    series, table = forecast_metrics(given.series, given.values, forecast, scales)
    columns = [*model.ids_of(series), *table.columns]
    return pa.table(columns, schema=pa.schema([*model.id_fields, *table.schema]))


def _pairs(call: Call, model: ForecastModel, given: GivenRows, forecast: Floats, error: Floats) -> pa.Table:
    level = cast("float", call.options["confidence_level"])
    low, high = model.bounds(forecast, error, level)
    off = np.abs(forecast - given.values)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(given.values != 0, 100 * off / np.abs(given.values), math.nan)
    rows = np.flatnonzero((given.series >= 0) & given.known)
    numbers = (given.values, forecast, low, high, off, share)
    names = (
        model.data,
        f"forecasted_{model.data}",
        *("lower_bound", "upper_bound", "absolute_error", "absolute_percentage_error"),
    )
    columns = [
        *model.ids_of(given.series[rows]),
        pa.array(given.times[rows]).view(MOMENT),
        *(pa.array(np.ascontiguousarray(part[rows]), from_pandas=True) for part in numbers),
    ]
    fields = [*model.id_fields, pa.field(model.timestamp, MOMENT), *(pa.field(name, pa.float64()) for name in names)]
    return pa.table(columns, schema=pa.schema(fields))
