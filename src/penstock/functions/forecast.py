"""ML.FORECAST: what a time series model says of the times to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.names import with_article
from penstock.core.options import OptionSpec
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.functions.transform import apply_transform_sql
from penstock.lake.database import ArrowRows
from penstock.learn.forecast_file import MOMENT
from penstock.learn.forecast_model import ForecastModel, no_regressors
from penstock.learn.schema import Task

HORIZON = OptionSpec("horizon", "integer", 3, "How many steps ahead; not more than the model's horizon.", minimum=1)
CONFIDENCE = OptionSpec(
    "confidence_level",
    "number",
    0.95,
    "The share of the outcomes that the intervals hold; from 0 to less than 1.",
    minimum=0,
    maximum=1,
    check=lambda value: "less than 1" if value == 1 else None,
)
ID = OutputColumn("<id>", "any", "The columns that tell series apart, where there are any.")
ARIMA_FAMILIES = "ARIMA_PLUS and ARIMA_PLUS_XREG"
FAMILIES = "ARIMA_PLUS, ARIMA_PLUS_XREG and AutoML's forecasts"
INTERVALS = (
    OutputColumn("prediction_interval_lower_bound", "FLOAT64", "The lower end of the interval."),
    OutputColumn("prediction_interval_upper_bound", "FLOAT64", "The upper end of the interval."),
)


def forecast(call: Call) -> ArrowRows:
    """Return one row a series and step ahead."""
    model = ForecastModel.of(call.fitted)
    level = cast("float", call.options["confidence_level"])
    rows = model.within(checked_horizon(call, model))
    value = rows.column("value").to_numpy()
    added = model.attributions(rows, future_rows(call, model))
    if added is not None:
        value = value + added.sum(axis=1)
    error = rows.column("standard_error").to_numpy()
    low, high = model.bounds(value, error, level)
    series = rows.column("series").to_numpy()
    columns = [
        *model.ids_of(series),
        rows.column("time"),
        *(pa.array(part) for part in (value, error, np.full(len(value), level), low, high, low, high)),
    ]
    return fixed_rows(pa.table(columns, schema=_schema(model)))


def _schema(model: ForecastModel) -> pa.Schema:
    numbers = [column.name for column in FORECAST.output[2:]]
    return pa.schema([*model.id_fields, ("forecast_timestamp", MOMENT), *((name, pa.float64()) for name in numbers)])


def checked_horizon(call: Call, model: ForecastModel) -> int:
    """Return how many steps ahead a call asks for; raises InvalidOption for more than the model has."""
    horizon = cast("int", call.options["horizon"])
    if horizon > model.horizon and "horizon" in call.given:
        raise InvalidOption.of(
            f"{call.name} is asked for {horizon:,} steps; model {call.model_name} was made for {model.horizon:,}.",
            span=call.span,
            hint=f"Ask for fewer, or train it with OPTIONS (horizon = {horizon}).",
        )
    return min(horizon, model.horizon)


def future_rows(call: Call, model: ForecastModel) -> pa.Table | None:
    """Return the data of a call with the regressors of the future, None for a model that has none.

    Raises BadData when the model needs data and there is none.
    """
    if model.regressors is None:
        if call.input is not None:
            call.environment.notice(
                f"{call.name} does not read the data: {call.model_name} forecasts from the past alone. Only "
                "ARIMA_PLUS_XREG models read columns of the future."
            )
        return None
    if call.input is None:
        problem = no_regressors(model, call.name)
        raise problem.at(call.span) if call.span else problem
    return read_all(call, model)[1]


def refuse_misplaced(call: Call, own: Sequence[OptionSpec]) -> None:
    """Raise InvalidOption for options of time series, `own`, with another model, and the other way round."""
    forecasts = call.fitted.manifest.task is Task.FORECASTING
    names = {option.name for option in own}
    wrong = sorted(name for name in call.given if (name in names) != forecasts)
    if wrong:
        whose = "other models than time series" if forecasts else "time series models"
        raise InvalidOption.of(
            f"Option {wrong[0]} of {call.name} is for {whose}; {call.model_name} is "
            f"{with_article(call.fitted.manifest.model_type)} model.",
            span=call.span,
            hint="Leave it out.",
        )


def read_all(call: Call, model: ForecastModel) -> tuple[pa.Table, pa.Table]:
    """Return the data of a call as one table, and as the model reads it: regressors after TRANSFORM."""
    transform = call.fitted.manifest.transform
    names = call.rows.schema.names
    if transform is None:
        stream = call.environment.stream(call.rows.sql)
        whole = pa.Table.from_batches(list(stream.batches), schema=call.rows.schema)
        return whole, whole
    rows = call.environment.query(apply_transform_sql(transform, call.rows.sql, keep=names))
    table = pa.Table.from_batches(list(rows.batches()), schema=rows.schema)
    made = [column.name for column in transform.columns]
    whole = pa.table(table.columns[len(made) :], schema=call.rows.schema)
    own = {name.casefold() for name in (model.timestamp, model.data, *model.id_names)}
    series = [(name, whole.column(name)) for name in names if name.casefold() in own]
    others = [(name, column) for name, column in zip(made, table.columns, strict=False) if name.casefold() not in own]
    return whole, pa.table(dict([*series, *others]))


FORECAST = FunctionSpec(
    name="ML.FORECAST",
    summary="Says what comes next in every series of a time series model.",
    run=forecast,
    input="optional",
    tasks=(Task.FORECASTING,),
    families=FAMILIES,
    options=(HORIZON, CONFIDENCE),
    output=(
        ID,
        OutputColumn("forecast_timestamp", "TIMESTAMP", "The time that is forecast."),
        OutputColumn("forecast_value", "FLOAT64", "What is expected."),
        OutputColumn("standard_error", "FLOAT64", "The standard deviation of what may come."),
        OutputColumn("confidence_level", "FLOAT64", "The share of the outcomes that the intervals hold."),
        *INTERVALS,
        OutputColumn("confidence_interval_lower_bound", "FLOAT64", "The same again, as BigQuery gives it."),
        OutputColumn("confidence_interval_upper_bound", "FLOAT64", "The same again."),
    ),
    example="SELECT * FROM ML.FORECAST(MODEL sales_forecast, STRUCT(30 AS horizon, 0.9 AS confidence_level))",
    notes=(
        "The values are computed when the model is trained; asking for them costs nothing.",
        "A model with regressors needs data: their values at the times to forecast.",
        "A regressor that is NULL, or whose time is not in the data, counts as the mean of the training rows.",
        "Data and STRUCT may stand in either order.",
    ),
)
