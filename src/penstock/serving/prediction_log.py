"""The write-ahead log: every answered prediction and every feedback is in a file before the caller hears of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from penstock.serving.log_room import MOST_BYTES, LogRoom
from penstock.serving.segment import SUFFIX, Segment

Json = Any
PREDICTIONS = "predictions"
LABELS = "labels"
# A segment is closed at this size even when nobody compacts.
MAX_SEGMENT_BYTES = 64 << 20
# A request's size bounds a line's; DuckDB's own limit is 16 MiB.
MAX_LINE_BYTES = 256 << 20


@dataclass(frozen=True)
class LogLag:
    """What waits in the log for its way into the lake."""

    segments: int
    bytes: int
    oldest_seconds: float


class PredictionLog:
    """Appends to the log of one process. Safe to use from many threads."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        """`most_bytes` bounds what waits in the folder, of all processes together."""
        self.folder = folder
        self._room = LogRoom(folder, most_bytes)
        self._writing = threading.Lock()
        # Held while files are synced or closed, so that a file is never closed under a sync.
        self._closing = threading.Lock()
        self._open: dict[str, Segment] = {}
        self._unsynced: set[str] = set()

    def append(self, kind: str, lines: Iterable[Mapping[str, Json]]) -> None:
        """Write the lines, all or none; they outlive this process, though not a power cut before `sync`.

        Raises StorageFailure, and then nothing of them is in the log: LogFull when there is no room.
        """
        self.append_text(kind, b"".join([orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines]))

    def append_text(self, kind: str, text: bytes) -> None:
        """Write lines that are JSON already, each with its line break, as `append` does."""
        with self._writing:
            self._room.take(len(text))
            segment = self._open.get(kind)
            if segment is not None and segment.is_torn:
                # It is closed with the others.
                self._open[segment.path.name] = segment
                segment = None
            if segment is None:
                segment = self._open[kind] = Segment(self.folder, kind)
            segment.write(text)
            self._unsynced.add(kind)
        if segment.size >= MAX_SEGMENT_BYTES:
            self.rotate()

    @property
    def full_ratio(self) -> float:
        """The share of its room that the log takes."""
        with self._writing:
            return self._room.ratio

    def sync(self) -> None:
        """Put what was written since the last call on the disk; raises StorageFailure."""
        with self._closing:
            with self._writing:
                segments = [self._open[kind] for kind in self._unsynced if kind in self._open]
                self._unsynced.clear()
            for segment in segments:
                segment.sync()

    def rotate(self) -> None:
        """Close the open segments, so that they can be compacted; later lines go into new ones."""
        with self._closing:
            with self._writing:
                segments = list(self._open.values())
                self._open.clear()
            for segment in segments:
                segment.sync()
                segment.close()

    def lag(self, now: float) -> LogLag:
        """Return what waits in the folder, left by this process or another; `now` is seconds since 1970."""
        found = []
        for path in self.folder.glob(f"*{SUFFIX}"):
            try:
                found.append(path.stat())
            except FileNotFoundError:
                # Compacted since the folder was read.
                continue
        full = [status for status in found if status.st_size]
        oldest = min((status.st_mtime for status in full), default=now)
        return LogLag(len(full), sum(status.st_size for status in full), max(0.0, now - oldest))

    def close(self) -> None:
        """Close what is open; the lines wait for the next compaction."""
        self.rotate()


def label_line(*, at: datetime, endpoint: str, prediction_id: str, actual: Json) -> dict[str, Json]:
    """Return one line of the labels' log."""
    return {"at": at, "endpoint": endpoint, "prediction_id": prediction_id, "actual": actual}
