"""The bytes of one file that a statement names: in the project's folder, elsewhere on this machine, or in a bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from penstock.core.errors import BadData, StorageFailure
from penstock.lake.bucket import bucket_filesystem
from penstock.lake.listing import list_files


def local_path(path: str) -> str:
    """Return a path without its file:// in front."""
    return path.removeprefix("file://")


def read_file(path: str, root: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """Return the content of the file at `path`, relative to `root` unless it is absolute, file:// or s3://.

    Raises BadData for a path that means no file or several, StorageFailure for one that cannot be read.
    """
    scheme = urlsplit(path).scheme if "://" in path else ""
    if scheme not in ("", "file", "s3"):
        hint = "Copy the file into the project's folder, or to s3://, and name it there."
        raise BadData.of(f"The file {path!r} cannot be read: {scheme}:// is not reached from here.", hint=hint)
    found = list_files([local_path(path)], root)
    if len(found) > 1:
        names = ", ".join(file.path for file in found[:5])
        raise BadData.of(f"{path!r} means {len(found)} files, and one is needed.", hint=f"Name one of {names}.")
    try:
        if scheme == "s3":
            with bucket_filesystem(environment).open_input_stream(found[0].path.removeprefix("s3://")) as stream:
                return bytes(stream.read())
        return (root / found[0].path).read_bytes()
    except OSError as problem:
        raise StorageFailure.of(f"The file {path!r} cannot be read: {problem.strerror or problem}.") from None
