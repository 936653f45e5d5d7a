"""From settings to an attached lake: which extensions it needs, where its catalog and its files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb

from penstock.core.errors import StorageFailure
from penstock.core.settings import Settings
from penstock.lake.extension import load_statement
from penstock.lake.quoting import quote_text

LAKE = "lake"
METADATA_SCHEMA = "penstock_lake"
# Inserts up to this many rows live in the catalog itself instead of in a small file each.
INLINED_ROWS = 100


def attach_lake(database: duckdb.DuckDBPyConnection, settings: Settings, environment: Mapping[str, str]) -> None:
    """Load what the settings need and attach the lake as `lake`; raises duckdb.Error or StorageFailure."""
    on_sqlite = settings.catalog == "sqlite"
    database.execute(load_statement("sqlite_scanner" if on_sqlite else "postgres_scanner"))
    database.execute(load_statement("ducklake"))
    data = settings.data_path
    if data.startswith("s3://"):
        use_s3(database, environment)
        data = data.rstrip("/") + "/lake/"
    else:
        data = str(Path(data) / "lake") + os.sep
        _make_folder(Path(data))
    _make_folder(settings.state)
    options = [f"DATA_PATH {quote_text(data)}", f"DATA_INLINING_ROW_LIMIT {INLINED_ROWS}"]
    if on_sqlite:
        address = f"ducklake:sqlite:{settings.state / 'lake.sqlite'}"
        if Path(data).is_relative_to(settings.root):
            # Catalog and files lie in the project together, so they stay together when its folder is moved.
            options.append("OVERRIDE_DATA_PATH true")
        options += ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 5000"]
    else:
        address = "ducklake:postgres:" + postgres_words(settings.catalog_url)
        _use_password(database, settings.catalog_url)
        options.append(f"METADATA_SCHEMA {quote_text(METADATA_SCHEMA)}")
    database.execute(f"ATTACH {quote_text(address)} AS {LAKE} ({', '.join(options)})")


def metadata_schema(settings: Settings) -> str:
    """Return the schema of DuckLake's own tables, as SQL text."""
    return f"__ducklake_metadata_{LAKE}." + ("main" if settings.catalog == "sqlite" else METADATA_SCHEMA)


def postgres_words(url: str) -> str:
    """Return a Postgres address as libpq's `key=value` words, without its password: DuckDB shows them in errors."""
    parts = urlsplit(url)
    words = {"dbname": unquote(parts.path.lstrip("/")) or "postgres"}
    if parts.hostname:
        words["host"] = unquote(parts.hostname)
    if parts.port:
        words["port"] = str(parts.port)
    if parts.username:
        words["user"] = unquote(parts.username)
    words.update(parse_qsl(parts.query))
    return " ".join(f"{key}={_libpq_value(value)}" for key, value in words.items())


def _use_password(database: duckdb.DuckDBPyConnection, url: str) -> None:
    """Keep the password of an address where errors do not show it; without one libpq reads PGPASSWORD."""
    password = urlsplit(url).password
    if password:
        _make_secret(
            database, f"TYPE postgres, PASSWORD {quote_text(unquote(password))}", "the words of the catalog's address"
        )


def use_s3(database: duckdb.DuckDBPyConnection, environment: Mapping[str, str]) -> None:
    """Load httpfs and make the secret for s3:// from the usual variables; raises StorageFailure."""
    database.execute(load_statement("httpfs"))
    words = ["TYPE s3"]
    for variable, key in (
        ("AWS_ACCESS_KEY_ID", "KEY_ID"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
        ("AWS_SESSION_TOKEN", "SESSION_TOKEN"),
        ("AWS_REGION", "REGION"),
    ):
        if environment.get(variable):
            words.append(f"{key} {quote_text(environment[variable])}")
    endpoint = environment.get("AWS_ENDPOINT_URL")
    if endpoint:
        parts = urlsplit(endpoint)
        words += [
            f"ENDPOINT {quote_text(parts.netloc)}",
            "URL_STYLE 'path'",
            f"USE_SSL {'true' if parts.scheme == 'https' else 'false'}",
        ]
    _make_secret(database, ", ".join(words), "the AWS_… variables")


def _make_secret(database: duckdb.DuckDBPyConnection, words: str, source: str) -> None:
    """Make the default secret of a type; DuckDB's text of an error is not passed on, for it might quote the secret."""
    try:
        database.execute(f"CREATE OR REPLACE SECRET ({words})")
    except duckdb.Error:
        raise StorageFailure.of(f"What {source} say cannot be used.", hint="Check user, password and keys.") from None


def _libpq_value(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageFailure.of(f"{folder} cannot be made: {problem.strerror}.") from None
