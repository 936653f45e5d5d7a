"""Who may ask: a token, or, on the loopback address without one, whoever is on this machine."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from penstock.core.errors import UserError
from penstock.core.settings import TOKEN_VARIABLE
from penstock.server.error import RefusedRequest


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


class Gate:
    """Lets requests through that may pass."""

    def __init__(self, token: str | None) -> None:
        self._digest = None if token is None else _digest(token.encode())

    def check(self, headers: Headers) -> None:
        """Raise RefusedRequest for a request without the token.

        Without a token set, only requests that name this machine pass: a web page elsewhere could otherwise have a
        browser on this machine ask in its place.
        """
        if self._digest is None:
            self._check_origin(headers)
            return
        # Starlette gives a header's bytes as Latin-1, whatever they are.
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            _digest(given.strip().encode("latin-1")), self._digest
        ):
            hint = "Send the header: Authorization: Bearer <token>"
            raise RefusedRequest(401, "token", "This request needs a valid token.", hint)

    def _check_origin(self, headers: Headers) -> None:
        for name in ("host", "origin"):
            value = headers.get(name)
            if value and not is_loopback(_host_of(value)):
                message = f"Without a token this server answers its own machine only, not {name} {value!r}."
                raise RefusedRequest(403, "origin", message, f"Set {TOKEN_VARIABLE} to be asked from elsewhere.")


def _host_of(value: str) -> str:
    try:
        return urlsplit(value if "//" in value else f"//{value}").hostname or ""
    except ValueError:
        return ""


def _digest(token: bytes) -> bytes:
    # Of equal length for every token, so that comparing tells nothing about it.
    return hashlib.sha256(token).digest()
