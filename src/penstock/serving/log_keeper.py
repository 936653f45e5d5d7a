"""Looking after the prediction log of one process: an alarm before it is full, and the history told of what it lost."""

from __future__ import annotations

import logging
from datetime import timedelta

from penstock.catalog.database import Catalog
from penstock.catalog.history import HistoryEntry, add_history, list_history
from penstock.core.clock import Clock
from penstock.core.names import Kind, ResourceName
from penstock.serving.log_policy import SkippedRows
from penstock.serving.log_room import ALARM
from penstock.serving.prediction_log import PredictionLog

LOGGER = logging.getLogger("penstock.serving")
HISTORY_KIND = "log full"
# Of several processes that drop rows at the same time, one tells it.
_TOLD_FOR = timedelta(minutes=1)


class LogKeeper:
    """Its turn comes every few seconds, in one thread at a time."""

    def __init__(self, log: PredictionLog, skipped: SkippedRows, catalog: Catalog, clock: Clock) -> None:
        self._log = log
        self._skipped = skipped
        self._catalog = catalog
        self._clock = clock
        self._is_alarmed = False
        self._seen: dict[str, int] = {}
        self._dropping: set[str] = set()

    def turn(self) -> None:
        """Close the open segments for the next compaction, warn when there is little room, and tell which endpoints
        began or ceased to drop rows. Raises Busy or StorageFailure when that cannot be done now; the next turn does.
        """
        self._log.rotate()
        self._warn()
        for endpoint, rows in self._skipped.dropped().items():
            self._tell(endpoint, dropping=rows > self._seen.get(endpoint, 0))
            self._seen[endpoint] = rows

    def _warn(self) -> None:
        ratio = self._log.full_ratio
        if ratio >= ALARM and not self._is_alarmed:
            LOGGER.warning(
                "The prediction log in %s has taken %.0f %% of its room: what waits there cannot go into the lake, or "
                "comes faster than it goes.",
                self._log.folder,
                100 * ratio,
            )
        self._is_alarmed = ratio >= ALARM

    def _tell(self, endpoint: str, *, dropping: bool) -> None:
        if dropping == (endpoint in self._dropping):
            return
        now, subject = self._clock.now(), str(ResourceName(Kind.ENDPOINT, endpoint))
        message = (
            "the prediction log has no room: answers are given that are not in it, as log_full = 'drop' says"
            if dropping
            else "the prediction log has room again: every answer is in it"
        )
        with self._catalog.together() as catalog:
            newest = [entry for entry in list_history(catalog, now - _TOLD_FOR, subject) if entry.kind == HISTORY_KIND]
            if not newest or newest[-1].data.get("dropping") != dropping:
                add_history(catalog, HistoryEntry(now, HISTORY_KIND, subject, message, {"dropping": dropping}))
        if dropping:
            self._dropping.add(endpoint)
        else:
            self._dropping.discard(endpoint)
