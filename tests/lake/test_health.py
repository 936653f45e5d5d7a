from __future__ import annotations

import pytest

from penstock.core.errors import MissingExtra
from penstock.lake import extension
from penstock.lake.database import Connection
from penstock.lake.health import extensions_health


def test_every_extension_loads_here() -> None:
    health = {state.name: state for state in extensions_health()}
    assert {"ducklake", "sqlite_scanner", "postgres_scanner", "httpfs", "excel", "icu"} == set(health)
    assert all(state.installed and state.problem is None for state in health.values())


def test_a_missing_extension_is_told_with_its_remedy(memory: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extension, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'duckdb-extension-postgres-scanner==1\.5"):
        memory.load("postgres_scanner")
    states = extensions_health()
    assert all(not state.installed and "pip install" in str(state.remedy) for state in states)
