"""Serving a session: its endpoints over HTTP, and the loop beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from penstock.core.errors import UserError
from penstock.core.events import Noticed
from penstock.engine.loop import turn
from penstock.engine.session import Session
from penstock.server.run import background_server, serve
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
    session: Session, *, host: str | None, port: int | None, loop: bool, started: Callable[[str], None] | None
) -> None:
    """Serve until the process is told to stop; requests under way are answered first. `started` is told the address.

    Raises UserError for an address other than loopback without a token, or one that is taken.
    """
    plane = _plane(session)
    try:
        serve(
            plane,
            host if host is not None else session.settings.host,
            port if port is not None else session.settings.port,
            tick=_turning(session) if loop else None,
            started=started,
        )
    finally:
        plane.compact()
        plane.close()


@contextmanager
def running_service(session: Session) -> Iterator[Service]:
    """Serve on a free loopback port while the block runs; the loop is the caller's to turn."""
    plane = _plane(session)
    try:
        with background_server(plane) as address:
            yield Service(address, plane)
    finally:
        plane.close()


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
        for fired in done.fired:
            session.listener(Noticed(f"trigger {fired.trigger}", f"{fired.reason} → {'; '.join(fired.actions)}"))

    return tick
