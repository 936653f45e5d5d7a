"""What must never happen to a server, made to happen under load: nothing answered may be wrong, mixed or lost.

- promotions: the champion changes 200 times; an answer that was asked for a second later is of the new version;
- kills: a worker is killed with -9 every two seconds for two minutes;
- catalog: its file is taken away for 30 s while workers are killed, then brought back; then it is locked for 30 s;
- full: no worker can write a byte more; then the lake is locked until the log has no room; then both are over.

Each answer is of two rows, whose values say which version made them. At the end each answered row must be in the lake's
log once, under the version that answered it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks.http_load import free_port, wait_until_ready
from benchmarks.measurement import ROOT, Claim
from benchmarks.process import children
from benchmarks.version_time import PENSTOCK

WORKERS, CALLERS = 2, 8
PROMOTIONS, KILL_SECONDS, AWAY_SECONDS, FULL_SECONDS = 200, 120.0, 30.0, 10.0
# An answer that is asked for so long after a promotion is of the new version.
FOLLOWED_WITHIN = 1.0
SMALL_LOG = '[log]\nlimit = "4MB"\n'
PROJECT = """
CREATE TABLE rides AS SELECT i % 30 AS temp, {slope} * (i % 30) AS cnt FROM range(300) AS r(i);
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT * FROM rides;
CREATE ENDPOINT api ON MODEL demand;
"""
SLOPES = {1: 2, 2: 5}
TEMPERATURES = (10.0, 20.0)
# What a server may say instead of answering: overloaded, and why it cannot.
REFUSALS = frozenset({429, 503})


@dataclass
class World:
    """A server under load, what it answered, and what was wrong."""

    folder: Path
    port: int
    rng: random.Random
    process: subprocess.Popen[bytes] | None = None
    answered: dict[str, int] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    wrong: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        return children(self.pid)

    def promote(self, version: int) -> None:
        import penstock

        with penstock.connect(self.folder) as connection:
            connection.sql(f"ALTER MODEL demand SET ALIAS champion = {version}")

    def take(self, status: int, content: bytes) -> None:
        """Look at what a caller got."""
        if status != 200:
            self.refused[status] = self.refused.get(status, 0) + 1
            self.check(status in REFUSALS, f"answered {status}: {content[:300]!r}")
            return
        told = json.loads(content)
        for row, temperature in zip(told["predictions"], TEMPERATURES, strict=True):
            expected = SLOPES[told["version"]] * temperature
            right = abs(row["prediction"] - expected) < 1e-6
            self.check(right, f"version {told['version']} says {row['prediction']} of {temperature}, not {expected}")
            self.check("logged" not in told, "an answer is not in the log")
            self.answered[row["prediction_id"]] = told["version"]


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        world = World(folder / f"project{number}", free_port(), random.Random(number))
        _make_project(world.folder, SMALL_LOG if scenario is _full else "")
        with _served(world), _load(world):
            time.sleep(1.0)
            scenario(world, scale)
            time.sleep(1.0)
        _compare_with_the_log(world)
        for finding in world.wrong[:5]:
            print(f"serving_chaos: {name}: {finding}")
        refused = ", ".join(f"{count:,} with {status}" for status, count in sorted(world.refused.items())) or "none"
        note = f"{len(world.answered):,} rows answered; refused: {refused}; {world.broken:,} connections broken"
        yield Claim(f"things wrong: {name}", [float(len(world.wrong))], 0, note=note)


def _promotions(world: World, scale: float) -> None:
    for number in range(int(PROMOTIONS * scale)):
        version = 1 + number % 2
        world.promote(version)
        if number % 10 == 9:
            time.sleep(FOLLOWED_WITHIN)
            for _ in range(20):
                told = _asked(world)
                world.check(told["version"] == version, f"version {told['version']} answers, not {version}")


def _kills(world: World, scale: float) -> None:
    for _ in range(int(KILL_SECONDS * scale / 2)):
        # At some moments all may be dead, and others not there yet.
        workers = world.workers()
        if workers:
            _kill(world.rng.choice(workers))
        time.sleep(2.0)


def _catalog(world: World, scale: float) -> None:
    catalog = world.folder / ".penstock" / "catalog.sqlite"
    away = world.folder / "away"
    away.mkdir()
    # The catalog itself goes first and comes last: nobody meets it without what belongs to it.
    files = sorted(catalog.parent.glob("catalog.sqlite*"))
    for path in files:
        path.rename(away / path.name)
    before = len(world.answered)
    for worker in world.workers()[:1]:
        time.sleep(AWAY_SECONDS * scale / 2)
        _kill(worker)
        time.sleep(AWAY_SECONDS * scale / 2)
    world.check(len(world.answered) > before, "nothing was answered while the catalog was away")
    left = [path.name for path in catalog.parent.glob("catalog.sqlite*")]
    world.check(not left, f"{left} were made in the place of the catalog that was away")
    for path in reversed(files):
        (away / path.name).rename(path)
    _follows(world, 1)
    with closing(sqlite3.connect(catalog, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        before = len(world.answered)
        time.sleep(AWAY_SECONDS * scale)
        world.check(len(world.answered) > before, "nothing was answered while the catalog was locked")
    _follows(world, 2)


def _full(world: World, scale: float) -> None:
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in world.workers()}
    for pid, (_, most) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
    time.sleep(0.5)
    before = len(world.answered)
    time.sleep(FULL_SECONDS * scale)
    world.check(len(world.answered) == before, "answers were given that nothing could be written of")
    for pid, limit in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
    _answers_again(world)
    lake = next(path for path in (world.folder / ".penstock").rglob("*.sqlite") if path.name != "catalog.sqlite")
    with closing(sqlite3.connect(lake, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + 60
        refused = world.refused.get(503, 0)
        while world.refused.get(503, 0) < refused + 10 and time.monotonic() < until:
            time.sleep(0.1)
        world.check(world.refused.get(503, 0) >= refused + 10, "the log was never full")
        log = sum(path.stat().st_size for path in (world.folder / ".penstock" / "log").glob("*.jsonl"))
        world.check(log < 5_000_000, f"{log:,} bytes wait in a log of 4 MB")
    _answers_again(world)


def _follows(world: World, version: int) -> None:
    """See that the server follows the catalog again."""
    world.promote(version)
    until = time.monotonic() + 30
    while _asked(world)["version"] != version and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(FOLLOWED_WITHIN)
    for _ in range(20):
        told = _asked(world)
        world.check(told["version"] == version, f"version {told['version']} answers, not {version}")


def _answers_again(world: World) -> None:
    until = time.monotonic() + 60
    before = len(world.answered)
    while len(world.answered) < before + 20 and time.monotonic() < until:
        time.sleep(0.1)
    world.check(len(world.answered) >= before + 20, "nothing is answered after there is room again")


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _make_project(folder: Path, toml: str) -> None:
    import penstock

    folder.mkdir()
    (folder / "penstock.toml").write_text(toml)
    for slope in SLOPES.values():
        (folder / "project.sql").write_text(PROJECT.format(slope=slope))
        with penstock.connect(folder) as connection:
            connection.run()
            versions = connection.sql("SHOW VERSIONS OF demand").arrow().num_rows
            connection.sql(f"ALTER MODEL demand SET ALIAS champion = {versions}")


@contextmanager
def _served(world: World) -> Iterator[None]:
    command = [PENSTOCK, "-C", world.folder, "serve", "--port", world.port, "--workers", WORKERS, "--no-loop"]
    log = world.folder.with_suffix(".log")
    with log.open("ab") as told:
        world.process = subprocess.Popen([str(word) for word in command], stdout=told, stderr=told, cwd=ROOT)
    try:
        wait_until_ready(world.process, f"http://127.0.0.1:{world.port}/health/ready", log)
        while "Serving at" not in log.read_text():
            # One worker answers already, another is on its way.
            time.sleep(0.1)
        yield
        world.process.terminate()
        world.check(world.process.wait(120) == 0, f"the server ended with {world.process.returncode}")
    finally:
        world.process.kill()


@contextmanager
def _load(world: World) -> Iterator[None]:
    callers = [threading.Thread(target=_call, args=(world,)) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        world.ended.set()
        for caller in callers:
            caller.join()


def _call(world: World) -> None:
    """Ask again and again; a connection that breaks was not answered."""
    connection = HTTPConnection("127.0.0.1", world.port, timeout=30)
    while not world.ended.is_set():
        try:
            world.take(*_post(connection))
        except (OSError, HTTPException):
            world.broken += 1
            connection.close()
            time.sleep(0.01)


def _asked(world: World) -> dict[str, Any]:
    """Return an answer, over a connection of its own; the next one when that breaks."""
    while True:
        connection = HTTPConnection("127.0.0.1", world.port, timeout=30)
        try:
            status, content = _post(connection)
        except (OSError, HTTPException):
            continue
        finally:
            connection.close()
        world.take(status, content)
        if status == 200:
            told: dict[str, Any] = json.loads(content)
            return told


def _post(connection: HTTPConnection) -> tuple[int, bytes]:
    body = json.dumps({"rows": [{"temp": temperature} for temperature in TEMPERATURES]})
    connection.request("POST", "/predict/api", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _compare_with_the_log(world: World) -> None:
    """What was answered is in the lake once, by the version that answered it."""
    import penstock
    from penstock.serving.compaction import compact

    sql = "SELECT prediction_id, min(version) AS version, count(*) AS n FROM penstock.predictions GROUP BY 1"
    with penstock.connect(world.folder) as connection:
        # What a server that was killed itself has left waits for the next.
        compact(connection.session.lake, world.folder / ".penstock" / "log", datetime.now(UTC))
        rows = connection.sql(sql).arrow().to_pylist()
    logged = {row["prediction_id"]: row for row in rows}
    lost = [known for known in world.answered if known not in logged]
    world.check(not lost, f"{len(lost):,} answered rows are not in the log")
    twice = sum(row["n"] > 1 for row in rows)
    world.check(not twice, f"{twice:,} rows are in the log more than once")
    others = sum(known in logged and logged[known]["version"] != version for known, version in world.answered.items())
    world.check(not others, f"{others:,} rows are in the log under another version than the one that answered")


SCENARIOS: Mapping[str, Callable[[World, float], None]] = {
    "promotions": _promotions,
    "kills of workers": _kills,
    "catalog away and locked": _catalog,
    "no room": _full,
}
