"""Who may ask: a token, keys, or, on the loopback address without either, whoever is on this machine."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from penstock.catalog.api_keys import ApiKey, parts_of
from penstock.core.errors import UserError
from penstock.core.names import name_key
from penstock.core.settings import TOKEN_VARIABLE
from penstock.server.error import RefusedRequest

PREDICT = "predict"
_HINT = "Send the header: Authorization: Bearer <token>"


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_address(host: str, token: str | None) -> None:
    """Raise UserError for an address that others can reach while no token is set."""
    if token is None and not is_loopback(host):
        raise UserError.of(
            f"Serving on {host} needs a token, since others can reach this address.",
            hint=f"Set {TOKEN_VARIABLE}, or serve on 127.0.0.1.",
        )


class Caller:
    """Who asks: the holder of a key, or one who may ask everything."""

    def __init__(self, key: ApiKey | None) -> None:
        self._key = key

    def demand(self, scope: str, endpoint: str | None = None) -> None:
        """Raise RefusedRequest when the caller may not ask this, or not of this endpoint."""
        key = self._key
        if key is None:
            return
        if scope not in key.scopes:
            scopes = ", ".join(sorted(key.scopes))
            raise RefusedRequest(403, "scope", f"The key {key.name!r} is not for this: it may {scopes}.")
        if endpoint is not None and key.endpoints is not None and name_key(endpoint) not in key.endpoints:
            raise RefusedRequest(403, "scope", f"The key {key.name!r} is not for the endpoint {endpoint!r}.")


_ANYBODY = Caller(None)


class Gate:
    """Lets requests through that may pass; used by the event loop's thread alone.

    `keys` returns the keys as they are now, by their ids. Once there is a token, or ever was a key, each request needs
    one. Of `workers` processes each lets its part of a key's rate through.
    """

    def __init__(self, token: str | None, keys: Callable[[], Mapping[str, ApiKey]] = dict, *, workers: int = 1) -> None:
        self._digest = None if token is None else _digest(token.encode())
        self._keys = keys
        self._workers = workers
        self._buckets: dict[str, _Bucket] = {}
        # A key's secret is looked at once: what a caller sends again and again is known by its digest.
        self._known: dict[bytes, str] = {}

    def caller(self, authorization: bytes | None, host: bytes | None, origin: bytes | None) -> Caller:
        """Return who asks with these headers; raises RefusedRequest: 401, or 429 for more requests than its rate.

        Without a token and keys, only requests that name this machine pass: a web page elsewhere could otherwise have
        a browser on this machine ask in its place.
        """
        keys = self._keys()
        if self._digest is None and not keys:
            _check_origin(host, origin)
            return _ANYBODY
        scheme, _, given = (authorization or b"").partition(b" ")
        given = given.strip()
        if scheme.lower() != b"bearer":
            raise RefusedRequest(401, "token", "This request needs a valid token.", _HINT)
        digest = _digest(given)
        if self._digest is not None and hmac.compare_digest(digest, self._digest):
            return _ANYBODY
        key = self._key(given, digest, keys)
        self._take(key)
        return Caller(key)

    def check_predict(
        self, authorization: bytes | None, host: bytes | None, origin: bytes | None, endpoint: str
    ) -> None:
        """Raise RefusedRequest for a request for predictions that may not pass."""
        self.caller(authorization, host, origin).demand(PREDICT, endpoint)

    def _key(self, given: bytes, digest: bytes, keys: Mapping[str, ApiKey]) -> ApiKey:
        known = self._known.get(digest)
        key = keys.get(known) if known is not None else self._opened(given, digest, keys)
        if key is None:
            raise RefusedRequest(401, "token", "This request needs a valid token.", _HINT)
        ended = key.ended(datetime.now(UTC))
        if ended:
            raise RefusedRequest(401, "token", f"The key {key.name!r} is {ended}.", "Ask for a new one.")
        return key

    def _opened(self, given: bytes, digest: bytes, keys: Mapping[str, ApiKey]) -> ApiKey | None:
        parts = parts_of(given.decode("latin-1"))
        key = keys.get(parts[0]) if parts else None
        if parts is None or key is None or not key.opens(parts[1]):
            return None
        self._known[digest] = key.id
        return key

    def _take(self, key: ApiKey) -> None:
        if key.rate is None:
            return
        bucket = self._buckets.get(key.id)
        if bucket is None or bucket.rate != key.rate / self._workers:
            bucket = self._buckets[key.id] = _Bucket(key.rate / self._workers)
        wait = bucket.take(time.monotonic())
        if wait > 0:
            message = f"The key {key.name!r} may ask {key.rate:g} times a second."
            raise RefusedRequest(429, "rate", message, "Wait, then ask again.", retry_after=wait)


class _Bucket:
    """A bucket of tokens that fills at a rate and holds those of one second, one at least (Turner 1986, «New directions
    in communications»).
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._held = self._most = max(rate, 1.0)
        self._at = time.monotonic()

    def take(self, now: float) -> float:
        """Take a token, and return 0; or the seconds until there is one."""
        self._held = min(self._most, self._held + (now - self._at) * self.rate)
        self._at = now
        if self._held >= 1.0:
            self._held -= 1.0
            return 0.0
        return (1.0 - self._held) / self.rate


def _check_origin(host: bytes | None, origin: bytes | None) -> None:
    for name, value in (("host", host), ("origin", origin)):
        # A page of this machine, and the client that wrote no such header.
        text = (value or b"").decode("latin-1")
        if text and not _is_of_loopback(text):
            message = f"Without a token this server answers its own machine only, not {name} {text!r}."
            raise RefusedRequest(403, "origin", message, f"Set {TOKEN_VARIABLE} to be asked from elsewhere.")


@lru_cache(maxsize=1000)
def _is_of_loopback(value: str) -> bool:
    """Whether a header's host is this machine; kept, since every request asks."""
    return is_loopback(_host_of(value))


def _host_of(value: str) -> str:
    try:
        return urlsplit(value if "//" in value else f"//{value}").hostname or ""
    except ValueError:
        return ""


def _digest(token: bytes) -> bytes:
    # Of equal length for every token, so that comparing tells nothing about it.
    return hashlib.sha256(token).digest()
