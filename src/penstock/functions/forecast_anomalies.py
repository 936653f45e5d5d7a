"""ML.DETECT_ANOMALIES of a time series model: values that its forecasts, or its history, make improbable."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.options import OptionSpec
from penstock.functions.explain_forecast import check_history
from penstock.functions.forecast import read_all
from penstock.functions.function import Call, OutputColumn, fixed_rows
from penstock.functions.predict import check_collisions
from penstock.lake.database import ArrowRows
from penstock.learn.forecast_file import MOMENT
from penstock.learn.forecast_model import ForecastModel

Floats = NDArray[np.float64]
PROBABILITY_THRESHOLD = OptionSpec(
    "anomaly_prob_threshold",
    "number",
    0.95,
    "Time series: the anomaly probability above which a value is one; from 0 to less than 1.",
    minimum=0,
    maximum=1,
    check=lambda value: "less than 1" if value == 1 else None,
)
OUTPUT = (
    OutputColumn("lower_bound", "FLOAT64", "Time series: below it a value is an anomaly."),
    OutputColumn("upper_bound", "FLOAT64", "Time series: above it a value is an anomaly."),
    OutputColumn(
        "anomaly_probability",
        "FLOAT64",
        "Time series: the share of the outcomes that lie nearer to the expected value than this one.",
    ),
)
_JUDGED = ("lower_bound", "upper_bound", "anomaly_probability")


def forecast_anomalies(call: Call) -> ArrowRows:
    """Return the judged rows of the data, or without data those of the history."""
    model = ForecastModel.of(call.fitted)
    threshold = cast("float", call.options["anomaly_prob_threshold"])
    return fixed_rows(_of_history(call, model, threshold) if call.input is None else _of_data(call, model, threshold))


def _of_history(call: Call, model: ForecastModel, threshold: float) -> pa.Table:
    check_history(call, model)
    rows = model.history.filter(model.history.column("present"))
    steps = pc.fill_null(rows.column("step_changes"), 0.0).to_numpy()
    expected = rows.column("adjusted").to_numpy(zero_copy_only=False) + steps
    errors = model.series.column("standard_error").take(rows.column("series")).to_numpy(zero_copy_only=False)
    values = rows.column("observed").to_numpy(zero_copy_only=False)
    judged = judgement(model, values, expected, errors, threshold)
    columns = [*model.ids_of(rows.column("series").to_numpy()), rows.column("time"), pa.array(values), *judged]
    return pa.table(columns, schema=pa.schema(_fields(model)))


def _of_data(call: Call, model: ForecastModel, threshold: float) -> pa.Table:
    rows, read = read_all(call, model)
    given = model.read_rows(read)
    found = model.outlook(given, model.horizon, read if model.regressors else None)
    judged = judgement(model, given.values, found.value, found.standard_error, threshold)
    spelled = {name.casefold(): name for name in rows.column_names}
    own = [spelled[name.casefold()] for name in (*model.id_names, model.timestamp, model.data)]
    others = [name for name in rows.column_names if name not in own]
    fields = _fields(model, [rows.schema.field(name) for name in own[: len(model.id_names)]])
    check_collisions(call, fields, others)
    times = pa.array(given.times, mask=~given.known).view(MOMENT)
    values = pa.array(given.values, from_pandas=True)
    ids = [rows.column(name) for name in own[: len(model.id_names)]]
    columns = [*ids, times, values, *judged, *(rows.column(name) for name in others)]
    return pa.table(columns, schema=pa.schema([*fields, *(rows.schema.field(name) for name in others)]))


def _fields(model: ForecastModel, ids: list[pa.Field] | None = None) -> list[pa.Field]:
    named = ids if ids is not None else model.id_fields
    flag = pa.field("is_anomaly", pa.bool_())
    numbers = [pa.field(name, pa.float64()) for name in _JUDGED]
    return [*named, pa.field(model.timestamp, MOMENT), pa.field(model.data, pa.float64()), flag, *numbers]


def judgement(
    model: ForecastModel, values: Floats, expected: Floats, errors: Floats, threshold: float
) -> list[pa.Array]:
    """Return is_anomaly, the bounds and the anomaly probability of values, NULL where nothing is expected of them."""
    from scipy.special import ndtr

    low, high = model.bounds(expected, errors, threshold)
    off = np.abs(values - expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A series that never moved is sure of its next value.
        distance = np.where(errors > 0, off / errors, np.where(off > 0, np.inf, 0.0))
    distance = np.where(np.isfinite(off), distance, np.nan)
    probability = 2 * ndtr(distance) - 1
    unknown = ~np.isfinite(probability)
    # What lies beyond the model's limits is an anomaly however wide the bounds would be.
    beyond = (values < low) | (values > high)
    flags = pa.array((probability > threshold) | beyond, pa.bool_(), mask=unknown)
    numbers = [pa.array(part, pa.float64(), mask=~np.isfinite(part)) for part in (low, high, probability)]
    return [flags, *numbers]
