"""Releases while people ask over HTTP: what is good comes in, what is not goes within a second, by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import pytest

import penstock
from penstock.catalog.history import HistoryEntry, list_history
from penstock.connection import Connection
from penstock.connection.release_watch import judging_releases
from penstock.connection.service import running_service
from penstock.testing.project import write_project

PROJECT = """
CREATE TABLE 자료 AS SELECT range AS x, {slope} * range AS y, 1.0 AS z FROM range(50);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT x, {more} y FROM 자료;
CREATE ENDPOINT 예측 ON MODEL m OPTIONS ({options}, bake_time = '1 second', release_min_rows = 30);
"""


@dataclass
class Asked:
    """What people were told, and when: the version, or None for an error."""

    answers: list[tuple[float, int | None]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def ask(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while not self.stop.is_set():
                answer = client.post("/predict/예측", json={"rows": [{"x": len(self.answers) % 40}]})
                version = answer.json()["version"] if answer.status_code == 200 else None
                self.answers.append((time.time(), version))
                time.sleep(0.002)


@contextmanager
def served(connection: Connection) -> Iterator[Asked]:
    """Serve, judge releases and ask, while the block runs."""
    asked = Asked()
    with running_service(connection.session) as service, judging_releases(connection.session, 0.1):
        caller = threading.Thread(target=asked.ask, args=(service.address,))
        caller.start()
        try:
            yield asked
        finally:
            asked.stop.set()
            caller.join()


def train(connection: Connection, folder: Path, slope: float, options: str, more: str = "") -> None:
    (folder / "p.sql").write_text(PROJECT.format(slope=slope, options=options, more=more), encoding="utf-8")
    connection.run()


def awaited(connection: Connection, kind: str, *, seconds: float = 40) -> HistoryEntry:
    """Return the first entry of the history of this kind, once it is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for entry in list_history(connection.session.catalog, subject="endpoint 예측"):
            if entry.kind == kind:
                return entry
        time.sleep(0.02)
    raise AssertionError([entry.message for entry in list_history(connection.session.catalog)])


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_a_canary_comes_in_by_itself_and_no_request_fails(tmp_path: Path, storage_settings: str) -> None:
    options = "release = 'canary', steps = [20, 60]"
    write_project(tmp_path, {"penstock.toml": f"[compute]\nthreads = 1\n{storage_settings}"})
    with penstock.connect(tmp_path) as connection:
        train(connection, tmp_path, 2, options)
        with served(connection) as asked:
            train(connection, tmp_path, 2.01, options)
            awaited(connection, "promoted")
            wait_for(lambda: asked.answers[-1][1] == 2)
        assert {version for _, version in asked.answers} == {1, 2}
        stages = [e.data["stage"] for e in list_history(connection.session.catalog) if e.kind == "release stage"]
        assert stages == ["20 %", "60 %"]


def test_what_fails_all_answers_is_gone_within_a_second_of_the_judgement(tmp_path: Path) -> None:
    # Without a log there is no past that it could be asked, so that it gets everything at once.
    options = "release = 'blue_green', log = FALSE"
    write_project(tmp_path, {"penstock.toml": "[compute]\nthreads = 1\n"})
    with penstock.connect(tmp_path) as connection:
        train(connection, tmp_path, 2, options)
        with served(connection) as asked:
            wait_for(lambda: len(asked.answers) > 50)
            train(connection, tmp_path, 2, options, more="z,")
            judged: datetime = awaited(connection, "rolled back").at
            count = len(asked.answers)
            wait_for(lambda: len(asked.answers) > count + 400)
        failed = [at for at, version in asked.answers if version is None]
        assert failed
        assert failed[-1] - judged.timestamp() < 1
        assert failed[-1] - failed[0] < 3, "From the first failure to the last, the judgement included."
        assert asked.answers[-1][1] == 1
