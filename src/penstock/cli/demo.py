"""The demonstration: two months to train on, then two years of hours through the live endpoint, in virtual time."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from penstock.cli.progress import ProgressListener
from penstock.connection import Connection, open_connection
from penstock.connection.service import running_service
from penstock.core.clock import VirtualClock
from penstock.core.events import Event, Noticed, nobody
from penstock.engine.loop import turn

FIRST_WEEK = date(2011, 3, 1)
WEEK = timedelta(days=7)
ARCHIVE = "data/bike_sharing_dataset.zip/hour.csv"
INPUTS = "hour, hr, weekday, workingday, holiday, season, weathersit, temp, atemp, hum, windspeed"
Say = Callable[[str], None]


@dataclass
class Told:
    """What is added up while the weeks pass."""

    hours: int = 0
    error: float = 0.0
    frozen_error: float = 0.0
    retrainings: int = 0

    def mean(self) -> float:
        return self.error / self.hours

    def frozen_mean(self) -> float:
        return self.frozen_error / self.hours


def run_demo(folder: Path, weeks: int, say: Say) -> None:
    """Run the demonstration in `folder`, a copy of the example project, and tell what happens."""
    clock = VirtualClock(datetime.combine(FIRST_WEEK, datetime.min.time(), UTC))
    say(f"\n1. A folder of SQL and a file: {folder}")
    with ProgressListener() as listener, open_connection(folder, clock=clock, listener=listener) as connection:
        say("\n2. First a careless model, on every column of the first two months. Penstock looks for leaks:\n")
        _show_leak(connection, listener)
        say("\n3. Now the project, as its SQL says: penstock run\n")
        connection.run(cause="penstock demo")
        with running_service(connection.session) as service:
            say(f"\n4. History flows through {service.address}/predict/rentals, a week at a time.")
            say("   Each week's true rentals come back as feedback, and its file arrives in data/hours.\n")
            told = _replay(connection, service.address, service.settle, clock, weeks, folder, say)
        _conclude(connection, told, folder, say)


def _show_leak(connection: Connection, listener: ProgressListener) -> None:
    warnings: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Noticed):
            warnings.append(event.message)

    connection.session.listener = listen
    connection.sql(
        "CREATE TABLE first_months AS SELECT * FROM 'data/hours/2011-01-01.csv';"
        "CREATE MODEL careless OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['cnt']) AS "
        "SELECT * EXCLUDE (instant) FROM first_months;"
        "DROP MODEL careless; DROP TABLE first_months"
    )
    connection.session.listener = listener
    for warning in warnings:
        listener(Noticed("model careless", warning))


def _replay(
    connection: Connection,
    address: str,
    settle: Callable[[], None],
    clock: VirtualClock,
    weeks: int,
    folder: Path,
    say: Say,
) -> Told:
    connection.sql(f"CREATE TEMP TABLE history AS SELECT dteday::TIMESTAMP + to_hours(hr) AS hour, * FROM '{ARCHIVE}'")
    frozen = connection.model("demand", 1)
    told = Told()
    for number in range(weeks):
        start = FIRST_WEEK + number * WEEK
        hours = _week(connection, start)
        if not hours.num_rows:
            break
        answers = _predict(address, hours.select([name.strip() for name in INPUTS.split(",")]))
        clock.advance(WEEK)
        actual = hours.column("cnt").to_pylist()
        _feed_back(address, answers, actual)
        _arrive(hours, folder / "data" / "hours" / f"{start}.csv")
        told.hours += len(actual)
        told.error += sum(abs(a["prediction"] - t) for a, t in zip(answers, actual, strict=True))
        alone = frozen.predict(hours).arrow().column("predicted_cnt").to_pylist()
        told.frozen_error += sum(abs(p - t) for p, t in zip(alone, actual, strict=True))
        settle()
        _tell_turn(connection, clock.now(), told, say)
        settle()
    return told


def _week(connection: Connection, start: date) -> pa.Table:
    between = f"hour >= TIMESTAMP '{start}' AND hour < TIMESTAMP '{start + WEEK}'"
    return connection.sql(f"SELECT * FROM history WHERE {between} ORDER BY hour").arrow()


def _predict(address: str, hours: pa.Table) -> list[dict[str, Any]]:
    rows = [{**row, "hour": row["hour"].isoformat()} for row in hours.to_pylist()]
    answer = _post(f"{address}/predict/rentals", {"rows": rows})
    predictions: list[dict[str, Any]] = answer["predictions"]
    return predictions


def _feed_back(address: str, answers: list[dict[str, Any]], actual: list[int]) -> None:
    rows = [{"prediction_id": a["prediction_id"], "actual": t} for a, t in zip(answers, actual, strict=True)]
    _post(f"{address}/feedback/rentals", {"rows": rows})


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - our own loopback server
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        parsed: dict[str, Any] = json.load(answer)
    return parsed


def _arrive(hours: pa.Table, path: Path) -> None:
    """Let the week's file arrive whole: written beside the folder, then moved in."""
    unfinished = path.parent.parent / f"{path.name}.part"
    csv.write_csv(hours.drop_columns(["hour"]), unfinished)
    unfinished.rename(path)


def _tell_turn(connection: Connection, now: datetime, told: Told, say: Say) -> None:
    """Turn the loop, and say what it saw and did when a trigger fired."""
    connection.session.listener = nobody
    done = turn(connection.session)
    if not done.fired:
        return
    told.retrainings += 1
    seen = done.evaluations[0].measures
    error, baseline = seen["mean_absolute_error"] or 0.0, seen["baseline_mean_absolute_error"] or 1.0
    version = connection.sql("SHOW VERSIONS OF demand").rows()[-1]
    judged = version["metrics"]["mean_absolute_error"]
    # The gate measured the champion on the same two weeks; its reason says what came of it.
    rival = re.search(r"champion\.mean_absolute_error = ([\d.]+)", version["reason"])
    against = f", the champion {float(rival[1]):5.1f}" if rival else ""
    outcome = "promoted" if version["status"] == "accepted" else "stays out"
    say(
        f"   {now:%Y-%m-%d}  error {error:5.1f} an hour, {error / baseline:.1f} × what it was trained to; "
        f"retrained: version {version['version']} has {judged:5.1f} on the newest two weeks{against}: {outcome}"
    )


def _conclude(connection: Connection, told: Told, folder: Path, say: Say) -> None:
    version = connection.model("demand").version
    gained = 1 - told.mean() / told.frozen_mean()
    say(f"\n5. What the loop earned over {told.hours:,} hours\n")
    say(f"   mean absolute error with the loop        {told.mean():7.1f} rentals an hour, version {version} serves now")
    say(f"   mean absolute error of version 1, frozen {told.frozen_mean():7.1f}")
    say(f"   {told.retrainings} retrainings by themselves; {gained:.0%} of the error is gone.")
    say("\n6. Next, look around:\n")
    say(f"   penstock -C {folder} status")
    say(f'   penstock -C {folder} sql "SHOW HISTORY"')
    say(f"   penstock -C {folder} backtest rentals --from hours --time-column hour --label-delay '7 days'")
    say(f"   penstock -C {folder} serve")
