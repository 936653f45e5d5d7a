"""The catalog's tables as they are at HEAD. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from penstock.catalog.column import JsonText, Moment

# The revision that `METADATA` describes, and the table in which a catalog says which one it has.
HEAD = "0004"
VERSION_TABLE = "catalog_version"

METADATA = MetaData()

OBJECTS = Table(
    "objects",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("snapshot", BigInteger),
    Column("state", JsonText, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("model_key", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("model", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("run_id", Text),
    Column("definition", Text, nullable=False),
    Column("options", JsonText, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("metrics", JsonText, nullable=False),
    Column("sources", JsonText, nullable=False),
    Column("packages", JsonText, nullable=False),
    Column("artifact", Text, nullable=False),
    Column("artifact_hash", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

ALIASES = Table(
    "aliases",
    METADATA,
    Column("model_key", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    ForeignKeyConstraint(["model_key", "number"], ["versions.model_key", "versions.number"]),
)

ALIAS_MOVES = Table(
    "alias_moves",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("model_key", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("from_number", Integer),
    Column("to_number", Integer),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Index("alias_moves_by_model", "model_key", "id"),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("status", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Index("runs_by_start", "started_at"),
)

STEPS = Table(
    "steps",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("resource", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("summary", Text, nullable=False),
    Column("error", JsonText),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Text, nullable=False),
    Column("acquired_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

HISTORY = Table(
    "history",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("data", JsonText, nullable=False),
    Index("history_by_subject", "subject", "at"),
    Index("history_by_time", "at"),
)

EVALUATIONS = Table(
    "evaluations",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("monitor_key", Text, nullable=False),
    Column("monitor", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("window_start", Moment),
    Column("window_end", Moment),
    Column("rows", BigInteger, nullable=False),
    Column("measures", JsonText, nullable=False),
    Column("columns", JsonText, nullable=False),
    Column("breached", Boolean),
    Column("reason", Text, nullable=False),
    Index("evaluations_by_monitor", "monitor_key", "at"),
)

ENDPOINT_HEALTH = Table(
    "endpoint_health",
    METADATA,
    Column("endpoint_key", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("worker", Text, primary_key=True),
    Column("figures", JsonText, nullable=False),
    Column("at", Moment, nullable=False),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scopes", JsonText, nullable=False),
    Column("endpoints", JsonText),
    Column("rate", Float),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)
