"""A version's model as it is held: loaded when it is asked for, put away when others need its room."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping

from penstock.core.errors import CorruptArtifact
from penstock.learn.artifact import SERVED, LoadedModel
from penstock.learn.manifest import Manifest


class StoredFiles(Mapping[str, bytes]):
    """An artifact's files. Once `let_go` they are read again, one by one, from where they are stored.

    What is read again must be the same bytes, else CorruptArtifact is raised.
    """

    def __init__(self, files: Mapping[str, bytes], read: Callable[[str], bytes]) -> None:
        self._files: Mapping[str, bytes] = files
        self._read = read
        self._digests = {name: hashlib.sha256(content).digest() for name, content in files.items()}

    def let_go(self) -> None:
        """Keep the files in memory no longer."""
        self._files = {}

    def __getitem__(self, name: str) -> bytes:
        if name in self._files:
            return self._files[name]
        expected = self._digests[name]
        content = self._read(name)
        if hashlib.sha256(content).digest() != expected:
            raise CorruptArtifact.of(
                f"The artifact's {name} is not the one that was loaded.",
                hint="It was changed or damaged since. Restore it from a copy, or train the model again.",
            )
        return content

    def __contains__(self, name: object) -> bool:
        return name in self._digests

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests)

    def __len__(self) -> int:
        return len(self._digests)


class HeldModel:
    """A model that is in memory or can be brought there. Safe to use from many threads.

    `size` is what it is reckoned to take in memory, in bytes; `used` is when it was last asked for, in seconds of a
    clock that only goes on.
    """

    def __init__(
        self, manifest: Manifest, files: Collection[str], size: int, load: Callable[[HeldModel], LoadedModel]
    ) -> None:
        """`files` are the names of the artifact's files; `load` brings the model into memory and returns it."""
        self.manifest = manifest
        self.has_transform_in_graph = SERVED in files
        self.size = size
        self.used = 0.0
        self._load = load
        self._loaded: LoadedModel | None = None

    @property
    def in_memory(self) -> bool:
        """Whether `get` takes no time."""
        return self._loaded is not None

    def get(self) -> LoadedModel:
        """Return the model; raises StorageFailure or CorruptArtifact when it has to be loaded and cannot be."""
        self.used = time.monotonic()
        loaded = self._loaded
        return self._load(self) if loaded is None else loaded

    def hold(self, loaded: LoadedModel | None) -> None:
        """Keep the model in memory, or no longer; who is at work with it goes on."""
        self._loaded = loaded


def always_held(model: LoadedModel) -> HeldModel:
    """Return a model that is in memory, and stays there."""
    held = HeldModel(model.manifest, model.files, 0, lambda _: model)
    held.hold(model)
    return held
