"""The server as a process: it listens, keeps the routes and the log up to date, and ends without cutting anyone off."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp

from penstock.core.errors import UserError
from penstock.core.settings import TOKEN_VARIABLE
from penstock.server.app import create_app
from penstock.server.auth import check_address
from penstock.server.body import Limits
from penstock.server.metrics import Metrics
from penstock.serving.data_plane import DataPlane

if TYPE_CHECKING:
    from uvicorn import Server

LOGGER = logging.getLogger("penstock.server")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
Tick = Callable[[], None]


@dataclass(frozen=True)
class Intervals:
    """How often, in seconds: aliases are looked at, the log is put on the disk, the log is moved into the lake.

    `tick` is the pause between two ticks of the caller's; `drain` how long requests may take once it ends.
    """

    refresh: float = 0.5
    sync: float = 0.2
    compact: float = 5.0
    tick: float = 1.0
    drain: float = 30.0


def serve(
    plane: DataPlane,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    tick: Tick | None = None,
    started: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
    limits: Limits | None = None,
    intervals: Intervals | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; requests that have begun are answered first, for `intervals.drain`.

    The token that callers need is `PENSTOCK_TOKEN` of the environment. `started` is told the address once the
    server listens (port 0 takes a free one); `tick` is called again and again beside it, in a thread of its own.
    At the end the log is moved into the lake; the plane stays the caller's to close. Raises UserError for an
    address that needs a token or cannot be listened on, and whatever `tick` raises.
    """
    token = environment.get(TOKEN_VARIABLE) or None
    check_address(host, token)
    intervals = intervals or Intervals()
    stop = stop or threading.Event()
    metrics = Metrics()
    server = _server(create_app(plane, token=token, limits=limits, metrics=metrics), intervals.drain)
    work: list[tuple[Callable[[], object], float]] = [
        (lambda: _once("refresh", plane.refresh, metrics), intervals.refresh),
        (lambda: _once("sync", plane.log.sync, metrics), intervals.sync),
        (lambda: _once("compact", lambda: _compact(plane, metrics), metrics), intervals.compact),
    ]
    if tick is not None:
        work.append((tick, intervals.tick))
    with _listening(host, port) as listener, _signals() as signalled, ThreadPoolExecutor(5, "penstock") as threads:
        tasks = [threads.submit(_repeat, stop, *repeated) for repeated in work]
        tasks.append(threads.submit(server.run, [listener]))
        try:
            if started is not None:
                started(_address(listener))
            _wait(stop, signalled, tasks)
        finally:
            stop.set()
            server.should_exit = True
        for task in tasks:
            task.result()
    _once("compact", lambda: _compact(plane, metrics), metrics)


@contextmanager
def background_server(
    plane: DataPlane, *, limits: Limits | None = None, intervals: Intervals | None = None
) -> Iterator[str]:
    """Serve on a free loopback port while the block runs, without a token; give the address."""
    stop = threading.Event()
    address: Future[str] = Future()
    with ThreadPoolExecutor(1, "penstock-server") as threads:
        serving = threads.submit(
            serve,
            plane,
            port=0,
            started=address.set_result,
            stop=stop,
            limits=limits,
            intervals=intervals,
            environment={},
        )
        either: list[Future[Any]] = [address, serving]
        wait(either, return_when=FIRST_COMPLETED)
        if not address.done():
            # It ended before it listened.
            serving.result()
        try:
            yield address.result()
        finally:
            stop.set()
        serving.result()


def _server(app: ASGIApp, drain: float) -> Server:
    import uvicorn

    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # Longer than what clients and proxies use, so that they close idle connections, not this side.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(drain)),
    )
    return uvicorn.Server(config)


def _wait(stop: threading.Event, signalled: Callable[[], bool], tasks: list[Future[None]]) -> None:
    """Wait until it is time to end: asked for, or because something has ended that should not have."""
    while not stop.wait(0.1) and not signalled():
        if any(task.done() for task in tasks):
            return


def _repeat(stop: threading.Event, work: Callable[[], object], seconds: float) -> None:
    while not stop.wait(seconds):
        work()


def _once(name: str, work: Callable[[], object], metrics: Metrics) -> None:
    """Do the work; what the world does to it (a lock, a full disk) is told, counted, and tried again later."""
    try:
        work()
    except UserError as problem:
        metrics.background_failed(name)
        LOGGER.warning("The %s of the prediction service failed and will be tried again: %s", name, problem)


def _compact(plane: DataPlane, metrics: Metrics) -> None:
    done = plane.compact()
    metrics.compacted_rows += done.predictions + done.labels
    metrics.torn_lines += done.torn_lines


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as problem:
        raise UserError.of(
            f"Cannot listen on {host} port {port}: {problem.strerror}.", hint="Is it in use? Choose another --port."
        ) from problem
    with listener:
        yield listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Give the question whether SIGTERM or SIGINT has come; a second one ends the process where it is.

    Only the main thread can listen to signals.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, _: object) -> None:
        # No lock may be taken here: the thread that is interrupted may hold it.
        came.append(number)
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield lambda: bool(came)
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
