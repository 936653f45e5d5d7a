"""The rows of a model's training query, with what its related tables tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.core.events import Noticed
from penstock.core.names import name_key
from penstock.core.related_table import RELATIONS, TIME_COL, RelatedTable
from penstock.core.spans import Span
from penstock.engine.query import prepared
from penstock.engine.session import Session
from penstock.functions.related_rows import with_related_features
from penstock.lake.column import described, refuse_duplicates
from penstock.lake.database import Connection
from penstock.learn.feature_column import feature_type
from penstock.learn.related_feature import MOST_COLUMNS, RelatedFeatures, planned, usable_columns
from penstock.project.model import ModelSpec
from penstock.sql.quoting import quote_name
from penstock.sql.statement import Query


@dataclass(frozen=True)
class TrainingQuery:
    """SQL that gives the rows of a model's query as long as its context is open: `own` with their own columns, and what
    `counting` makes of it, or of other rows with these columns, with related features behind them.
    """

    own: str
    related: RelatedFeatures | None
    counting: Callable[[str], str]

    @property
    def sql(self) -> str:
        """The rows with all their columns."""
        return self.counting(self.own)


@contextmanager
def training_query(
    session: Session, spec: ModelSpec, connection: Connection, substitutes: Mapping[str, str] | None = None
) -> Iterator[TrainingQuery]:
    """Make the training query runnable on `connection`; `substitutes` as in `prepared`.

    Raises UnknownName for a table or column of relations that there is not, BadData for one of a type that does not do,
    InvalidOption beside a TRANSFORM.
    """
    with ExitStack() as stack:
        sources = _sources(session, spec, connection, substitutes, stack)
        query = stack.enter_context(
            prepared(session, spec.training_query, connection, substitutes=substitutes),
        )
        refuse_duplicates(described(connection, query.sql))
        related = _planned(session, connection, spec, query.sql, sources) if sources else None

        def counting(rows: str) -> str:
            if related is None:
                return rows
            return with_related_features(rows, related, lambda table: f"({sources[name_key(table)]})")

        yield TrainingQuery(query.sql, related, counting)


def _sources(
    session: Session,
    spec: ModelSpec,
    connection: Connection,
    substitutes: Mapping[str, str] | None,
    stack: ExitStack,
) -> dict[str, str]:
    """Return the SQL of each related table's rows, by its key."""
    span = _span(spec, RELATIONS)
    given = spec.options.get(TIME_COL)
    if given is None or not isinstance(given.value, str):
        # Without moments nothing can be counted; the training says so.
        return {}
    if spec.related_tables and spec.transform is not None:
        message = "Option relations and TRANSFORM exclude each other."
        raise InvalidOption.of(message, span=span, hint="Compute the columns of TRANSFORM in the query after AS.")
    found = {}
    for table in spec.related_tables:
        read = Query(f"SELECT * FROM {quote_name(table.table)}", "duckdb", span)
        found[name_key(table.table)] = stack.enter_context(
            prepared(session, read, connection, substitutes=substitutes)
        ).sql
    return found


def _planned(
    session: Session, connection: Connection, spec: ModelSpec, rows: str, sources: Mapping[str, str]
) -> RelatedFeatures:
    span = _span(spec, RELATIONS)
    own = connection.columns(rows)
    time = _column(own, str(spec.options[TIME_COL].value), "time_col column", _span(spec, TIME_COL))
    _demand_moment(own.field(time), "of the training query", _span(spec, TIME_COL))
    tables, schemas = [], []
    for table in spec.related_tables:
        schema = connection.columns(sources[name_key(table.table)])
        tables.append(_spelled(table, own, schema, span))
        schemas.append(schema)
    for table, schema in zip(tables, schemas, strict=True):
        columns = list(usable_columns(table, schema, tables))
        if len(columns) > MOST_COLUMNS:
            told = f"Of the {len(columns)} columns of {table.table} the first {MOST_COLUMNS} are aggregated"
            left = ", ".join(columns[MOST_COLUMNS:])
            session.listener(
                Noticed(f"model {spec.name}", f"{told}; a view with others first chooses. Left out: {left}.")
            )
    return planned(time, tables, schemas, own.names)


def _spelled(table: RelatedTable, own: pa.Schema, schema: pa.Schema, span: Span) -> RelatedTable:
    """Return the table with its columns as they are written in it, each looked at."""
    of = f"of {table.table}"
    key = _column(schema, table.key, f"key column {of}", span)
    row_key = _column(own, table.row_key, "row_key column" if table.row_key != table.key else "key column", span)
    if feature_type(schema.field(key).type) is not feature_type(own.field(row_key).type):
        message = (
            f"The key {key!r} {of} has the type {schema.field(key).type}, that of the training query "
            f"{own.field(row_key).type}: they never meet."
        )
        raise BadData.of(message, span=span, hint="CAST one of them, in the query or in a view.")
    event = _column(schema, table.event_time, f"event_time column {of}", span)
    arrival = None
    if table.arrival_time is not None:
        arrival = _column(schema, table.arrival_time, f"arrival_time column {of}", span)
    for name in (event, *((arrival,) if arrival else ())):
        _demand_moment(schema.field(name), of, span)
    return RelatedTable(table.table, key, event, row_key, arrival, table.windows)


def _column(schema: pa.Schema, name: str, what: str, span: Span) -> str:
    found = next((column for column in schema.names if column.casefold() == name.casefold()), None)
    if found is None:
        raise UnknownName.among(what, name, schema.names, span=span)
    return str(found)


def _demand_moment(field: pa.Field, of: str, span: Span) -> None:
    if not (pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)):
        message = f"The column {field.name!r} {of} has the type {field.type}, which is no time."
        raise BadData.of(message, span=span, hint=f"Make it one in a query or a view: CAST({field.name} AS TIMESTAMP).")


def _span(spec: ModelSpec, option: str) -> Span:
    given = spec.options.get(option)
    return given.span if given is not None and given.span is not None else spec.training_query.span
