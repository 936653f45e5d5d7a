"""The database's errors as ours: a lock becomes Busy, a full or unreachable disk or server becomes
StorageFailure.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, OperationalError

from penstock.core.errors import Busy, InternalError, PenstockError, StorageFailure

# SQLSTATEs: lock_not_available, deadlock_detected, serialization_failure.
_LOCKED = frozenset({"55P03", "40P01", "40001"})
_FULL = frozenset({"53100", "53200"})


def catalog_failure(problem: DBAPIError, holder: Callable[[], str | None]) -> PenstockError:
    """Return what to raise for a database error; `holder` says who holds the catalog, when that is known."""
    state = getattr(problem.orig, "sqlstate", None)
    text = str(problem.orig)
    if state in _LOCKED or "database is locked" in text or "database table is locked" in text:
        who = holder()
        by = f" by {who}" if who else " by another process"
        return Busy.of(f"The catalog is locked{by}.", hint="Wait until that has ended, then try again.")
    if state in _FULL or "disk is full" in text:
        return StorageFailure.of("The disk of the catalog is full.", hint="Make room, then try again.")
    if "readonly" in text or "disk I/O error" in text:
        return StorageFailure.of(f"The catalog cannot be written: {text}.", hint="Is its folder writable?")
    if "unable to open database file" in text:
        return StorageFailure.of(
            "The catalog's file cannot be opened.", hint="Are its folder and file readable and writable?"
        )
    if "not a database" in text or "malformed" in text:
        return StorageFailure.of(f"The catalog's file is damaged: {text}.", hint="Restore it from a backup.")
    if isinstance(problem, OperationalError):
        return StorageFailure.of(f"The catalog's database failed: {text.strip()}", hint="Is it running and reachable?")
    return InternalError(f"The catalog refused a statement: {text.strip()}")
