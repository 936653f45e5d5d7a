"""kill -9 at random moments of run, serve and promote: nothing answered is lost, nothing is half-visible, all heals.

Each round starts a command, kills it at a moment drawn by a seed, and looks at what is left with processes of its own:

- run: the table has its old rows or its new ones, the model a version that answers; the next run ends well;
- serve: the next start brings every answered prediction into the lake, once;
- promote: the same while the champion changes; each answer came from one of the two versions.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks.http_load import free_port, wait_until_ready
from benchmarks.measurement import ROOT, Claim
from benchmarks.version_time import PENSTOCK

ROUNDS = 50
OLD_ROWS, CALLERS = 400, 4
PROJECT = """
CREATE TABLE rides AS SELECT * FROM 'rides.csv';
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt'])
AS SELECT temp, hour, cnt FROM rides;
CREATE GOAL sane ON MODEL demand ACCEPT WHEN mean_absolute_error < 1000;
CREATE ENDPOINT demand_api ON MODEL demand;
"""


@dataclass
class World:
    """The project, what was answered so far, and what was found wrong."""

    folder: Path
    rng: random.Random
    rows: int = OLD_ROWS
    answered: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)

    def command(self, *words: str) -> list[str]:
        return [str(PENSTOCK), "-C", str(self.folder), *words]

    def run(self, *words: str) -> str:
        """Run a command to its end and return what it printed; a failure is something wrong."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, cwd=ROOT)
        self.check(
            done.returncode == 0, f"penstock {' '.join(words)} ended with {done.returncode}: {done.stderr[-500:]}"
        )
        return done.stdout

    def ask(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("sql", "--format", "json", sql) or "[]")
        return found

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder.parent / "log.txt").open("ab") as told:
            return subprocess.Popen(self.command(*words), stdout=told, stderr=told, cwd=ROOT)

    def write_rows(self, rows: int) -> None:
        lines = [f"{i % 35},{i % 24},{20 + 3 * (i % 35) + i % 24 + rows % 7}" for i in range(rows)]
        (self.folder / "rides.csv").write_text("\n".join(["temp,hour,cnt", *lines, ""]))


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    world = World(folder / "project", random.Random(9))
    world.folder.mkdir()
    (world.folder / "penstock.toml").write_text("")
    (world.folder / "project.sql").write_text(PROJECT)
    world.write_rows(world.rows)
    began = time.monotonic()
    world.run("run")
    longest = time.monotonic() - began
    kinds: list[Callable[[World, float], None]] = [_kill_run, _kill_serve, _kill_promote]
    rounds = max(3, int(ROUNDS * scale))
    for number in range(rounds):
        kinds[number % len(kinds)](world, longest)
    _settle(world)
    for finding in world.wrong[:5]:
        print(f"kill_recovery: {finding}")
    note = f"{rounds} kills, {len(world.answered):,} answers"
    yield Claim("things wrong after kill -9", [float(len(world.wrong))], 0, note=note)


def _kill_run(world: World, longest: float) -> None:
    before, world.rows = world.rows, OLD_ROWS + world.rng.randrange(1, 400)
    world.write_rows(world.rows)
    process = world.start("run")
    time.sleep(world.rng.uniform(0, longest))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (seen,) = world.ask("SELECT count(*) AS n FROM rides")
    world.check(seen["n"] in (before, world.rows), f"the table has {seen['n']} rows, not {before} or {world.rows}")
    (scored,) = world.ask(
        "SELECT count(predicted_cnt) AS n FROM ML.PREDICT(MODEL demand, (SELECT 20 AS temp, 8 AS hour))"
    )
    world.check(scored["n"] == 1, "the champion does not answer")
    world.run("run")
    (healed,) = world.ask("SELECT count(*) AS n FROM rides")
    world.check(healed["n"] == world.rows, f"the next run left {healed['n']} rows, not {world.rows}")


def _kill_serve(world: World, longest: float) -> None:
    del longest
    _serve_and_kill(world, lambda: None)


def _kill_promote(world: World, longest: float) -> None:
    del longest
    numbers = [row["version"] for row in world.ask("SHOW VERSIONS OF demand")]
    wanted = world.rng.choice(numbers)
    statement = f"ALTER MODEL demand SET ALIAS champion = {wanted}"
    _serve_and_kill(world, lambda: world.run("sql", statement))


def _serve_and_kill(world: World, meanwhile: Callable[[], object]) -> None:
    port = free_port()
    process = world.start("serve", "--port", str(port), "--no-loop")
    wait_until_ready(process, f"http://127.0.0.1:{port}/health/ready", world.folder.parent / "log.txt")
    ended = threading.Event()
    callers = [threading.Thread(target=_call, args=(world, port, ended)) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    other = threading.Thread(target=meanwhile)
    other.start()
    time.sleep(world.rng.uniform(0.05, 3.0))
    process.send_signal(signal.SIGKILL)
    process.wait()
    ended.set()
    for thread in (*callers, other):
        thread.join()


def _call(world: World, port: int, ended: threading.Event) -> None:
    """Ask again and again until the server is gone; what was answered with 200 must never be lost."""
    body = json.dumps({"rows": [{"temp": 20, "hour": 8}, {"temp": None, "hour": 23}]})
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    while not ended.is_set():
        try:
            connection.request("POST", "/predict/demand_api", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            return
        world.check(answer.status == 200, f"/predict answered {answer.status}: {content[:200]!r}")
        if answer.status == 200:
            told = json.loads(content)
            world.answered.update({each["prediction_id"]: told["version"] for each in told["predictions"]})


def _settle(world: World) -> None:
    """Start and stop the server once, which brings the log into the lake, and compare it with what was answered."""
    port = free_port()
    process = world.start("serve", "--port", str(port), "--no-loop")
    wait_until_ready(process, f"http://127.0.0.1:{port}/health/ready", world.folder.parent / "log.txt")
    process.terminate()
    process.wait(60)
    rows = world.ask(
        "SELECT prediction_id, min(version) AS version, count(*) AS n FROM penstock.predictions GROUP BY 1"
    )
    logged = {row["prediction_id"]: row for row in rows}
    lost = [known for known in world.answered if known not in logged]
    world.check(not lost, f"{len(lost)} answered predictions are not in the log")
    twice = [known for known, row in logged.items() if row["n"] > 1]
    world.check(not twice, f"{len(twice)} predictions are in the log more than once")
    mixed = [
        known for known, version in world.answered.items() if known in logged and logged[known]["version"] != version
    ]
    world.check(not mixed, f"{len(mixed)} predictions are logged under another version than they were answered by")
