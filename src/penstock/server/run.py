"""The server as a process: it listens, keeps the routes and the log up to date, and ends without cutting anyone off."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from penstock.core.errors import UserError
from penstock.core.settings import TOKEN_VARIABLE
from penstock.server.app import Door, create_app
from penstock.server.auth import check_address
from penstock.server.body import Limits
from penstock.server.grpc_service import GrpcPort
from penstock.server.metrics import Metrics
from penstock.server.micro_batch import MicroBatch
from penstock.serving.compaction import Compacted
from penstock.serving.data_plane import DataPlane

if TYPE_CHECKING:
    import asyncio

    from uvicorn import Server

LOGGER = logging.getLogger("penstock.server")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
Tick = Callable[[], None]
# Work, and the seconds from its end to its next beginning.
Repeated = tuple[Callable[[], object], float]


@dataclass(frozen=True)
class Intervals:
    """How often, in seconds: aliases are looked at, the log is put on the disk, the log is moved into the lake.

    `tick` is the pause between two ticks of the caller's; `counts` that between two writings of a worker's counts;
    `drain` how long requests may take once it ends.
    """

    refresh: float = 0.5
    sync: float = 0.2
    compact: float = 5.0
    tick: float = 1.0
    counts: float = 1.0
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
    grpc: GrpcPort | None = None,
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
    metrics = Metrics()
    door = create_app(plane, token=token, limits=limits, metrics=metrics, grpc=grpc)

    def moved() -> None:
        once("compact", lambda: count_compacted(plane.compact(), metrics), metrics)

    work = [*upkeep(plane, metrics, intervals), (moved, intervals.compact)]
    if tick is not None:
        work.append((tick, intervals.tick))
    with bound_socket(host, port, shared=False) as listener:
        address = address_of(listener)
        run_door(door, listener, work, stop or threading.Event(), intervals.drain, partial(told, started, address))
    moved()


def upkeep(plane: DataPlane, metrics: Metrics, intervals: Intervals) -> list[Repeated]:
    """Return what every process that answers has to do again and again."""
    return [
        (_refreshing(plane, metrics), intervals.refresh),
        (lambda: once("sync", plane.log.sync, metrics), intervals.sync),
    ]


def _refreshing(plane: DataPlane, metrics: Metrics) -> Callable[[], None]:
    """Return what refreshes the routes, and tells what is wrong with an endpoint when it is new."""
    told: list[str] = []

    def refresh() -> None:
        once("refresh", plane.refresh, metrics)
        problems = plane.problems()
        for problem in problems:
            if problem not in told:
                LOGGER.warning("Endpoint %s", problem)
        told[:] = problems

    return refresh


def run_door(
    door: Door,
    listener: socket.socket,
    work: Sequence[Repeated],
    stop: threading.Event,
    drain: float,
    started: Callable[[], None],
) -> None:
    """Answer who comes to `listener` and do the work beside it, until SIGTERM, SIGINT or `stop`; then let requests that
    have begun come to their end. `started` is called once callers are answered. Raises whatever the work raises.
    """
    server = _server(door, drain)
    with signals() as signalled, ThreadPoolExecutor(len(work) + 1, "penstock") as threads:
        tasks = [threads.submit(repeat, stop, *repeated) for repeated in work]
        tasks.append(threads.submit(server.run, [listener]))
        try:
            while not server.started and not any(task.done() for task in tasks):
                time.sleep(0.001)
            if server.started:
                started()
            wait_for_end(stop, signalled, tasks)
        finally:
            stop.set()
            server.should_exit = True
        for task in tasks:
            task.result()


@contextmanager
def background_server(
    plane: DataPlane,
    *,
    limits: Limits | None = None,
    intervals: Intervals | None = None,
    token: str | None = None,
    grpc: GrpcPort | None = None,
) -> Iterator[str]:
    """Serve on a free loopback port while the block runs; give the address."""
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
            environment={} if token is None else {TOKEN_VARIABLE: token},
            grpc=grpc,
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


def _server(door: Door, drain: float) -> Server:
    import uvicorn

    from penstock.server.predict_protocol import PredictProtocol

    protocol = partial(PredictProtocol, batch=MicroBatch(door.services, door.gate))
    config = uvicorn.Config(
        door,
        # What makes the protocol of a connection is all that is asked of it.
        http=cast("type[asyncio.Protocol]", protocol),
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


def wait_for_end(stop: threading.Event, signalled: Callable[[], bool], tasks: Sequence[Future[None]]) -> None:
    """Wait until it is time to end: asked for, or because something has ended that should not have."""
    while not stop.wait(0.1) and not signalled():
        if any(task.done() for task in tasks):
            return


def repeat(stop: threading.Event, work: Callable[[], object], seconds: float) -> None:
    """Do the work again and again, with pauses of so many seconds, until `stop`."""
    while not stop.wait(seconds):
        work()


def once(name: str, work: Callable[[], object], metrics: Metrics) -> None:
    """Do the work; what the world does to it (a lock, a full disk) is told, counted, and tried again later."""
    try:
        work()
    except UserError as problem:
        metrics.background_failed(name)
        LOGGER.warning("The %s of the prediction service failed and will be tried again: %s", name, problem)


def count_compacted(done: Compacted, metrics: Metrics) -> None:
    """Count what a compaction did."""
    metrics.compacted_rows += done.predictions + done.labels
    metrics.torn_lines += done.torn_lines


def bound_socket(host: str, port: int, *, shared: bool) -> socket.socket:
    """Return a socket that is bound to the address and does not listen yet.

    With `shared` others of the same kind may be bound to it too. Raises UserError for an address that is taken or is
    none.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        found = socket.socket(family)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            found.bind((host, port))
        except OSError:
            found.close()
            raise
    except OSError as problem:
        raise UserError.of(
            f"Cannot listen on {host} port {port}: {problem.strerror}.", hint="Is it in use? Choose another --port."
        ) from problem
    return found


def address_of(listener: socket.socket) -> str:
    """Return the address under which callers reach a listener."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def told(started: Callable[[str], None] | None, address: str) -> None:
    """Tell whoever wants to know that the address is served."""
    if started is not None:
        started(address)


@contextmanager
def signals() -> Iterator[Callable[[], bool]]:
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
