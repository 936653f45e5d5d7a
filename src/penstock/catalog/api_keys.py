"""The keys by which callers are known. Of a key's secret only a digest is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select

from penstock.catalog.database import Catalog
from penstock.catalog.tables import API_KEYS
from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.names import name_key

PREFIX = "pnk"
SCOPES = ("predict", "feedback", "read")
_ID_BYTES, _SECRET_BYTES = 6, 32


@dataclass(frozen=True)
class ApiKey:
    """Who holds it may ask what `scopes` say, of `endpoints` (their keys; of all when None), so many requests a second
    at most, until it expires or is revoked.
    """

    name: str
    id: str
    digest: str
    scopes: frozenset[str]
    endpoints: frozenset[str] | None
    rate: float | None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, secret: str) -> bool:
        """Whether this is the key's secret; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(_digest(self.id, secret), self.digest)

    def ended(self, now: datetime) -> str | None:
        """Return in a word why the key opens nothing any more; None while it does."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else None


def parts_of(text: str) -> tuple[str, str] | None:
    """Return the id and the secret of a key as its holder has it; None of a text that is no key."""
    prefix, _, rest = text.partition("_")
    known, _, secret = rest.partition("_")
    return (known, secret) if prefix == PREFIX and known and secret else None


def create_api_key(
    catalog: Catalog,
    name: str,
    now: datetime,
    *,
    scopes: Iterable[str],
    endpoints: Iterable[str] | None = None,
    rate: float | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Add a key and return it as its holder needs it: this is the only time that it can be read.

    Raises InvalidOption when a key of that name still opens something.
    """
    before = [key for key in list_api_keys(catalog) if name_key(key.name) == name_key(name) and not key.ended(now)]
    if before:
        raise InvalidOption.of(f"There is a key {name!r} already.", hint=f"End it first: penstock keys revoke {name}")
    key_id = secrets.token_hex(_ID_BYTES)
    secret = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=").decode()
    with catalog.begin() as connection:
        connection.execute(
            API_KEYS.insert().values(
                id=key_id,
                name=name,
                digest=_digest(key_id, secret),
                scopes=sorted(scopes),
                endpoints=None if endpoints is None else sorted(name_key(each) for each in endpoints),
                rate=rate,
                created_at=now,
                expires_at=expires_at,
            )
        )
    return f"{PREFIX}_{key_id}_{secret}"


def revoke_api_key(catalog: Catalog, name: str, now: datetime) -> None:
    """End a key; raises UnknownName with the nearest when there is none that still opens something."""
    alive = {name_key(key.name): key for key in list_api_keys(catalog) if not key.ended(now)}
    found = alive.get(name_key(name))
    if found is None:
        raise UnknownName.among("key", name, [key.name for key in alive.values()])
    with catalog.begin() as connection:
        connection.execute(API_KEYS.update().where(API_KEYS.c.id == found.id).values(revoked_at=now))


def list_api_keys(catalog: Catalog) -> list[ApiKey]:
    """Return every key there ever was, oldest first."""
    with catalog.read() as connection:
        return [_key(row) for row in connection.execute(select(API_KEYS).order_by(API_KEYS.c.created_at))]


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        row.name,
        row.id,
        row.digest,
        frozenset(row.scopes),
        None if row.endpoints is None else frozenset(row.endpoints),
        row.rate,
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )


def _digest(key_id: str, secret: str) -> str:
    # The secret is 256 random bits: no dictionary has it, so that one round is enough; the id is the salt.
    return hashlib.blake2b(secret.encode(), digest_size=32, salt=key_id.encode()[:16]).hexdigest()
