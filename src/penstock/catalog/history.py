"""What happened, when and why: entries are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from penstock.catalog.column import Json
from penstock.catalog.database import Catalog
from penstock.catalog.tables import HISTORY


@dataclass(frozen=True)
class HistoryEntry:
    """One event. `kind` is a word such as `promoted`, `subject` the object's name, `message` a sentence for a
    person.
    """

    at: datetime
    kind: str
    subject: str
    message: str
    data: Mapping[str, Json] = field(default_factory=dict)


def add_history(catalog: Catalog, entry: HistoryEntry) -> None:
    """Append an entry."""
    with catalog.begin() as connection:
        connection.execute(
            HISTORY.insert().values(
                at=entry.at,
                kind=entry.kind,
                subject=entry.subject,
                message=entry.message,
                data=dict(entry.data),
            )
        )


def list_history(
    catalog: Catalog, since: datetime | None = None, subject: str | None = None, limit: int | None = None
) -> list[HistoryEntry]:
    """Return the entries at or after `since` about `subject`, oldest first; of the newest `limit` ones when
    given.
    """
    query = select(HISTORY).order_by(HISTORY.c.at.desc(), HISTORY.c.id.desc())
    if since is not None:
        query = query.where(HISTORY.c.at >= since)
    if subject is not None:
        query = query.where(HISTORY.c.subject == subject)
    if limit is not None:
        query = query.limit(limit)
    with catalog.read() as connection:
        found = [
            HistoryEntry(row.at, row.kind, row.subject, row.message, row.data) for row in connection.execute(query)
        ]
    return found[::-1]
