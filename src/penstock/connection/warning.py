"""What a person should know that stops nothing, told to a caller in Python by Python's own warnings."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from penstock.core.events import Event, Listener, Noticed, PenstockWarning


class WarningListener:
    """Gathers what is noticed while a call works, whatever thread it works in.

    A warning may be an error where the caller wants it so, and work is not broken off for that: the call is done first.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._noticed: list[str] = []

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Noticed):
            return
        words = f"{event.resource}: {event.message}"
        with self._lock:
            if self._calls:
                self._noticed.append(words)
                return
        # Nobody waits for it: a server tells of its loop while it serves. A closed standard error stops no loop.
        with suppress(OSError, ValueError):
            sys.stderr.write(f"! {words}\n")

    def begin(self) -> None:
        with self._lock:
            self._calls += 1

    def end(self) -> list[str]:
        """Return what was noticed, each once, when the outermost call has ended; within it, nothing yet."""
        with self._lock:
            self._calls -= 1
            if self._calls:
                return []
            noticed, self._noticed = self._noticed, []
        return list(dict.fromkeys(noticed))


@contextmanager
def telling(listener: Listener) -> Iterator[list[str]]:
    """Warn the caller, at the end of the block, of what was noticed in it; the block's list then holds it.

    Another listener has been told already. An error goes before a warning that the caller made an error.
    """
    told: list[str] = []
    if not isinstance(listener, WarningListener):
        yield told
        return
    listener.begin()
    try:
        yield told
    except BaseException:
        with suppress(PenstockWarning):
            _warn(listener.end())
        raise
    told += listener.end()
    _warn(told)


def _warn(told: list[str]) -> None:
    for message in told:
        warnings.warn(message, PenstockWarning, stacklevel=_caller())


def _caller() -> int:
    """Return how many frames above the one that warns stands code that is not ours."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level


def _is_ours(module: str) -> bool:
    return module == "contextlib" or module.split(".")[0] == "penstock"
