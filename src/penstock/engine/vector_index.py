"""CREATE, ALTER … REBUILD and DROP VECTOR INDEX, and the indexes as a search finds them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import pyarrow as pa

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.core.events import Noticed
from penstock.core.names import name_key
from penstock.core.options import OptionSpec, OptionValue, read_options
from penstock.core.spans import Span
from penstock.engine.result import Result, counted, done
from penstock.engine.session import Session
from penstock.functions.column_choice import is_vector
from penstock.lake.database import Connection
from penstock.lake.snapshots import changed_rows, table_snapshot
from penstock.lake.tables import exists, table_names
from penstock.lake.vector_index import (
    METRICS,
    IndexRecord,
    VectorIndex,
    artifact_of,
    build_graph,
    forget_index,
    keep_index,
    read_record,
)
from penstock.sql.quoting import quote_identifier, quote_name
from penstock.sql.statement import AlterVectorIndex, CreateVectorIndex, DropVectorIndex

IVF, TREE_AH = "IVF", "TREE_AH"


def _ivf_problem(value: OptionValue) -> str | None:
    given = _object(value)
    lists = given.get("num_lists", 1) if given is not None else None
    fits = isinstance(lists, int) and not isinstance(lists, bool) and 1 <= lists <= 5000
    return None if given is not None and set(given) <= {"num_lists"} and fits else "JSON of num_lists, 1 to 5,000"


def _tree_problem(value: OptionValue) -> str | None:
    given = _object(value)
    if given is None or not set(given) <= {"leaf_node_embedding_count", "normalization_type"}:
        return "JSON of leaf_node_embedding_count and normalization_type"
    count = given.get("leaf_node_embedding_count", 500)
    if isinstance(count, bool) or not isinstance(count, int) or count < 500:
        return "JSON whose leaf_node_embedding_count is at least 500"
    known = str(given.get("normalization_type", "none")).lower() in ("none", "l2")
    return None if known else "JSON whose normalization_type is 'none' or 'l2'"


def _object(value: OptionValue) -> Mapping[str, object] | None:
    try:
        found = json.loads(str(value))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


_READ_ONLY = "Read for the sake of scripts written for BigQuery: the index is a graph, which has none."
OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "index_type",
        "string",
        None,
        "Must be given. Either makes the same graph of near neighbours (HNSW).",
        choices=(IVF, TREE_AH),
    ),
    OptionSpec("distance_type", "string", "EUCLIDEAN", "The distance that the index finds by.", choices=tuple(METRICS)),
    OptionSpec("ivf_options", "string", "{}", f"JSON of num_lists. {_READ_ONLY}", check=_ivf_problem),
    OptionSpec(
        "tree_ah_options",
        "string",
        "{}",
        f"JSON of leaf_node_embedding_count and normalization_type. {_READ_ONLY}",
        check=_tree_problem,
    ),
)


def create_vector_index(session: Session, statement: CreateVectorIndex) -> Result:
    """Make an index of a table's vectors; raises UserError for a table, column or option that cannot be one's."""
    table = _table(session, statement.table, statement.span)
    options = _options(statement)
    earlier = read_record(session.storage, table)
    if earlier is not None and name_key(earlier.name) == name_key(statement.name) and statement.if_not_exists:
        return done(f"vector index {earlier.name} exists")
    if earlier is not None and not (statement.replace and name_key(earlier.name) == name_key(statement.name)):
        hint = f"Drop it with: DROP VECTOR INDEX {earlier.name} ON {table}"
        if name_key(earlier.name) == name_key(statement.name):
            hint = "Say CREATE OR REPLACE VECTOR INDEX to make it anew."
        message = f"Table {table} has the vector index {earlier.name} already; a table has one at most."
        raise UserError.of(message, span=statement.span, hint=hint)
    column = _column(session, table, statement)
    if statement.partitioned or statement.storing:
        clause = "PARTITION BY" if statement.partitioned else "STORING"
        message = f"{clause} changes nothing here: the rows that the index finds are read from the table."
        session.listener(Noticed(f"vector index {statement.name}", message))
    kept = {name: options[name] for name in ("ivf_options", "tree_ah_options") if options[name] != "{}"}
    distance = str(options["distance_type"])
    draft = IndexRecord(statement.name, table, column, str(options["index_type"]), distance, kept, 0, 0, 0, "")
    return _make(session, draft, statement.span, "made")


def rebuild_vector_index(session: Session, statement: AlterVectorIndex) -> Result:
    """Make an index anew of the rows that its table has now."""
    record = _found(session, statement.name, statement.table, statement.span, if_exists=statement.if_exists)
    if record is None:
        return done(f"there is no vector index {statement.name}")
    table = _table(session, record.table, statement.span)
    return _make(session, replace(record, table=table), statement.span, "made anew")


def drop_vector_index(session: Session, statement: DropVectorIndex) -> Result:
    """Take an index away."""
    record = _found(session, statement.name, statement.table, statement.span, if_exists=statement.if_exists)
    if record is None:
        return done(f"there is no vector index {statement.name}")
    forget_index(session.storage, record.table)
    return done(f"vector index {record.name} dropped")


def _make(session: Session, draft: IndexRecord, span: Span, what: str) -> Result:
    with session.lake_turn, closing(session.lake.connection()) as connection, connection.transaction():
        snapshot = table_snapshot(connection, draft.table)
        rows = _rows(connection, draft)
        try:
            graph, count, dimension = build_graph(rows, draft.column, draft.distance_type, session.threads)
        except BadData as problem:
            raise problem.at(span) from problem
    artifact = artifact_of(draft.table, uuid.uuid4().hex)
    record = replace(draft, snapshot=snapshot or 0, rows=count, dimension=dimension, artifact=artifact)
    keep_index(session.storage, record, graph)
    return done(f"vector index {record.name} {what}: {counted(count, 'vector')} of {dimension} numbers")


def _rows(connection: Connection, draft: IndexRecord) -> Iterator[pa.RecordBatch]:
    column = quote_identifier(draft.column)
    yield from connection.stream(f"SELECT rowid, CAST({column} AS FLOAT[]) AS vector FROM {quote_name(draft.table)}")


def _options(statement: CreateVectorIndex) -> Mapping[str, OptionValue]:
    options, findings = read_options(statement.options, OPTIONS, f"vector index {statement.name}", statement.span)
    if findings:
        raise InvalidOption(*findings)
    kind = options["index_type"]
    if kind is None:
        message = f"The vector index {statement.name} has no index_type."
        raise InvalidOption.of(message, span=statement.span, hint="Give OPTIONS (index_type = 'IVF').")
    given = {name.lower(): option for name, option in statement.options.items()}
    other = "tree_ah_options" if kind == IVF else "ivf_options"
    if other in given:
        message = f"Option {other} does not go with index_type = {kind!r}."
        raise InvalidOption.of(message, span=given[other].span, hint="Leave one of them out.")
    return options


def _table(session: Session, name: str, span: Span) -> str:
    """Return a table's name; raises UnknownName for none, InvalidOption for a view."""
    if not exists(session.connection, name):
        raise UnknownName.among("table", name, table_names(session.connection), span=span)
    if table_snapshot(session.connection, name) is None:
        message = f"{name} is no table of the lake, and only such a table can have a vector index."
        raise InvalidOption.of(message, span=span, hint="Make a table of it: CREATE TABLE … AS SELECT * FROM it.")
    return name


