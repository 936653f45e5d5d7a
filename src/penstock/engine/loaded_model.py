"""Versions in memory: read from storage once, their hash checked, kept while they are used."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from penstock.catalog.database import Catalog
from penstock.catalog.versions import Version, get_version
from penstock.core.errors import CorruptArtifact, StorageFailure
from penstock.lake.storage import Storage

if TYPE_CHECKING:
    from penstock.learn.artifact import LoadedModel

# A version's graph and profile are at most some tens of megabytes; a query rarely names more than a handful.
KEPT = 16


class ModelCache:
    """The most recently used versions, safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, LoadedModel] = OrderedDict()

    def load(self, storage: Storage, version: Version) -> LoadedModel:
        """Return the loaded version; raises CorruptArtifact for other bytes than the recorded ones, StorageFailure."""
        from penstock.learn.artifact import load_model

        with self._lock:
            model = self._loaded.get(version.artifact_hash)
            if model is None:
                try:
                    model = load_model(storage.read(version.artifact), version.artifact_hash)
                except (CorruptArtifact, StorageFailure) as problem:
                    raise problem.about(f"Version {version.number} of model {version.model}") from problem
                self._loaded[version.artifact_hash] = model
                if len(self._loaded) > KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(version.artifact_hash)
            return model


def load_version(
    catalog: Catalog, storage: Storage, cache: ModelCache, model: str, version: str | int | None = None
) -> tuple[Version, LoadedModel]:
    """Return a model's version (a number, an alias, or None for the champion) from the catalog, and it loaded.

    Raises UnknownName for a model or version that does not exist, with the nearest name.
    """
    found = get_version(catalog, model, int(version) if isinstance(version, str) and version.isdigit() else version)
    return found, cache.load(storage, found)
