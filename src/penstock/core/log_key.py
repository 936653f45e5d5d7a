"""The secret under which columns of the prediction log are hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from penstock.core.errors import UserError

VARIABLE = "PENSTOCK_LOG_KEY"
# Shorter ones could be found by trying.
_LEAST_BYTES = 16


def log_key(environment: Mapping[str, str]) -> bytes:
    """Return 32 bytes made of the key in `PENSTOCK_LOG_KEY`; raises UserError without one, or when it is too short."""
    given = environment.get(VARIABLE, "").encode()
    hint = f"Set one that nobody else knows, and keep it: export {VARIABLE}=$(openssl rand -hex 24)"
    if not given:
        raise UserError.of(f"log_hash needs a key in the environment: {VARIABLE} is not set.", hint=hint)
    if len(given) < _LEAST_BYTES:
        message = f"The key in {VARIABLE} is too short for log_hash: {len(given)} bytes, not {_LEAST_BYTES}."
        raise UserError.of(message, hint=hint)
    return hashlib.sha256(given).digest()
