"""Several workers, killed under load, without their catalog, and with a log that has no room."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from penstock.engine.run import raise_problems, run_plan
from penstock.engine.session import Session, open_session
from penstock.engine.statement import execute, last
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.testing.project import write_project

CALLERS = 4
PROJECT = """
CREATE TABLE t AS SELECT i % 30 AS 기온, {slope} * (i % 30) AS 수 FROM range(300) AS r(i);
CREATE MODEL 수요 OPTIONS (model_type = 'linear_reg', input_label_cols = ['수']) AS SELECT * FROM t;
CREATE ENDPOINT 예측 ON MODEL 수요;
"""
SLOPES = {1: 2, 2: 5}
ROWS = [{"기온": 10.0}, {"기온": 20.0}]


@dataclass
class Service:
    """A server of two workers, and what its callers were told."""

    folder: Path
    process: subprocess.Popen[bytes]
    address: str
    answered: dict[str, int] = field(default_factory=dict)
    labelled: int = 0
    unknown: int = 0
    wrong: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def workers(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(pid) for task in tasks for pid in task.read_text().split())

    def kill_one(self) -> None:
        os.kill(self.workers()[0], signal.SIGKILL)

    def call(self) -> None:
        """Ask and tell what happened until the end, over a new connection whenever one breaks."""
        while not self.ended.is_set():
            with httpx.Client(base_url=self.address, timeout=60) as client:
                try:
                    while not self.ended.is_set():
                        self.ask(client)
                except httpx.HTTPError:
                    continue

    def ask(self, client: httpx.Client) -> int:
        """Ask once, look at the answer, and return the version that gave it, 0 for none."""
        answer = client.post("/predict/예측", json={"rows": ROWS})
        if answer.status_code != 200:
            if answer.status_code not in (429, 503):
                self.wrong.append(answer.text)
            return 0
        body = answer.json()
        for row, told in zip(ROWS, body["predictions"], strict=True):
            if abs(told["prediction"] - SLOPES[body["version"]] * row["기온"]) > 1e-6:
                self.wrong.append(f"version {body['version']} says {told['prediction']} of {row}")
            self.answered[told["prediction_id"]] = body["version"]
        rows = [{"prediction_id": told["prediction_id"], "actual": 20} for told in body["predictions"]]
        taken = client.post("/feedback/예측", json={"rows": rows})
        if taken.status_code == 200:
            self.labelled += 2
            self.unknown += taken.json()["unknown"]
        return int(body["version"])

    def version(self) -> int:
        """Return the version that answers now, asked over a connection of its own."""
        while True:
            try:
                with httpx.Client(base_url=self.address, timeout=60) as client:
                    found = self.ask(client)
            except httpx.HTTPError:
                continue
            if found:
                return found

    def goes_on(self, rows: int = 40) -> bool:
        """Whether so many more rows are answered soon."""
        wanted, until = len(self.answered) + rows, time.monotonic() + 60
        while len(self.answered) < wanted and time.monotonic() < until:
            time.sleep(0.02)
        return len(self.answered) >= wanted


def two_versions(folder: Path, toml: str = "") -> Path:
    """Make a project whose model has two versions; the second is the champion."""
    for slope in SLOPES.values():
        write_project(
            folder, {"penstock.toml": f"[compute]\nthreads = 1\n{toml}", "p.sql": PROJECT.format(slope=slope)}
        )
        with open_session(folder) as session:
            workspace = checked_workspace(session)
            raise_problems(run_plan(session, workspace.graph, plan_of(session, workspace, []), cause="a test"))
            promote(session, slope // 2)
    return folder


def promote(session: Session, version: int) -> None:
    last(execute(session, f"ALTER MODEL 수요 SET ALIAS champion = {version}")).close()


@contextmanager
def under_load(folder: Path) -> Iterator[Service]:
    """Serve with two workers and callers that never rest; at the end the server is asked to end, and must."""
    told = folder / "told.txt"
    words = ["-C", str(folder), "serve", "--port", "0", "--workers", "2", "--no-loop"]
    with told.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "penstock", *words], stdout=out, stderr=out)
    try:
        while "Serving at " not in (text := told.read_text(encoding="utf-8")):
            assert process.poll() is None, text
            time.sleep(0.05)
        service = Service(folder, process, text.split("Serving at ")[1].split(";")[0])
        callers = [threading.Thread(target=service.call) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        try:
            yield service
        finally:
            service.ended.set()
            for caller in callers:
                caller.join()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait(60)


def logged(session: Session) -> dict[str, int]:
    rows = session.connection.rows("SELECT prediction_id, version FROM penstock.predictions")
    assert len(rows) == len(dict(rows)), "A row is in the log twice."
    return dict(rows)


@pytest.mark.slow
def test_workers_killed_while_it_promotes_and_its_catalog_is_away_lose_nothing_and_mix_nothing(tmp_path: Path) -> None:
    folder = two_versions(tmp_path / "프로젝트")
    catalog = folder / ".penstock" / "catalog.sqlite"
    away = folder / "away"
    away.mkdir()
    with open_session(folder) as session:
        with under_load(folder) as service:
            for version in (1, 2, 1, 2):
                assert service.goes_on()
                service.kill_one()
                promote(session, version)
                assert service.goes_on()
            files = sorted(catalog.parent.glob("catalog.sqlite*"))
            for file in files:
                file.rename(away / file.name)
            service.kill_one()
            assert service.goes_on(200), "Nobody answers while the catalog is away."
            time.sleep(2)
            assert list(catalog.parent.glob("catalog.sqlite*")) == []
            for file in reversed(files):
                (away / file.name).rename(file)
            promote(session, 1)
            until = time.monotonic() + 30
            while service.version() != 1 and time.monotonic() < until:
                time.sleep(0.1)
            time.sleep(1)
            assert {service.version() for _ in range(10)} == {1}
        found = logged(session)
    assert service.wrong == []
    assert service.answered.items() <= found.items()
    assert service.labelled > 100
    assert service.unknown == 0


def test_a_log_without_room_refuses_until_the_lake_takes_it_again(tmp_path: Path) -> None:
    folder = two_versions(tmp_path / "project", '[log]\nlimit = "60kB"\n')
    with open_session(folder) as session:
        with under_load(folder) as service:
            assert service.goes_on()
            limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in service.workers()}
            for pid, (_, most) in limits.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
            time.sleep(0.5)
            before = len(service.answered)
            time.sleep(1)
            assert len(service.answered) == before, "It answered what it could not log."
            for pid, limit in limits.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
            # The bound is met again and again, between two compactions.
            assert service.goes_on(400)
        found = logged(session)
    assert service.wrong == []
    assert service.answered.items() <= found.items()
