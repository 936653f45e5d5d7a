"""A query made ready for DuckDB: files opened, logical views unfolded, ML functions bound."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from penstock.catalog.objects import get_object
from penstock.core.events import Noticed
from penstock.core.names import Kind, ResourceName, name_key
from penstock.core.spans import Span
from penstock.engine.place import pointing_into
from penstock.engine.session import Session
from penstock.engine.wildcard import wildcard_sql, wildcard_tables
from penstock.lake.column import Column
from penstock.lake.database import ArrowRows, Connection
from penstock.lake.failure import UnreadableRow
from penstock.lake.option import OPTIONS
from penstock.lake.own_table import make_own_table
from penstock.lake.rejects import unreadable
from penstock.lake.sources import NOTHING_KNOWN, Source, prepare_source
from penstock.sql.references import FileReference, ModelReference, names_listing, references
from penstock.sql.rewrite import FunctionCall, ValueCall, to_duckdb
from penstock.sql.statement import Dialect, Query

if TYPE_CHECKING:
    from penstock.functions.binding import FunctionBinder
    from penstock.learn.artifact import LoadedModel

TEXT_FILES = frozenset({"csv", "json", "text"})
NO_FRAMES: Mapping[str, ArrowRows] = {}
NOTHING_TOLD: Mapping[str, object] = {}


@dataclass(frozen=True)
class PreparedQuery:
    """DuckDB SQL that runs on `connection` as long as its context is open, and the files that it reads."""

    sql: str
    connection: Connection
    sources: tuple[Source, ...]


@contextmanager
def prepared(
    session: Session,
    query: Query,
    connection: Connection,
    *,
    frames: Mapping[str, ArrowRows] = NO_FRAMES,
    only_files: Collection[str] | None = None,
    reading: Mapping[str, object] = NOTHING_TOLD,
    known: Mapping[str, Sequence[Column]] = NOTHING_KNOWN,
    substitutes: Mapping[str, str] | None = None,
    strict: bool = True,
) -> Iterator[PreparedQuery]:
    """Make `query` runnable on `connection`.

    `frames` are the caller's own tables by name; `only_files` restricts file sources to those paths, and `known` has
    the columns that the others had; `reading` says how text files are written where the query does not say it itself;
    `substitutes` puts SQL text in the place of a named relation (by its key).
    A row of a file that cannot be read raises BadData; with `strict` false it is left to the sources to tell.
    As long as the context is open, errors point into the query's own text.
    """
    with ExitStack() as stack:
        stack.enter_context(pointing_into(connection, query))
        sources: list[Source] = []

        def open_files(reference: FileReference) -> str:
            words = OPTIONS[reference.function] if reference.function in TEXT_FILES else ()
            told = {name: value for name, value in reading.items() if name in words}
            source = prepare_source(
                connection,
                reference.function,
                reference.patterns,
                {**told, **reference.options},
                session.settings.root,
                only=only_files,
                known=known,
                strict=strict,
            )
            stack.callback(source.close)
            sources.append(source)
            if strict:
                # Of some files this is known before the first row is read.
                _refuse(source.rejected())
            for notice in source.notices:
                session.tell_once(Noticed(notice.files, notice.message))
            return source.sql

        def unfold(name: str) -> str | None:
            make_own_table(connection, name)
            if names_listing(name):
                return _listing(session, connection, stack, name)
            if substitutes and name_key(name) in substitutes:
                return substitutes[name_key(name)]
            if wildcard := wildcard_sql(connection, name, query.text, substitutes or {}):
                return f"({wildcard})"
            # What stands in a table's place is to be seen through the views over it as well.
            view = view_query(session, name) if substitutes else logical_view(session, name)
            return f"({rewrite(view)})" if view else None

        def rewrite(text: Query) -> str:
            return to_duckdb(text, calls=ml.bind, values=ml.bind_value, files=open_files, relations=unfold)

        ml = _MlCalls(session, connection, frames, stack, unfold)
        for name, rows in frames.items():
            connection.register(name, rows)
            stack.callback(connection.unregister, name, rows)
        try:
            yield PreparedQuery(rewrite(query), connection, tuple(sources))
        except UnreadableRow:
            refuse_unreadable(sources)
            raise


class _MlCalls:
    """The ML functions of one query. A query without any waits for no import of them."""

    def __init__(
        self,
        session: Session,
        connection: Connection,
        frames: Mapping[str, ArrowRows],
        stack: ExitStack,
        relations: Callable[[str], str | None],
    ) -> None:
        self._session, self._connection, self._frames, self._stack = session, connection, frames, stack
        self._relations = relations

    def bind(self, call: FunctionCall) -> str:
        return self._binder.bind(call)

    def bind_value(self, call: ValueCall) -> str:
        return self._binder.bind_value(call)

    @cached_property
    def _binder(self) -> FunctionBinder:
        from penstock.engine.loaded_model import load_version
        from penstock.engine.vector_index import SessionIndexes
        from penstock.functions.binding import FunctionBinder
        from penstock.remote.services import Services

        session = self._session

        def find_model(reference: ModelReference) -> LoadedModel:
            return load_version(session.catalog, session.storage, session.models, reference.name, reference.version)[1]

        settings = session.settings
        binder = FunctionBinder(
            self._connection,
            find_model,
            session.lake,
            frames=self._frames,
            listener=session.listener,
            threads=session.threads,
            indexes=SessionIndexes(session),
            relations=self._relations,
            services=Services(settings.connections, seed=settings.seed, embedders=settings.embedders),
        )
        self._stack.callback(binder.close)
        return binder


def _listing(session: Session, connection: Connection, stack: ExitStack, name: str) -> str:
    """Return the name under which the models of a dataset can be read as long as `stack` is open."""
    from penstock.engine.model_listing import model_listing

    rows = model_listing(session, name)
    relation = f"penstock_models_{secrets.token_hex(4)}"
    listed = ArrowRows(rows.schema, lambda: iter(rows.to_batches()))
    connection.register(relation, listed)
    stack.callback(connection.unregister, relation, listed)
    return relation


def refuse_unreadable(sources: Sequence[Source]) -> None:
    """Read the text files of the sources to their ends and raise BadData for the rows that cannot be read."""
    for source in sources:
        _refuse(source.search())


def _refuse(rejects: pa.Table) -> None:
    if not rejects.num_rows:
        return
    files = rejects["file"].unique().to_pylist()
    what = files[0] if len(files) == 1 else f"{len(files):,} files"
    hint = (
        "Mend the file, or keep the other rows in a table: "
        f"CREATE TABLE … OPTIONS (max_rejects = {rejects.num_rows}) AS SELECT …; SHOW REJECTS OF it shows these."
    )
    raise unreadable(what, rejects, hint)


def logical_view(session: Session, name: str) -> Query | None:
    """Return the query of a view that reads files or ML functions and so cannot live in the lake itself."""
    return view_query(session, name, only_logical=True)


def relations_read(session: Session, query: Query) -> list[str]:
    """Return the tables and views that a query reads, directly and through views, each once."""
    found: list[str] = []
    for name in references(query).relations:
        view = view_query(session, name)
        tables = wildcard_tables(session.connection, name) or [name]
        found += [name, *relations_read(session, view)] if view else tables
    return list(dict.fromkeys(found))


def view_query(session: Session, name: str, *, only_logical: bool = False) -> Query | None:
    """Return the query of a view, or None for a name that is none."""
    state = get_object(session.catalog, ResourceName(Kind.VIEW, name))
    if state is None or (only_logical and not state.state.get("logical")):
        return None
    text = str(state.state["query"])
    dialect: Dialect = "bigquery" if state.state["dialect"] == "bigquery" else "duckdb"
    return Query(text, dialect, Span(f"view {name}", 1, 1, 1, 1))
