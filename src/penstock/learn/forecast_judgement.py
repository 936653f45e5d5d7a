"""How good the forecasts of a time series model are: its newest times, forecast from those before them."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.forecast_metrics import FORECAST_METRICS, forecast_metrics
from penstock.learn.forecast_model import ForecastModel
from penstock.learn.forecast_option import TIMESTAMP
from penstock.learn.manifest import Manifest
from penstock.learn.registry import learner_of
from penstock.learn.series_rows import microseconds
from penstock.learn.shared_options import option_specs
from penstock.learn.training import train

# Without a window so large a share of the times is judged, and no more than the horizon.
SHARE = 0.2


def judged_on_newest(
    table: pa.Table,
    manifest: Manifest,
    window: timedelta | None,
    *,
    seed: int,
    threads: int,
    holidays: pa.Table | None = None,
) -> dict[str, float | None]:
    """Return the metrics of FORECAST_METRICS, each the mean over the series, of a model with the options of `manifest`.

    It is fitted to the rows of `table` before the newest `window` (or the newest fifth of the times, up to the horizon)
    and judged on those after. Raises UntrainableModel when nothing is left to fit or to judge.
    """
    known = {spec.name for spec in option_specs(learner_of(manifest.model_type))}
    given = {name: GivenOption(value) for name, value in manifest.options.items() if name in known}
    recent = _recent(table, str(manifest.options[TIMESTAMP]), window, cast("int", manifest.options["horizon"]))
    past = table.filter(pa.array(~recent))
    if not past.num_rows or not recent.any():
        raise UntrainableModel.of(
            "The window of the goal leaves no rows to learn from.", hint="Shorten it, or wait for more rows."
        )
    trained = train(past, given, seed=seed, threads=threads, progress=lambda *_: None, holidays=holidays)
    model = ForecastModel.of(load_model(trained.files, None))
    rows = table.filter(pa.array(recent))
    seen = model.read_rows(rows)
    said = model.outlook(seen, model.horizon, rows if model.regressors else None)
    scales = model.series.column("naive_error").to_numpy(zero_copy_only=False)
    return _means(forecast_metrics(seen.series, seen.values, said.value, scales)[1])


def _recent(table: pa.Table, column: str, window: timedelta | None, horizon: int) -> NDArray[np.bool_]:
    spelled = {name.casefold(): name for name in table.column_names}
    times, known = microseconds(table.column(spelled[column.casefold()]))
    moments = np.unique(times[known])
    if not len(moments):
        return known
    if window is not None:
        after = moments[-1] - round(window.total_seconds() * 1_000_000)
        return np.asarray(known & (times > after), np.bool_)
    count = min(horizon, max(1, round(len(moments) * SHARE)), len(moments))
    return np.asarray(known & (times >= moments[-count]), np.bool_)


def _means(metrics: pa.Table) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name in FORECAST_METRICS:
        values = metrics.column(name).drop_null().to_numpy()
        found[name] = float(values.mean()) if len(values) else None
    return found
