"""ML.EXPLAIN_FORECAST: history and forecast of a time series model, taken apart."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.functions.forecast import CONFIDENCE, FAMILIES, HORIZON, ID, INTERVALS, checked_horizon, future_rows
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn.forecast_file import SEASONAL
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
_OF_HISTORY = ("spikes_and_dips", "step_changes", "residual")


def explain_forecast(call: Call) -> ArrowRows:
    """Return the rows of the history, then those of the forecast, of every series in turn."""
    model = ForecastModel.of(call.fitted)
    check_history(call, model)
    horizon = checked_horizon(call, model)
    level = cast("float", call.options["confidence_level"])
    future = _future(model, horizon, level, future_rows(call, model))
    both = pa.concat_tables([_past(model), future])
    order = np.argsort(both.column("series").to_numpy(), kind="stable")
    both = both.take(pa.array(order))
    ids = model.ids_of(both.column("series").to_numpy())
    own = both.remove_column(both.column_names.index("series"))
    schema = pa.schema([*model.id_fields, *own.schema])
    return fixed_rows(pa.table([*ids, *own.columns], schema=schema))


def check_history(call: Call, model: ForecastModel) -> None:
    """Raise InvalidOption for a model that has kept no history."""
    if not model.keeps_history:
        raise InvalidOption.of(
            f"{call.name} shows the history, which model {call.model_name} has not kept.",
            span=call.span,
            hint="Train it with OPTIONS (decompose_time_series = TRUE), which is the default.",
        )


def _past(model: ForecastModel) -> pa.Table:
    rows = model.history
    nothing = pa.nulls(rows.num_rows, pa.float64())
    errors = model.series.column("standard_error").take(rows.column("series"))
    columns = {
        "series": rows.column("series"),
        "time_series_timestamp": rows.column("time"),
        "time_series_type": pa.array(np.full(rows.num_rows, "history")),
        "time_series_data": rows.column("observed"),
        "time_series_adjusted_data": rows.column("adjusted"),
        "standard_error": errors,
        "confidence_level": nothing,
        "prediction_interval_lower_bound": nothing,
        "prediction_interval_upper_bound": nothing,
        **_parts(rows),
        **{name: rows.column(name) for name in _OF_HISTORY},
        **_holidays(model, rows),
    }
    for place, feature in enumerate(model.regressors.features if model.regressors else ()):
        columns[f"attribution_{feature.name}"] = rows.column(f"attribution_{place}")
    return pa.table(columns)


def _future(model: ForecastModel, horizon: int, level: float, given: pa.Table | None) -> pa.Table:
    rows = model.within(horizon)
    value = rows.column("value").to_numpy()
    added = model.attributions(rows, given)
    if added is not None:
        value = value + added.sum(axis=1)
    error = rows.column("standard_error").to_numpy()
    low, high = model.bounds(value, error, level)
    nothing = pa.nulls(rows.num_rows, pa.float64())
    columns = {
        "series": rows.column("series"),
        "time_series_timestamp": rows.column("time"),
        "time_series_type": pa.array(np.full(rows.num_rows, "forecast")),
        "time_series_data": pa.array(value),
        "time_series_adjusted_data": pa.array(value),
        "standard_error": rows.column("standard_error"),
        "confidence_level": pa.array(np.full(rows.num_rows, level)),
        "prediction_interval_lower_bound": pa.array(low),
        "prediction_interval_upper_bound": pa.array(high),
        **_parts(rows),
        **dict.fromkeys(_OF_HISTORY, nothing),
        **_holidays(model, rows),
    }
    for place, feature in enumerate(model.regressors.features if model.regressors else ()):
        assert added is not None
        columns[f"attribution_{feature.name}"] = pa.array(np.ascontiguousarray(added[:, place]))
    return pa.table(columns)


def _parts(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    seasons = {f"seasonal_period_{season}": rows.column(season) for season in SEASONAL}
    return {"trend": rows.column("trend"), **seasons, "holiday_effect": rows.column("holiday")}


def _holidays(model: ForecastModel, rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {f"holiday_effect_{name}": rows.column(f"holiday_{place}") for place, name in enumerate(model.holidays)}


EXPLAIN_FORECAST = FunctionSpec(
    name="ML.EXPLAIN_FORECAST",
    summary="Shows the history and the forecast of every series, and what each value is made of.",
    run=explain_forecast,
    input="optional",
    tasks=(Task.FORECASTING,),
    families=FAMILIES,
    options=(HORIZON, CONFIDENCE),
    output=(
        ID,
        OutputColumn("time_series_timestamp", "TIMESTAMP", "The time."),
        OutputColumn("time_series_type", "STRING", "'history' or 'forecast'."),
        OutputColumn("time_series_data", "FLOAT64", "What was, gaps filled; or what is forecast."),
        OutputColumn(
            "time_series_adjusted_data",
            "FLOAT64",
            "The value without spikes, steps and what is left over; of a forecast the same as time_series_data.",
        ),
        OutputColumn("standard_error", "FLOAT64", "That of one step ahead; of a forecast its own."),
        OutputColumn("confidence_level", "FLOAT64", "The share that the intervals hold; NULL in the history."),
        *INTERVALS,
        OutputColumn("trend", "FLOAT64", "The long-term level."),
        *(
            OutputColumn(f"seasonal_period_{season}", "FLOAT64", f"The {season} season; NULL where there is none.")
            for season in SEASONAL
        ),
        OutputColumn("holiday_effect", "FLOAT64", "What the holidays add; NULL where none are modelled."),
        OutputColumn("spikes_and_dips", "FLOAT64", "What was taken out as a spike or a dip."),
        OutputColumn("step_changes", "FLOAT64", "What was taken out as a lasting jump."),
        OutputColumn("residual", "FLOAT64", "What is left over; NULL in the forecast."),
        OutputColumn("holiday_effect_<holiday>", "FLOAT64", "What each holiday adds, in a column of its own."),
        OutputColumn("attribution_<regressor>", "FLOAT64", "What each regressor adds; only of ARIMA_PLUS_XREG."),
    ),
    example="SELECT * FROM ML.EXPLAIN_FORECAST(MODEL sales_forecast, STRUCT(30 AS horizon))",
    notes=(
        "In the history: time_series_data = time_series_adjusted_data + spikes_and_dips + step_changes + residual.",
        "In the forecast: time_series_data = trend + seasons + holidays + what the regressors add. NULL counts as 0.",
        "A model with regressors needs data, as with ML.FORECAST.",
    ),
)
