"""Files made ready for DuckDB: extracted, transcoded or mended copies live in a folder until closed."""

from __future__ import annotations

import errno
import gzip
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from penstock.core.errors import BadData, StorageFailure
from penstock.lake.bucket import bucket_filesystem
from penstock.lake.encoding import Opener, decoded, detect_encoding, encoding_named
from penstock.lake.file_kind import refuse_other_kinds
from penstock.lake.listing import SourceFile, archive_member, member_name
from penstock.lake.newline import mended, mixes_newlines

COPY_BYTES = 1 << 20


class Workspace:
    """A folder of temporary copies, and where each of them comes from."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: TemporaryDirectory[str] | None = None
        self._originals: dict[str, str] = {}
        self._archives: dict[Path, zipfile.ZipFile] = {}

    def close(self) -> None:
        """Remove the copies."""
        for archive in self._archives.values():
            archive.close()
        self._archives.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def original(self, path: str) -> str:
        """Return the name that the user knows for a path that DuckDB was given."""
        return self._originals.get(path, path)

    @property
    def originals(self) -> dict[str, str]:
        """The user's name of every path that DuckDB was given."""
        return dict(self._originals)

    def binary(self, file: SourceFile) -> str:
        """Return a path that DuckDB can open, of the file as it is."""
        if file.path.startswith("s3://"):
            return self._known(file.path, file)
        if archive_member(file.path):
            return self._extracted(file)
        return self._known(str(self._root / file.path), file)

    def local(self, file: SourceFile) -> str:
        """Return a path on this machine; an object of a bucket is copied."""
        if not file.path.startswith("s3://"):
            return self.binary(file)
        address = file.path.removeprefix("s3://")
        target = self._new(Path(address).name)
        try:
            with bucket_filesystem(os.environ).open_input_stream(address, compression=None) as stream:
                _copy(stream, target)
        except OSError as problem:
            raise StorageFailure.of(f"{file.path} cannot be read: {problem}") from None
        return self._known(str(target), file)

    def text(self, file: SourceFile, encoding: str | None, *, newlines: bool) -> str:
        """Return a path at which the file's text stands in UTF-8, gzipped perhaps.

        The encoding is detected unless told. With `newlines`, line ends of more than one kind are made one.
        Raises BadData for a byte that does not fit, with its place.
        """
        path = self.local(file)
        opened = _opener(path, file.path)
        with _reading(file.path):
            refuse_other_kinds(path, file.path)
            name = encoding_named(encoding) if encoding else detect_encoding(opened, file.path)
            utf8 = name in ("utf-8", "utf-8-sig")
            mixed = newlines and mixes_newlines(opened, name)
            if utf8 and not mixed and not encoding:
                return path
            pieces = decoded(opened, name, file.path)
            target = self._new(Path(file.path.removesuffix(".gz")).name)
            with target.open("w", encoding="utf-8", newline="") as written:
                for piece in mended(pieces) if mixed else pieces:
                    written.write(piece)
        return self._known(str(target), file)

    def written(self, file: SourceFile, lines: Iterable[str]) -> Path:
        """Return the path of a new copy of `file` that holds `lines`."""
        target = self._new(Path(file.path.removesuffix(".gz")).name)
        with _reading(file.path), target.open("w", encoding="utf-8", newline="") as written:
            written.writelines(lines)
        return Path(self._known(str(target), file))

    def _extracted(self, file: SourceFile) -> str:
        archive, member = cast(tuple[str, str], archive_member(file.path))
        target = self._new(Path(member).name)
        with _reading(file.path):
            opened = self._archive(self._root / archive)
            info = next(item for item in opened.infolist() if member_name(item) == member)
            with opened.open(info) as stream:
                _copy(cast(BinaryIO, stream), target)
        return self._known(str(target), file)

    def _archive(self, path: Path) -> zipfile.ZipFile:
        if path not in self._archives:
            self._archives[path] = zipfile.ZipFile(path)
        return self._archives[path]

    def _new(self, name: str) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="penstock-")
        folder = Path(self._folder.name) / str(len(self._originals))
        folder.mkdir(exist_ok=True)
        return folder / name

    def _known(self, path: str, file: SourceFile) -> str:
        self._originals[path] = file.path
        return path


def open_text(path: str) -> BinaryIO:
    """Return the bytes of a file, unpacked when its name ends in .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.lower().endswith(".gz") else Path(path).open("rb")


def _opener(path: str, shown: str) -> Opener:
    if Path(path).suffix.lower() in (".zst", ".bz2", ".xz", ".7z"):
        raise BadData.of(f"{shown} is compressed in a way that is not read.", hint="Use gzip (.gz) or zip.")
    return lambda: open_text(path)


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """Turn what the machine says of a file into the user's error."""
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError, zipfile.BadZipFile) as problem:
        raise BadData.of(f"{path} cannot be unpacked: {problem}.", hint="Is it complete?") from None
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise StorageFailure.of(f"{problem.strerror} while reading {path}.", hint="Free some space.") from None
        raise BadData.of(f"{path} cannot be read: {problem.strerror or problem}.") from None


def _copy(stream: BinaryIO, target: Path) -> None:
    with target.open("wb") as written:
        while chunk := stream.read(COPY_BYTES):
            written.write(chunk)
