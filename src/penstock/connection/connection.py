"""An open project from Python: SQL in, tables out; run, plan, backtest."""

from __future__ import annotations

import math
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import timedelta
from os import PathLike
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from penstock.catalog.objects import list_objects
from penstock.connection.display import Display, Section
from penstock.connection.frame import variables_of
from penstock.connection.relation import Relation
from penstock.connection.warning import telling
from penstock.core.clock import Clock
from penstock.core.errors import UserError
from penstock.core.events import Listener, nobody
from penstock.core.names import Kind, nearest_name
from penstock.core.settings import FILE_NAME, find_project
from penstock.engine.session import Session, start_session
from penstock.engine.statement import execute, last

if TYPE_CHECKING:
    from penstock.connection.backtest import Backtest
    from penstock.connection.endpoint import Endpoint
    from penstock.connection.model import Model
    from penstock.connection.plan import Plan
    from penstock.connection.reproduction import Reproduction
    from penstock.connection.run import Run
    from penstock.engine.run import RunResult
    from penstock.engine.upkeep import Upkeep
    from penstock.engine.workspace import Workspace
    from penstock.serving.data_plane import DataPlane

# As often a server looks at the catalog.
REFRESH_SECONDS = 0.5

# Every method but `sql` imports what it works with: a query waits for no plan, a plan for no web server.


