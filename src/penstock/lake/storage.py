"""Artifacts' bytes, in a folder or a bucket. A written artifact is never changed, only deleted."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from penstock.core.errors import StorageFailure
from penstock.core.settings import Settings
from penstock.lake.bucket import bucket_filesystem

# In a bucket an artifact exists once this object does; it is written last.
COMPLETE = ".complete"


class Storage(Protocol):
    """Where artifacts live. A path is `part/part`; an artifact is a few named files, all or none."""

    def write(self, path: str, files: Mapping[str, bytes]) -> None:
        """Write an artifact whole; raises StorageFailure when it cannot be, and then nothing is there."""
        ...

    def read(self, path: str) -> dict[str, bytes]:
        """Return an artifact's files by name; raises StorageFailure when there is none."""
        ...

    def exists(self, path: str) -> bool: ...

    def delete(self, path: str) -> None:
        """Delete an artifact; does nothing when there is none."""
        ...

    def list(self, prefix: str = "") -> Sequence[str]:
        """Return the paths of all artifacts below a prefix, sorted."""
        ...


def open_storage(settings: Settings, environment: Mapping[str, str] = os.environ) -> Storage:
    """Return the storage of a project, below its data path."""
    data = settings.data_path
    if data.startswith("s3://"):
        return BucketStorage(bucket_filesystem(environment), data.removeprefix("s3://").rstrip("/") + "/artifacts")
    return FolderStorage(Path(data) / "artifacts")


class FolderStorage:
    """Artifacts as folders. They appear by a rename, so that a reader or a crash never meets half of one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, path: str, files: Mapping[str, bytes]) -> None:
        target = self._root / path
        draft = target.with_name(f".{target.name}-{uuid4().hex}")
        try:
            draft.mkdir(parents=True)
            for name, content in files.items():
                _write_through(draft / name, content)
            _sync_folder(draft)
            self.delete(path)
            draft.rename(target)
            _sync_folder(target.parent)
        except OSError as problem:
            shutil.rmtree(draft, ignore_errors=True)
            raise _failure(f"Artifact {path} cannot be written", problem) from None

    def read(self, path: str) -> dict[str, bytes]:
        folder = self._root / path
        try:
            return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
        except OSError as problem:
            raise _failure(f"Artifact {path} cannot be read", problem) from None

    def exists(self, path: str) -> bool:
        return (self._root / path).is_dir()

    def delete(self, path: str) -> None:
        folder = self._root / path
        if not folder.is_dir():
            return
        doomed = folder.with_name(f".{folder.name}-{uuid4().hex}")
        try:
            folder.rename(doomed)
            shutil.rmtree(doomed)
        except OSError as problem:
            raise _failure(f"Artifact {path} cannot be deleted", problem) from None

    def list(self, prefix: str = "") -> Sequence[str]:
        folders = {file.parent.relative_to(self._root) for file in self._root.rglob("*") if file.is_file()}
        shown = (folder.as_posix() for folder in folders if not any(part.startswith(".") for part in folder.parts))
        return sorted(path for path in shown if path.startswith(prefix))


class BucketStorage:
    """Artifacts as objects below a prefix; one counts once its last object, COMPLETE, is there."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def write(self, path: str, files: Mapping[str, bytes]) -> None:
        self.delete(path)
        try:
            for name, content in {**files, COMPLETE: b""}.items():
                with self._filesystem.open_output_stream(f"{self._root}/{path}/{name}") as stream:
                    stream.write(content)
        except OSError as problem:
            raise _failure(f"Artifact {path} cannot be written", problem) from None

    def read(self, path: str) -> dict[str, bytes]:
        if not self.exists(path):
            raise StorageFailure.of(f"Artifact {path} cannot be read: there is none.")
        files = {}
        try:
            for info in self._infos(path):
                if info.base_name != COMPLETE:
                    with self._filesystem.open_input_stream(info.path) as stream:
                        files[info.base_name] = bytes(stream.read())
        except OSError as problem:
            raise _failure(f"Artifact {path} cannot be read", problem) from None
        return files

    def exists(self, path: str) -> bool:
        try:
            return bool(self._filesystem.get_file_info(f"{self._root}/{path}/{COMPLETE}").is_file)
        except OSError as problem:
            raise _failure(f"Artifact {path} cannot be looked for", problem) from None

    def delete(self, path: str) -> None:
        try:
            # The mark goes first: an artifact half deleted must not count.
            for info in sorted(self._infos(path), key=lambda info: info.base_name != COMPLETE):
                self._filesystem.delete_file(info.path)
        except OSError as problem:
            raise _failure(f"Artifact {path} cannot be deleted", problem) from None

    def list(self, prefix: str = "") -> Sequence[str]:
        try:
            infos = self._infos("")
        except OSError as problem:
            raise _failure("The artifacts cannot be listed", problem) from None
        start = len(self._root) + 1
        paths = (info.path[start:].rpartition("/") for info in infos)
        return sorted(folder for folder, _, name in paths if name == COMPLETE and folder.startswith(prefix))

    def _infos(self, path: str) -> Sequence[Any]:
        from pyarrow import fs

        base = f"{self._root}/{path}".rstrip("/")
        selector = fs.FileSelector(base, recursive=True, allow_not_found=True)
        return [info for info in self._filesystem.get_file_info(selector) if info.is_file]


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failure(what: str, problem: OSError) -> StorageFailure:
    full = problem.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    hint = "Free some space." if full else "Check that the place is there and may be written."
    return StorageFailure.of(f"{what}: {problem.strerror or problem}.", hint=hint)
