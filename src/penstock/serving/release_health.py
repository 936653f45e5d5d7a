"""What a worker counts while a version is released at an endpoint: requests, failures, times, agreement."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from penstock.catalog.endpoint_health import TIME_BOUNDS, Figures
from penstock.catalog.objects import ObjectState
from penstock.project.release import RELEASING

Json = Any


@dataclass(frozen=True)
class ReleaseWatch:
    """What a route must know of the release under way at its endpoint.

    `tag` names the stage. Both versions stay loaded, so that each takes over from the other at once. `outcome` says
    whether predictions are numbers or classes, None where they cannot be compared; `smoke` that requests of the past
    are to be asked of the new version.
    """

    tag: str
    version: int
    champion: int
    outcome: str | None
    smoke: bool


def release_watch(endpoint: ObjectState) -> ReleaseWatch | None:
    """Return what the endpoint's state says of a release under way, None without one."""
    found = endpoint.state.get(RELEASING)
    if found is None:
        return None
    return ReleaseWatch(found["tag"], found["version"], found["champion"], found["outcome"], found["smoke"])


@dataclass
class StageHealth:
    """The figures of one stage, by version. Safe to use from many threads."""

    endpoint: str
    watch: ReleaseWatch
    smoked: bool = False
    _figures: dict[int, Figures] = field(default_factory=dict)
    _times: dict[int, list[int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def figures(self) -> dict[int, Figures]:
        """Return what was counted so far, by version."""
        with self._lock:
            found = dict(self._figures)
            for version, times in self._times.items():
                found[version] = found.get(version, Figures()) + Figures(asked=sum(times), times=tuple(times))
        return found

    def answered(self, version: int, seconds: float) -> None:
        """Count a request that a version has answered in so many seconds."""
        with self._lock:
            times = self._times.get(version)
            if times is None:
                times = self._times[version] = [0] * (len(TIME_BOUNDS) + 1)
            times[bisect_left(TIME_BOUNDS, seconds)] += 1

    def asked(self, version: int) -> None:
        """Count a request of the past, whose time says nothing."""
        self._add(version, Figures(asked=1))

    def failed(self, version: int) -> None:
        """Count a request that a version could not answer."""
        self._add(version, Figures(asked=1, failed=1))

    @contextmanager
    def shadowing(self, version: int) -> Iterator[None]:
        """Count what the block asks of a version in the shadow; of the time only what it works itself, since it gives
        way to requests that wait.
        """
        begun = time.thread_time()
        answered = False
        try:
            yield
            answered = True
        finally:
            if answered:
                self.answered(version, time.thread_time() - begun)
            else:
                self.failed(version)

    def compared(
        self,
        version: int,
        predictions: Sequence[Mapping[str, Json]],
        other: int,
        others: Sequence[Mapping[str, Json]],
    ) -> None:
        """Count how far a version's predictions agree with another's for the same rows: the new one with the champion;
        what any other two say of each other is of no interest.
        """
        if self.watch.outcome is not None and (version, other) == (self.watch.version, self.watch.champion):
            self._add(version, comparison(predictions, others, self.watch.outcome))

    def _add(self, version: int, more: Figures) -> None:
        with self._lock:
            self._figures[version] = self._figures.get(version, Figures()) + more


def comparison(
    predictions: Sequence[Mapping[str, Json]], champions: Sequence[Mapping[str, Json]], outcome: str
) -> Figures:
    """Return the figures of rows that both versions have predicted.

    Rows for which the champion gave no finite number say nothing; for which only the new version gave none, that it
    failed.
    """
    pairs = [(mine["prediction"], its["prediction"]) for mine, its in zip(predictions, champions, strict=True)]
    if outcome == "class":
        return Figures(compared=len(pairs), equal=sum(mine == its for mine, its in pairs))
    known = [(float(mine), float(its)) for mine, its in pairs if mine is not None and its is not None]
    lost = any(mine is None and its is not None for mine, its in pairs)
    return Figures(
        failed=int(lost),
        compared=len(known),
        gap=sum((mine - its) ** 2 for mine, its in known),
        total=sum(its for _, its in known),
        squares=sum(its * its for _, its in known),
    )
