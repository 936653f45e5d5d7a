"""A process that answers requests for a supervisor: `python -m penstock.server.worker`, which only that starts."""

from __future__ import annotations

import os
import socket
import sys
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from penstock.catalog.database import open_catalog
from penstock.core.clock import SystemClock
from penstock.core.errors import UserError
from penstock.core.settings import TOKEN_VARIABLE, Settings, read_settings
from penstock.lake.database import open_lake
from penstock.lake.storage import open_storage
from penstock.server.app import create_app
from penstock.server.body import limits_of
from penstock.server.grpc_service import GrpcPort
from penstock.server.metrics import Metrics, metrics_text
from penstock.server.run import Intervals, once, run_door, upkeep
from penstock.server.shared_metrics import SharedMetrics
from penstock.serving.data_plane import DataPlane, open_data_plane

# Where in a project's own folder workers leave their counts.
FOLDER = "workers"


@dataclass(frozen=True)
class Place:
    """What a worker is told: the project, its own name among so many, the number of its listener's open file, and the
    port of gRPC, 0 for none.
    """

    root: Path
    state: Path
    name: str
    workers: int
    listener: int
    grpc: int = 0

    def command(self) -> list[str]:
        """Return the command that starts the worker."""
        told = (self.root, self.state, self.name, self.workers, self.listener, self.grpc)
        return [sys.executable, "-m", "penstock.server.worker", *map(str, told)]


def work(place: Place, stop: threading.Event, intervals: Intervals) -> None:
    """Answer requests until `stop`, SIGTERM or SIGINT. Raises UserError when the project cannot be opened.

    That there are counts of this process says that its routes are loaded and warm, and that it listens.
    """
    settings = replace(read_settings(place.root), state_folder=place.state)
    with (
        closing(open_catalog(settings.catalog_url, must_exist=True)) as catalog,
        closing(open_lake(settings)) as lake,
        closing(open_data_plane(catalog, lake, open_storage(settings), settings, SystemClock())) as plane,
        socket.socket(fileno=place.listener) as listener,
    ):
        _answer(plane, listener, settings, place, stop, intervals)


def _answer(
    plane: DataPlane, listener: socket.socket, settings: Settings, place: Place, stop: threading.Event, often: Intervals
) -> None:
    metrics, limits = Metrics(), limits_of(settings)
    shared = SharedMetrics(place.state / FOLDER, place.name)
    # The port is the workers' own together, as that of HTTP is.
    grpc = GrpcPort(listener.getsockname()[0], place.grpc, limits) if place.grpc else None
    door = create_app(
        plane,
        token=os.environ.get(TOKEN_VARIABLE) or None,
        limits=limits,
        metrics=metrics,
        shared=shared,
        workers=place.workers,
        grpc=grpc,
    )

    def write() -> None:
        shared.write(metrics_text(door.services))

    repeated = [
        *upkeep(plane, metrics, often),
        # Twice as often as they are compacted: what is closed just too late waits for a whole turn.
        (lambda: once("log", plane.keep_log, metrics), often.compact / 2),
        (lambda: once("counts", write, metrics), often.counts),
    ]
    run_door(door, listener, repeated, stop, often.drain, write)
    once("counts", write, metrics)


def main() -> None:
    """Be a worker; ends when the supervisor lets go of its standard input, by its own end too."""
    root, state, name, workers, listener, grpc = sys.argv[1:]
    stop = threading.Event()
    threading.Thread(target=_wait_for_supervisor, args=(stop,), daemon=True).start()
    try:
        place = Place(Path(root), Path(state), name, int(workers), int(listener), int(grpc))
        work(place, stop, Intervals())
    except UserError as problem:
        sys.exit(f"Worker {name}: {problem}")


def _wait_for_supervisor(stop: threading.Event) -> None:
    # Not through sys.stdin, whose lock a thread that waits would hold when the interpreter ends.
    while os.read(0, 1):
        pass
    stop.set()


if __name__ == "__main__":
    main()
