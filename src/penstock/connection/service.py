"""Serving a session: its endpoints over HTTP, and the loop beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from penstock.connection.release_watch import judging_releases
from penstock.core.errors import UserError
from penstock.core.events import Noticed
from penstock.engine.loop import turn
from penstock.engine.session import Session
from penstock.server.body import limits_of
from penstock.server.grpc_service import GrpcPort
from penstock.server.run import background_server, serve
from penstock.server.supervisor import supervise
from penstock.serving.compaction import Compacted, compact
from penstock.serving.data_plane import DataPlane, open_data_plane


@dataclass(frozen=True)
class Service:
    """A server that runs beside the caller."""

    address: str
    plane: DataPlane

    def settle(self) -> None:
        """Bring the log into the lake and the routes up to date now, instead of within seconds."""
        self.plane.compact()
        self.plane.refresh()


def serve_session(
    session: Session,
    *,
    host: str | None,
    port: int | None,
    workers: int | None,
    grpc_port: int | None,
    loop: bool,
    started: Callable[[str], None] | None,
) -> None:
    """Serve until the process is told to stop; requests under way are answered first. `started` is told the address.

    Of several `workers` each is a process that answers, and this one watches them. What is None is as the settings say.
    With `grpc_port` they answer over gRPC too. Raises UserError for an address other than loopback without a token, or
    one that is taken.
    """
    settings = session.settings
    host = host if host is not None else settings.host
    port = port if port is not None else settings.port
    workers = workers if workers is not None else settings.workers
    if workers > 1 and session.scratch is not None:
        raise UserError.of("Several workers need a project in a folder.", hint="Start one with: penstock init")
    tick = _turning(session) if loop else None
    if started is not None and grpc_port is not None:
        started = partial(_told_with_grpc, started, f"{host}:{grpc_port}")
    with judging_releases(session) if loop else nullcontext():
        if workers > 1:
            moved = partial(_compact, session)
            supervise(settings, moved, host, port, workers, tick=tick, started=started, grpc=grpc_port or 0)
        else:
            limits = limits_of(settings)
            grpc = GrpcPort(host, grpc_port, limits) if grpc_port is not None else None
            with _settled(_plane(session)) as plane:
                serve(plane, host, port, tick=tick, started=started, limits=limits, grpc=grpc)


@contextmanager
def running_service(session: Session) -> Iterator[Service]:
    """Serve on a free loopback port while the block runs; the loop is the caller's to turn."""
    plane = _plane(session)
    try:
        with background_server(plane) as address:
            yield Service(address, plane)
    finally:
        plane.close()


def _told_with_grpc(started: Callable[[str], None], grpc: str, address: str) -> None:
    started(f"{address}, for gRPC at {grpc}")


@contextmanager
def _settled(plane: DataPlane) -> Iterator[DataPlane]:
    """Give the plane; at the end all that it has logged is in the lake, and it is closed."""
    try:
        yield plane
    finally:
        plane.compact()
        plane.close()


def _compact(session: Session) -> Compacted:
    """Move what the workers have left in the log into the lake."""
    return compact(session.lake, session.settings.state / "log", session.clock.now())


def _plane(session: Session) -> DataPlane:
    return open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)


def _turning(session: Session) -> Callable[[], None]:
    """Return what turns the loop once. What goes wrong is tried again at the next turn, and told when it is new."""
    told: list[str] = []

    def tick() -> None:
        try:
            done = turn(session)
        except UserError as problem:
            if told != [str(problem)]:
                told[:] = [str(problem)]
                session.listener(Noticed("loop", str(problem)))
            return
        told.clear()
        for moved in done.moved:
            session.listener(Noticed(f"endpoint {moved.endpoint}", moved.message))
        for fired in done.fired:
            session.listener(Noticed(f"trigger {fired.trigger}", f"{fired.reason} → {'; '.join(fired.actions)}"))

    return tick
