"""The versions that a process serves: loaded while there is room for them, else at the first request."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from penstock.catalog.database import Catalog
from penstock.catalog.versions import Version, get_version
from penstock.core.errors import CorruptArtifact, StorageFailure
from penstock.core.names import name_key
from penstock.lake.database import Lake
from penstock.lake.storage import Storage
from penstock.learn.artifact import MANIFEST, MODEL, SERVED, LoadedModel, checked_manifest
from penstock.serving.held_model import HeldModel, StoredFiles
from penstock.serving.scoring import ServedModel

MODEL_BYTES = 256_000_000
# What a loaded model takes in memory over the sizes of its graphs and of its manifest, which has the categories of its
# columns; as measured with trees on numbers and texts.
_PER_BYTE: Mapping[str, int] = {MODEL: 5, SERVED: 5, MANIFEST: 6}
Key = tuple[str, int]


class ModelStore:
    """Versions by model and number. Safe to use from many threads.

    Every version's files are read and compared with the recorded hash when it comes into service. It is loaded then,
    and answers a row to be warm, as long as the loaded models keep within `most_bytes`, or when another version of its
    model is loaded, which it is about to replace. What is not loaded is at its first request. When there is no room,
    the model that was asked for least recently is put away.
    """

    def __init__(
        self, catalog: Catalog, storage: Storage, transforms: Lake, lake: Lake, most_bytes: int = MODEL_BYTES
    ) -> None:
        self._catalog = catalog
        self._storage = storage
        self._transforms = transforms
        self._lake = lake
        self._most_bytes = most_bytes
        self._loading = threading.RLock()
        self._served: dict[Key, ServedModel] = {}
        self._held: dict[Key, HeldModel] = {}
        self.loads = 0
        self.put_away = 0

    def served(self, model: str, number: int) -> ServedModel:
        """Return a version; raises CorruptArtifact or StorageFailure for one that cannot be loaded."""
        key = (name_key(model), number)
        with self._loading:
            if key not in self._served:
                version = get_version(self._catalog, model, number)
                with _told_of(version):
                    self._add(key, version)
            return self._served[key]

    def keep_only(self, used: set[Key]) -> None:
        """Forget the versions that are out of service."""
        with self._loading:
            for key in self._served.keys() - used:
                del self._served[key], self._held[key]

    def in_memory(self) -> int:
        """Return how many versions are loaded."""
        return sum(held.in_memory for held in list(self._held.values()))

    def memory(self) -> int:
        """Return the bytes that the loaded versions are reckoned to take."""
        return sum(held.size for held in list(self._held.values()) if held.in_memory)

    def _add(self, key: Key, version: Version) -> None:
        """Take a version into service."""
        files = self._storage.read(version.artifact)
        manifest = checked_manifest(files, version.artifact_hash)
        held = HeldModel(manifest, files, reckoned_size(files), partial(self._load, version))
        served = ServedModel(version.model, version.number, held, self._transforms, self._lake)
        replaces = any(self._held[other].in_memory for other in self._held if other[0] == key[0])
        if replaces or self.memory() + held.size <= self._most_bytes:
            self._hold(held, version, files)
            served.warm_up()
        self._served[key], self._held[key] = served, held

    def _load(self, version: Version, held: HeldModel) -> LoadedModel:
        """Bring a version into memory that is not there."""
        with self._loading, _told_of(version):
            # Another thread may have done it meanwhile.
            return held.get() if held.in_memory else self._hold(held, version, self._storage.read(version.artifact))

    def _hold(self, held: HeldModel, version: Version, files: Mapping[str, bytes]) -> LoadedModel:
        checked_manifest(files, version.artifact_hash)
        self._make_room(held.size)
        stored = StoredFiles(files, lambda name: self._storage.read(version.artifact, (name,))[name])
        loaded = LoadedModel(held.manifest, stored)
        # The graph is with onnxruntime; what else there is, is seldom asked for.
        stored.let_go()
        held.hold(loaded)
        self.loads += 1
        return loaded

    def _make_room(self, size: int) -> None:
        loaded = sorted((held for held in self._held.values() if held.in_memory), key=lambda held: held.used)
        taken = sum(held.size for held in loaded)
        for held in loaded:
            if taken + size <= self._most_bytes:
                return
            held.hold(None)
            self.put_away += 1
            taken -= held.size


def reckoned_size(files: Mapping[str, bytes]) -> int:
    """Return what an artifact's model is reckoned to take in memory, in bytes."""
    return sum(times * len(files.get(name, b"")) for name, times in _PER_BYTE.items())


@contextmanager
def _told_of(version: Version) -> Iterator[None]:
    try:
        yield
    except (CorruptArtifact, StorageFailure) as problem:
        raise problem.about(f"Version {version.number} of model {version.model}") from problem
