"""The room that the prediction log may take on the disk, and how much of it is taken."""

from __future__ import annotations

import os
import time
from pathlib import Path

from penstock.core.size import size_text
from penstock.serving.segment import SUFFIX, LogFull

MOST_BYTES = 1 << 30
# From this share on the log warns.
ALARM = 0.8
# What other processes write is seen this late; a full log is looked at more often, since a compaction makes room.
_MEASURED_EVERY, _FULL_MEASURED_EVERY = 0.2, 0.02


class LogRoom:
    """Counts the bytes of all segments in a folder, whoever writes them. One thread at a time may take room."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most_bytes
        self._measured = -float("inf")
        self._taken = 0
        self._limit = most_bytes

    @property
    def ratio(self) -> float:
        """The share of the room that is taken; the room is what the setting allows or the disk has, if that is less."""
        self._measure_after(_MEASURED_EVERY)
        return self._taken / max(self._limit, 1)

    def take(self, size: int) -> None:
        """Take room for `size` bytes that are written next; raises LogFull when so much is not left.

        What other processes have written within the last 0.2 s may not be counted yet.
        """
        self._measure_after(_MEASURED_EVERY)
        if self._taken + size > self._limit:
            self._measure_after(_FULL_MEASURED_EVERY)
        if self._taken + size > self._limit:
            raise LogFull.of(
                f"The prediction log is full: {size_text(self._taken)} wait in {self._folder}, "
                f"and there is room for {size_text(self._limit)}.",
                hint="They go into the lake as soon as it can be written. The bound is [log] limit in penstock.toml; "
                "log_full = 'drop' lets an endpoint answer without the log.",
            )
        self._taken += size

    def _measure_after(self, seconds: float) -> None:
        now = time.monotonic()
        if now - self._measured < seconds:
            return
        self._measured = now
        try:
            disk = os.statvfs(self._folder)
            with os.scandir(self._folder) as entries:
                self._taken = sum(_size(entry) for entry in entries if entry.name.endswith(SUFFIX))
        except OSError:
            # Nothing was ever logged, or nothing can be: then the write says so.
            self._taken, self._limit = 0, self._most
            return
        self._limit = min(self._most, self._taken + disk.f_bavail * disk.f_frsize)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        # Compacted since the folder was read.
        return 0
