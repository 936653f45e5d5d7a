"""What of an endpoint's answers goes into the prediction log, and what happens when it cannot be written."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

Json = Any
DROP = "drop"
# Why rows are not in the log.
UNSAMPLED, DROPPED = "unsampled", "dropped"
# No number, date or moment begins so: a hash is never taken for a value.
HASH_MARK = "#"
_HASH_BYTES = 16
_RANGE = 2**64
# Its own hash: whether a request is logged must not depend on the variant that answers it.
_PERSON = b"penstock-log"


@dataclass(frozen=True)
class LogPolicy:
    """An endpoint's options of the log: columns are case-folded; `drops` says to answer when there is no room."""

    sample: float = 1.0
    omitted: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    drops: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every column is logged as it is."""
        return not self.omitted and not self.hashed

    def takes(self, endpoint: str, request_id: str) -> bool:
        """Return whether a request is in the sample; a hash of its id decides, so that it is whole in or out."""
        if self.sample >= 1:
            return True
        text = f"{endpoint}\x00{request_id}".encode()
        digest = hashlib.blake2b(text, digest_size=8, person=_PERSON).digest()
        return int.from_bytes(digest, "big") / _RANGE < self.sample

    def logged(self, row: Mapping[str, Json], key: bytes | None) -> Mapping[str, Json]:
        """Return a row as it is logged: columns left out or hashed under the key. NULL stays NULL."""
        if self.is_whole:
            return row
        absent = self.omitted if key is not None else self.omitted | self.hashed
        kept = ((name, value, name.casefold()) for name, value in row.items())
        return {
            name: hashed(value, key) if key is not None and folded in self.hashed else value
            for name, value, folded in kept
            if folded not in absent
        }

    def logged_key(self, value: str | None, column: str | None, key: bytes | None) -> str | None:
        """Return what the log has of the value that a request stays with: that of `column`, so as little as of it."""
        folded = (column or "").casefold()
        if value is None or folded in self.omitted:
            return None
        if folded in self.hashed:
            return None if key is None else str(hashed(value, key))
        return value


def log_policy(state: Mapping[str, Json]) -> LogPolicy:
    """Return the policy that an endpoint's state in the catalog says."""
    sample = state.get("log_sample")
    return LogPolicy(
        sample=1.0 if sample is None else float(sample),
        omitted=frozenset(name.casefold() for name in state.get("log_omit") or ()),
        hashed=frozenset(name.casefold() for name in state.get("log_hash") or ()),
        drops=state.get("log_full") == DROP,
    )


def hashed(value: Json, key: bytes) -> Json:
    """Return a value's hash under a key, by keyed BLAKE2b (RFC 7693), or None for None.

    Equal values of any two columns have equal hashes, a whole number and the float equal to it too.
    """
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = orjson.dumps(value) if not isinstance(value, int) else str(value).encode()
    return HASH_MARK + hashlib.blake2b(text, digest_size=_HASH_BYTES, key=key).hexdigest()


class SkippedRows:
    """Answered rows that are not in the log, though the endpoint logs. Safe to use from many threads.

    `counts` has them by endpoint and why, since the process began.
    """

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def add(self, endpoint: str, why: str, rows: int) -> None:
        """Count rows; `why` is UNSAMPLED or DROPPED."""
        with self._lock:
            self.counts[endpoint, why] = self.counts.get((endpoint, why), 0) + rows

    def dropped(self) -> dict[str, int]:
        """Return by endpoint the rows that found no room."""
        with self._lock:
            return {endpoint: rows for (endpoint, why), rows in self.counts.items() if why == DROPPED}
