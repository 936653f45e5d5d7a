"""Keys for callers: made, listed and revoked by whoever runs the project."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pyarrow as pa

from penstock.catalog.api_keys import SCOPES, create_api_key, list_api_keys, revoke_api_key
from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import list_objects
from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.names import Kind, name_key
from penstock.engine.session import Session

_COLUMNS = pa.schema(
    [
        ("name", pa.string()),
        ("may", pa.string()),
        ("endpoints", pa.string()),
        ("rate", pa.float64()),
        ("created_at", pa.timestamp("us", "UTC")),
        ("expires_at", pa.timestamp("us", "UTC")),
        ("state", pa.string()),
    ]
)


def create_key(
    session: Session,
    name: str,
    *,
    scopes: Sequence[str] = SCOPES[:1],
    endpoints: Sequence[str] | None = None,
    rate: float | None = None,
    days: float | None = None,
) -> str:
    """Make a key and return it, the only time that it can be read.

    `rate` are requests a second, `days` how long it opens anything. Raises UnknownName for a scope or endpoint that
    there is not, InvalidOption for a rate or time that is not above 0, or a name that is taken.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownName.among("scope", scope, SCOPES)
    known = {found.name.key: found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)}
    for endpoint in endpoints or ():
        if name_key(endpoint) not in known:
            raise UnknownName.among("endpoint", endpoint, list(known.values()))
    for what, value in (("rate", rate), ("days", days)):
        if value is not None and not value > 0:
            raise InvalidOption.of(f"The {what} of a key must be above 0, not {value:g}.")
    now = session.clock.now()
    expires_at = None if days is None else now + timedelta(days=days)
    with session.catalog.together() as catalog:
        text = create_api_key(
            catalog, name, now, scopes=scopes, endpoints=endpoints or None, rate=rate, expires_at=expires_at
        )
        add_history(catalog, HistoryEntry(now, "created", f"key {name}", f"may {', '.join(sorted(scopes))}", {}))
    return text


def revoke_key(session: Session, name: str) -> None:
    """End a key; servers refuse it within a second. Raises UnknownName with the nearest."""
    now = session.clock.now()
    with session.catalog.together() as catalog:
        revoke_api_key(catalog, name, now)
        add_history(catalog, HistoryEntry(now, "revoked", f"key {name}", "it opens nothing any more", {}))


def list_keys(session: Session) -> pa.Table:
    """Return every key there ever was, oldest first, without what opens."""
    now = session.clock.now()
    known = {found.name.key: found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)}
    rows = [
        {
            "name": key.name,
            "may": ", ".join(sorted(key.scopes)),
            "endpoints": "all"
            if key.endpoints is None
            else ", ".join(sorted(known.get(each, each) for each in key.endpoints)),
            "rate": key.rate,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "state": key.ended(now) or "open",
        }
        for key in list_api_keys(session.catalog)
    ]
    return pa.Table.from_pylist(rows, _COLUMNS)
