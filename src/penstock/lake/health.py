"""Which of DuckDB's extensions are there, what they are for, and how to get the missing ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from penstock.lake.extension import extension_file, load_statement, package_of

PURPOSES = {
    "ducklake": "snapshots and transactions of tables",
    "sqlite_scanner": "a lake whose catalog is a file",
    "postgres_scanner": "a lake whose catalog is Postgres",
    "httpfs": "data on s3://",
    "excel": "Excel files",
    "icu": "time zones and collations",
}


@dataclass(frozen=True)
class ExtensionHealth:
    """The state of one extension. `problem` is None when it loads; `remedy` says what to do otherwise."""

    name: str
    purpose: str
    installed: bool
    problem: str | None
    remedy: str | None


def extensions_health() -> tuple[ExtensionHealth, ...]:
    """Return the state of every extension that Penstock uses; each is loaded into a database of its own to
    see.
    """
    return tuple(_health(name, purpose) for name, purpose in PURPOSES.items())


def _health(name: str, purpose: str) -> ExtensionHealth:
    remedy = f"pip install '{package_of(name)}'"
    if extension_file(name) is None:
        return ExtensionHealth(name, purpose, False, "not installed for this version of DuckDB", remedy)
    config: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    database = duckdb.connect(":memory:", config=config)
    try:
        database.execute(load_statement(name))
    except duckdb.Error as problem:
        return ExtensionHealth(name, purpose, True, str(problem).partition("\n")[0], f"{remedy} --force-reinstall")
    finally:
        database.close()
    return ExtensionHealth(name, purpose, True, None, None)
