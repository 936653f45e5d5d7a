"""The log's way into the lake: closed segments become rows of `penstock.predictions` and `penstock.labels`.

Rows and the names of the segments they came from are committed together, and only then the files are
removed: killed at any point, the next compaction neither loses nor repeats a line.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from penstock.core.errors import StorageFailure
from penstock.lake import own_table
from penstock.lake.database import Connection, Lake, atomically
from penstock.serving.prediction_log import LABELS, MAX_LINE_BYTES, PREDICTIONS
from penstock.serving.segment import OPENING, SUFFIX, Claim, claim

_LOCK = "compaction.lock"
# Giving a new segment its name takes far less.
_UNFINISHED_SECONDS = 60
# What one transaction moves: what waited while the lake could not be written comes into it, and makes room, bit by bit.
_MOST_SEGMENTS, _MOST_BYTES = 256, 256 << 20
_SEGMENTS = """
CREATE TABLE IF NOT EXISTS penstock.compacted_segments (
    folder VARCHAR, name VARCHAR, torn_lines INTEGER, "at" TIMESTAMPTZ)
"""
_ADD_PREDICTIONS = f"""
INSERT INTO penstock.predictions BY NAME
SELECT endpoint, request_id, prediction_id, "at", model, version, variant, inputs::VARCHAR AS inputs,
    outputs::VARCHAR AS outputs, key, coalesce(forced, FALSE) AS forced
FROM read_json(?, format = 'newline_delimited', maximum_object_size = {MAX_LINE_BYTES}, columns = {{
    "at": 'TIMESTAMPTZ', endpoint: 'VARCHAR', request_id: 'VARCHAR', prediction_id: 'VARCHAR', model: 'VARCHAR',
    version: 'INTEGER', variant: 'VARCHAR', inputs: 'JSON', outputs: 'JSON', key: 'VARCHAR', forced: 'BOOLEAN'}})
"""
# Every label is kept with its time; of several for one prediction the last one counts.
_ADD_LABELS = f"""
INSERT INTO penstock.labels
SELECT endpoint, prediction_id, actual::VARCHAR, "at"
FROM read_json(?, format = 'newline_delimited', maximum_object_size = {MAX_LINE_BYTES}, columns = {{
    "at": 'TIMESTAMPTZ', endpoint: 'VARCHAR', prediction_id: 'VARCHAR', actual: 'JSON'}})
"""


@dataclass(frozen=True)
class Compacted:
    """What one compaction did. `torn_lines` were cut off in the middle of a write and never answered."""

    segments: int = 0
    predictions: int = 0
    labels: int = 0
    torn_lines: int = 0

    def and_also(self, other: Compacted) -> Compacted:
        """Return both together."""
        return Compacted(
            self.segments + other.segments,
            self.predictions + other.predictions,
            self.labels + other.labels,
            self.torn_lines + other.torn_lines,
        )


def compact(lake: Lake, folder: Path, at: datetime) -> Compacted:
    """Move every segment that its writer has left from `folder` into the lake; return how much that was.

    Does nothing when another process is at it. Raises Busy when the lake stays locked, StorageFailure when a
    folder or the lake cannot be written; the segments wait then.
    """
    if not folder.is_dir():
        return Compacted()
    with _alone(folder) as alone:
        if not alone:
            return Compacted()
        _remove_unfinished(folder)
        waiting = iter(sorted(folder.glob(f"*{SUFFIX}")))
        done = Compacted()
        while claims := _next_claims(waiting):
            try:
                with lake.turn:
                    done = done.and_also(_compact(lake, folder, claims, at))
            finally:
                for held in claims:
                    held.release()
        return done


def _next_claims(waiting: Iterator[Path]) -> list[Claim]:
    """Return the next segments that were left, not more than one transaction should move."""
    claims: list[Claim] = []
    size = 0
    for path in waiting:
        held = claim(path)
        if held is None:
            continue
        claims.append(held)
        size += held.size
        if len(claims) >= _MOST_SEGMENTS or size >= _MOST_BYTES:
            break
    return claims


def create_log_tables(connection: Connection) -> None:
    """Make the log's tables where they are missing."""
    for table in (own_table.PREDICTIONS, own_table.LABELS):
        own_table.create_own_table(connection, table)
    connection.execute(_SEGMENTS)


def _compact(lake: Lake, folder: Path, claims: list[Claim], at: datetime) -> Compacted:
    filled = []
    torn = 0
    for held in claims:
        torn += held.cut_torn_line()
        if held.size:
            filled.append(held)
        else:
            held.path.unlink()
    if not filled:
        return Compacted(torn_lines=torn)
    connection = lake.connection()
    try:
        added = atomically(connection, lambda: _add(connection, folder, filled, torn, at))
    finally:
        connection.close()
    for held in filled:
        held.path.unlink()
    return added


def _add(connection: Connection, folder: Path, filled: list[Claim], torn: int, at: datetime) -> Compacted:
    """Add the rows of the segments that are not in the lake yet, with their names."""
    create_log_tables(connection)
    place = _place(folder)
    rows = connection.rows("SELECT name FROM penstock.compacted_segments WHERE folder = ?", [place])
    done = {name for (name,) in rows}
    # A segment that is in the lake already was left by a process killed before it removed the file.
    fresh = [held.path for held in filled if held.path.name not in done]
    if not fresh:
        return Compacted()
    predictions = [str(path) for path in fresh if path.name.startswith(PREDICTIONS)]
    labels = [str(path) for path in fresh if path.name.startswith(LABELS)]
    added = connection.execute(_ADD_PREDICTIONS, [predictions]) if predictions else 0
    labelled = connection.execute(_ADD_LABELS, [labels]) if labels else 0
    # Names whose files are gone have done their work.
    here = [path.name for path in folder.glob(f"*{SUFFIX}")]
    connection.execute(
        "DELETE FROM penstock.compacted_segments WHERE folder = ? AND NOT list_contains(?, name)",
        [place, here],
    )
    connection.execute(
        "INSERT INTO penstock.compacted_segments SELECT ?, unnest(?), ?, ?",
        [place, [path.name for path in fresh], torn, at],
    )
    return Compacted(len(fresh), added, labelled, torn)


def _place(folder: Path) -> str:
    return f"{socket.gethostname()}:{folder.resolve()}"


def _remove_unfinished(folder: Path) -> None:
    """Remove files of processes that died before their segment had its name; nothing was written to them."""
    for path in folder.glob(f"*{OPENING}"):
        held = claim(path)
        if held is not None:
            if held.size == 0 and time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                path.unlink(missing_ok=True)
            held.release()


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Give whether this is the only compaction of the folder, for as long as the block lasts."""
    try:
        file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise StorageFailure.of(f"{folder} cannot be written: {problem.strerror}.") from problem
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        yield False
        return
    try:
        yield True
    finally:
        os.close(file)
