"""CREATE MODEL of automl_forecaster beside ARIMA_PLUS alone, on sets of series, each forecast from several points.

One window says little: of a street's walkers ARIMA_PLUS foretold the newest 15 % better, and thirty windows 25 % worse.
A set is a file `benchmarks/forecast_sets/NAME.toml`:

    rows = "SELECT series, moment, value FROM '{data}/sales.csv'"
    horizon = 12
    windows = 5      # the first knows all but the newest 12 values of each series, the next all but 24, …
    note = "what it is"

`{data}` is the folder of the shared data (PENSTOCK_SHARED_DATA). Errors are absolute, over the mean size of the steps
of the known past (MASE), a mean over series and windows. PENSTOCK_FORECAST_SETS names a folder of other sets.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import time
import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from benchmarks.measurement import Claim, Json, be_a_side, run_side

HERE = Path(__file__).parent / "forecast_sets"
BUDGET = 20
METHODS = {"arima_plus": "", "automl_forecaster": f", budget_seconds = {BUDGET}"}
KNOWN = """
CREATE OR REPLACE TABLE known AS SELECT series, moment, value FROM numbered WHERE back > {cut};
CREATE OR REPLACE TABLE actual AS
SELECT series, moment, value FROM numbered WHERE back <= {cut} AND back > {cut} - {horizon}
"""
MODEL = """
CREATE OR REPLACE MODEL m OPTIONS (model_type = '{method}', time_series_timestamp_col = 'moment',
    time_series_data_col = 'value', time_series_id_col = 'series', horizon = {horizon}{more}) AS SELECT * FROM known
"""
ERROR = """
WITH joined AS (
    SELECT f.series, avg(abs(f.forecast_value - a.value)) AS error,
        avg((a.value BETWEEN prediction_interval_lower_bound AND prediction_interval_upper_bound)::INT) AS held
    FROM ML.FORECAST(MODEL m, STRUCT({horizon} AS horizon)) AS f
    JOIN actual AS a ON a.series = f.series AND a.moment = CAST(f.forecast_timestamp AS TIMESTAMP) GROUP BY f.series
),
scales AS (
    SELECT series, avg(abs(value - before)) AS scale
    FROM (SELECT series, value, lag(value) OVER (PARTITION BY series ORDER BY moment) AS before FROM known)
    GROUP BY series
)
SELECT avg(error / scale) AS mase, avg(held) AS held FROM joined JOIN scales USING (series) WHERE scale > 0
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    data = Path(os.environ.get("PENSTOCK_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    sets = sorted(Path(os.environ.get("PENSTOCK_FORECAST_SETS", HERE)).glob("*.toml"))
    if not data.is_dir() or not sets:
        print(f"forecast_windows: not measured; {data} is no folder of data, or there is no set")
        return
    ratios = []
    for path in sets:
        said = {**tomllib.loads(path.read_text(encoding="utf-8")), "scale": scale}
        said["rows"] = said["rows"].replace("{data}", str(data))
        (folder / "set.json").write_text(json.dumps(said), encoding="utf-8")
        found = {method: run_side("forecast_windows", method, folder).said for method in METHODS}
        alone, ours = (found[method] for method in METHODS)
        ratios.append(statistics.fmean(ours["mase"]) / statistics.fmean(alone["mase"]))
        beside = f"{statistics.fmean(ours['mase']):.3f} and {statistics.fmean(alone['mase']):.3f}"
        times = f"{statistics.fmean(ours['seconds']):.1f} s and {statistics.fmean(alone['seconds']):.1f} s a window"
        held = f"95 % intervals hold {statistics.fmean(ours['held']):.0%} and {statistics.fmean(alone['held']):.0%}"
        note = f"{beside} in {len(ours['mase'])} windows, {times}, {held}"
        yield Claim(f"{path.stem}: mean error over ARIMA_PLUS's", [ratios[-1]], 1.02, note=note)
        yield Claim(f"{path.stem}: longest search", [max(ours["seconds"])], BUDGET + 3.0, unit=" s")
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    yield Claim("geometric mean over the sets", [mean], 1.0, note=f"{len(ratios)} sets")


def _side(method: str, folder: Path) -> Mapping[str, Json]:
    import penstock

    said = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    horizon, windows = said["horizon"], max(1, round(said["windows"] * said["scale"]))
    errors: dict[str, list[float]] = {"mase": [], "held": []}
    seconds = []
    with penstock.connect() as connection:
        connection.sql(f"CREATE TABLE raw AS {said['rows']}")
        connection.sql(
            "CREATE TABLE numbered AS SELECT series, moment::TIMESTAMP AS moment, value::DOUBLE AS value, "
            "row_number() OVER (PARTITION BY series ORDER BY moment DESC) AS back FROM raw"
        )
        for window in range(1, windows + 1):
            for statement in KNOWN.format(cut=window * horizon, horizon=horizon).split(";"):
                connection.sql(statement)
            begun = time.perf_counter()
            connection.sql(MODEL.format(method=method, horizon=horizon, more=METHODS[method]))
            seconds.append(time.perf_counter() - begun)
            found = connection.sql(ERROR.format(horizon=horizon)).rows()[0]
            for name, values in errors.items():
                values.append(found[name])
    return {**errors, "seconds": seconds}


if __name__ == "__main__":
    be_a_side({method: partial(_side, method) for method in METHODS})
