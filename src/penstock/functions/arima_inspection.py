"""ML.ARIMA_EVALUATE, ML.ARIMA_COEFFICIENTS and ML.HOLIDAY_INFO: what a time series model is like."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import InvalidOption
from penstock.core.names import with_article
from penstock.core.options import OptionSpec
from penstock.functions.forecast import ARIMA_FAMILIES, FAMILIES, ID
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.lake.database import ArrowRows
from penstock.learn import forecast_file as file
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.holiday_calendar import HOLIDAYS
from penstock.learn.schema import Task

_NUMBERS = ("non_seasonal_p", "non_seasonal_d", "non_seasonal_q", "has_drift", "log_likelihood", "AIC", "variance")
_FLAGS = ("has_holiday_effect", "has_spikes_and_dips", "has_step_changes")
_WEIGHTS = pa.list_(pa.struct([("category", pa.string()), ("weight", pa.float64())]))


def arima_evaluate(call: Call) -> ArrowRows:
    """Return one row a series with its model, or one for each model that was tried of it: that model first, then the
    others by their AIC.
    """
    shown = call.options["show_all_candidate_models"]
    check_arima(call)
    model = ForecastModel.of(call.fitted)
    own = np.flatnonzero(~model.series.column("rolled_up").to_numpy())
    return fixed_rows(evaluations(model, own, everything=len(own) == 1 if shown is None else bool(shown)))


def check_arima(call: Call) -> None:
    """Raise InvalidOption for a model that is not one ARIMA model a series."""
    if file.CANDIDATES not in call.fitted.files:
        kind = with_article(call.fitted.manifest.model_type)
        raise InvalidOption.of(
            f"{call.name} shows ARIMA models; {call.model_name} is {kind} model, whose forecasts are weighted means of "
            "several methods.",
            span=call.span,
            hint="ML.FORECAST, ML.EXPLAIN_FORECAST, ML.DETECT_ANOMALIES, and ML.EVALUATE with data work on it.",
        )


def evaluations(model: ForecastModel, own: np.ndarray, *, everything: bool) -> pa.Table:
    """Return the rows of ML.ARIMA_EVALUATE of some series; one that was not fitted has its message alone."""
    candidates = file.read_file(model.files, file.CANDIDATES)
    if not everything:
        candidates = candidates.filter(candidates.column("chosen"))
    owner = candidates.column("series").to_numpy().astype(np.int64)
    missing = np.setdiff1d(own, owner)
    series = np.concatenate([owner, missing])
    aic = np.concatenate([candidates.column("AIC").to_numpy(), np.zeros(len(missing))])
    passed_over = np.concatenate([~candidates.column("chosen").to_numpy(), np.zeros(len(missing), np.bool_)])
    order = np.lexsort((aic, passed_over, series))
    order = order[np.isin(series[order], own)]
    # A series without a model takes a row of NULLs after the last candidate.
    places = pa.array(order, mask=order >= len(owner))
    facts = model.series.take(pa.array(series[order]))
    columns = [
        *model.ids_of(series[order]),
        *(candidates.column(name).take(places) for name in _NUMBERS),
        _periods(facts.column("seasonal_periods")),
        *(facts.column(name) for name in (*_FLAGS, "error_message")),
    ]
    fields = [*model.id_fields, *(candidates.schema.field(name) for name in _NUMBERS)]
    fields += [facts.schema.field(name) for name in ("seasonal_periods", *_FLAGS, "error_message")]
    return pa.table(columns, schema=pa.schema(fields))


def _periods(periods: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the seasons of each series, NO_SEASONALITY for one that has none, as BigQuery tells it."""
    none = pc.equal(pc.list_value_length(periods), 0)
    return pc.if_else(none, pa.scalar(["NO_SEASONALITY"], pa.list_(pa.string())), periods)


def arima_coefficients(call: Call) -> ArrowRows:
    """Return one row a series; of a model with regressors one for each of them too."""
    check_arima(call)
    model = ForecastModel.of(call.fitted)
    rows = model.chosen
    names = ("ar_coefficients", "ma_coefficients", "intercept_or_drift")
    series = rows.column("series").to_numpy()
    table = pa.table(
        [*model.ids_of(series), *(rows.column(name) for name in names)],
        schema=pa.schema([*model.id_fields, *(rows.schema.field(name) for name in names)]),
    )
    return fixed_rows(table if model.regressors is None else _with_weights(model, table, series))


def _with_weights(model: ForecastModel, table: pa.Table, series: np.ndarray) -> pa.Table:
    assert model.regressors is not None
    weights = model.series.column("weights").to_pylist()
    listed = [model.regressors.weight_rows(weights[number] or []) for number in series.tolist()]
    flat = [row for rows in listed for row in rows]
    table = table.take(pa.array(np.repeat(np.arange(len(listed)), [len(rows) for rows in listed])))
    table = table.append_column("processed_input", pa.array([row["processed_input"] for row in flat], pa.string()))
    table = table.append_column("weight", pa.array([row["weight"] for row in flat], pa.float64()))
    return table.append_column("category_weights", pa.array([row["category_weights"] for row in flat], _WEIGHTS))


