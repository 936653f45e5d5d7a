"""A segment of the log: a file of JSON lines that one process appends to, and nobody else while it lives.

The writer holds a file lock on its segment; whoever can take the lock knows that the writer has closed it or
is dead. A line is written whole or cut off again, so that only a process killed in the middle of a write
leaves a torn line, and only at the very end.
"""

from __future__ import annotations

import errno
import fcntl
import os
import uuid
from pathlib import Path

from penstock.core.errors import StorageFailure, UserError

SUFFIX = ".jsonl"
OPENING = ".opening"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LogFull(StorageFailure):
    """The log has no room: what it may take is taken, or the disk is full."""

    code = "log-full"


class Segment:
    """An open segment of one kind of lines. One thread at a time may write."""

    def __init__(self, folder: Path, kind: str) -> None:
        """Make the file; raises StorageFailure when the folder cannot be written."""
        name = f"{kind}-{uuid.uuid4().hex}{SUFFIX}"
        opening = folder / (name + OPENING)
        self.path = folder / name
        self.size = 0
        # Whether a write failed and could not be undone: nothing may be written behind its remains.
        self.is_torn = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(opening, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as problem:
            raise _failure(problem, folder) from problem
        try:
            # Under its final name only once it is locked: else it could be taken for one left behind.
            fcntl.flock(self._file, fcntl.LOCK_EX)
            opening.rename(self.path)
            _sync_folder(folder)
        except OSError as problem:
            os.close(self._file)
            raise _failure(problem, folder) from problem

    def write(self, lines: bytes) -> None:
        """Append whole lines; raises StorageFailure, with nothing appended, when they cannot be written: LogFull for
        want of room.
        """
        try:
            written = os.write(self._file, lines)
            while written < len(lines):
                written += os.write(self._file, lines[written:])
        except OSError as problem:
            self._undo()
            raise _failure(problem, self.path.parent) from problem
        self.size += written

    def _undo(self) -> None:
        try:
            os.ftruncate(self._file, self.size)
        except OSError:
            # What of it is whole lines will be in the lake, though nobody was answered; the rest is cut off there.
            self.is_torn = True

    def sync(self) -> None:
        """Wait until what was written is on the disk; raises StorageFailure."""
        try:
            os.fsync(self._file)
        except OSError as problem:
            raise _failure(problem, self.path.parent) from problem

    def close(self) -> None:
        """End the segment and let go of its lock."""
        os.close(self._file)


class Claim:
    """A segment that its writer has left, held so that nobody else takes it."""

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file

    def cut_torn_line(self) -> bool:
        """Cut off a last line that was never finished, and so never answered; return whether there was one."""
        size = os.fstat(self._file).st_size
        end = _last_line_end(self._file, size)
        if end < size:
            os.ftruncate(self._file, end)
        return end < size

    @property
    def size(self) -> int:
        return os.fstat(self._file).st_size

    def release(self) -> None:
        """Let go of it."""
        os.close(self._file)


def claim(path: Path) -> Claim | None:
    """Return the segment if its writer has left it, or None."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return Claim(path, file)


def _last_line_end(file: int, size: int) -> int:
    """Return the offset after the last line break, 0 when there is none."""
    step = 1 << 16
    end = size
    while end > 0:
        begin = max(0, end - step)
        found = os.pread(file, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failure(problem: OSError, folder: Path) -> UserError:
    kind = LogFull if problem.errno in _FULL else StorageFailure
    return kind.of(
        f"The prediction log in {folder} cannot be written: {problem.strerror}.",
        hint="Is there room on the disk, and may this process write there?",
    )
