"""Several processes that answer on one port, and the one that starts them, watches them, and turns the loop.

Each worker listens on a socket of its own, all bound to the same port (SO_REUSEPORT): the kernel spreads connections
over those that listen. A worker that dies takes its socket with it, so that nobody is sent to it until another, warm,
has taken its place.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from penstock.core.errors import StorageFailure, UserError
from penstock.core.settings import TOKEN_VARIABLE, Settings
from penstock.server.auth import check_address
from penstock.server.metrics import Metrics, count_text
from penstock.server.run import (
    Intervals,
    Repeated,
    Tick,
    address_of,
    bound_socket,
    count_compacted,
    once,
    repeat,
    signals,
    told,
)
from penstock.server.shared_metrics import SharedMetrics, process_of
from penstock.server.worker import FOLDER, Place
from penstock.serving.compaction import Compacted

LOGGER = logging.getLogger("penstock.server")
_NAME = "supervisor"
# One that never becomes ready is started again ever more seldom.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_READY_SECONDS = 120.0


class Worker:
    """A worker's place, and the process that has it now. Looked after by one thread."""

    def __init__(self, name: str, settings: Settings, workers: int, address: tuple[str, int], grpc: int) -> None:
        self.name = name
        self._settings = settings
        self._workers = workers
        self._address = address
        self._grpc = grpc
        self._process: subprocess.Popen[bytes] | None = None
        self._was_ready = False
        self._pause = 0.0
        self._ended_at = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether its process listens, warm."""
        if self._process is None:
            return False
        folder = self._settings.state / FOLDER
        self._was_ready = self._was_ready or process_of(folder, self.name) == self._process.pid
        return self._was_ready

    def start(self) -> None:
        """Start its process, which listens once it is warm."""
        with bound_socket(*self._address, shared=True) as listener:
            number = listener.fileno()
            place = Place(self._settings.root, self._settings.state, self.name, self._workers, number, self._grpc)
            # In a session of its own, so that Ctrl-C reaches the supervisor alone, which ends it.
            self._process = subprocess.Popen(  # noqa: S603 - this package's own module
                place.command(), stdin=subprocess.PIPE, pass_fds=(number,), start_new_session=True
            )
        self._was_ready = False

    def ended(self) -> int | None:
        """Return the exit status of its process, once, when it has ended; None while it works."""
        if self._process is None or self._process.poll() is None:
            return None
        status = self._process.returncode
        self._pause = 0.0 if self.is_ready else min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._pause))
        self._ended_at = time.monotonic()
        self._let_go()
        self._process = None
        return status

    def is_due(self) -> bool:
        """Whether its process has ended and it is time for another."""
        return self._process is None and time.monotonic() - self._ended_at >= self._pause

    def end(self) -> None:
        """Ask the process to answer what has begun, and end."""
        self._let_go()

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended; one that takes longer is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            LOGGER.warning("Worker %s did not end by itself within %.0f seconds and was killed.", self.name, seconds)
            self._process.kill()
            self._process.wait()

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


def supervise(
    settings: Settings,
    compact: Callable[[], Compacted],
    host: str,
    port: int,
    workers: int,
    *,
    tick: Tick | None = None,
    started: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
    intervals: Intervals | None = None,
    environment: Mapping[str, str] = os.environ,
    grpc: int = 0,
) -> None:
    """Serve a project with so many processes until SIGTERM, SIGINT or `stop`; the rest is as `serve` has it.

    `grpc` is the port of gRPC, 0 for none. `started` is told the address once every worker is warm. A worker that ends
    is started again. Raises UserError as `serve` does, and when a worker cannot be started at all.
    """
    check_address(host, environment.get(TOKEN_VARIABLE) or None)
    intervals, metrics = intervals or Intervals(), Metrics()
    folder = _emptied(settings.state / FOLDER)
    shared = SharedMetrics(folder, _NAME)

    def moved() -> None:
        once("compact", lambda: count_compacted(compact(), metrics), metrics)

    def write() -> None:
        once("counts", lambda: shared.write(count_text(metrics)), metrics)

    work: list[Repeated] = [(moved, intervals.compact), (write, intervals.counts)]
    if tick is not None:
        work.append((tick, intervals.tick))
    stop = stop or threading.Event()
    # Somebody may listen there already, with whom the workers would share the port.
    bound_socket(host, port, shared=False).close()
    # It listens to nobody; it keeps the port while no worker has it.
    with bound_socket(host, port, shared=True) as kept:
        address = kept.getsockname()[:2]
        crew = [Worker(str(number), settings, workers, address, grpc) for number in range(1, workers + 1)]
        with signals() as signalled, ThreadPoolExecutor(len(work), "penstock") as threads, _working(crew, intervals):
            if not _until_ready(crew, lambda: stop.is_set() or signalled()):
                return
            told(started, address_of(kept))
            tasks = [threads.submit(repeat, stop, *repeated) for repeated in work]
            try:
                while not stop.wait(0.1) and not signalled() and not any(task.done() for task in tasks):
                    _look_after(crew, metrics)
            finally:
                stop.set()
            for task in tasks:
                task.result()
    moved()


@contextmanager
def _working(crew: list[Worker], intervals: Intervals) -> Iterator[None]:
    """Have the workers work while the block lasts; all answer what has begun before it ends."""
    try:
        for worker in crew:
            worker.start()
        yield
    finally:
        for worker in crew:
            worker.end()
        until = time.monotonic() + intervals.drain + 10
        for worker in crew:
            worker.wait(max(0.0, until - time.monotonic()))


def _until_ready(crew: list[Worker], ended: Callable[[], bool]) -> bool:
    """Wait until all workers are ready; return whether they are. Raises UserError when one of them cannot be."""
    until = time.monotonic() + _READY_SECONDS
    while not ended():
        if all(worker.is_ready for worker in crew):
            return True
        for worker in crew:
            status = worker.ended()
            if status is not None or time.monotonic() > until:
                what = "was not ready in time" if status is None else f"ended with status {status} as it began"
                raise UserError.of(f"Worker {worker.name} {what}.", hint="What it wrote stands above.")
        time.sleep(0.02)
    return False


def _look_after(crew: list[Worker], metrics: Metrics) -> None:
    for worker in crew:
        status = worker.ended()
        if status is not None:
            metrics.worker_restarts += 1
            LOGGER.warning("Worker %s ended with status %d and is started again.", worker.name, status)
        if worker.is_due():
            worker.start()


def _emptied(folder: Path) -> Path:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as problem:
        raise StorageFailure.of(f"{folder} cannot be written: {problem.strerror}.") from problem
    return folder
