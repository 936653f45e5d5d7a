"""Shadows are scored after the answer, in a thread of their own; what does not fit in the queue is dropped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from penstock.core.errors import UserError

if TYPE_CHECKING:
    from penstock.serving.data_plane import Answer

LOGGER = logging.getLogger("penstock.serving")
# A shadow that cannot keep up loses rows rather than the process its memory.
MOST_ROWS = 10_000
DROPPED, FAILED = "dropped", "failed"


class ShadowQueue:
    """What waits to be scored by `score`. Safe to use from many threads; it never raises and never waits.

    `failures` counts the answers whose shadow is not in the log, by endpoint and reason.
    """

    def __init__(self, score: Callable[[Answer], None], most_rows: int = MOST_ROWS) -> None:
        self.failures: dict[tuple[str, str], int] = {}
        self._score = score
        self._most_rows = most_rows
        self._lock = threading.Lock()
        self._rows = 0
        # It starts its thread when there is something to do.
        self._thread = ThreadPoolExecutor(1, "penstock-shadow")

    def offer(self, answer: Answer) -> None:
        """Let the shadow of an answer be scored soon, if it has one; drop it when too much waits."""
        if answer.route.shadow_for(answer.request_id, answer.version) is None:
            return
        rows = len(answer.rows)
        with self._lock:
            fits = self._rows == 0 or self._rows + rows <= self._most_rows
            self._rows += rows if fits else 0
        if fits:
            self._thread.submit(self._score, answer).add_done_callback(partial(self._done, answer.endpoint, rows))
        else:
            self._failed(answer.endpoint, DROPPED)

    def drain(self) -> None:
        """Wait until all that was offered has been scored."""
        self._thread.submit(lambda: None).result()

    def close(self) -> None:
        """Score what waits, and let go of the thread."""
        self._thread.shutdown(wait=True)

    def _done(self, endpoint: str, rows: int, scored: Future[None]) -> None:
        problem = scored.exception()
        with self._lock:
            self._rows -= rows
        if problem is None:
            return
        self._failed(endpoint, FAILED)
        # A fault of our own is told with its traceback.
        ours = None if isinstance(problem, UserError) else problem
        LOGGER.warning("The shadow version of endpoint %s failed: %s", endpoint, problem, exc_info=ours)

    def _failed(self, endpoint: str, why: str) -> None:
        with self._lock:
            self.failures[endpoint, why] = self.failures.get((endpoint, why), 0) + 1
