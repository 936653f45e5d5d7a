"""The catalog's two worlds: an SQLite file, and a schema of its own in a real Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.catalog.database import Catalog, open_catalog


@pytest.fixture(params=["sqlite", "postgres"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / '자료 folder' / 'catalog.sqlite'}"
    return f"{request.getfixturevalue('postgres_address')}&schema=t{uuid.uuid4().hex}"


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    with open_catalog(catalog_url) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
