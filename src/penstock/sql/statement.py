"""What a statement says, as frozen values. A `Query` is text with its dialect; nothing here runs anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from penstock.core.names import Kind
from penstock.core.options import GivenOption
from penstock.core.spans import Span

Dialect = Literal["duckdb", "bigquery"]
Options = Mapping[str, GivenOption]


@dataclass(frozen=True)
class Query:
    """A query or an expression as written, with the place where it begins in its file."""

    text: str
    dialect: Dialect
    span: Span


@dataclass(frozen=True)
class Statement:
    """What every statement has: its own text and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True)
class CreateTable(Statement):
    name: str
    query: Query
    options: Options = field(default_factory=dict)
    replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class CreateView(Statement):
    name: str
    query: Query
    options: Options = field(default_factory=dict)
    replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class CreateAssertion(Statement):
    name: str
    table: str
    predicate: Query
    options: Options = field(default_factory=dict)
    replace: bool = False


@dataclass(frozen=True)
class DeclaredField:
    """A field of INPUT (…) or OUTPUT (…); `type` is one of FIELD_TYPES, `repeated` of an ARRAY of it."""

    name: str
    type: str
    repeated: bool = False


FIELD_TYPES = ("BOOL", "INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "STRING")


@dataclass(frozen=True)
class CreateModel(Statement):
    """`transform` is the select list between TRANSFORM's parentheses, as one text; `holidays` the query of
    custom_holiday.

    `inputs` and `outputs` are what INPUT and OUTPUT declare; `connection` is the one of REMOTE WITH CONNECTION, or
    DEFAULT.
    """

    name: str
    query: Query | None
    transform: Query | None = None
    options: Options = field(default_factory=dict)
    replace: bool = False
    if_not_exists: bool = False
    inputs: tuple[DeclaredField, ...] = ()
    outputs: tuple[DeclaredField, ...] = ()
    connection: str | None = None
    holidays: Query | None = None


@dataclass(frozen=True)
class CreateGoal(Statement):
    name: str
    model: str
    predicate: Query
    options: Options = field(default_factory=dict)
    replace: bool = False


@dataclass(frozen=True)
class CreateEndpoint(Statement):
    name: str
    model: str
    options: Options = field(default_factory=dict)
    replace: bool = False


@dataclass(frozen=True)
class CreateMonitor(Statement):
    """`watched` is an endpoint or a table."""

    name: str
    watched_kind: Kind
    watched: str
    predicate: Query
    options: Options = field(default_factory=dict)
    replace: bool = False


@dataclass(frozen=True)
class CreateExperiment(Statement):
    """`dialect` is that of the expressions in its options."""

    name: str
    endpoint: str
    dialect: Dialect
    options: Options = field(default_factory=dict)
    replace: bool = False


@dataclass(frozen=True)
class OnSchedule:
    cron: str


@dataclass(frozen=True)
class OnArrival:
    glob: str


@dataclass(frozen=True)
class OnBreach:
    monitor: str


@dataclass(frozen=True)
class OnLabels:
    endpoint: str
    count: int


TriggerEvent = OnSchedule | OnArrival | OnBreach | OnLabels


@dataclass(frozen=True)
class TriggerAction:
    """`verb` is what to do; `target` names the model, table or endpoint, or holds the address to notify."""

    verb: Literal["retrain", "refresh", "run_project", "rollback", "notify"]
    target: str | None = None


@dataclass(frozen=True)
class CreateTrigger(Statement):
    name: str
    event: TriggerEvent
    actions: tuple[TriggerAction, ...]
    options: Options = field(default_factory=dict)
    replace: bool = False


@dataclass(frozen=True)
class AlterEndpoint(Statement):
    """At least one of `traffic` (alias or version → share), `shadow` (alias or version; empty for none) or `options`
    is given. `shadow_share` is in percent, of all requests without it; `because` goes into the history.
    """

    name: str
    traffic: Mapping[str, float] | None = None
    shadow: str | None = None
    options: Options | None = None
    shadow_share: float | None = None
    because: str | None = None


@dataclass(frozen=True)
class ReleaseEndpoint(Statement):
    """A version, a number or an alias, begins to take over as the endpoint's options say."""

    name: str
    version: str


@dataclass(frozen=True)
class RollbackEndpoint(Statement):
    """The release under way is taken back; without one, the version serves that served before."""

    name: str


@dataclass(frozen=True)
class AlterModel(Statement):
    """SET OPTIONS (…), or SET ALIAS name = version."""

    name: str
    if_exists: bool = False
    options: Options | None = None
    alias: tuple[str, str] | None = None


@dataclass(frozen=True)
class ExportModel(Statement):
    """`version` is a number or an alias; None stands for the champion."""

    name: str
    version: str | None = None
    options: Options = field(default_factory=dict)


@dataclass(frozen=True)
class CreateVectorIndex(Statement):
    """An index of a table's column of vectors. `storing` and `partitioned` are read for BigQuery's sake."""

    name: str
    table: str
    column: str
    storing: tuple[str, ...] = ()
    partitioned: bool = False
    options: Options = field(default_factory=dict)
    replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterVectorIndex(Statement):
    """ALTER VECTOR INDEX i ON t REBUILD."""

    name: str
    table: str
    if_exists: bool = False


@dataclass(frozen=True)
class DropVectorIndex(Statement):
    name: str
    table: str
    if_exists: bool = False


@dataclass(frozen=True)
class Drop(Statement):
    """Of a Penstock kind. DROP TABLE and DROP VIEW come here too, since the catalog must forget them.

    `cascade` is true when what stands on the object goes too.
    """

    kind: Kind
    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True)
class Show(Statement):
    """SHOW MODELS, SHOW RUNS, SHOW VERSIONS OF m …: `subject` is the plural word in lower case.

    Of SHOW with any other single word, `subject` is that word as written: a table, or nothing that there is.
    """

    subject: str
    of: str | None = None


@dataclass(frozen=True)
class Describe(Statement):
    """DESCRIBE MODEL m; without a kind, DESCRIBE m, the name alone says what is meant.

    `label` is the column of FOR LABEL, of a table or view.
    """

    kind: Kind | None
    name: str
    label: str | None = None


@dataclass(frozen=True)
class SetDialect(Statement):
    dialect: Dialect


@dataclass(frozen=True)
class Passthrough(Statement):
    """Any other SQL. It may read ML functions; without them DuckDB gets it untouched.

    `changes_rows` is true of INSERT, UPDATE, DELETE and MERGE that give no rows back.
    """

    query: Query
    has_functions: bool
    returns_rows: bool
    changes_rows: bool = False


AnyStatement = (
    CreateTable
    | CreateView
    | CreateAssertion
    | CreateModel
    | CreateGoal
    | CreateEndpoint
    | CreateMonitor
    | CreateExperiment
    | CreateTrigger
    | AlterEndpoint
    | ReleaseEndpoint
    | RollbackEndpoint
    | AlterModel
    | ExportModel
    | CreateVectorIndex
    | AlterVectorIndex
    | DropVectorIndex
    | Drop
    | Show
    | Describe
    | SetDialect
    | Passthrough
)
