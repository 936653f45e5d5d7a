"""The bytes of a file or folder that a statement names: in the project, elsewhere on this machine, in a bucket."""

from __future__ import annotations

import io
import os
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from penstock.core.errors import BadData, StorageFailure
from penstock.lake.bucket import bucket_filesystem
from penstock.lake.listing import SourceFile, list_files


def local_path(path: str) -> str:
    """Return a path without its file:// in front."""
    return path.removeprefix("file://")


def read_file(path: str, root: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """Return the content of the file at `path`, relative to `root` unless it is absolute, file:// or s3://.

    Raises BadData for a path that means no file or several, StorageFailure for one that cannot be read.
    """
    found = _found(path, root)
    if len(found) > 1:
        names = ", ".join(file.path for file in found[:5])
        raise BadData.of(f"{path!r} means {len(found)} files, and one is needed.", hint=f"Name one of {names}.")
    return _content(found[0].path, path, root, environment)


def read_folder(pattern: str, root: Path, largest: int, environment: Mapping[str, str] = os.environ) -> bytes:
    """Return the files that a pattern means as a zip archive: the same files give the same bytes, wherever they lie.

    Their names are relative to the folder that holds them all. Raises BadData for a pattern that means no file, and
    for more than `largest` bytes; StorageFailure for a file that cannot be read.
    """
    found = _found(pattern, root)
    if sum(file.size for file in found) > largest:
        raise BadData.of(f"The files of {pattern!r} are larger than {largest:,} bytes.")
    names = [file.path.removeprefix("s3://") for file in found]
    together = posixpath.commonpath([posixpath.dirname(name) for name in names])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, name in zip(found, names, strict=True):
            member = zipfile.ZipInfo(posixpath.relpath(name, together))
            archive.writestr(member, _content(file.path, file.path, root, environment))
    return packed.getvalue()


def _found(path: str, root: Path) -> Sequence[SourceFile]:
    scheme = urlsplit(path).scheme if "://" in path else ""
    if scheme not in ("", "file", "s3"):
        hint = "Copy the file into the project's folder, or to s3://, and name it there."
        raise BadData.of(f"The file {path!r} cannot be read: {scheme}:// is not reached from here.", hint=hint)
    return list_files([local_path(path)], root)


def _content(found: str, path: str, root: Path, environment: Mapping[str, str]) -> bytes:
    """Return the bytes of a file that was found; `path` is its name for people."""
    try:
        if found.startswith("s3://"):
            with bucket_filesystem(environment).open_input_stream(found.removeprefix("s3://")) as stream:
                return bytes(stream.read())
        return (root / found).read_bytes()
    except OSError as problem:
        raise StorageFailure.of(f"The file {path!r} cannot be read: {problem.strerror or problem}.") from None
