"""An open project from Python: SQL in, tables out; run, plan, backtest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import pyarrow as pa

from penstock.connection.frame import caller_frames
from penstock.connection.model import Model
from penstock.connection.relation import Relation
from penstock.core.clock import Clock
from penstock.core.errors import SyntaxProblem, UserError
from penstock.core.events import Listener, nobody
from penstock.core.settings import FILE_NAME, find_project
from penstock.engine.approval import approve
from penstock.engine.export import export_version
from penstock.engine.file_scoring import score_file
from penstock.engine.lineage import lineage
from penstock.engine.reproduction import Reproduction, reproduce
from penstock.engine.run import RunResult, raise_problems, run_plan
from penstock.engine.session import Session, start_session
from penstock.engine.statement import execute, last
from penstock.engine.status import status
from penstock.engine.step import Plan
from penstock.engine.workspace import Workspace, checked_workspace, plan_of
from penstock.lake.tables import table_names
from penstock.sql.parse import parse_script
from penstock.sql.references import references
from penstock.sql.statement import CreateModel, CreateTable, CreateView, Dialect, Passthrough, Query

if TYPE_CHECKING:
    from penstock.connection.backtest import Backtest
    from penstock.connection.endpoint import Endpoint
    from penstock.serving.data_plane import DataPlane

# Scoring, serving and backtests are imported where they are used: a plan must not wait for a web server.


class Connection:
    """A connection to a project. Close it, or use it as a context. One thread at a time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._plane: DataPlane | None = None

    def sql(self, text: str, *, dialect: Literal["duckdb", "bigquery"] | None = None) -> Relation:
        """Do the statements of `text` and return what the last one gives.

        A table that the project does not have is looked for among the caller's variables: a pandas or polars frame, an
        Arrow table, an earlier result. Raises UserError, with every finding, when a statement cannot be done.
        """
        frames = caller_frames(self._relations_read(text, dialect), sys._getframe(1))
        if frames:
            known = {name.casefold() for name in table_names(self.session.connection)}
            frames = {name: rows for name, rows in frames.items() if name.casefold() not in known}
        return Relation(last(execute(self.session, text, dialect=dialect, frames=frames)))

    def model(self, name: str, version: int | str | None = None) -> Model:
        """Return a model's champion, or the given version or alias; raises UnknownName with the nearest name."""
        return Model(self.session, name, version)

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint, to predict in this process just as its address would answer."""
        from penstock.connection.endpoint import Endpoint
        from penstock.serving.data_plane import open_data_plane

        if self._plane is None:
            session = self.session
            self._plane = open_data_plane(
                session.catalog, session.lake, session.storage, session.settings, session.clock
            )
        return Endpoint(self._plane, name)

    def plan(self, *names: str, full_refresh: bool = False) -> Plan:
        """Return what `run` would do and why; nothing is done."""
        return plan_of(self.session, self._workspace(), names, full_refresh=full_refresh)

    def run(self, *names: str, full_refresh: bool = False, cause: str = "asked for from Python") -> RunResult:
        """Make every object of the project match its definition, or only the named ones (`+name` with what it needs).

        Raises UserError with the findings of every step that failed.
        """
        result = self.try_run(names, full_refresh=full_refresh, cause=cause)
        raise_problems(result)
        return result

    def try_run(self, names: Collection[str], *, full_refresh: bool, cause: str) -> RunResult:
        """Run as `run` does, and leave it to the caller to look at what failed."""
        workspace = self._workspace()
        plan = plan_of(self.session, workspace, names, full_refresh=full_refresh)
        return run_plan(self.session, workspace.graph, plan, cause=cause, full_refresh=full_refresh)

    def backtest(
        self,
        endpoint: str,
        *,
        table: str,
        time_column: str,
        label_delay: str = "0 days",
        step: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> Backtest:
        """Replay the rows of `table` through the endpoint's loop in virtual time.

        Durations are texts like '7 days'; `start` and `end` are moments in ISO 8601; without a `start`, the first
        fifth of the time is what the first version is trained on.
        """
        from penstock.connection.backtest import Backtest, BacktestRequest

        request = BacktestRequest(endpoint, table, time_column, label_delay, step, start, end)
        return Backtest.of(self.session, self._workspace(), request)

    def reproduce(self, model: str, version: str | None = None) -> Reproduction:
        """Train a version again from its recorded snapshots and compare."""
        return reproduce(self.session, model, version)

    def status(self) -> pa.Table:
        """Return one row an object: its kind, its name, when it was made and how it is."""
        return status(self.session)

    def lineage(self, name: str | None = None) -> pa.Table:
        """Return what an object is made from and from it; for `table.column`, the columns it comes from."""
        return lineage(self.session, self._workspace().graph, name)

    def approve(self, model: str, version: str = "candidate") -> str:
        """Let a version serve that waits at the gate, and return one line on it."""
        return approve(self.session, model, version)

    def score(self, endpoint: str, source: str | PathLike[str], target: str | PathLike[str]) -> int:
        """Score a file of rows into a Parquet or CSV file and return how many rows there were."""
        return score_file(self.session, endpoint, Path(source), Path(target))

    def export(self, model: str, folder: str | PathLike[str], version: str | None = None) -> str:
        """Write a version as a folder that plain onnxruntime runs, and return one line on it."""
        return export_version(self.session, model, version, Path(folder))

    def serve(
        self,
        *,
        host: str | None = None,
        port: int | None = None,
        loop: bool = True,
        started: Callable[[str], None] | None = None,
    ) -> None:
        """Serve the endpoints over HTTP until the process is told to stop; with `loop`, turn the loop as well.

        `started` is told the address once the server listens. Raises UserError for an address that cannot be taken.
        """
        from penstock.connection.service import serve_session

        serve_session(self.session, host=host, port=port, loop=loop, started=started)

    def close(self) -> None:
        """Close the connection; a project without a folder is gone."""
        if self._plane is not None:
            self._plane.close()
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _workspace(self) -> Workspace:
        return checked_workspace(self.session)

    def _relations_read(self, text: str, dialect: Dialect | None) -> list[str]:
        """Return the plain names that the statements read."""
        read: list[str] = []
        default: Dialect = "bigquery" if self.session.settings.dialect == "bigquery" else "duckdb"
        for statement in parse_script(text, "sql", dialect or default).statements:
            match statement:
                case CreateTable(query=query) | CreateView(query=query) | CreateModel(query=Query() as query):
                    read += references(query).relations
                case Passthrough(query=query):
                    read += _relations_of(query)
                case _:
                    continue
        return [name for name in dict.fromkeys(read) if name.isidentifier()]


def _relations_of(query: Query) -> tuple[str, ...]:
    """Return what a query reads; nothing for words of DuckDB's own that only it can read."""
    try:
        return references(query).relations
    except SyntaxProblem:
        return ()


def open_connection(
    path: str | PathLike[str] | None, *, clock: Clock | None = None, listener: Listener = nobody
) -> Connection:
    """Return a connection to the project in or above `path`; without a path, to a passing one.

    Raises UserError when there is no project there or it cannot be opened.
    """
    if path is None:
        return Connection(start_session(None, clock=clock, listener=listener))
    root = find_project(Path(path))
    if root is None:
        hint = f"Make one with: penstock -C {path} init"
        raise UserError.of(f"There is no {FILE_NAME} in {path} or above it.", hint=hint)
    return Connection(start_session(root, clock=clock, listener=listener))
