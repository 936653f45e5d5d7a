"""Which files a pattern means: on this machine, in a zip archive, in a bucket."""

from __future__ import annotations

import glob
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from penstock.core.errors import BadData
from penstock.core.names import did_you_mean
from penstock.lake.bucket import bucket_filesystem, list_bucket

# How many neighbours are looked at to suggest a file.
NEIGHBOURS = 500
MEMBERS_SHOWN = 8
LINE_BYTES = 1 << 16


@dataclass(frozen=True)
class SourceFile:
    """A file that a table is made from.

    `path` is relative to the project where it lies in it, otherwise absolute or an s3:// address; a member
    of an archive is `archive.zip/member`. `size` is in bytes; `modified_ns` in nanoseconds since 1970.
    """

    path: str
    size: int
    modified_ns: int


def list_files(patterns: Sequence[str], root: Path) -> tuple[SourceFile, ...]:
    """Return the files that the patterns match, each once, sorted; relative patterns begin at `root`.

    Patterns know `*`, `?`, `[…]` and `**`. Raises BadData for a pattern that matches no file.
    """
    found: dict[str, SourceFile] = {}
    for pattern in patterns:
        matches = list(_matches(pattern, root))
        if not matches:
            raise _no_match(pattern, root)
        found.update((file.path, file) for file in matches)
    return tuple(found[path] for path in sorted(found))


def archive_member(path: str) -> tuple[str, str] | None:
    """Return the archive and the member that `archive.zip/member` names, or None for a plain path."""
    head, separator, member = path.partition(".zip/")
    return (head + ".zip", member) if separator and "://" not in head else None


def unpacked(files: Sequence[SourceFile], root: Path) -> tuple[SourceFile, ...]:
    """Return the files with each zip archive replaced by the text tables in it.

    Raises BadData for an archive without one, or with several whose first lines differ.
    """
    found: list[SourceFile] = []
    for file in files:
        if file.path.lower().endswith(".zip") and not file.path.startswith("s3://"):
            found += _tables(file, root)
        else:
            found.append(file)
    return tuple(found)


def member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name. Korean archives often hold CP949 names, which zip takes for another code."""
    utf8_flag = 0x800
    if info.flag_bits & utf8_flag or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return info.filename


def _matches(pattern: str, root: Path) -> Iterator[SourceFile]:
    if pattern.startswith("s3://"):
        filesystem = bucket_filesystem(os.environ)
        for address, size, modified_ns in list_bucket(filesystem, pattern):
            yield SourceFile(address, size, modified_ns)
        return
    inside = archive_member(pattern)
    for path in _local(inside[0] if inside else pattern, root):
        status = path.stat()
        if inside is None:
            yield SourceFile(_shown(path, root), status.st_size, status.st_mtime_ns)
            continue
        for info in _members(path):
            name = member_name(info)
            if name == inside[1] or fnmatchcase(name, inside[1]):
                yield SourceFile(f"{_shown(path, root)}/{name}", info.file_size, status.st_mtime_ns)


def _local(pattern: str, root: Path) -> Iterable[Path]:
    """Return the files of a pattern; a file that is really called so goes before what its signs mean."""
    literal = root / pattern
    if literal.is_file():
        return [literal]
    names = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [path for name in names if (path := root / name).is_file()]


def _members(archive: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(archive) as opened:
            return [info for info in opened.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as problem:
        raise BadData.of(f"{archive} is not a zip archive that can be read: {problem}.") from None


def _tables(archive: SourceFile, root: Path) -> list[SourceFile]:
    """Return the members of an archive that are tables: its CSV files, or its text files where it has none."""
    infos = [info for info in _members(root / archive.path) if not _is_beside(member_name(info))]
    by_suffix = [
        [info for info in infos if member_name(info).lower().removesuffix(".gz").endswith(suffixes)]
        for suffixes in ((".csv", ".tsv"), (".txt",))
    ]
    tables = by_suffix[0] or by_suffix[1]
    names = [f"{archive.path}/{member_name(info)}" for info in tables or infos]
    listed = ", ".join(repr(name) for name in names[:MEMBERS_SHOWN]) + (", …" if len(names) > MEMBERS_SHOWN else "")
    if not tables:
        holds = f"It holds {listed}." if names else "It is empty."
        raise BadData.of(f"{archive.path} holds no CSV or text file.", hint=holds)
    if len(tables) > 1:
        with zipfile.ZipFile(root / archive.path) as opened:
            heads = {_first_line(opened, info) for info in tables}
        if len(heads) > 1:
            raise BadData.of(f"{archive.path} holds tables of several kinds.", hint=f"Name one of them: {listed}.")
    return [
        SourceFile(name, info.file_size, archive.modified_ns) for name, info in sorted(zip(names, tables, strict=True))
    ]


def _first_line(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            return stream.readline(LINE_BYTES).strip()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as problem:
        raise BadData.of(f"{archive.filename} cannot be unpacked: {problem}.", hint="Is it complete?") from None


def _is_beside(member: str) -> bool:
    """Return whether a member is something that a computer put beside the files."""
    return member.startswith("__MACOSX/") or Path(member).name.startswith(".")


def _shown(path: Path, root: Path) -> str:
    path = Path(os.path.normpath(path))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _no_match(pattern: str, root: Path) -> BadData:
    if pattern.startswith("s3://"):
        return BadData.of(f"No file matches {pattern!r}.", hint="Check the bucket's name and the prefix.")
    inside = archive_member(pattern)
    if inside and (archives := list(_local(inside[0], root))):
        known = [f"{_shown(path, root)}/{member_name(info)}" for path in archives for info in _members(path)]
        return BadData.of(f"No member of the archive matches {pattern!r}.", hint=did_you_mean(pattern, known))
    given = root / pattern
    if given.is_dir():
        held = [path for path in sorted(given.iterdir()) if path.is_file() and not path.name.startswith(".")]
        hint = f"Say which files in it: '{pattern.rstrip('/')}/*{held[0].suffix}'." if held else "It is empty."
        return BadData.of(f"{pattern!r} is a folder.", hint=hint)
    if given.exists():
        return BadData.of(f"{pattern!r} is no regular file.", hint="Name a file that holds the data itself.")
    folder = given
    while not folder.is_dir() or glob.has_magic(str(folder)):
        folder = folder.parent
    missing = given.relative_to(folder).parts[:-1]
    if missing and not glob.has_magic(missing[0]):
        where = _shown(folder, root)
        known = [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        place = root if where == "." else where
        hint = did_you_mean(missing[0], known) if known else f"There is no folder in {place}."
        return BadData.of(f"No file matches {pattern!r}: there is no folder {missing[0]!r} in {place}.", hint=hint)
    near = [_shown(path, root) for path in sorted(folder.iterdir())[:NEIGHBOURS] if not path.name.startswith(".")]
    hint = did_you_mean(pattern, near) if near else f"{_shown(folder, root)} is empty."
    return BadData.of(f"No file matches {pattern!r} in {root}.", hint=hint)
