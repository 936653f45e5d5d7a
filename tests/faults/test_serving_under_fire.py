"""`penstock serve` killed under load, out of disk, and with clients that never end a request."""

from __future__ import annotations

import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from penstock.engine.run import raise_problems, run_plan
from penstock.engine.session import Session, open_session
from penstock.engine.statement import execute, last
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.serving.data_plane import open_data_plane
from penstock.testing.project import write_project

ROUNDS = 3
CALLERS = 4
PROJECT = """
CREATE TABLE 자료 AS SELECT i % 30 AS 기온, (ARRAY['맑음', '비'])[1 + i % 2] AS 날씨, {slope} * (i % 30) + i % 2 AS 수
FROM range(300) AS r(i);
CREATE MODEL 수요 OPTIONS (model_type = 'linear_reg', input_label_cols = ['수']) AS SELECT * FROM 자료;
CREATE ENDPOINT 예측 ON MODEL 수요;
CREATE MONITOR 감시 ON ENDPOINT 예측 OPTIONS (min_rows = 1) BREACH WHEN row_count > 1_000_000;
"""
ROW = {"기온": 10.0, "날씨": "비"}
# What each version says of it: ten times its slope, and one more for the rain.
TOLD = {1: 21.0, 2: 51.0}
# As far as clients come who never end what they began.
BEGINNINGS = (b"", b"POST /predict/x HTTP/1.1\r\nHost: local", b"GET /health/live HTTP/1.1\r\n")


def two_versions(folder: Path, settings: str = "") -> Path:
    """Make a project whose model has two versions; the second is the champion."""
    for slope in (2, 5):
        toml = f"[compute]\nthreads = 1\n{settings}"
        write_project(folder, {"penstock.toml": toml, "p.sql": PROJECT.format(slope=slope)})
        with open_session(folder) as session:
            workspace = checked_workspace(session)
            raise_problems(run_plan(session, workspace.graph, plan_of(session, workspace, []), cause="a test"))
            promote(session, slope // 2)
    return folder


def promote(session: Session, version: int) -> None:
    last(execute(session, f"ALTER MODEL 수요 SET ALIAS champion = {version}")).close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve the project in a process of its own; give it and its address."""
    told = folder / "told.txt"
    with told.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "penstock", "-C", str(folder), "serve", "--port", "0"], stdout=out, stderr=out
        )
    try:
        for _ in range(1200):
            text = told.read_text(encoding="utf-8")
            if "Serving at " in text:
                break
            assert process.poll() is None, text
            time.sleep(0.05)
        yield process, text.split("Serving at ")[1].split(";")[0]
    finally:
        process.kill()
        process.wait(60)


@dataclass
class Callers:
    """What people were answered: the version and the value of each prediction, and the outcomes that were taken."""

    answered: dict[str, tuple[int, float]] = field(default_factory=dict)
    labelled: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def call(self, address: str) -> None:
        """Ask and tell what happened, again and again, until the server is gone."""
        with httpx.Client(base_url=address, timeout=60) as client:
            while True:
                try:
                    answer = client.post("/predict/예측", json={"rows": [ROW, ROW]})
                    if answer.status_code != 200:
                        self.failures.append(answer.text)
                        return
                    body = answer.json()
                    told = {one["prediction_id"]: one["prediction"] for one in body["predictions"]}
                    self.answered |= {known: (body["version"], value) for known, value in told.items()}
                    rows = [{"prediction_id": known, "actual": 20} for known in told]
                    if client.post("/feedback/예측", json={"rows": rows}).status_code == 200:
                        self.labelled |= set(told)
                except httpx.HTTPError:
                    return


@pytest.mark.slow
def test_killed_under_load_while_it_promotes_it_loses_nothing_and_mixes_nothing(
    tmp_path: Path, storage_settings: str
) -> None:
    chance = random.Random(20260331)
    folder = two_versions(tmp_path / "프로젝트", storage_settings)
    callers = Callers()
    with open_session(folder) as session:
        for _ in range(ROUNDS):
            before = len(callers.answered)
            with served(folder) as (process, address):
                threads = [threading.Thread(target=callers.call, args=(address,)) for _ in range(CALLERS)]
                for thread in threads:
                    thread.start()
                while len(callers.answered) < before + 40 and not callers.failures:
                    time.sleep(0.01)
                for _ in range(chance.randrange(2, 6)):
                    promote(session, chance.randrange(1, 3))
                    time.sleep(chance.uniform(0.05, 0.5))
                process.kill()
                for thread in threads:
                    thread.join()
        plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
        with closing(plane):
            plane.compact()
        logged = session.connection.rows("SELECT prediction_id, version FROM penstock.predictions")
        labels = session.connection.rows("SELECT prediction_id FROM penstock.labels")
    assert callers.failures == []
    assert len(logged) == len(dict(logged))
    assert {known: version for known, (version, _) in callers.answered.items()}.items() <= dict(logged).items()
    assert callers.labelled <= {known for (known,) in labels}
    for version, value in callers.answered.values():
        assert value == pytest.approx(TOLD[version], abs=1e-6)


def test_on_a_full_disk_it_answers_nothing_and_once_there_is_room_it_answers_again(tmp_path: Path) -> None:
    folder = two_versions(tmp_path / "project")
    with served(folder) as (process, address), httpx.Client(base_url=address, timeout=60) as client:
        answered = ask(client).json()["predictions"]
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, before[1]))
        refused = ask(client)
        assert refused.status_code == 503
        assert "cannot be written: File too large" in refused.text
        # The monitor cannot write what it saw, and there is no room to say so either.
        time.sleep(4)
        assert client.get("/health/live").status_code == 200
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
        answered += ask(client).raise_for_status().json()["predictions"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with open_session(folder) as session:
        logged = session.connection.rows("SELECT prediction_id FROM penstock.predictions")
    assert sorted(known for (known,) in logged) == sorted(one["prediction_id"] for one in answered)


def test_clients_that_never_end_their_request_hold_up_nobody(tmp_path: Path) -> None:
    folder = two_versions(tmp_path / "project")
    with served(folder) as (process, address), ExitStack() as stack:
        port = int(address.rpartition(":")[2])
        for number in range(150):
            silent = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            silent.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        with httpx.Client(base_url=address, timeout=60) as client:
            assert ask(client).status_code == 200
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert time.monotonic() - begun < 25, "It did not wait for requests that never came."


def ask(client: httpx.Client) -> httpx.Response:
    return client.post("/predict/예측", json={"rows": [ROW]})
