"""A project's lake, a plain one in memory, and a real S3 server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.settings import Settings
from penstock.lake.database import Connection, Lake, open_lake
from penstock.lake.sources import Source, prepare_source


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, name="test")


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    opened = open_lake(settings)
    yield opened
    opened.close()


@pytest.fixture(params=["ducklake", "memory"])
def connection(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Connection]:
    """A connection to DuckLake and one to plain DuckDB: what holds for the one holds for the other."""
    opened = open_lake(settings if request.param == "ducklake" else None)
    yield opened.connection()
    opened.close()


@pytest.fixture
def memory() -> Iterator[Connection]:
    opened = open_lake(None)
    yield opened.connection()
    opened.close()


Read = Callable[..., tuple[pa.Table, pa.Table]]


@pytest.fixture
def read(memory: Connection, tmp_path: Path) -> Iterator[Read]:
    """Read files of the test's folder to the end; return the rows and the rejected rows."""
    sources: list[Source] = []

    def run(*patterns: str, function: str = "csv", root: Path = tmp_path, only=None, **options: object):
        source = prepare_source(memory, function, patterns, options, root, only)
        sources.append(source)
        rows = memory.table(f"SELECT * FROM {source.sql}")
        return rows, source.rejected()

    yield run
    for source in sources:
        source.close()


@pytest.fixture(scope="session")
def s3_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of a real S3 server with an empty bucket named `bucket`."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "bucket").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder)),
        *("--addr", f"127.0.0.1:{port}", "--auth-key", "key-of-test,secret-of-test", "--config", "/dev/null"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    variables = {
        "AWS_ACCESS_KEY_ID": "key-of-test",
        "AWS_SECRET_ACCESS_KEY": "secret-of-test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    yield variables
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    server.terminate()
    server.wait(10)
