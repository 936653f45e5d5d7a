"""`penstock.toml`: where the catalog and the lake are, and how text is read."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import UserError
from penstock.core.log_key import VARIABLE as LOG_KEY
from penstock.core.names import did_you_mean
from penstock.core.service import SECTION as CONNECTIONS
from penstock.core.service import ServiceSettings, read_services
from penstock.core.size import parse_size
from penstock.core.spans import Span

FILE_NAME = "penstock.toml"
TOKEN_VARIABLE = "PENSTOCK_TOKEN"  # noqa: S105 - the name of a secret is none
# Every setting with its documentation.
KNOWN: Mapping[str, Mapping[str, str]] = {
    "project": {
        "name": "What the project is called. Default: the folder's name.",
        "dialect": "How its SQL is read: 'duckdb' (default) or 'bigquery'.",
        "seed": "The seed of everything random. Default: 42.",
    },
    "storage": {
        "catalog": "Where what exists is kept: 'sqlite' (default), a file below .penstock, or a postgresql:// address.",
        "data": "Where rows and models are kept: a folder (default: .penstock/data) or an s3://bucket/prefix.",
    },
    "compute": {
        "threads": "How many threads queries, training and scoring may use. Default: one a core.",
        "memory_limit": "How much memory queries may use before they go to disk, like '4GB'. Default: DuckDB's.",
    },
    "serve": {
        "host": "The address that penstock serve listens on. Default: 127.0.0.1.",
        "port": "The port. Default: 8080.",
        "workers": "How many processes answer requests. Default: 1.",
        "body_limit": "How large a request's body may be, like '16MB'. Default: 16MiB.",
        "row_limit": "How many rows a request may have. Default: 10000.",
        "body_seconds": "How many seconds a request's body may take to come. Default: 30.",
        "waiting_requests": "How many requests to models that take long may wait in a process; more are refused with "
        "the status 429. Default: 1000.",
        "waiting_rows": "How many rows these requests may have together. Default: 100000.",
        "model_memory": "How much memory the loaded models of a process that serves may take, like '500MB', reckoned "
        "by the size of their files. Those not asked for longest are put away, and loaded again when they are. "
        "Default: 256MB.",
    },
    "log": {
        "limit": "How much of the prediction log may wait on this machine's disk for its way into the lake, like "
        "'500MB'. Then each endpoint does what its log_full says. Default: 1GiB.",
    },
    "embeddings": {
        "names": "A list of the names under which scripts ask for embedders that are not here, like "
        "'text-embedding-005': the embedder of this machine answers in their place, whatever the connection.",
    },
}
# These are integers, the others texts.
_AT_LEAST_ONE = ("workers", "row_limit", "body_seconds", "waiting_requests", "waiting_rows")
NUMBERS = frozenset({"seed", "threads", "port", *_AT_LEAST_ONE})
LISTS = frozenset({"names"})
# What is read from the environment, because it is a secret or differs from machine to machine.
VARIABLES: Mapping[str, str] = {
    "PENSTOCK_CATALOG": "Goes before the setting catalog.",
    "PENSTOCK_DATA": "Goes before the setting data.",
    LOG_KEY: "The key of columns that endpoints hash in the prediction log, log_hash.",
    TOKEN_VARIABLE: "The token that requests must bring; needed to serve on any address but loopback.",
    "PGPASSWORD": "The password of a Postgres catalog.",
    "AWS_ACCESS_KEY_ID": "With AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, the keys of data on s3://.",
    "AWS_REGION": "The region of the bucket.",
    "AWS_ENDPOINT_URL": "An S3 server other than Amazon's.",
}


@dataclass(frozen=True)
class Settings:
    """The settings of a project.

    `catalog` is `sqlite` (a file of its own under `.penstock/`) or a `postgresql://…` address; `data` is a folder or an
    `s3://bucket/prefix`. Secrets never stand in the file: an address takes its password from `PGPASSWORD` or
    `PENSTOCK_CATALOG`, S3 from the usual `AWS_…` variables (`AWS_ENDPOINT_URL` for a server other than Amazon's).
    `embedders` are the names, in lower case, that mean the embedder of this machine.
    """

    root: Path
    name: str
    catalog: str = "sqlite"
    data: str = ""
    dialect: str = "duckdb"
    seed: int = 42
    threads: int | None = None
    memory_limit: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    body_limit: str = "16MiB"
    row_limit: int = 10_000
    body_seconds: int = 30
    waiting_requests: int = 1000
    waiting_rows: int = 100_000
    model_memory: str = "256MB"
    log_limit: str = "1GiB"
    state_folder: Path | None = None
    connections: Mapping[str, ServiceSettings] = field(default_factory=dict)
    embedders: frozenset[str] = frozenset()

    @property
    def state(self) -> Path:
        """The project's own folder for what Penstock keeps locally."""
        return self.state_folder or self.root / ".penstock"

    @property
    def body_bytes(self) -> int:
        """How large a request's body may be."""
        return parse_size(self.body_limit) or 0

    @property
    def model_bytes(self) -> int:
        """How much the loaded models of a process that serves may take."""
        return parse_size(self.model_memory) or 0

    @property
    def log_bytes(self) -> int:
        """How much of the prediction log may wait for the lake."""
        return parse_size(self.log_limit) or 0

    @property
    def catalog_url(self) -> str:
        """The catalog as a database address."""
        if self.catalog == "sqlite":
            return f"sqlite:///{self.state / 'catalog.sqlite'}"
        return self.catalog

    @property
    def data_path(self) -> str:
        """The folder or bucket prefix under which rows and artifacts live."""
        if not self.data:
            return str(self.state / "data")
        return self.data if "://" in self.data else str((self.root / self.data).resolve())


def find_project(start: Path) -> Path | None:
    """Return the nearest folder upwards from `start` that holds a `penstock.toml`, or None."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)


def read_settings(root: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of the project in `root`; raises UserError for a file that cannot be read or used.

    `PENSTOCK_CATALOG` and `PENSTOCK_DATA` in the environment go before the file.
    """
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        raise UserError.of(f"{root} holds no {FILE_NAME}.", hint="Start one with: penstock init") from None
    except OSError as problem:
        raise UserError.of(f"{path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError as problem:
        hint = "Save the file in the encoding UTF-8."
        raise UserError.of(f"{path} is not UTF-8 text: {problem.reason}.", hint=hint) from None
    except tomllib.TOMLDecodeError as problem:
        message, place = _told_by_parser(str(problem))
        raise UserError.of(f"{FILE_NAME} cannot be read: {message}.", span=Span(str(path), *place, *place)) from None
    places = _places(text, str(path))
    connections, findings = read_services(tables.pop(CONNECTIONS, {}), places.of)
    findings += [*_unknown_keys(tables, places), *_wrong_types(tables, places)]
    if findings:
        raise UserError(*findings)
    project, storage = tables.get("project", {}), tables.get("storage", {})
    compute, serve = tables.get("compute", {}), tables.get("serve", {})
    settings = Settings(
        root=root.resolve(),
        name=project.get("name", root.resolve().name),
        catalog=environment.get("PENSTOCK_CATALOG") or storage.get("catalog", "sqlite"),
        data=environment.get("PENSTOCK_DATA") or storage.get("data", ""),
        dialect=project.get("dialect", "duckdb"),
        seed=project.get("seed", 42),
        threads=compute.get("threads"),
        memory_limit=compute.get("memory_limit"),
        host=serve.get("host", "127.0.0.1"),
        port=serve.get("port", 8080),
        body_limit=serve.get("body_limit", "16MiB"),
        model_memory=serve.get("model_memory", "256MB"),
        log_limit=tables.get("log", {}).get("limit", "1GiB"),
        connections=connections,
        embedders=frozenset(name.casefold() for name in tables.get("embeddings", {}).get("names", [])),
        **{key: serve[key] for key in _AT_LEAST_ONE if key in serve},
    )
    findings = _wrong_values(settings, places)
    if findings:
        raise UserError(*findings)
    return settings


class _Places:
    """Where the sections and settings of a `penstock.toml` stand; the file's beginning for what is not found."""

    def __init__(self, path: str, spans: Mapping[tuple[str, str], Span]) -> None:
        self._spans = spans
        self._start = Span(path, 1, 1, 1, 1)

    def of(self, section: str, key: str = "") -> Span:
        return self._spans.get((section, key), self._start)


def _places(text: str, path: str) -> _Places:
    """Return the places of the lines `[section]` and `key = …`."""
    spans: dict[tuple[str, str], Span] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            name, key = bare.strip("[").partition("]")[0].strip(), ""
            section = name
        else:
            name = bare.partition("=")[0].strip()
            key = name.strip("\"'")
        if name:
            column = line.index(name) + 1
            spans.setdefault((section, key), Span(path, number, column, number, column + len(name)))
    return _Places(path, spans)


def _told_by_parser(message: str) -> tuple[str, tuple[int, int]]:
    """Return what the TOML parser says and the line and column that it names at the end."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    return (message[: found.start()], (int(found[1]), int(found[2]))) if found else (message, (1, 1))


def _unknown_keys(tables: Mapping[str, object], places: _Places) -> Iterator[Diagnostic]:
    for section, values in tables.items():
        if section not in KNOWN:
            what = f"There is no section [{section}]."
            yield Diagnostic("settings", what, places.of(section), did_you_mean(section, [*KNOWN, CONNECTIONS]))
            continue
        if not isinstance(values, dict):
            yield Diagnostic("settings", f"[{section}] must be a section.", places.of("", section))
            continue
        for key in values:
            if key not in KNOWN[section]:
                what = f"There is no setting {key!r} in [{section}]."
                yield Diagnostic("settings", what, places.of(section, key), did_you_mean(key, KNOWN[section]))


def _wrong_types(tables: Mapping[str, object], places: _Places) -> Iterator[Diagnostic]:
    for section, values in tables.items():
        for key, value in values.items() if isinstance(values, dict) else ():
            if key not in KNOWN.get(section, {}):
                continue
            if key in LISTS:
                what, fits = "a list of texts", isinstance(value, list) and all(isinstance(item, str) for item in value)
            else:
                # A boolean is an integer to Python and to nobody else.
                wanted: type = int if key in NUMBERS else str
                what, fits = "an integer" if wanted is int else "a text", type(value) is wanted
            if not fits:
                yield Diagnostic("settings", f"{key} must be {what}, not {value!r}.", places.of(section, key))


def _wrong_values(settings: Settings, places: _Places) -> list[Diagnostic]:
    findings = []
    if settings.dialect not in ("duckdb", "bigquery"):
        message = f"dialect must be 'duckdb' or 'bigquery', not {settings.dialect!r}."
        findings.append(Diagnostic("settings", message, places.of("project", "dialect")))
    if settings.catalog != "sqlite" and urlsplit(settings.catalog).scheme not in ("postgresql", "postgres"):
        message = "catalog must be 'sqlite' or an address that begins with postgresql://."
        findings.append(Diagnostic("settings", message, places.of("storage", "catalog")))
    if "://" in settings.data and urlsplit(settings.data).scheme != "s3":
        message = "data must be a folder or an address that begins with s3://."
        findings.append(Diagnostic("settings", message, places.of("storage", "data")))
    if settings.threads is not None and settings.threads < 1:
        message = f"threads must be at least 1, not {settings.threads}."
        findings.append(Diagnostic("settings", message, places.of("compute", "threads")))
    for key in _AT_LEAST_ONE:
        if getattr(settings, key) < 1:
            message = f"{key} must be at least 1, not {getattr(settings, key)}."
            findings.append(Diagnostic("settings", message, places.of("serve", key)))
    sizes = {
        ("serve", "body_limit"): settings.body_limit,
        ("serve", "model_memory"): settings.model_memory,
        ("log", "limit"): settings.log_limit,
    }
    for (section, key), text in sizes.items():
        if parse_size(text) is None:
            message = f"{key} must be a size such as 500MB or 2GiB, not {text!r}."
            findings.append(Diagnostic("settings", message, places.of(section, key)))
    if not 0 <= settings.port <= 65535:
        message = f"port must lie between 0 and 65535, not {settings.port}."
        findings.append(Diagnostic("settings", message, places.of("serve", "port")))
    return findings
