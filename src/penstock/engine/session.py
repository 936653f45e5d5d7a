"""An open project: its settings, lake, catalog, storage and clock, held together for as long as work lasts."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from penstock.catalog.database import Catalog, open_catalog
from penstock.core.clock import Clock, SystemClock
from penstock.core.errors import StorageFailure
from penstock.core.events import Listener, Noticed, nobody
from penstock.core.parallel import processors
from penstock.core.settings import Settings, read_settings
from penstock.engine.interruption import Searches
from penstock.engine.loaded_model import ModelCache
from penstock.lake.database import Connection, Lake, open_lake
from penstock.lake.storage import Storage, open_storage
from penstock.lake.vector_index import IndexCache


@dataclass
class Session:
    """What every part of the engine needs to work. Made by `open_session`, passed down, never global.

    `connection` is the one on which imperative statements run, so that temporary tables and variables last; every step
    of a run takes a connection of its own. `scratch` is the folder of a session without a project, removed at the end.
    """

    settings: Settings
    lake: Lake
    catalog: Catalog
    storage: Storage
    clock: Clock
    connection: Connection
    listener: Listener = nobody
    models: ModelCache = field(default_factory=ModelCache)
    indexes: IndexCache = field(default_factory=IndexCache)
    scratch: Path | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    searches: Searches = field(default_factory=Searches)
    told: set[Noticed] = field(default_factory=set)
    shares: int = 1

    def tell_once(self, notice: Noticed) -> None:
        """Tell what is met at each use of the same files, the first time."""
        if notice not in self.told:
            self.told.add(notice)
            self.listener(notice)

    def cancel(self) -> None:
        """Stop what other threads do for this session: statements at once, trainings at their next round."""
        self.cancelled.set()
        self.lake.interrupt()

    @property
    def lake_turn(self) -> AbstractContextManager[bool]:
        """The turn at the lake. DuckLake does not bear a commit of one thread while another looks: steps take turns."""
        return self.lake.turn

    @property
    def threads(self) -> int:
        """How many threads training and scoring may use."""
        return max(1, (self.settings.threads or processors()) // self.shares)

    def sharing(self, shares: int) -> Session:
        """Return the same session for one of so many trainings that run side by side and share its threads."""
        return replace(self, shares=shares)

    def close(self) -> None:
        self.connection.close()
        self.lake.close()
        self.catalog.close()
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)


@contextmanager
def open_session(
    root: Path | None,
    *,
    clock: Clock | None = None,
    listener: Listener = nobody,
    settings: Settings | None = None,
) -> Iterator[Session]:
    """Open the project in `root`, or a passing one when `root` is None, and close it at the end.

    Raises UserError when the settings, the catalog or the lake cannot be used.
    """
    session = start_session(root, clock=clock, listener=listener, settings=settings)
    try:
        yield session
    finally:
        session.close()


def start_session(
    root: Path | None,
    *,
    clock: Clock | None = None,
    listener: Listener = nobody,
    settings: Settings | None = None,
) -> Session:
    """Open a session that the caller closes."""
    scratch = None
    if settings is None and root is not None:
        settings = read_settings(root)
    elif settings is None:
        scratch = Path(tempfile.mkdtemp(prefix="penstock-"))
        settings = Settings(Path.cwd(), "memory", state_folder=scratch)
    _make_state_folder(settings.state)
    catalog = open_catalog(settings.catalog_url)
    lake = open_lake(settings)
    return Session(
        settings=settings,
        lake=lake,
        catalog=catalog,
        storage=open_storage(settings),
        clock=clock or SystemClock(),
        connection=lake.connection(),
        listener=listener,
        scratch=scratch,
    )


def _make_state_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as problem:
        raise StorageFailure.of(f"{folder} cannot be written: {problem.strerror}.") from problem
