"""A project's lake, and a plain one in memory."""

from __future__ import annotations

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
