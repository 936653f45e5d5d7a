"""Ids of predictions and requests: 128 random bits each, as 32 hexadecimal digits."""

from __future__ import annotations

import os

_BYTES = 16
# Asked for at once: a call of the system for each id would take longer than all else about it.
_AT_ONCE = 256


class PredictionIds:
    """Gives ids that nobody can guess and none of which comes twice. Safe to use from many threads."""

    def __init__(self) -> None:
        self._left: list[str] = []

    def take(self) -> str:
        """Return the next id."""
        try:
            # One step of the interpreter: two threads never get the same.
            return self._left.pop()
        except IndexError:
            digits = os.urandom(_BYTES * _AT_ONCE).hex()
            first, *others = (digits[begin : begin + 2 * _BYTES] for begin in range(0, len(digits), 2 * _BYTES))
            self._left.extend(others)
            return first
