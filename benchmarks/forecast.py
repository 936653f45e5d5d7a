"""CREATE MODEL of ARIMA_PLUS on 500 monthly series (M3), horizon 18, against statsforecast's AutoARIMA, and
automl_forecaster against that ARIMA_PLUS.

The series are an even 500 of the 1,428 monthly ones (Makridakis and Hibon, 2000), each without its last 18 months;
those are what the forecasts are held against. They are not kept here: PENSTOCK_M3 names a CSV file
`series,month,value` of all 1,428 in the competition's order, each with its last 18 months (the R package Mcomp has
them as M3; months may be counted from any January).

AutoARIMA(season_length=12) of statsforecast 2.1.1 was run once on these series, in one process of a 2-core machine:
`forecast_autoarima.csv` holds its errors, and 0.564 s a series is what it took (0.518 s of processor time). sMAPE is in
per cent; MASE is scaled by the mean difference to the same month of the year before.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measurement import Claim, Json, be_a_side, megabytes, run_side

SERIES, HORIZON, BUDGET = 500, 18, 60
SECONDS_OF_AUTOARIMA = 0.564
THEIRS = Path(__file__).parent / "forecast_autoarima.csv"
STATEMENT = f"""
CREATE MODEL months OPTIONS (
    model_type = '{{method}}', time_series_timestamp_col = 'month', time_series_data_col = 'value',
    time_series_id_col = 'series', data_frequency = 'monthly', horizon = {HORIZON}{{more}}
) AS SELECT * FROM known
"""
ERRORS = """
WITH joined AS (
    SELECT f.series, f.forecast_value AS forecast, a.value AS actual
    FROM ML.FORECAST(MODEL months, STRUCT(18 AS horizon)) AS f
    JOIN actual AS a ON a.series = f.series AND a.month = CAST(f.forecast_timestamp AS DATE)
),
scales AS (
    SELECT series, avg(abs(value - before)) AS scale
    FROM (SELECT series, value, lag(value, 12) OVER (PARTITION BY series ORDER BY month) AS before FROM known)
    GROUP BY series
)
SELECT series, 200 * avg(abs(actual - forecast) / (abs(actual) + abs(forecast))) AS smape,
    avg(abs(actual - forecast)) / any_value(scale) AS mase, count(*) AS months
FROM joined JOIN scales USING (series) GROUP BY series
"""


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    source = os.environ.get("PENSTOCK_M3")
    if source is None:
        print("forecast: not measured; PENSTOCK_M3 names no file of the M3 series (benchmarks/forecast.py says which)")
        return
    _write(Path(source), folder, max(1, round(SERIES * scale)))
    sample = run_side("forecast", "arima_plus", folder)
    with THEIRS.open(encoding="utf-8") as lines:
        theirs = {row["series"]: row for row in csv.DictReader(lines)}
    ours: Mapping[str, Mapping[str, float]] = sample.said["errors"]
    for measure in ("smape", "mase"):
        mine = sum(errors[measure] for errors in ours.values()) / len(ours)
        other = sum(float(theirs[name][measure]) for name in ours) / len(ours)
        yield Claim(f"mean {measure} over AutoARIMA's", [mine / other], 1.0, note=f"{mine:.4f} and {other:.4f}")
    each = sample.said["seconds"] / len(ours)
    yield Claim(
        "time over AutoARIMA's",
        [each / SECONDS_OF_AUTOARIMA],
        0.5,
        note=f"{each * 1000:.0f} ms a series, the statement as a whole; {megabytes([sample])}",
    )
    searched = run_side("forecast", "automl_forecaster", folder)
    for measure in ("smape", "mase"):
        mine, alone = (
            sum(errors[measure] for errors in side.said["errors"].values()) / len(ours) for side in (searched, sample)
        )
        yield Claim(f"automl_forecaster: mean {measure} over ARIMA_PLUS's", [mine / alone], 1.0, note=f"{mine:.4f}")
    yield Claim(
        "automl_forecaster: time",
        [searched.said["seconds"]],
        BUDGET + 3.0,
        unit=" s",
        note=f"budget_seconds = {BUDGET}; {megabytes([searched])}; ARIMA_PLUS {sample.said['seconds']:.1f} s",
    )


def arima_plus(folder: Path) -> Mapping[str, Json]:
    return _side(folder, "arima_plus", "")


def automl_forecaster(folder: Path) -> Mapping[str, Json]:
    return _side(folder, "automl_forecaster", f", budget_seconds = {BUDGET}")


def _side(folder: Path, method: str, more: str) -> Mapping[str, Json]:
    import time

    import penstock

    with penstock.connect() as connection:
        for name in ("known", "actual"):
            connection.sql(f"CREATE TABLE {name} AS SELECT * FROM '{folder / name}.csv'")
        begun = time.perf_counter()
        connection.sql(STATEMENT.format(method=method, more=more))
        seconds = time.perf_counter() - begun
        rows = connection.sql(ERRORS).rows()
    assert all(row["months"] == HORIZON for row in rows)
    return {"seconds": seconds, "errors": {row["series"]: {k: row[k] for k in ("smape", "mase")} for row in rows}}


def _write(source: Path, folder: Path, count: int) -> None:
    """Write the months that are known and those that are not, of so many series, as two files."""
    with source.open(encoding="utf-8") as lines:
        rows: dict[str, list[list[str]]] = {}
        for row in list(csv.reader(lines))[1:]:
            rows.setdefault(row[0], []).append(row)
    names = list(rows)
    chosen = [names[i * len(names) // SERIES] for i in range(count)]
    for what, part in (("known", slice(None, -HORIZON)), ("actual", slice(-HORIZON, None))):
        with (folder / f"{what}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["series", "month", "value"])
            for name in chosen:
                writer.writerows(rows[name][part])


if __name__ == "__main__":
    be_a_side({"arima_plus": arima_plus, "automl_forecaster": automl_forecaster})