def holiday_info(call: Call) -> ArrowRows:
    """Return one row a holiday and date that the model knows."""
    files = call.fitted.files
    return fixed_rows(file.read_file(files, file.HOLIDAYS) if file.HOLIDAYS in files else HOLIDAYS.empty_table())


EVALUATION_COLUMNS = (
    OutputColumn("non_seasonal_p", "INT64", "The order p of the ARIMA model of the trend."),
    OutputColumn("non_seasonal_d", "INT64", "How often the trend is differenced."),
    OutputColumn("non_seasonal_q", "INT64", "The order q."),
    OutputColumn("has_drift", "BOOL", "Whether it drifts."),
    OutputColumn("log_likelihood", "FLOAT64", "The logarithm of its likelihood; more is better."),
    OutputColumn("AIC", "FLOAT64", "Akaike's information criterion; less is better."),
    OutputColumn("variance", "FLOAT64", "The variance of its innovations."),
    OutputColumn("seasonal_periods", "ARRAY<STRING>", "The seasons found, or NO_SEASONALITY."),
    OutputColumn("has_holiday_effect", "BOOL", "Whether holidays are modelled."),
    OutputColumn("has_spikes_and_dips", "BOOL", "Whether spikes or dips were taken out."),
    OutputColumn("has_step_changes", "BOOL", "Whether lasting jumps were taken out."),
    OutputColumn("error_message", "STRING", "Why the series could not be fitted; NULL for one that was."),
)

ARIMA_EVALUATE = FunctionSpec(
    name="ML.ARIMA_EVALUATE",
    summary="Shows the ARIMA model of each series, and those that were tried.",
    run=arima_evaluate,
    tasks=(Task.FORECASTING,),
    families=ARIMA_FAMILIES,
    options=(
        OptionSpec(
            "show_all_candidate_models",
            "boolean",
            None,
            "Show every model that was tried, the chosen one first, then by AIC; without it, when there is one series.",
        ),
    ),
    output=(ID, *EVALUATION_COLUMNS),
    example="SELECT * FROM ML.ARIMA_EVALUATE(MODEL sales_forecast, STRUCT(FALSE AS show_all_candidate_models))",
    notes=(
        "The lowest AIC is chosen, but not of a model with a root within 1 % of the unit circle if others have none.",
        "Series that are sums of others (hierarchical_time_series_cols) have no model of their own.",
    ),
)

ARIMA_COEFFICIENTS = FunctionSpec(
    name="ML.ARIMA_COEFFICIENTS",
    summary="Shows the coefficients of the ARIMA model of each series, and the weights of regressors.",
    run=arima_coefficients,
    tasks=(Task.FORECASTING,),
    families=ARIMA_FAMILIES,
    output=(
        ID,
        OutputColumn("ar_coefficients", "ARRAY<FLOAT64>", "The p coefficients of earlier values."),
        OutputColumn("ma_coefficients", "ARRAY<FLOAT64>", "The q coefficients of earlier innovations."),
        OutputColumn("intercept_or_drift", "FLOAT64", "The mean for d = 0, the drift for d = 1."),
        OutputColumn("processed_input", "STRING", "ARIMA_PLUS_XREG only: the regressor."),
        OutputColumn("weight", "FLOAT64", "ARIMA_PLUS_XREG only: its weight; NULL for categories."),
        OutputColumn(
            "category_weights",
            "ARRAY<STRUCT<category STRING, weight FLOAT64>>",
            "ARIMA_PLUS_XREG only: the weight of each category, against the commonest, which has 0.",
        ),
    ),
    example="SELECT * FROM ML.ARIMA_COEFFICIENTS(MODEL sales_forecast)",
)

HOLIDAY_INFO = FunctionSpec(
    name="ML.HOLIDAY_INFO",
    summary="Lists the holidays that a time series model knows.",
    run=holiday_info,
    tasks=(Task.FORECASTING,),
    families=FAMILIES,
    output=(
        OutputColumn("region", "STRING", "The region."),
        OutputColumn("holiday_name", "STRING", "The holiday."),
        OutputColumn("primary_date", "DATE", "A date of it."),
        OutputColumn("preholiday_days", "INT64", "How many days before it are moved by it."),
        OutputColumn("postholiday_days", "INT64", "How many days after it are."),
    ),
    example="SELECT * FROM ML.HOLIDAY_INFO(MODEL sales_forecast) ORDER BY primary_date",
    notes=("Built-in holidays come from the package `holidays`, for the years of the history and the forecast.",),
)
