"""The finished trials of a tuning, kept in storage until its version is recorded, so that a broken-off one goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.core.names import folder_name, name_key
from penstock.lake.storage import Storage


class StoredTrials:
    """Those of one model. Trials are never shown to anyone; they only save work."""

    def __init__(self, storage: Storage, model: str) -> None:
        self._storage = storage
        self._folder = f"trials/{folder_name(name_key(model))}/"

    def read(self, key: str) -> Sequence[Mapping[str, bytes]]:
        """Return the files of each trial that was finished under this key."""
        return [self._storage.read(path) for path in self._storage.list(f"{self._folder}{key}/")]

    def keep(self, key: str, number: int, files: Mapping[str, bytes]) -> None:
        """Keep a trial."""
        self._storage.write(f"{self._folder}{key}/{number}", files)

    def forget(self) -> None:
        """Let go of all of the model's, of tunings that were broken off under another key too."""
        for path in self._storage.list(self._folder):
            self._storage.delete(path)