def _column(session: Session, table: str, statement: CreateVectorIndex) -> str:
    schema = session.connection.columns(f"SELECT * FROM {quote_name(table)}")
    spelled = {name.casefold(): name for name in schema.names}
    for name in (statement.column, *statement.storing):
        if name.casefold() not in spelled:
            raise UnknownName.among("column", name, schema.names, span=statement.span)
    column: str = spelled[statement.column.casefold()]
    if not is_vector(schema.field(column).type):
        message = f"Column {column!r} must be a list of numbers to be indexed; it is {schema.field(column).type}."
        raise BadData.of(message, span=statement.span)
    return column


def _found(session: Session, name: str, table: str, span: Span, *, if_exists: bool) -> IndexRecord | None:
    record = read_record(session.storage, table)
    if record is not None and name_key(record.name) == name_key(name):
        return record
    if if_exists:
        return None
    known = [] if record is None else [record.name]
    raise UnknownName.among(f"vector index on {table} called", name, known, span=span)


class SessionIndexes:
    """The indexes of a session's lake."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fresh(self, table: str, column: str, distance: str) -> VectorIndex | None:
        """Return a table's index of a column by a distance; None where there is none, or where the table has changed
        since, which is told.
        """
        session = self._session
        record = read_record(session.storage, table)
        if record is None or (record.column.casefold(), record.distance_type) != (column.casefold(), distance):
            return None
        with closing(session.lake.connection()) as connection:
            if table_snapshot(connection, table) == record.snapshot:
                return session.indexes.load(session.storage, record)
        message = (
            f"Table {record.table} has changed since its vector index {record.name} was made, so that every row is "
            f"compared. ALTER VECTOR INDEX {record.name} ON {record.table} REBUILD makes it anew."
        )
        session.tell_once(Noticed(f"vector index {record.name}", message))
        return None

    def drift(self, table: str) -> float | None:
        """Return the share of a table's rows that have changed since its index was made, None without an index."""
        record = read_record(self._session.storage, table)
        if record is None:
            return None
        with closing(self._session.lake.connection()) as connection:
            if table_snapshot(connection, table) == record.snapshot:
                return 0.0
            changed = changed_rows(connection, table, record.snapshot)
        return 1.0 if changed is None else min(1.0, changed / max(record.rows, 1))