class Connection:
    """A connection to a project. Close it, or use it as a context. One thread at a time."""

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        self._plane: DataPlane | None = None
        self._looked = -math.inf
        settings = session.settings
        self._name = f"project {settings.name} in {settings.root}" if session.scratch is None else "a passing project"

    @property
    def session(self) -> Session:
        """What the engine works with; raises UserError once the connection is closed."""
        if self._session is None:
            message = f"The connection to {self._name} is closed."
            raise UserError.of(message, hint="Open another one: penstock.connect(…)")
        # Whoever works with it may change who answers.
        self._looked = -math.inf
        return self._session

    def sql(self, text: str, *, dialect: Literal["duckdb", "bigquery"] | None = None) -> Relation:
        """Do the statements of `text` and return what the last one gives.

        A table that the project does not have is looked for among the caller's variables: a pandas or polars frame, an
        Arrow table, an earlier result. Raises UserError, with every finding, when a statement cannot be done.
        """
        session = self.session
        variables = variables_of(sys._getframe(1))
        with telling(session.listener):
            self._settle()
            return Relation(last(execute(session, text, dialect=dialect, variables=variables)), session.listener)

    def model(self, name: str, version: int | str | None = None) -> Model:
        """Return a model's champion, or the given version or alias; raises UnknownName with the nearest name."""
        from penstock.connection.model import Model

        return Model(lambda: self.session, name, version)

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint, to predict in this process just as its address would answer."""
        from penstock.connection.endpoint import Endpoint

        return Endpoint(self._open_plane, name)

    def plan(self, *names: str, full_refresh: bool = False) -> Plan:
        """Return what `run` would do and why; nothing is done."""
        from penstock.connection.plan import Plan
        from penstock.engine.workspace import plan_of, tell_warnings

        with telling(self.session.listener):
            workspace = self._workspace()
            tell_warnings(self.session, workspace)
            return Plan(plan_of(self.session, workspace, names, full_refresh=full_refresh))

    def run(self, *names: str, full_refresh: bool = False, cause: str = "asked for from Python") -> Run:
        """Make every object of the project match its definition, or only the named ones (`+name` with what it needs).

        Raises UserError with the findings of every step that failed.
        """
        from penstock.connection.run import Run
        from penstock.engine.run import raise_problems

        with telling(self.session.listener) as warnings:
            result = self.try_run(names, full_refresh=full_refresh, cause=cause)
            raise_problems(result)
        return Run(result, tuple(warnings))

    def try_run(self, names: Collection[str], *, full_refresh: bool, cause: str) -> RunResult:
        """Run as `run` does, and leave it to the caller to look at what failed."""
        from penstock.engine.run import run_plan
        from penstock.engine.workspace import plan_of, tell_warnings

        workspace = self._workspace()
        tell_warnings(self.session, workspace, only_new=True)
        self._settle()
        plan = plan_of(self.session, workspace, names, full_refresh=full_refresh)
        return run_plan(self.session, workspace.graph, plan, cause=cause, full_refresh=full_refresh)

    def backtest(
        self,
        endpoint: str,
        *,
        from_table: str,
        time_column: str,
        label_delay: str = "0 days",
        step: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> Backtest:
        """Replay the rows of `from_table` through the endpoint's loop in virtual time.

        Durations are texts like '7 days'; `start` and `end` are moments in ISO 8601; without a `start`, the first
        fifth of the time is what the first version is trained on.
        """
        from penstock.connection.backtest import Backtest, BacktestRequest

        request = BacktestRequest(endpoint, from_table, time_column, label_delay, step, start, end)
        with telling(self.session.listener):
            return Backtest.of(self.session, self._workspace(), request)

    def reproduce(self, model: str, version: str | None = None) -> Reproduction:
        """Train a version again from its recorded snapshots and compare."""
        from penstock.connection.reproduction import Reproduction
        from penstock.engine.reproduction import reproduce

        with telling(self.session.listener):
            return Reproduction(reproduce(self.session, model, version))

    def status(self) -> Relation:
        """Return one row an object: its kind, its name, when it was made and how it is."""
        from penstock.engine.status import status

        return Relation.of(status(self.session))

    def lineage(self, name: str | None = None) -> Relation:
        """Return what an object is made from and from it; for `table.column`, the columns it comes from."""
        from penstock.engine.trace import trace

        return Relation.of(trace(self.session, self._workspace().graph, name).table())

    def approve(self, model: str, version: str = "candidate") -> str:
        """Let a version serve that waits at the gate, and return one line on it."""
        from penstock.engine.approval import approve

        return approve(self.session, model, version)

    def tidy(self, keep_days: float = 30, *, orphans: bool = False, trial: bool = False) -> Upkeep:
        """Let go of snapshots that were superseded longer ago and that no version needs, and of files nothing names."""
        from penstock.engine.upkeep import tidy

        return tidy(self.session, keep=timedelta(days=keep_days), orphans=orphans, trial=trial)

    def score(self, endpoint: str, source: str | PathLike[str], target: str | PathLike[str]) -> int:
        """Score a file of rows into a Parquet or CSV file and return how many rows there were."""
        from penstock.engine.file_scoring import score_file

        with telling(self.session.listener):
            return score_file(self.session, endpoint, Path(source), Path(target))

    def export(self, model: str, folder: str | PathLike[str], version: str | None = None) -> str:
        """Write a version as a folder that plain onnxruntime runs, and return one line on it."""
        from penstock.engine.export import export_version

        with telling(self.session.listener):
            return export_version(self.session, model, version, Path(folder))

    def serve(
        self,
        *,
        host: str | None = None,
        port: int | None = None,
        workers: int | None = None,
        grpc_port: int | None = None,
        loop: bool = True,
        started: Callable[[str], None] | None = None,
    ) -> None:
        """Serve the endpoints over HTTP until the process is told to stop; with `loop`, turn the loop as well.

        Of several `workers` each is a process that answers. With `grpc_port` the inference protocol is spoken over gRPC
        too. What is not given is as `penstock.toml` says.
        `started` is told the address once the server listens. Raises UserError for an address that cannot be taken.
        """
        from penstock.connection.service import serve_session

        serve_session(
            self.session, host=host, port=port, workers=workers, grpc_port=grpc_port, loop=loop, started=started
        )

    def close(self) -> None:
        """Close the connection; a project without a folder is gone. Closing it again does nothing."""
        session, self._session = self._session, None
        plane, self._plane = self._plane, None
        if session is None:
            return
        try:
            if plane is not None:
                try:
                    plane.settle()
                finally:
                    plane.close()
        finally:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._session is None:
            return f"<connection to {self._name}, closed>"
        counts = Counter(state.name.kind for state in list_objects(self._session.catalog))
        held = ", ".join(f"{counts[kind]} {kind}{'' if counts[kind] == 1 else 's'}" for kind in Kind if counts[kind])
        return f"<connection to {self._name}: {held or 'nothing is made yet'}>"

    def _repr_html_(self) -> str:
        if self._session is None:
            return Display(f"Connection to {self._name}, closed").html()
        return Display(f"Connection to {self._name}", (Section("", self.status().arrow()),)).html()

    def _workspace(self) -> Workspace:
        from penstock.engine.workspace import checked_workspace

        return checked_workspace(self.session)

    def _open_plane(self) -> DataPlane:
        """Return the data plane. Its routes are at most REFRESH_SECONDS behind what other processes do."""
        if self._session is None or self._plane is None:
            self._plane = self._new_plane()
            self._looked = monotonic()
        elif monotonic() - self._looked > REFRESH_SECONDS:
            self._looked = monotonic()
            self._plane.refresh()
        return self._plane

    def _new_plane(self) -> DataPlane:
        from penstock.serving.data_plane import open_data_plane

        session = self.session
        return open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)

    def _settle(self) -> None:
        """Bring what the endpoints of this connection have answered into the lake, where statements see it."""
        if self._plane is not None:
            self._plane.settle()


def open_connection(
    path: str | PathLike[str] | None, *, clock: Clock | None = None, listener: Listener = nobody
) -> Connection:
    """Return a connection to the project in or above `path`; without a path, to a passing one.

    Raises UserError when there is no project there or it cannot be opened.
    """
    if path is None:
        return Connection(start_session(None, clock=clock, listener=listener))
    if str(path).startswith(("http://", "https://")):
        raise UserError.of(f"{path} is an address, not a folder.", hint=f"Say: penstock.connect(url={str(path)!r})")
    hint = f"Make one with: penstock -C {shlex.quote(str(path))} init"
    if not Path(path).is_dir():
        # A mistyped folder within a project must not stand for the project around it.
        raise UserError.of(f"There is no folder {path}.", hint=_nearest_folder(Path(path)) or hint)
    root = find_project(Path(path))
    if root is None:
        raise UserError.of(f"There is no {FILE_NAME} in {path} or above it.", hint=hint)
    return Connection(start_session(root, clock=clock, listener=listener))


def open_endpoint(name: str, path: str | PathLike[str], *, listener: Listener = nobody) -> Endpoint:
    """Return an endpoint of the project in or above `path`, which is closed with it; raises UserError as both do."""
    from penstock.connection.endpoint import Endpoint

    with ExitStack() as stack:
        connection = stack.enter_context(open_connection(path, listener=listener))
        found = Endpoint(connection._open_plane, name, connection.close)
        stack.pop_all()
    return found


def _nearest_folder(path: Path) -> str | None:
    """Return the hint that names the folder most like one that there is not, or None."""
    beside = [each.name for each in path.parent.iterdir() if each.is_dir()] if path.parent.is_dir() else []
    nearest = nearest_name(path.name, beside)
    return f"Did you mean {path.parent / nearest}?" if nearest else None
