"""Ctrl-C while a model is searched for: the first ends the search with the best that it has, the second the work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Searches:
    """The searches under way, which can be asked to end with the best that they have."""

    def __init__(self) -> None:
        self._asked: list[threading.Event] = []
        self._given_up = threading.Event()

    @contextmanager
    def one(self) -> Iterator[Callable[[], bool]]:
        """Count a search among those under way, and give the question whether it has been asked to end.

        Asked after the work was given up, it raises KeyboardInterrupt.
        """
        asked = threading.Event()

        def ends() -> bool:
            if self._given_up.is_set():
                raise KeyboardInterrupt
            return asked.is_set()

        if not self._asked:
            # What was given up before is over.
            self._given_up.clear()
        self._asked.append(asked)
        try:
            yield ends
        finally:
            self._asked.remove(asked)

    def give_up(self) -> None:
        """Have every search interrupted when it next asks."""
        self._given_up.set()

    def ask_to_end(self) -> bool:
        """Ask all that are under way to end, and return whether any had not been asked before."""
        # No lock: a signal may come while this very thread holds it.
        waiting = [asked for asked in list(self._asked) if not asked.is_set()]
        for asked in waiting:
            asked.set()
        return bool(waiting)


@contextmanager
def ending_searches_first(searches: Searches) -> Iterator[None]:
    """While inside, Ctrl-C ends the searches under way, and only without any it interrupts the work.

    Only in the thread that gets signals, and where the program has no answer of its own to this one.
    """
    alone = threading.current_thread() is threading.main_thread()
    if not alone or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def answer(number: int, frame: object) -> None:
        if not searches.ask_to_end():
            # Python drops what is raised while an object is finalised: then the searches themselves see it.
            searches.give_up()
            signal.default_int_handler(number, frame)  # type: ignore[arg-type]

    signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
