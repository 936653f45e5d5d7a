"""Artifacts' bytes, in a folder or a bucket. A written artifact is never changed, only deleted."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from penstock.core.errors import StorageFailure
from penstock.core.settings import Settings
from penstock.lake.bucket import bucket_filesystem

# In a bucket an artifact exists once this object lists its files; it is written last, and emptied first.
MARK = ".files"
_ATTEMPTS = 5


class Storage(Protocol):
    """Where artifacts live. A path is `part/part`; an artifact is a few named files, all or none."""

    def write(self, path: str, files: Mapping[str, bytes]) -> None:
        """Write an artifact whole; raises StorageFailure when it cannot be, and then nothing is there."""
        ...

    def read(self, path: str, only: Collection[str] | None = None) -> dict[str, bytes]:
        """Return an artifact's files by name, or `only` some of them; raises StorageFailure when there is none."""
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
            _make_folder(draft)
            for name, content in files.items():
                _write_through(draft / name, content)
            _sync_folder(draft)
            self.delete(path)
            draft.rename(target)
            _sync_folder(target.parent)
        except OSError as problem:
            shutil.rmtree(draft, ignore_errors=True)
            raise _failure(f"Artifact {path} cannot be written", problem) from None

    def read(self, path: str, only: Collection[str] | None = None) -> dict[str, bytes]:
        folder = self._root / path
        with _telling(f"Artifact {path} cannot be read"):
            found = [file for file in sorted(folder.iterdir()) if file.is_file()]
            return {file.name: file.read_bytes() for file in found if only is None or file.name in only}

    def exists(self, path: str) -> bool:
        return (self._root / path).is_dir()

    def delete(self, path: str) -> None:
        folder = self._root / path
        if not folder.is_dir():
            return
        doomed = folder.with_name(f".{folder.name}-{uuid4().hex}")
        with _telling(f"Artifact {path} cannot be deleted"):
            folder.rename(doomed)
            shutil.rmtree(doomed)
        self._tidy(folder.parent)

    def _tidy(self, folder: Path) -> None:
        """Remove folders that hold nothing any more."""
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:
                # It holds something, or goes by another hand.
                return
            folder = folder.parent

    def list(self, prefix: str = "") -> Sequence[str]:
        found = []
        # Unlike a glob, a walk passes over a folder that goes while it is under way, as that of a write does.
        for folder, inner, files in os.walk(self._root):
            inner[:] = [name for name in inner if not name.startswith(".")]
            path = Path(folder).relative_to(self._root).as_posix()
            if files and path.startswith(prefix):
                found.append(path)
        return sorted(found)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, though a delete may take an empty one of these away meanwhile."""
    for _ in range(_ATTEMPTS):
        with suppress(FileNotFoundError):
            folder.mkdir(parents=True)
            return
    folder.mkdir(parents=True)


class BucketStorage:
    """Artifacts as objects below a prefix; one counts once its mark, the list of its files, is written.

    To delete is to empty the objects: the client puts a folder mark in the place of an object that it deletes, which
    servers other than Amazon's answer in ways of their own.
    """

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def write(self, path: str, files: Mapping[str, bytes]) -> None:
        with _telling(f"Artifact {path} cannot be written"):
            if self._names(path) is not None:
                self._put(path, MARK, b"")
            for name, content in files.items():
                self._put(path, name, content)
            self._put(path, MARK, json.dumps(list(files)).encode())

    def read(self, path: str, only: Collection[str] | None = None) -> dict[str, bytes]:
        with _telling(f"Artifact {path} cannot be read"):
            names = self._names(path)
            if names is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            return {name: self._get(path, name) for name in names if only is None or name in only}

    def exists(self, path: str) -> bool:
        with _telling(f"Artifact {path} cannot be looked for"):
            return self._names(path) is not None

    def delete(self, path: str) -> None:
        with _telling(f"Artifact {path} cannot be deleted"):
            names = self._names(path)
            if names is not None:
                for name in (MARK, *names):
                    self._put(path, name, b"")

    def list(self, prefix: str = "") -> Sequence[str]:
        from pyarrow import fs

        with _telling("The artifacts cannot be listed"):
            infos = self._filesystem.get_file_info(fs.FileSelector(self._root, recursive=True, allow_not_found=True))
        start = len(self._root) + 1
        marks = (info.path[start:].rpartition("/") for info in infos if info.is_file and info.size)
        return sorted(folder for folder, _, name in marks if name == MARK and folder.startswith(prefix))

    def _names(self, path: str) -> Sequence[str] | None:
        """Return the names of an artifact's files, or None when there is no such artifact."""
        info = self._filesystem.get_file_info(f"{self._root}/{path}/{MARK}")
        if not info.is_file or not info.size:
            return None
        names: Sequence[str] = json.loads(self._get(path, MARK))
        return names

    def _get(self, path: str, name: str) -> bytes:
        with self._filesystem.open_input_stream(f"{self._root}/{path}/{name}") as stream:
            return bytes(stream.read())

    def _put(self, path: str, name: str, content: bytes) -> None:
        with self._filesystem.open_output_stream(f"{self._root}/{path}/{name}") as stream:
            stream.write(content)


@contextmanager
def _telling(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise _failure(what, problem) from None


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
