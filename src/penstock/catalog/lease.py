"""Leases: at most one owner of a name at a time, over processes and machines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from penstock.catalog.database import Catalog, upsert
from penstock.catalog.process import Process, has_ended, this_process
from penstock.catalog.tables import LEASES


@dataclass(frozen=True)
class Lease:
    """Who holds a name, and until when unless renewed."""

    name: str
    owner: str
    process: Process
    acquired_at: datetime
    expires_at: datetime


def acquire_lease(catalog: Catalog, name: str, owner: str, now: datetime, ttl: timedelta) -> bool:
    """Take the lease for this process; return whether `owner` has it now.

    It is free when nobody holds it, when it has expired, or when its holder ran on this machine and has
    ended. An owner that holds it already keeps it, for another `ttl`.
    """
    me = this_process()
    row = {
        "name": name,
        "owner": owner,
        "host": me.host,
        "pid": me.pid,
        "born": me.born,
        "acquired_at": now,
        "expires_at": now + ttl,
    }
    with catalog.begin() as connection:
        held = connection.execute(select(LEASES).where(LEASES.c.name == name).with_for_update()).first()
        if held is None:
            try:
                with connection.begin_nested():
                    connection.execute(LEASES.insert().values(**row))
            except IntegrityError:
                return False
            return True
        free = held.expires_at <= now or has_ended(Process(held.host, held.pid, held.born))
        if held.owner != owner and not free:
            return False
        upsert(connection, LEASES, row)
        return True


def renew_lease(catalog: Catalog, name: str, owner: str, now: datetime, ttl: timedelta) -> bool:
    """Keep the lease for another `ttl`; return False when `owner` no longer has it."""
    with catalog.begin() as connection:
        mine = (LEASES.c.name == name) & (LEASES.c.owner == owner)
        return connection.execute(update(LEASES).where(mine).values(expires_at=now + ttl)).rowcount > 0


def release_lease(catalog: Catalog, name: str, owner: str) -> None:
    """Give the lease back; nothing happens when `owner` does not have it."""
    with catalog.begin() as connection:
        connection.execute(delete(LEASES).where((LEASES.c.name == name) & (LEASES.c.owner == owner)))


def lease_holder(catalog: Catalog, name: str, now: datetime) -> Lease | None:
    """Return who holds the lease, or None when it is free to take."""
    with catalog.read() as connection:
        row = connection.execute(select(LEASES).where(LEASES.c.name == name)).first()
    if row is None:
        return None
    process = Process(row.host, row.pid, row.born)
    if row.expires_at <= now or has_ended(process):
        return None
    return Lease(row.name, row.owner, process, row.acquired_at, row.expires_at)
